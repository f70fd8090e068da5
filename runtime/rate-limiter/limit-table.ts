import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

/** How many keys a process remembers. */
export const REMEMBERED_KEYS = 10_000;

/** How long an item outlives what it counts, in seconds: clocks differ, and nothing may be deleted that still counts. */
const MARGIN_SECONDS = 3600;

/** Numbers of an item by their attribute. */
export type Numbers = Readonly<Record<string, number>>;

/** A conditional update. */
export interface Change {
  /** As in an update expression. The attribute `expiresAt` is set beside it. */
  readonly set: string;
  readonly condition: string;
  readonly values: Numbers;
  /** When the item no longer counts, in seconds of the epoch. */
  readonly idleFrom: number;
}

/** What an update found. */
export interface Outcome {
  readonly done: boolean;
  /** The item: as it is now when the update was done, else as it was; undefined when there was none. */
  readonly item?: Numbers;
}

/** The table of a limiter: items of numbers, changed one at a time and only under a condition. */
export class LimitTable {
  constructor(
    private readonly documents: Pick<DynamoDBDocumentClient, 'send'>,
    private readonly tableName: string,
    private readonly keyAttribute: string,
  ) {}

  public async change(key: string, { set, condition, values, idleFrom }: Change): Promise<Outcome> {
    const names = `${set} ${condition}`.match(/#\w+/g) ?? [];
    try {
      const { Attributes } = await this.documents.send(new UpdateCommand({
        TableName: this.tableName,
        Key: { [this.keyAttribute]: key },
        UpdateExpression: `SET ${set}, #expiresAt = :expiresAt`,
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries([...names, '#expiresAt'].map((name) => [name, name.slice(1)])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
          ':expiresAt': Math.ceil(idleFrom) + MARGIN_SECONDS,
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return { done: true, item: numbersOf(Attributes) };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') {
        throw error;
      }
      return { done: false, item: numbersOf((error as { Item?: Record<string, unknown> }).Item) };
    }
  }
}

/** The numbers of an item. On an error also the document client leaves them as DynamoDB writes them: `{ N: '5' }`. */
function numbersOf(item?: Record<string, unknown>): Numbers | undefined {
  return item && Object.fromEntries(Object.entries(item).flatMap(([name, value]) => {
    const number = Number((value as { N?: string } | null)?.N ?? value);
    return Number.isNaN(number) ? [] : [[name, number]];
  }));
}
