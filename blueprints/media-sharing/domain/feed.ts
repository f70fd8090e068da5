import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { MediaReady } from './media';

/** What happened, for one user. */
export interface FeedEntry {
  /** `ready`: it can be seen; `review`: a moderator will look at it. */
  readonly event: 'ready' | 'review';
  readonly mediaId: string;
  readonly contentType: string;
  /** In ISO 8601. */
  readonly at: string;
}

/** What happened, user by user. Each thing happens once, however often it is told. */
export class Feed {
  constructor(private readonly documents: Pick<DynamoDBDocumentClient, 'send'>, private readonly TableName: string) {}

  /** Adds an entry. @returns whether it was not there before */
  public async add(event: FeedEntry['event'], { id, owner, contentType }: MediaReady, now: Date): Promise<boolean> {
    try {
      await this.documents.send(new PutCommand({
        TableName: this.TableName,
        Item: { owner, entry: `${event}#${id}`, event, mediaId: id, contentType, at: now.toISOString() },
        ConditionExpression: 'attribute_not_exists(entry)',
      }));
      return true;
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') {
        throw error;
      }
      return false;
    }
  }

  /** The entries of a user, up to a hundred. */
  public async of(owner: string): Promise<FeedEntry[]> {
    const { Items = [] } = await this.documents.send(new QueryCommand({
      TableName: this.TableName,
      KeyConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': owner },
      ConsistentRead: true,
      Limit: 100,
    }));
    return Items.map(({ event, mediaId, contentType, at }) => ({ event, mediaId, contentType, at }) as FeedEntry);
  }
}
