import type { CancellationReason } from '@aws-sdk/client-dynamodb';

/** An item in attribute-value form: errors carry it so, also those of the document client. */
type RawItem = NonNullable<CancellationReason['Item']>;

/** A lock as it is stored. */
export interface StoredLock {
  readonly owner?: string;
  readonly fence: number;
  /** Milliseconds of the epoch; 0 when nobody holds it. */
  readonly expiresAt: number;
}

/** A condition did not hold; the item as it was, where it was asked for. */
interface ConditionFailure {
  readonly Item?: RawItem;
}

export function storedLock(item: RawItem | undefined): StoredLock {
  return { owner: item?.owner?.S, fence: Number(item?.fence?.N ?? 0), expiresAt: Number(item?.expiresAt?.N ?? 0) };
}

/** Whether a condition failed: of an update, or of any part of a transaction. */
export function isConditionFailure(error: unknown): error is ConditionFailure {
  return hasName(error, 'ConditionalCheckFailedException') || reasons(error).some(({ Code }) => Code === 'ConditionalCheckFailed');
}

/** Whether another transaction was under way on the same items. */
export function isConflict(error: unknown): boolean {
  return hasName(error, 'TransactionConflictException') || reasons(error).some(({ Code }) => Code === 'TransactionConflict');
}

/**
 * Why a transaction was cancelled: by locks as they are stored, or by another transaction.
 *
 * @throws the error itself when neither was the reason
 */
export function cancellations(error: unknown): { readonly stored: readonly StoredLock[]; readonly conflict: boolean } {
  const failed = reasons(error).filter(({ Code }) => Code === 'ConditionalCheckFailed');
  const conflict = isConflict(error);
  if (failed.length === 0 && !conflict) {
    throw error;
  }
  return { stored: failed.map(({ Item }) => storedLock(Item)), conflict };
}

function reasons(error: unknown): readonly CancellationReason[] {
  return hasName(error, 'TransactionCanceledException')
    ? (error as { readonly CancellationReasons?: readonly CancellationReason[] }).CancellationReasons ?? []
    : [];
}

function hasName(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
