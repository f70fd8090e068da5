import { BatchGetCommand, type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { generationsOf } from './generations';
import { checkpointKey, GENERATIONS_KEY, type Row, type RowKey, rowKey, rowOf } from './rows';

/** What a View works with. */
export interface ViewOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table of the view: `tableName('BALANCES')`. */
  readonly tableName: string;
}

/** Which rows of a partition are read. */
export interface QueryOptions {
  /** The first sort key. @default - the first there is */
  readonly from?: string;
  /** The last sort key. @default - the last there is */
  readonly to?: string;
  /** The last row first. @default false */
  readonly descending?: boolean;
}

type Item = Record<string, unknown>;

/**
 * Reads a view. What is read is a little older than the events: a view follows them within seconds.
 *
 * A reader goes over to a rebuilt view at its next call; it remembers which generation is live and asks each time whether that
 * still holds, in the same round trip.
 */
export class View {
  private readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  private readonly TableName: string;
  private live = 1;

  constructor({ documents, tableName }: ViewOptions) {
    this.documents = documents;
    this.TableName = tableName;
  }

  /** A row by its key, in one round trip; undefined when there is none. */
  public async get(key: RowKey): Promise<Row | undefined> {
    const item = await this.inLive((live) => rowKey(live, key));
    return item && rowOf(item);
  }

  /** The version of the last event of a stream that is in the view; 0 without one. Tells writers whether they read their own. */
  public async applied(stream: string): Promise<number> {
    return Number((await this.inLive((live) => checkpointKey(live, stream)))?.applied ?? 0);
  }

  /** The rows of a partition in the order of their sort keys. */
  public async* query(partition: string, { from, to, descending = false }: QueryOptions = {}): AsyncGenerator<Row> {
    const { Item: item } = await this.documents.send(new GetCommand({ TableName: this.TableName, Key: GENERATIONS_KEY }));
    const { pk } = rowKey(generationsOf(item).live, partition);
    let start: Item | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.documents.send(new QueryCommand({
        TableName: this.TableName, ExclusiveStartKey: start, ScanIndexForward: !descending,
        KeyConditionExpression: ['#pk = :pk', ...between(from, to)].join(' AND '),
        ExpressionAttributeNames: { '#pk': 'pk', ...(from ?? to) !== undefined && { '#sk': 'sk' } },
        ExpressionAttributeValues: { ':pk': pk, ...from !== undefined && { ':from': from }, ...to !== undefined && { ':to': to } },
      }));
      yield* Items.map(rowOf);
      start = LastEvaluatedKey;
    } while (start);
  }

  private async inLive(keyIn: (live: number) => Item): Promise<Item | undefined> {
    for (;;) {
      // Of this call alone: others run at the same time.
      const guess = this.live;
      const key = keyIn(guess);
      const items = await this.fetch([GENERATIONS_KEY, key]);
      const { live } = generationsOf(items.find(({ pk }) => pk === GENERATIONS_KEY.pk));
      if (live === guess) {
        return items.find(({ pk, sk }) => pk === key.pk && sk === key.sk);
      }
      this.live = live;
    }
  }

  private async fetch(keys: Item[]): Promise<Item[]> {
    const found: Item[] = [];
    let request: Record<string, { Keys?: Item[] }> | undefined = { [this.TableName]: { Keys: keys } };
    while (request?.[this.TableName]) {
      const { Responses, UnprocessedKeys }: { Responses?: Record<string, Item[]>; UnprocessedKeys?: typeof request } =
        await this.documents.send(new BatchGetCommand({ RequestItems: request as Record<string, { Keys: Item[] }> }));
      found.push(...Responses?.[this.TableName] ?? []);
      request = UnprocessedKeys;
    }
    return found;
  }
}

function between(from?: string, to?: string): string[] {
  if (from !== undefined && to !== undefined) {
    return ['#sk BETWEEN :from AND :to'];
  }
  return [...from === undefined ? [] : ['#sk >= :from'], ...to === undefined ? [] : ['#sk <= :to']];
}
