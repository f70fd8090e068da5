import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import type { CircuitState } from './circuit';
import { type CircuitFields, type CircuitReport, type CircuitSnapshot, type CircuitStore, countFields, slotStart, snapshotOf } from './store';

/** What circuits in a table need. */
export interface DynamoDbCircuitsOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** A table with the partition key `name`, text: `tableName('PAYMENTS')`. */
  readonly tableName: string;
  /**
   * Time, for tests.
   * @default - the clock of this machine
   */
  readonly clock?: Clock;
}

/**
 * Circuits in Amazon DynamoDB: the item `circuit:<dependency>`. Counts are added, states written under a condition. DynamoDB
 * tells no time, so the clocks of the machines count: one that is ahead probes early by as much.
 */
export class DynamoDbCircuits implements CircuitStore {
  private readonly clock: Clock;

  constructor(private readonly options: DynamoDbCircuitsOptions) {
    this.clock = options.clock ?? systemClock;
  }

  public async report(dependency: string, report: CircuitReport): Promise<CircuitSnapshot> {
    const { calls, failures, revision, slotMilliseconds, remove } = report;
    const where = this.where(dependency);
    if (calls === 0) {
      const { Item } = await this.options.documents.send(new GetCommand({ ...where, ConsistentRead: true }));
      return this.snapshotOf(Item);
    }
    const to = countFields(revision, slotStart(this.clock.now(), slotMilliseconds));
    const removed = remove.filter((field) => field !== to.calls && field !== to.failures).slice(0, 100);
    const { Attributes } = await this.options.documents.send(new UpdateCommand({
      ...where,
      UpdateExpression: `ADD #calls :calls, #failures :failures${
        removed.length === 0 ? '' : ` REMOVE ${removed.map((_, index) => `#old${index}`).join(', ')}`}`,
      ExpressionAttributeNames: {
        '#calls': to.calls, '#failures': to.failures,
        ...Object.fromEntries(removed.map((field, index) => [`#old${index}`, field])),
      },
      ExpressionAttributeValues: { ':calls': calls, ':failures': failures },
      ReturnValues: 'ALL_NEW',
    }));
    return this.snapshotOf(Attributes);
  }

  public async replace(dependency: string, next: CircuitState): Promise<CircuitSnapshot & { readonly replaced: boolean }> {
    const expected = next.revision - 1;
    try {
      const { Attributes } = await this.options.documents.send(new UpdateCommand({
        ...this.where(dependency),
        UpdateExpression: 'SET #revision = :next, #state = :state',
        // A circuit that never opened has counts at most.
        ConditionExpression: expected === 0 ? 'attribute_not_exists(#revision)' : '#revision = :expected',
        ExpressionAttributeNames: { '#revision': 'revision', '#state': 'state' },
        ExpressionAttributeValues: {
          ':next': next.revision, ':state': JSON.stringify(next), ...expected > 0 && { ':expected': expected },
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return { ...this.snapshotOf(Attributes), replaced: true };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') {
        throw error;
      }
      return { ...this.snapshotOf((error as { Item?: Item }).Item), replaced: false };
    }
  }

  private where(dependency: string) {
    return { TableName: this.options.tableName, Key: { name: `circuit:${dependency}` } };
  }

  private snapshotOf(item: Item = {}): CircuitSnapshot {
    return snapshotOf(Object.fromEntries(Object.entries(item).map(([field, value]) => [field, textOf(value)])), this.clock.now());
  }
}

type Item = Readonly<Record<string, unknown>>;

/** The item that comes with a failed condition is not translated by the document client: `{ N: '5' }`. */
function textOf(value: unknown): CircuitFields[string] {
  const { N, S } = Object(value) as { N?: string; S?: string };
  return N ?? S ?? String(value);
}
