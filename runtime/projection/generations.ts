import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { RebuildSupersededError } from './errors';
import { GENERATIONS_KEY } from './rows';

/** The generations of a view: each is a whole view, made from the first event on. */
export interface Generations {
  /** The one that is read. */
  readonly live: number;
  /** The one that will be, and that is kept up to date already; undefined unless a rebuild is about to end. */
  readonly next?: number;
  /** The one that a rebuild is making; undefined without one. */
  readonly building?: number;
  /** When `live` began to be, in milliseconds of the epoch; 0 for the first. */
  readonly switchedAt: number;
}

/** The one item of a view that says which generation is what. */
export class GenerationsItem {
  constructor(private readonly documents: Pick<DynamoDBDocumentClient, 'send'>, private readonly TableName: string) {}

  public async read(): Promise<Generations> {
    const get = new GetCommand({ TableName: this.TableName, Key: GENERATIONS_KEY, ConsistentRead: true });
    const { Item } = await this.documents.send(get);
    return generationsOf(Item);
  }

  /** Begins a new one. A rebuild that is under way is superseded by it. */
  public async open(): Promise<number> {
    const number = 'if_not_exists(#last, :one) + :one';
    const { Attributes } = await this.update(`SET #last = ${number}, #building = ${number} REMOVE #next`, { ':one': 1 });
    return Number(Attributes!.building);
  }

  /** From now on it is kept up to date by whoever reads this item. */
  public announce(generation: number): Promise<unknown> {
    return this.unlessSuperseded(generation, 'SET #next = :generation', {});
  }

  /** From now on it is the one that is read. */
  public switchTo(generation: number, now: number): Promise<unknown> {
    return this.unlessSuperseded(generation, 'SET #live = :generation, #switchedAt = :now REMOVE #next, #building', { ':now': now });
  }

  private async unlessSuperseded(generation: number, expression: string, values: Record<string, number>): Promise<void> {
    try {
      await this.update(expression, { ...values, ':generation': generation }, '#building = :generation');
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') {
        throw error;
      }
      // The answer to a switch may have been lost, and the switch sent again.
      if ((await this.read()).live !== generation) {
        throw new RebuildSupersededError(`generation ${generation} is no longer being built`, { cause: error });
      }
    }
  }

  private update(UpdateExpression: string, values: Record<string, number>, ConditionExpression?: string) {
    const expressions = `${UpdateExpression} ${ConditionExpression ?? ''}`;
    const names = ['live', 'next', 'building', 'last', 'switchedAt'].filter((name) => expressions.includes(`#${name}`));
    return this.documents.send(new UpdateCommand({
      TableName: this.TableName, Key: GENERATIONS_KEY, UpdateExpression, ConditionExpression,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: values,
      ReturnValues: 'ALL_NEW',
    }));
  }
}

/** A view that was never rebuilt has no such item: it is in its first generation. */
export function generationsOf(item: Readonly<Record<string, unknown>> = {}): Generations {
  const { live = 1, next, building, switchedAt = 0 } = item as Partial<Generations>;
  return { live, next, building, switchedAt };
}
