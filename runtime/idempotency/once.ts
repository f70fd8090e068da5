import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';

/** One write of a transaction. */
export type TransactWrite = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** What is remembered. */
export interface OnceOptions {
  /** The table of an Idempotency: partition key `id`, time to live `expiration`. */
  readonly tableName: string;
  /** What happens once, with the name of the operation: `click#4711`. */
  readonly id: string;
  /** How long it is remembered, in seconds: longer than it can come again. */
  readonly expirySeconds: number;
  /** @default systemClock */
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * The write to add to a transaction, so that what the transaction does happens exactly once: all of it the first time, nothing
 * of it afterwards. No crash comes between effect and record, since they are one.
 */
export function once({ tableName, id, expirySeconds, clock = systemClock }: OnceOptions): TransactWrite {
  return {
    Put: {
      TableName: tableName,
      Item: { id, expiration: Math.floor(clock.now() / 1000) + expirySeconds },
      ConditionExpression: 'attribute_not_exists(id)',
    },
  };
}

/**
 * Why DynamoDB cancelled a transaction, one code for each of its writes: `ConditionalCheckFailed` at the place of `once(...)`
 * means that it happened before. Empty for any other error.
 */
export function cancellationCodes(error: unknown): (string | undefined)[] {
  const { CancellationReasons = [] } = error instanceof Error && error.name === 'TransactionCanceledException'
    ? error as { CancellationReasons?: { Code?: string }[] }
    : {};
  return CancellationReasons.map(({ Code }) => Code);
}
