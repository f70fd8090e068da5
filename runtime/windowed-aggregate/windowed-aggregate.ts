import { BatchGetCommand, type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../clock';
import { conflicting, persist, type Persistence, persistence, standBack } from '../event-store/conflicts';
import { InvalidMeasurementError } from './errors';
import { Pending, type Share, type ShardRecord } from './pending';
import { positionKey, rowKey, type ShardPosition, shardPositionOf, totalsOf } from './rows';
import type { WindowedSettings } from './settings';
import { merge, NOTHING } from './totals';

export type { ShardRecord } from './pending';

/** A transaction has 100 items, and one says how far the shard was read. */
const MOST_WINDOWS = 99;

/** What a WindowedAggregate works with. */
export interface WindowedAggregateOptions extends WindowedSettings {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table of the construct: `tableName('MINUTES')`. */
  readonly tableName: string;
  /**
   * How often a write is tried that met another one.
   * @default 10
   */
  readonly maxAttempts?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /**
   * Uniform in [0, 1).
   * @default Math.random
   */
  readonly random?: () => number;
}

/** What came of a batch. */
export interface Applied {
  /** How many records are counted now that were not before. */
  readonly records: number;
  /** How many had been counted before: they were delivered again. */
  readonly repeated: number;
  /** How many measurements came too late for their window. */
  readonly late: number;
}

/**
 * Counts, sums, least and greatest values of series over windows of time, by the time at which things happened. Each record
 * counts exactly once, however often it is delivered: how far a shard was read and what was counted is one transaction.
 */
export class WindowedAggregate {
  private readonly how: Persistence;

  constructor(private readonly options: WindowedAggregateOptions) {
    this.how = persistence(options);
  }

  /**
   * Counts records of one shard. They come in the order of the shard; those that were counted before are passed over.
   *
   * @param shard the stream and the shard, of which each record has one: `clicks/shardId-000000000000`
   * @throws InvalidMeasurementError when a record measures what cannot be counted; what came before it may be counted
   */
  public async apply(shard: string, records: readonly ShardRecord[]): Promise<Applied> {
    const done = { records: 0, late: 0 };
    const left = [...records];
    let at = await this.read(shard);
    for (let meetings = 0; left.length > 0;) {
      const pending = this.take(at, left);
      if (pending.records === 0) {
        break;
      }
      if (await this.write(shard, at, pending)) {
        done.records += pending.records;
        done.late += pending.late;
        at = pending.reached;
        meetings = 0;
        continue;
      }
      // A second worker has the same shard, for example one that was given up and lives on. One of both comes through.
      meetings += 1;
      if (meetings >= this.how.maxAttempts) {
        throw new Error(`others count the shard ${shard} and were faster at every attempt`);
      }
      await standBack(meetings, this.how);
      left.splice(0, left.length, ...records);
      at = await this.read(shard);
    }
    return { ...done, repeated: records.length - done.records };
  }

  /** The sequence number of the last record of a shard that is counted; undefined when there is none. */
  public async positionOf(shard: string): Promise<string | undefined> {
    return (await this.read(shard)).position;
  }

  /** Takes as many records off as fit into a transaction. */
  private take(at: ShardPosition, left: ShardRecord[]): Pending {
    const pending = new Pending(at, this.options.windowMilliseconds, this.options.latenessMilliseconds);
    while (left.length > 0) {
      const [record] = left as [ShardRecord];
      if (!pending.hasSeen(record)) {
        if (pending.sizeWith(record) > MOST_WINDOWS) {
          if (pending.records === 0) {
            throw new InvalidMeasurementError(`a record measures more than ${MOST_WINDOWS} windows, which is what a transaction takes`);
          }
          return pending;
        }
        pending.add(record);
      }
      left.shift();
    }
    return pending;
  }

  private async read(shard: string): Promise<ShardPosition> {
    const { documents, tableName, generation } = this.options;
    const { Item } = await documents.send(new GetCommand({
      TableName: tableName, Key: positionKey(generation, shard), ConsistentRead: true,
    }));
    return shardPositionOf(Item);
  }

  /** Whether it was written: it is not when the shard is no longer where it was when `from` was read. */
  private async write(shard: string, from: ShardPosition, pending: Pending): Promise<boolean> {
    const { tableName: TableName, generation } = this.options;
    // Read after the position: rows that somebody changes in between belong to another position, and the condition fails.
    const rows = await this.withStored(shard, [...pending.shares.values()]);
    const reached = { ...positionKey(generation, shard), ...pending.reached, updatedAt: this.how.clock.now() };
    const transaction = new TransactWriteCommand({
      TransactItems: [
        {
          Put: {
            TableName,
            Item: reached,
            ExpressionAttributeNames: { '#position': 'position' },
            ...from.position === undefined
              ? { ConditionExpression: 'attribute_not_exists(#position)' }
              : { ConditionExpression: '#position = :from', ExpressionAttributeValues: { ':from': from.position } },
          },
        },
        ...rows.map((Item) => ({ Put: { TableName, Item } })),
      ],
    });
    try {
      await persist(() => this.options.documents.send(transaction), this.how);
      return true;
    } catch (error) {
      if (conflicting(error)) {
        return false;
      }
      throw error;
    }
  }

  /** The rows as they will be. */
  private async withStored(shard: string, shares: readonly Share[]): Promise<Record<string, unknown>[]> {
    const { generation, windowMilliseconds, retentionSeconds } = this.options;
    const keys = shares.map(({ series, start }) => rowKey(generation, series, start, shard));
    const stored = await this.stored(keys);
    return shares.map(({ start, totals }, index) => {
      const key = keys[index]!;
      const before = stored.get(idOf(key));
      return {
        ...key,
        ...defined(merge(before ? totalsOf(before) : NOTHING, totals)),
        expiresAt: Math.ceil((start + windowMilliseconds) / 1000) + retentionSeconds,
      };
    });
  }

  private async stored(keys: readonly Record<string, string>[]): Promise<Map<string, Record<string, unknown>>> {
    const { documents, tableName } = this.options;
    const found = new Map<string, Record<string, unknown>>();
    let left: Record<string, unknown>[] = [...keys];
    for (let attempt = 1; left.length > 0; attempt++) {
      const { Responses = {}, UnprocessedKeys = {} } = await documents.send(new BatchGetCommand({
        RequestItems: { [tableName]: { Keys: left, ConsistentRead: true } },
      }));
      for (const item of Responses[tableName] ?? []) {
        found.set(idOf(item), item);
      }
      left = UnprocessedKeys[tableName]?.Keys ?? [];
      if (left.length > 0) {
        if (attempt >= this.how.maxAttempts) {
          throw new Error(`DynamoDB did not answer for ${left.length} windows in ${attempt} attempts`);
        }
        await standBack(attempt, this.how);
      }
    }
    return found;
  }
}

const idOf = ({ series, window }: Readonly<Record<string, unknown>>) => `${String(series)} ${String(window)}`;

/** DynamoDB takes no undefined. */
const defined = (values: object) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
