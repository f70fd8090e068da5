import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describeError } from './errors';
import type { StructuredLogger } from './logger';

/** A connection as the gateway's table keeps it. */
export interface Connection {
  readonly connectionId: string;
  /** Who hears the same broadcasts. */
  readonly group: string;
  /** The second of the epoch after which it is surely closed. */
  readonly expiresAt: number;
}

/**
 * Sends one message to one connection. With the AWS SDK:
 * `(ConnectionId, Data) => client.send(new PostToConnectionCommand({ ConnectionId, Data }))`, where `client` is an
 * `ApiGatewayManagementApiClient` whose `endpoint` is `<NAME>_CALLBACK_URL`.
 */
export type Post = (connectionId: string, data: string) => Promise<unknown>;

/** What came of a broadcast. */
export interface BroadcastResult {
  /** How many connections took the message. */
  readonly sent: number;
  /** How many were gone, and are now forgotten. */
  readonly gone: number;
  /** How many failed in another way, and may be tried again. */
  readonly failed: number;
}

/** What Connections needs. */
export interface ConnectionsOptions {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table of the gateway: `tableName('<NAME>')`. */
  readonly tableName: string;
  readonly logger: StructuredLogger;
  readonly now?: () => Date;
}

/** How many messages of one broadcast are on their way at once. */
const AT_ONCE = 50;

/** The open connections of a WebSocket gateway. A connection that is gone is forgotten when that is noticed. */
export class Connections {
  private readonly now: () => Date;

  constructor(private readonly options: ConnectionsOptions) {
    this.now = options.now ?? (() => new Date());
  }

  /** Keeps a connection until it is forgotten, or until it is surely closed. */
  public async remember(connectionId: string, group: string, timeToLiveSeconds: number): Promise<void> {
    const expiresAt = Math.ceil(this.now().getTime() / 1000) + timeToLiveSeconds;
    const item: Connection = { connectionId, group, expiresAt };
    await this.options.client.send(new PutCommand({ TableName: this.options.tableName, Item: item }));
  }

  /** Forgets a connection. Harmless when it is not known. */
  public async forget(connectionId: string): Promise<void> {
    await this.options.client.send(new DeleteCommand({ TableName: this.options.tableName, Key: { connectionId } }));
  }

  /** The connections of a group, page by page. A new one may take a moment to show up. */
  public async* of(group: string): AsyncGenerator<string[]> {
    let start: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.options.client.send(new QueryCommand({
        TableName: this.options.tableName,
        IndexName: 'group',
        KeyConditionExpression: '#group = :group',
        // DynamoDB deletes what has expired days later.
        FilterExpression: '#expiresAt > :now',
        ExpressionAttributeNames: { '#group': 'group', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: { ':group': group, ':now': Math.floor(this.now().getTime() / 1000) },
        ExclusiveStartKey: start,
      }));
      yield Items.map((item) => String(item.connectionId));
      start = LastEvaluatedKey;
    } while (start);
  }

  /** Sends a message to every connection of a group. One connection that fails keeps no other from hearing it. */
  public async broadcast(group: string, message: unknown, post: Post): Promise<BroadcastResult> {
    const data = typeof message === 'string' ? message : JSON.stringify(message);
    const outcomes: Outcome[] = [];
    for await (const page of this.of(group)) {
      for (let first = 0; first < page.length; first += AT_ONCE) {
        const batch = page.slice(first, first + AT_ONCE);
        outcomes.push(...await Promise.all(batch.map((connectionId) => this.send(connectionId, data, post))));
      }
    }
    const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
    return { sent: count('sent'), gone: count('gone'), failed: count('failed') };
  }

  private async send(connectionId: string, data: string, post: Post): Promise<Outcome> {
    try {
      await post(connectionId, data);
      return 'sent';
    } catch (error) {
      if (!isGone(error)) {
        this.options.logger.warn('message not delivered', { connectionId, error: describeError(error) });
        return 'failed';
      }
      await this.forget(connectionId);
      return 'gone';
    }
  }
}

type Outcome = 'sent' | 'gone' | 'failed';

/** Whether an error says that the connection is closed: 410, or the name that the SDK gives it. */
function isGone(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as { name?: unknown; $metadata?: { httpStatusCode?: unknown } };
  return name === 'GoneException' || $metadata?.httpStatusCode === 410;
}
