import { backoffCeiling } from '../backoff';
import { type Clock, systemClock } from '../clock';

/** A part of the answer to a transaction that DynamoDB did not carry out, one for each of its items. */
interface CancellationReason {
  readonly Code?: string;
  readonly Item?: Readonly<Record<string, unknown>>;
}

const REASONS_TO_RETRY = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/** The items that stood in the way of a write; undefined when it failed for another reason than its conditions. */
export function conflicting(error: unknown): (Readonly<Record<string, unknown>> | undefined)[] | undefined {
  const { name, Item } = error as { name?: string; Item?: Readonly<Record<string, unknown>> };
  if (name === 'ConditionalCheckFailedException') {
    return [Item];
  }
  const reasons = reasonsOf(error);
  return reasons.some(({ Code }) => Code === 'ConditionalCheckFailed') ? reasons.map((reason) => reason.Item) : undefined;
}

/** Whether a write failed only because others were at the same items at the same time. The SDK does not try those again. */
export function passing(error: unknown): boolean {
  const { name = '' } = error as { name?: string };
  return ['TransactionConflictException', 'TransactionInProgressException'].includes(name)
    || !conflicting(error) && reasonsOf(error).some(({ Code = '' }) => REASONS_TO_RETRY.includes(Code));
}

/** The value of an attribute of an item on an error, which the document client leaves as DynamoDB writes it: `{ N: '5' }`. */
export function valueOf(item: Readonly<Record<string, unknown>> | undefined, attribute: string): unknown {
  const value = item?.[attribute];
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const { N, S } = value as { N?: string; S?: string };
  return N === undefined ? S : Number(N);
}

/** How writes that meet others are tried again. */
export interface Persistence {
  readonly clock: Clock;
  readonly random: () => number;
  readonly maxAttempts: number;
}

export const persistence = ({ clock = systemClock, random = Math.random, maxAttempts = 10 }: Partial<Persistence>): Persistence =>
  ({ clock, random, maxAttempts });

/** Waits a random time below 10 ms, 20 ms, 40 ms ... 1 s, so that those who met do not meet again. */
export function standBack(attempt: number, { clock, random }: Persistence): Promise<void> {
  return clock.sleep(1000 * random() * backoffCeiling(attempt, { firstDelaySeconds: 0.01, maxDelaySeconds: 1 }));
}

/** Tries a write until it is done or fails for another reason than what passes. */
export async function persist<Result>(write: () => Promise<Result>, how: Persistence): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt >= how.maxAttempts || !passing(error)) {
        throw error;
      }
      await standBack(attempt, how);
    }
  }
}

function reasonsOf(error: unknown): readonly CancellationReason[] {
  return (error as { CancellationReasons?: CancellationReason[] }).CancellationReasons ?? [];
}
