import type { SQSClient } from '@aws-sdk/client-sqs';
import { type Clock, systemClock } from '../clock';
import { describeError } from '../errors';
import type { StructuredLogger } from '../logger';
import type { CountEvent } from '../metrics';
import { jittered, OverloadedError } from './errors';
import type { Arrival, Gate } from './gate';
import { Hysteresis } from './hysteresis';
import { type Backlog, QueueBacklog } from './queue-backlog';

/** What a gate before a queue needs. `admissionSettings` reads the first four from the environment. */
export interface BacklogGateOptions {
  /** The queue that the work ends up in. */
  readonly queueUrl: string;
  /** The backlog at which work is turned away: messages that wait, are worked on, or are delayed. */
  readonly maxBacklog: number;
  /**
   * The backlog below which work is admitted again.
   * @default - 80 % of maxBacklog
   */
  readonly resumeBelow?: number;
  /**
   * What callers are told to wait when nobody knows how fast the backlog shrinks, in seconds. Up to twice as long by chance.
   * @default 5
   */
  readonly retryAfterSeconds?: number;
  readonly sqs: Pick<SQSClient, 'send'>;
  /**
   * Levels of importance with the part of both thresholds that is theirs, above 0, up to 1: `{ batch: 0.5 }` turns batch work
   * away at half the backlog.
   * @default - all work is alike
   */
  readonly levels?: Readonly<Record<string, number>>;
  /**
   * How often this process looks at the queue at most, in milliseconds.
   * @default 1_000
   */
  readonly refreshMilliseconds?: number;
  /**
   * How old a backlog may be to be believed, in milliseconds: after that, work waits for a look at the queue.
   * @default 10_000
   */
  readonly staleMilliseconds?: number;
  /**
   * How long such a look may take, in milliseconds.
   * @default 500
   */
  readonly deadlineMilliseconds?: number;
  /**
   * Whether work is admitted while nobody knows the backlog: SQS does not answer, and the last answer is stale.
   * @default true
   */
  readonly admitWhenUnknown?: boolean;
  /**
   * Told of `backlogUnknown`, for every look at the queue that failed.
   * @default - nobody
   */
  readonly count?: CountEvent;
  /**
   * Told why.
   * @default - nobody
   */
  readonly logger?: Pick<StructuredLogger, 'warn'>;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** No caller is told to wait longer than so many times the configured time. */
const LONGEST = 12;

/** Turns work away while the backlog of its queue is too long, with hysteresis. */
export class BacklogGate implements Gate {
  private readonly backlog: QueueBacklog;
  private readonly levels: ReadonlyMap<string | undefined, { readonly hysteresis: Hysteresis; readonly resumeBelow: number }>;

  /** @throws RangeError when a threshold is none that it can be */
  constructor(private readonly options: BacklogGateOptions) {
    const { sqs, queueUrl, maxBacklog } = options;
    const { refreshMilliseconds = 1_000, staleMilliseconds = 10_000, deadlineMilliseconds = 500 } = options;
    const { resumeBelow = Math.max(1, Math.floor(0.8 * maxBacklog)), levels = {}, clock = systemClock, count } = options;
    if (!(maxBacklog >= 1 && resumeBelow > 0 && resumeBelow <= maxBacklog)) {
      throw new RangeError(`maxBacklog is ${maxBacklog}, resumeBelow is ${resumeBelow}; allowed: 1 or more, and no more than that`);
    }
    const wrong = Object.entries(levels).find(([, share]) => !(share > 0 && share <= 1));
    if (wrong) {
      throw new RangeError(`the level ${wrong[0]} is ${wrong[1]}; allowed: a share above 0, up to 1`);
    }
    this.levels = new Map([[undefined, 1] as const, ...Object.entries(levels)].map(([level, share]) =>
      [level, { hysteresis: new Hysteresis(share * maxBacklog, share * resumeBelow), resumeBelow: share * resumeBelow }]));
    const failed = (error: unknown) => {
      count?.('backlogUnknown');
      options.logger?.warn('backlog unknown', { queueUrl, error: describeError(error) });
    };
    this.backlog = new QueueBacklog({
      sqs, queueUrl, refreshMilliseconds, staleMilliseconds, deadlineMilliseconds, clock, failed,
    });
  }

  public async enter({ level }: Arrival): Promise<undefined> {
    const backlog = await this.backlog.current();
    const { hysteresis, resumeBelow } = this.levels.get(level) ?? this.levels.get(undefined)!;
    const closed = backlog ? hysteresis.closedAt(backlog.messages) : !(this.options.admitWhenUnknown ?? true);
    if (closed) {
      const seconds = this.secondsUntil(resumeBelow, backlog);
      throw new OverloadedError('backlog', jittered(seconds, this.options.random ?? Math.random));
    }
    return undefined;
  }

  private secondsUntil(resumeBelow: number, backlog?: Backlog): number {
    const { retryAfterSeconds = 5 } = this.options;
    if (!backlog || backlog.drainPerSecond === 0) {
      return retryAfterSeconds;
    }
    return Math.min(LONGEST * retryAfterSeconds, Math.max(1, (backlog.messages - resumeBelow) / backlog.drainPerSecond));
  }
}
