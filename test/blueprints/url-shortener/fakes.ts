import { setImmediate as nextTick } from 'node:timers/promises';
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';

export { AnswersInMemory } from '../../runtime/answers-in-memory';
export * from '../../runtime/fakes';

type Item = Record<string, unknown>;
type Action = NonNullable<TransactWriteCommand['input']['TransactItems']>[number];

const KEYS: Readonly<Record<string, string>> = { links: 'slug', idempotency: 'id' };

/**
 * The tables `links` and `idempotency` in memory, honouring the conditions that the code under test writes, and
 * cancelling a transaction that meets another one under way on the same item, as DynamoDB does. Anything else it is
 * sent is an error: a fake that guesses would prove nothing.
 */
export class FakeTables {
  public readonly tables: Readonly<Record<string, Map<string, Item>>> = { links: new Map(), idempotency: new Map() };
  public readonly reads: GetCommand['input'][] = [];
  /** How many transactions met another one. */
  public conflicts = 0;
  /** Fails the next calls, first come first served. */
  public readonly failures: Error[] = [];
  private readonly underWay = new Set<string>();

  public get documents(): DynamoDBDocumentClient {
    return { send: (command: unknown) => this.send(command) } as unknown as DynamoDBDocumentClient;
  }

  public link(slug: string): Item | undefined {
    return this.tables.links!.get(slug);
  }

  public putLink(item: Item & { slug: string }): void {
    this.tables.links!.set(item.slug, { createdAt: '2026-01-01T00:00:00.000Z', clicks: 0, url: 'https://example.com/', ...item });
  }

  private async send(command: unknown): Promise<unknown> {
    const failure = this.failures.shift();
    if (failure) {
      throw failure;
    }
    if (command instanceof GetCommand) {
      this.reads.push(command.input);
      const { TableName, Key } = command.input;
      return { Item: structuredClone(this.table(TableName).get(keyOf(TableName, Key))) };
    }
    if (command instanceof PutCommand) {
      if (!this.holds({ Put: command.input as Action['Put'] })) {
        throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
      }
      this.apply({ Put: command.input as Action['Put'] });
      return {};
    }
    if (command instanceof TransactWriteCommand) {
      await this.transact(command.input.TransactItems ?? []);
      return {};
    }
    throw new Error(`not faked: ${String(command)}`);
  }

  private async transact(actions: Action[]): Promise<void> {
    const items = actions.map(itemOf);
    const busy = items.map((item) => this.underWay.has(item));
    if (busy.includes(true)) {
      this.conflicts++;
      throw cancelled(busy.map((isBusy) => (isBusy ? 'TransactionConflict' : 'None')));
    }
    items.forEach((item) => this.underWay.add(item));
    await nextTick();
    items.forEach((item) => this.underWay.delete(item));
    const held = actions.map((action) => this.holds(action));
    if (held.includes(false)) {
      throw cancelled(held.map((holds) => (holds ? 'None' : 'ConditionalCheckFailed')));
    }
    actions.forEach((action) => this.apply(action));
  }

  private holds(action: Action): boolean {
    const { TableName, ConditionExpression } = (action.Put ?? action.Update)!;
    const key = KEYS[TableName!]!;
    const exists = this.table(TableName).has(keyOf(TableName, action.Put?.Item ?? action.Update?.Key));
    switch (ConditionExpression) {
      case undefined: return true;
      case `attribute_not_exists(${key})`: return !exists;
      case `attribute_exists(${key})`: return exists;
      default: throw new Error(`not faked: ${ConditionExpression}`);
    }
  }

  private apply({ Put, Update }: Action): void {
    if (Put) {
      this.table(Put.TableName).set(keyOf(Put.TableName, Put.Item), structuredClone(Put.Item!));
      return;
    }
    if (Update?.UpdateExpression !== 'ADD clicks :one') {
      throw new Error(`not faked: ${Update?.UpdateExpression}`);
    }
    const key = keyOf(Update.TableName, Update.Key);
    const item = this.table(Update.TableName).get(key) ?? { ...Update.Key };
    this.table(Update.TableName).set(key, {
      ...item, clicks: Number(item.clicks ?? 0) + Number(Update.ExpressionAttributeValues?.[':one']),
    });
  }

  private table(name: string | undefined): Map<string, Item> {
    return this.tables[name ?? ''] ?? raise(`no table ${name}`);
  }
}

/** A transaction that DynamoDB cancelled, with the reason of each of its items. */
export function cancelled(codes: string[]): TransactionCanceledException {
  return new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
}

function keyOf(table: string | undefined, item: Item | undefined): string {
  return String(item?.[KEYS[table ?? '']!]);
}

function itemOf({ Put, Update }: Action): string {
  return `${(Put ?? Update)!.TableName}/${keyOf((Put ?? Update)!.TableName, Put?.Item ?? Update?.Key)}`;
}

function raise(message: string): never {
  throw new Error(message);
}
