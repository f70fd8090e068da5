import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../clock';

/** Where the slots of schedules are remembered. */
export interface SlotsOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** A table with the partition key `name` (text) and the time to live `ttl`. */
  readonly tableName: string;
  readonly keepSeconds: number;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Slots of schedules in a DynamoDB table, an item each: `{ name: slot#<cron>@<slot>, state, fence, startedAt, endedAt, ttl }`.
 * Who runs a slot holds a lock; its fence tells who came later.
 */
export class Slots {
  public constructor(private readonly options: SlotsOptions) {}

  /** @returns false when the slot has been run, or somebody who came later runs it */
  public begin(slot: string, fence: number): Promise<boolean> {
    const now = this.options.clock.now();
    return this.update(slot, 'SET #state = :state, #fence = :fence, #startedAt = :at, #ttl = :ttl',
      'attribute_not_exists(#name) OR (#state = :state AND #fence < :fence)',
      { '#name': 'name', '#startedAt': 'startedAt', '#ttl': 'ttl' },
      { ':state': 'running', ':fence': fence, ':at': now, ':ttl': Math.ceil(now / 1000) + this.options.keepSeconds });
  }

  /** @returns false when somebody else has begun it meanwhile */
  public end(slot: string, fence: number): Promise<boolean> {
    return this.update(slot, 'SET #state = :state, #endedAt = :at', '#fence = :fence', { '#endedAt': 'endedAt' },
      { ':state': 'done', ':fence': fence, ':at': this.options.clock.now() });
  }

  private async update(
    slot: string, UpdateExpression: string, ConditionExpression: string,
    names: Record<string, string>, values: Record<string, unknown>,
  ): Promise<boolean> {
    try {
      await this.options.documents.send(new UpdateCommand({
        TableName: this.options.tableName,
        Key: { name: `slot#${slot}` },
        UpdateExpression,
        ConditionExpression,
        ExpressionAttributeNames: { '#state': 'state', '#fence': 'fence', ...names },
        ExpressionAttributeValues: values,
      }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
        return false;
      }
      throw error;
    }
  }
}
