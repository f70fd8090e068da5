import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import { DistributedLock } from '../lock/distributed-lock';
import { DynamoDbLocks } from '../lock/dynamodb-locks';
import { LockNotAcquiredError } from '../lock/errors';
import type { CountEvent } from '../metrics';
import { CronEventError, SlotTakenOverError } from './errors';
import { Slots } from './slots';

/**
 * What happens to a slot that comes while another one is still run: it is left out, it waits, or it is run at the same time.
 */
export type CronOverlap = 'skip' | 'wait' | 'allow';

/** What triggers a run: a SingletonCron sends it, and any other timer can. */
export interface CronEvent {
  /** The name of the schedule. */
  readonly cron: string;
  /** The time for which the run is due, in ISO 8601: `2026-11-22T03:00:00Z`. The same in every trigger of the same run. */
  readonly slot: string;
}

/** A run. */
export interface CronRun extends CronEvent {
  /** The time for which the run is due, which may be a while ago. */
  readonly dueAt: Date;
  /**
   * Greater than that of every earlier run: store it with what the run writes, and refuse smaller ones, where a run that stood
   * still must not write.
   */
  readonly fence: number;
  /** Aborted when this run is no longer alone: its lease has ended. */
  readonly signal: AbortSignal;
}

/**
 * What came of a trigger: it was run; it had been run before, or is run by somebody who came later; or somebody else is at work,
 * on this slot or, unless runs may overlap, on another.
 */
export type CronOutcome = 'ran' | 'repeated' | 'busy';

/** What is run, and how. */
export interface SingletonCronOptions {
  /** Asks DynamoDB. */
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** A table with the partition key `name` (text) and the time to live `ttl`. */
  readonly tableName: string;
  /** Does the work of one slot. What it throws makes the slot free for the next trigger. */
  readonly run: (run: CronRun) => Promise<unknown>;
  /** @default 'skip' */
  readonly overlap?: CronOverlap;
  /**
   * For how long a slot waits for another one, in milliseconds, where overlap is `wait`.
   * @default - half of the time that the function has left; a minute elsewhere
   */
  readonly waitMilliseconds?: number;
  /**
   * Takes the locks.
   * @default - in the same table, with a lease of 10 s that is renewed while a slot is run
   */
  readonly lock?: DistributedLock;
  /**
   * How long a slot is remembered, in seconds: longer than a trigger of it can come late.
   * @default 604,800 (7 days)
   */
  readonly keepSeconds?: number;
  /**
   * Told `CronRan`, `CronRepeated`, `CronBusy` and `CronFailed`.
   * @default - nobody
   */
  readonly count?: CountEvent;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** What tells how much time is left: the context of a function of AWS Lambda. */
export interface TimeLeft {
  getRemainingTimeInMillis(): number;
}

const A_MINUTE = 60_000;
const A_WEEK = 7 * 24 * 60 * 60;

/**
 * A function that is triggered by a schedule, maybe twice, maybe on several machines, and does the work of each slot once.
 *
 * A run that crashes or throws is done again by the next trigger of the slot, once its lease has ended; so the work must bear
 * a beginning without an end. Four round trips for a run, renewals apart.
 *
 * @returns a handler: `(event, context?) => outcome`
 */
export function singletonCron(options: SingletonCronOptions): (event: CronEvent, context?: TimeLeft) => Promise<CronOutcome> {
  const { documents, tableName, run, overlap = 'skip', keepSeconds = A_WEEK, clock = systemClock } = options;
  const lock = options.lock ?? new DistributedLock({ backend: new DynamoDbLocks({ documents, tableName, clock }), clock });
  const slots = new Slots({ documents, tableName, keepSeconds, clock });

  const runOnce = async ({ cron, slot }: CronEvent, waitMilliseconds: number): Promise<CronOutcome> => {
    const name = `${cron}@${slot}`;
    try {
      return await lock.withLock(`lock#${overlap === 'allow' ? name : cron}`, async ({ fence, signal }) => {
        if (!await slots.begin(name, fence)) {
          return 'repeated';
        }
        await run({ cron, slot, dueAt: new Date(slot), fence, signal });
        if (!await slots.end(name, fence)) {
          throw new SlotTakenOverError(name, fence);
        }
        return 'ran';
      }, { waitMilliseconds });
    } catch (error) {
      if (error instanceof LockNotAcquiredError && overlap !== 'wait') {
        return 'busy';
      }
      throw error;
    }
  };

  return async (event, context) => {
    expectEvent(event);
    const wait = options.waitMilliseconds ?? (context ? context.getRemainingTimeInMillis() / 2 : A_MINUTE);
    try {
      const outcome = await runOnce(event, overlap === 'wait' ? wait : 0);
      options.count?.(EVENTS[outcome]);
      return outcome;
    } catch (error) {
      options.count?.('CronFailed');
      throw error;
    }
  };
}

const EVENTS = { ran: 'CronRan', repeated: 'CronRepeated', busy: 'CronBusy' } as const;

function expectEvent({ cron, slot }: Partial<CronEvent> = {}): void {
  if (typeof cron !== 'string' || cron === '' || typeof slot !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(slot) || Number.isNaN(Date.parse(slot))) {
    throw new CronEventError(`the event says cron ${JSON.stringify(cron)} and slot ${JSON.stringify(slot)}; allowed: a name and a time in ISO 8601`);
  }
}
