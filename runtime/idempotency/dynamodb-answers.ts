import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import type { AnswerStore, KeptOutcome, KeyedRun, TakenKey } from './answer-store';

/** Where answers are kept in DynamoDB. */
export interface DynamoDbAnswersOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** A table with partition key `id` (text) and time to live `expiration`. */
  readonly tableName: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * Answers in a DynamoDB table, one item a key. They end at whole seconds, up to one later than told. Whether they have ended is
 * judged by the clock of who asks: one that is ahead takes a key so much too early, which matters while an attempt is under way.
 */
export class DynamoDbAnswers implements AnswerStore {
  public constructor(private readonly options: DynamoDbAnswersOptions) {}

  public async begin(run: KeyedRun, inProgressMilliseconds: number): Promise<TakenKey | undefined> {
    const now = this.now();
    try {
      await this.options.documents.send(new PutCommand({
        TableName: this.options.tableName,
        Item: { ...run, status: 'INPROGRESS', expiration: Math.ceil((now + inProgressMilliseconds) / 1000) },
        // DynamoDB deletes what has expired within days, not at once.
        ConditionExpression: 'attribute_not_exists(#id) OR #expiration < :now',
        ExpressionAttributeNames: { '#id': 'id', '#expiration': 'expiration' },
        ExpressionAttributeValues: { ':now': now / 1000 },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return undefined;
    } catch (error) {
      if (!isRefused(error)) {
        throw error;
      }
      return taken(error.Item);
    }
  }

  public async complete(run: KeyedRun, { data, tooLong }: KeptOutcome, expirySeconds: number): Promise<boolean> {
    try {
      await this.options.documents.send(new PutCommand({
        TableName: this.options.tableName,
        Item: {
          ...run, status: 'COMPLETED', expiration: Math.ceil(this.now() / 1000) + expirySeconds,
          ...(data !== undefined && { data }), ...(tooLong !== undefined && { too_long: tooLong }),
        },
        ...unlessOvertaken(run, 'attribute_not_exists(#id) OR #run = :run', { '#id': 'id' }),
      }));
      return true;
    } catch (error) {
      if (isRefused(error)) {
        return false;
      }
      throw error;
    }
  }

  public async release(run: KeyedRun): Promise<void> {
    try {
      await this.options.documents.send(new DeleteCommand({
        TableName: this.options.tableName, Key: { id: run.id }, ...unlessOvertaken(run, '#run = :run'),
      }));
    } catch (error) {
      if (!isRefused(error)) {
        throw error;
      }
    }
  }

  private now(): number {
    return (this.options.clock ?? systemClock).now();
  }
}

/** An attempt that took too long must not touch the record of its successor. */
const unlessOvertaken = ({ run }: KeyedRun, ConditionExpression: string, names: Record<string, string> = {}) => ({
  ConditionExpression,
  ExpressionAttributeNames: { ...names, '#run': 'run' },
  ExpressionAttributeValues: { ':run': run },
});

/** An item as the error of a condition carries it, which the document client leaves as it is. */
type RawItem = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

function isRefused(error: unknown): error is Error & { Item?: RawItem } {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

function taken(item: RawItem = {}): TakenKey {
  return {
    run: item.run?.S ?? '',
    validation: item.validation?.S,
    completed: item.status?.S === 'COMPLETED',
    data: item.data?.S,
    tooLong: item.too_long?.N === undefined ? undefined : Number(item.too_long.N),
  };
}
