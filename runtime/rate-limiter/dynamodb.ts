import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import { LimitTable } from './limit-table';
import type { LimitAlgorithm, RateLimitAnswer, RateLimitBackend } from './rate-limit';
import { StoredBuckets } from './stored-buckets';
import { StoredWindows } from './stored-windows';

/** What a DynamoDB backend works with. */
export interface DynamoDbLimitsOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
  /**
   * The partition key of the table, a text.
   * @default key
   */
  readonly keyAttribute?: string;
  /**
   * What tells the items of this limiter from others in the same table.
   * @default limits
   */
  readonly namespace?: string;
  /** @default systemClock */
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * Counts in DynamoDB: one conditional update a take once this process knows the key, two or three (a new window: one more)
 * before. A denial that follows from what was seen before costs none: counts only grow until time passes.
 *
 * Time is that of the callers. If the clocks of two callers differ by `s` seconds, at most as much more is taken as comes in
 * `s` seconds, once and not again and again; callers whose clock is behind are denied up to `s` seconds longer, and all the
 * time while those ahead take everything there is.
 *
 * An update that the client sends again because its answer was lost may count twice: too few are allowed then, never too many.
 */
export class DynamoDbLimits implements RateLimitBackend {
  private readonly buckets: StoredBuckets;
  private readonly windows: StoredWindows;

  constructor(private readonly options: DynamoDbLimitsOptions) {
    const { documents, tableName, keyAttribute = 'key', clock = systemClock } = options;
    const table = new LimitTable(documents, tableName, keyAttribute);
    this.buckets = new StoredBuckets(table, clock);
    this.windows = new StoredWindows(table, clock);
  }

  public take(key: string, cost: number, algorithm: LimitAlgorithm): Promise<RateLimitAnswer> {
    const id = `${this.options.namespace ?? 'limits'}:${algorithm.kind}:${key}`;
    return algorithm.kind === 'token-bucket' ? this.buckets.take(id, cost, algorithm) : this.windows.take(id, cost, algorithm);
  }
}
