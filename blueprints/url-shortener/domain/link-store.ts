import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { Problem } from '../../../runtime';
import { epochSeconds, hasExpired, type Link } from './link';
import { newSlug } from './slug';

const MAX_DRAWS = 5;

/** What a new link is made of. */
export interface NewLink {
  /** Where it leads: a judged, normalised URL. */
  readonly url: string;
  /**
   * How long it works, in seconds.
   * @default - for ever
   */
  readonly expiresInSeconds?: number;
}

/** The links, in a DynamoDB table with partition key `slug` and time to live `expiresAt`. */
export class LinkStore {
  constructor(
    private readonly documents: DynamoDBDocumentClient,
    private readonly tableName: string,
    private readonly drawSlug: () => string = newSlug,
  ) {}

  /**
   * Makes a link under a slug that no other link has.
   *
   * @throws Problem 503 when five slugs in a row are taken, which by chance never happens
   */
  public async create(link: NewLink, now: Date): Promise<Link> {
    for (let draw = 1; draw <= MAX_DRAWS; draw++) {
      const created: Link = {
        slug: this.drawSlug(),
        url: link.url,
        createdAt: now.toISOString(),
        clicks: 0,
        ...(link.expiresInSeconds !== undefined && { expiresAt: epochSeconds(now) + link.expiresInSeconds }),
      };
      if (await this.putNew(created)) {
        return created;
      }
    }
    throw new Problem({ status: 503, detail: 'No free slug was found. Try again.', headers: { 'retry-after': '1' } });
  }

  /**
   * The link under a slug, or nothing when there is none or it has expired: DynamoDB deletes expired items within days,
   * not at once.
   *
   * The read is strongly consistent: a link is often followed within milliseconds of its making, and "not found" would
   * be the wrong answer then. It costs one read unit instead of a half.
   */
  public async find(slug: string, now: Date): Promise<Link | undefined> {
    const { Item } = await this.documents.send(
      new GetCommand({ TableName: this.tableName, Key: { slug }, ConsistentRead: true }),
    );
    const link = Item as Link | undefined;
    return link && !hasExpired(link.expiresAt, now) ? link : undefined;
  }

  private async putNew(link: Link): Promise<boolean> {
    try {
      await this.documents.send(
        new PutCommand({ TableName: this.tableName, Item: link, ConditionExpression: 'attribute_not_exists(slug)' }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return false;
      }
      throw error;
    }
  }
}
