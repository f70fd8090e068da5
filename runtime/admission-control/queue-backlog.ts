import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../clock';
import { within } from '../deadline';
import { Moment } from '../moment';

/** What looking at a queue needs. */
export interface QueueBacklogOptions {
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  readonly refreshMilliseconds: number;
  readonly staleMilliseconds: number;
  readonly deadlineMilliseconds: number;
  readonly clock: Clock;
  /** Told why the queue could not be looked at. */
  readonly failed: (error: unknown) => void;
}

/** A backlog, and how fast it shrinks. */
export interface Backlog {
  /** Messages that wait, are worked on, or are delayed: taken on and not yet done. */
  readonly messages: number;
  /** By how many messages a second it has become less; 0 when it has not, or nobody knows. */
  readonly drainPerSecond: number;
}

/**
 * The backlog of a queue, asked for at most once in an interval by this process, however many want to know. A value that is
 * past the interval is still given while a new one is on its way; one that is stale is waited for, no longer than a deadline.
 */
export class QueueBacklog {
  private last?: Backlog & { readonly at: Moment };
  private asking?: Promise<void>;
  private asked?: Moment;

  constructor(private readonly options: QueueBacklogOptions) {}

  /** The backlog; undefined when nobody knows. Never rejects, and waits for `deadlineMilliseconds` at most. */
  public async current(): Promise<Backlog | undefined> {
    const { clock, refreshMilliseconds, staleMilliseconds } = this.options;
    const age = () => this.last?.at.age ?? Infinity;
    if (!this.asking && (this.asked?.age ?? Infinity) >= refreshMilliseconds) {
      this.asked = new Moment(clock);
      this.asking = this.ask().finally(() => {
        this.asking = undefined;
      });
    }
    if (age() > staleMilliseconds) {
      await this.asking;
    }
    return age() > staleMilliseconds ? undefined : this.last;
  }

  private async ask(): Promise<void> {
    const { sqs, queueUrl, deadlineMilliseconds, clock, failed } = this.options;
    const late = new AbortController();
    try {
      const command = new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
      });
      const { Attributes = {} } = await within(deadlineMilliseconds, sqs.send(command, { abortSignal: late.signal }));
      const messages = Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
      const seconds = (this.last?.at.age ?? 0) / 1000;
      const drainPerSecond = seconds > 0 ? Math.max(0, this.last!.messages - messages) / seconds : 0;
      this.last = { messages, drainPerSecond, at: new Moment(clock) };
    } catch (error) {
      late.abort();
      failed(error);
    }
  }
}
