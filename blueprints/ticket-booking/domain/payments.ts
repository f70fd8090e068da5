import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../../../runtime';

/** What a provider of payments does; the real one is called over HTTP. */
export interface PaymentProvider {
  /**
   * Charges a card, once for each key.
   *
   * @returns the number of the payment; undefined when the card was declined and nothing was charged
   * @throws PaymentCancelledError when the key was cancelled before
   */
  charge(key: string, payment: Payment): Promise<string | undefined>;
  /** Takes a payment back, or sees to it that it never comes: whatever the key has done or will do, no money is gone. */
  cancel(key: string): Promise<void>;
}

/** What is charged. */
export interface Payment {
  readonly orderId: string;
  readonly card: string;
  readonly cents: number;
}

/** A charge that comes after its cancellation. */
export class PaymentCancelledError extends Error {
  public override readonly name = 'PaymentCancelledError';
}

/** What the sandbox works with. */
export interface SandboxPaymentsOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** A table with the partition key `key`. */
  readonly tableName: string;
  /** @default systemClock */
  readonly clock?: Pick<Clock, 'sleep'>;
}

const HANGS_MILLISECONDS = 15 * 60 * 1000;
const TAKES_LONG_MILLISECONDS = 6000;

/**
 * A stand-in for a provider of payments, as the sandboxes of providers are: no money moves, and some cards do what a test
 * needs.
 *
 * | card | |
 * | --- | --- |
 * | `tok_declined` | is declined |
 * | `tok_late` | is charged, and the answer takes six seconds |
 * | `tok_hangs` | is charged, and the answer never comes |
 * | any other | is charged |
 *
 * `charges` and `refunds` of a payment count what would have moved money.
 */
export class SandboxPayments implements PaymentProvider {
  constructor(private readonly options: SandboxPaymentsOptions) {}

  public async charge(key: string, { orderId, card, cents }: Payment): Promise<string | undefined> {
    if (card === 'tok_declined') {
      return undefined;
    }
    const charged = await this.changed(key, {
      UpdateExpression: 'SET #status = :charged, orderId = :orderId, cents = :cents ADD charges :one',
      ConditionExpression: 'attribute_not_exists(#status)',
      ExpressionAttributeValues: { ':charged': 'CHARGED', ':orderId': orderId, ':cents': cents, ':one': 1 },
    });
    if (!charged && await this.status(key) !== 'CHARGED') {
      throw new PaymentCancelledError(`payment ${key} was cancelled`);
    }
    await this.answerLate(card);
    return key;
  }

  public async cancel(key: string): Promise<void> {
    const refunded = await this.changed(key, {
      UpdateExpression: 'SET #status = :refunded ADD refunds :one',
      ConditionExpression: '#status = :charged',
      ExpressionAttributeValues: { ':refunded': 'REFUNDED', ':charged': 'CHARGED', ':one': 1 },
    });
    // Nothing was charged yet: the mark keeps a charge that is still on its way from happening.
    if (!refunded && !await this.changed(key, {
      UpdateExpression: 'SET #status = :cancelled',
      ConditionExpression: 'attribute_not_exists(#status)',
      ExpressionAttributeValues: { ':cancelled': 'CANCELLED' },
    }) && await this.status(key) === 'CHARGED') {
      await this.cancel(key);
    }
  }

  private async changed(key: string, change: Partial<UpdateCommandInput>): Promise<boolean> {
    const { documents, tableName: TableName } = this.options;
    try {
      await documents.send(new UpdateCommand({ TableName, Key: { key }, ExpressionAttributeNames: { '#status': 'status' }, ...change }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return false;
      }
      throw error;
    }
  }

  private async status(key: string): Promise<string | undefined> {
    const { documents, tableName: TableName } = this.options;
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { key }, ConsistentRead: true }));
    return Item?.status as string | undefined;
  }

  private async answerLate(card: string): Promise<void> {
    const pause = { tok_late: TAKES_LONG_MILLISECONDS, tok_hangs: HANGS_MILLISECONDS }[card];
    if (pause !== undefined) {
      await (this.options.clock ?? systemClock).sleep(pause);
    }
  }
}
