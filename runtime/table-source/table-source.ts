import type { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import { keysOfItem } from '../cache-strategy/keys';
import type { WritableSource } from '../cache-strategy/options';
import { paddedVersion, type Version } from '../cache-strategy/version';

/** What a source that is a table works with. */
export interface TableSourceOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table: `tableName('PRODUCTS')`. */
  readonly tableName: string;
  /** The attribute that is its partition key. */
  readonly partitionKey: string;
  /**
   * The attribute that is its sort key; keys are then made by `itemKey(partition, sort)`.
   * @default - the table has none
   */
  readonly sortKey?: string;
  /**
   * The attribute that holds the version of an item, as text.
   * @default version
   */
  readonly versionAttribute?: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * Items of a DynamoDB table as the source of a cache: read strongly consistent, one request each, and written whole with a
 * version that is above the one before. It is the time in microseconds; when the clock is behind the version in the table, one
 * more.
 */
export class TableSource<Item extends object = Record<string, unknown>> implements WritableSource<Item> {
  private readonly options: TableSourceOptions;
  private readonly versionAttribute: string;

  constructor(options: TableSourceOptions) {
    this.options = options;
    this.versionAttribute = options.versionAttribute ?? 'version';
  }

  /** The version of an item; for `versionOf` of a strategy. */
  public readonly versionOf = (item: Item): Version | undefined =>
    (item as Record<string, Version | undefined>)[this.versionAttribute];

  public async load(key: string): Promise<Item | undefined> {
    const { documents, tableName } = this.options;
    const get = new GetCommand({ TableName: tableName, Key: this.keyOf(key), ConsistentRead: true });
    return (await documents.send(get)).Item as Item | undefined;
  }

  /**
   * Writes an item, in place of the one that is there.
   *
   * @param version the version to give it, for example the sequence number of a message: an item of this version or a newer one
   * stays. All who write a table take their versions from the same place
   * @returns the item as it was written
   */
  public async save(key: string, item: Item, version?: Version): Promise<Item> {
    const clock = this.options.clock ?? systemClock;
    for (let seen = 0n; ;) {
      const now = BigInt(Math.floor(clock.now())) * 1000n;
      const next = paddedVersion(version ?? (now > seen ? now : seen + 1n));
      const written = { ...item, ...this.keyOf(key), [this.versionAttribute]: next };
      const found = await this.put(written, next);
      if (found === undefined || version !== undefined) {
        return written;
      }
      seen = BigInt(found);
    }
  }

  public async remove(key: string): Promise<void> {
    const { documents, tableName } = this.options;
    await documents.send(new DeleteCommand({ TableName: tableName, Key: this.keyOf(key) }));
  }

  /** Puts an item; the version of the one that is there when that is not older. */
  private async put(item: object, version: string): Promise<string | undefined> {
    try {
      await this.options.documents.send(new PutCommand({
        TableName: this.options.tableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
        ExpressionAttributeNames: { '#version': this.versionAttribute },
        ExpressionAttributeValues: { ':version': version },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return undefined;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') {
        throw error;
      }
      const found = (error as ConditionalCheckFailedException).Item?.[this.versionAttribute]?.S;
      if (found === undefined) {
        const what = `the attribute ${this.versionAttribute} of an item in ${this.options.tableName}`;
        throw new TypeError(`${what} is not a version as text`, { cause: error });
      }
      return found;
    }
  }

  private keyOf(key: string): Record<string, string> {
    const { partitionKey, sortKey } = this.options;
    const [partition, sort] = keysOfItem(key, sortKey !== undefined);
    return { [partitionKey]: partition, ...sortKey !== undefined && { [sortKey]: sort! } };
  }
}
