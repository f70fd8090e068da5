import type { Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { WorkQueue } from '../work-queue/index';

/** When an AdmissionControl turns work away, and when it admits it again. */
export interface AdmissionControlProps {
  /**
   * The backlog at which work is turned away: messages that wait, are worked on or are delayed. What consumers get done within
   * the time that callers wait for it. 1 to 1,000,000,000.
   */
  readonly maxBacklog: number;
  /**
   * The queue that the work ends up in.
   * @default - none; required unless `queue` names one that this library did not make
   */
  readonly workQueue?: WorkQueue;
  /**
   * The queue that the work ends up in, made by something else than this library.
   * @default - that of workQueue
   */
  readonly queue?: IQueue;
  /**
   * The backlog below which work is admitted again, 1 to maxBacklog. The distance keeps the gate from opening and closing all
   * the time.
   * @default - 80 % of maxBacklog
   */
  readonly resumeBelow?: number;
  /**
   * What callers are told to wait when nobody knows how fast the backlog shrinks; each waits up to twice as long by chance.
   * Whole seconds, 1 s to 1 h.
   * @default Duration.seconds(5)
   */
  readonly retryAfter?: Duration;
}
