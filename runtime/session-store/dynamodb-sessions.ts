import { randomUUID } from 'node:crypto';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import type { SessionBackend, SessionRecord } from './backend';

/** Where sessions are kept in DynamoDB. */
export interface DynamoDbSessionsOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** A table with partition key `id` (text) and time to live `expiresAt`. */
  readonly tableName: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** To write down every look would cost a write each: a session that is looked at all the time lives this share shorter. */
const TOUCH_SHARE = 0.1;

/**
 * Sessions in a DynamoDB table, which survive everything. A look at a session is a consistent read, one more for the epoch of its
 * user, and one write for each tenth of the idle time. Whether a session has ended is judged by the clock of who asks.
 */
export class DynamoDbSessions implements SessionBackend {
  public constructor(private readonly options: DynamoDbSessionsOptions) {}

  public async create(key: string, record: SessionRecord, idleMilliseconds: number): Promise<void> {
    await this.options.documents.send(new PutCommand({
      TableName: this.options.tableName,
      Item: { id: sessionId(key), ...record, ...this.until(idleMilliseconds, record.endsAt) },
    }));
  }

  public async find(key: string, idleMilliseconds: number): Promise<SessionRecord | undefined> {
    const found = await this.get<SessionRecord & { idleUntil: number }>(sessionId(key));
    const now = this.now();
    // DynamoDB deletes what has expired within days, not at once.
    if (!found || Math.min(found.idleUntil, found.endsAt) <= now) {
      return undefined;
    }
    const { user, epoch, data, version, startedAt, endsAt, idleUntil } = found;
    const next = this.until(idleMilliseconds, endsAt);
    if (next.idleUntil - idleUntil >= idleMilliseconds * TOUCH_SHARE && !await this.touch(key, next)) {
      return undefined;
    }
    return { user, epoch, data, version, startedAt, endsAt };
  }

  public async write(key: string, data: string, version: number): Promise<boolean> {
    return succeeds(this.options.documents.send(new UpdateCommand({
      TableName: this.options.tableName,
      Key: { id: sessionId(key) },
      UpdateExpression: 'SET #data = :data, #version = :next',
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: { '#data': 'data', '#version': 'version' },
      ExpressionAttributeValues: { ':data': data, ':version': version, ':next': version + 1 },
    })));
  }

  public async remove(key: string): Promise<void> {
    await this.delete(sessionId(key));
  }

  public async joinEpoch(user: string, milliseconds: number): Promise<string> {
    const { Attributes } = await this.options.documents.send(new UpdateCommand({
      TableName: this.options.tableName,
      Key: { id: userId(user) },
      UpdateExpression: 'SET epoch = if_not_exists(epoch, :epoch), expiresAt = :expiresAt',
      ExpressionAttributeValues: { ':epoch': randomUUID(), ':expiresAt': Math.ceil((this.now() + milliseconds) / 1000) },
      ReturnValues: 'ALL_NEW',
    }));
    return Attributes!.epoch as string;
  }

  public async epochOf(user: string): Promise<string | undefined> {
    return (await this.get<{ epoch: string }>(userId(user)))?.epoch;
  }

  public async endEpoch(user: string): Promise<void> {
    await this.delete(userId(user));
  }

  /** @returns false when the session was ended meanwhile: a look must not bring it back */
  private touch(key: string, { idleUntil, expiresAt }: Lease): Promise<boolean> {
    return succeeds(this.options.documents.send(new UpdateCommand({
      TableName: this.options.tableName,
      Key: { id: sessionId(key) },
      UpdateExpression: 'SET idleUntil = :idleUntil, expiresAt = :expiresAt',
      ConditionExpression: 'attribute_exists(id)',
      ExpressionAttributeValues: { ':idleUntil': idleUntil, ':expiresAt': expiresAt },
    })));
  }

  private async get<Item>(id: string): Promise<Item | undefined> {
    const { Item } = await this.options.documents.send(new GetCommand({
      TableName: this.options.tableName, Key: { id }, ConsistentRead: true,
    }));
    return Item as Item | undefined;
  }

  private async delete(id: string): Promise<void> {
    await this.options.documents.send(new DeleteCommand({ TableName: this.options.tableName, Key: { id } }));
  }

  private until(idleMilliseconds: number, endsAt: number): Lease {
    const idleUntil = Math.min(this.now() + idleMilliseconds, endsAt);
    return { idleUntil, expiresAt: Math.ceil(idleUntil / 1000) };
  }

  private now(): number {
    return (this.options.clock ?? systemClock).now();
  }
}

/** How long a session lives if nobody looks at it: in milliseconds, and in the seconds that DynamoDB deletes by. */
interface Lease {
  readonly idleUntil: number;
  readonly expiresAt: number;
}

const sessionId = (key: string) => `session#${key}`;
const userId = (user: string) => `user#${user}`;

async function succeeds(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
      return false;
    }
    throw error;
  }
}
