import type { Clock } from '../clock';
import type { Job, JobError } from './job';
import { type Change, type JobTable, transition } from './transition';

/**
 * One attempt at a job. Each of its methods resolves to whether the attempt still counted: a later attempt may have begun, or
 * the job have been finished by it.
 */
export class JobRun {
  /** @internal */
  constructor(
    private readonly table: JobTable,
    private readonly clock: Pick<Clock, 'now'>,
    /** The job as it was when the attempt began. */
    public readonly job: Job,
    private readonly expiry: () => number,
  ) {}

  /** Which attempt it is, from 1: grows with every start, so that it can be used as a fencing token. */
  public get attempt(): number {
    return this.job.attempts;
  }

  /** Tells how much is done, in percent. */
  public progress(percent: number): Promise<boolean> {
    return this.change({ state: 'RUNNING', progress: Math.max(0, Math.min(100, percent)) });
  }

  /** Ends the job well. */
  public succeed(result?: unknown): Promise<boolean> {
    return this.change({ state: 'SUCCEEDED', finishedAt: this.now(), ...(result !== undefined && { result }) }, ['error', 'progress']);
  }

  /** Ends the job badly. It may be started again. */
  public fail({ code, message }: JobError): Promise<boolean> {
    return this.change({ state: 'FAILED', finishedAt: this.now(), error: { code, message } });
  }

  /** Ends the attempt badly: the job waits for its next one. */
  public retry(): Promise<boolean> {
    return this.change({ state: 'QUEUED' }, ['progress']);
  }

  private async change(set: Partial<Job> & Pick<Job, 'state'>, remove: Change['remove'] = []): Promise<boolean> {
    const { job, refused } = await transition(this.table, this.job.id, {
      set: { ...set, updatedAt: this.now(), expiresAt: this.expiry() },
      remove,
      condition: '#state = :running AND #attempts = :attempt',
      values: { ':running': 'RUNNING', ':attempt': this.attempt },
    });
    // A write whose answer was lost is sent again by the client, and then finds what it has done itself.
    return job !== undefined || refused?.attempts === this.attempt && refused.state === set.state;
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
