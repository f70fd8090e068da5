import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Media } from './media';

/** What is shared. */
export class MediaLibrary {
  constructor(private readonly documents: Pick<DynamoDBDocumentClient, 'send'>, private readonly TableName: string) {}

  /** Adds something, once: what is there already stays as it is. */
  public async add(media: Media): Promise<Media> {
    try {
      const Item = Object.fromEntries(Object.entries(media).filter(([, value]) => value !== undefined));
      await this.documents.send(new PutCommand({ TableName: this.TableName, Item, ConditionExpression: 'attribute_not_exists(id)' }));
      return media;
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') {
        throw error;
      }
      return (await this.read(media.id))!;
    }
  }

  /** Notes that subscribers were told. */
  public async announced(id: string): Promise<void> {
    await this.documents.send(new UpdateCommand({
      TableName: this.TableName, Key: { id }, UpdateExpression: 'SET announced = :true', ExpressionAttributeValues: { ':true': true },
    }));
  }

  /** Something that its owner shares; what somebody else owns is not found. */
  public async find(owner: string, id: string): Promise<Media | undefined> {
    const media = await this.read(id);
    return media?.owner === owner ? media : undefined;
  }

  /** The latest that an owner shares. What was just added may take a moment to show. */
  public async latest(owner: string, most: number = 50): Promise<Media[]> {
    const { Items = [] } = await this.documents.send(new QueryCommand({
      TableName: this.TableName,
      IndexName: 'byOwner',
      KeyConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': owner },
      ScanIndexForward: false,
      Limit: most,
    }));
    return Items as Media[];
  }

  private async read(id: string): Promise<Media | undefined> {
    const get = new GetCommand({ TableName: this.TableName, Key: { id }, ConsistentRead: true });
    return (await this.documents.send(get)).Item as Media | undefined;
  }
}
