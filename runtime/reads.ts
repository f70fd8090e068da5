/** A read that sees every write that was answered before it. It costs twice, and an index cannot do it. */
export interface StrongRead {
  readonly ConsistentRead: true;
}

/** A read that may miss the last write, of the table or of an index. */
export interface EventualRead {
  readonly ConsistentRead: false;
  readonly IndexName?: string;
}

/** What makes a DynamoDB read strongly consistent: `new QueryCommand({ TableName, ...strongly(), ... })`. */
export function strongly(): StrongRead {
  return { ConsistentRead: true };
}

/**
 * What makes a DynamoDB read eventually consistent.
 *
 * @param index the access pattern that is asked by; the keys of the table when left out
 */
export function eventually(index?: string): EventualRead {
  return index === undefined ? { ConsistentRead: false } : { ConsistentRead: false, IndexName: index };
}
