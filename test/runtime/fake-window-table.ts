import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

type Item = Record<string, unknown>;
interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Record<string, unknown>;
}
interface Put {
  readonly Item: Item;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Item;
}

/** A DynamoDB table of windows in memory: as much of it as the runtime asks for. */
export class FakeWindowTable {
  public readonly items = new Map<string, Item>();
  public readonly sent: Command[] = [];
  /** Called before each command: to let somebody else come in between, to fail. */
  public before: (name: string) => Promise<void> | void = () => undefined;
  /** Called after each write: to lose its answer. */
  public after: (name: string) => void = () => undefined;

  public readonly documents = { send: ((command: Command) => this.answer(command)) as unknown as DynamoDBDocumentClient['send'] };

  private async answer(command: Command): Promise<unknown> {
    this.sent.push(command);
    const name = command.constructor.name.replace('Command', '');
    await this.before(name);
    const answer = this.carryOut(name, command.input);
    this.after(name);
    return answer;
  }

  private carryOut(name: string, input: Record<string, unknown>): unknown {
    switch (name) {
      case 'Get': return { Item: this.items.get(idOf(input.Key as Item)) };
      case 'BatchGet': {
        const { windows: { Keys } } = input.RequestItems as { windows: { Keys: Item[] } };
        expect(Keys.length).toBeLessThanOrEqual(100);
        return { Responses: { windows: Keys.flatMap((key) => this.items.get(idOf(key)) ?? []) } };
      }
      case 'TransactWrite': return this.transact((input.TransactItems as { Put: Put }[]).map(({ Put }) => Put));
      case 'Query': return this.query(input as never);
      default: throw new Error(name);
    }
  }

  private transact(puts: readonly Put[]): object {
    expect(puts.length).toBeLessThanOrEqual(100);
    expect(new Set(puts.map(({ Item }) => idOf(Item))).size).toBe(puts.length);
    const kept = puts.map(({ Item, ConditionExpression, ExpressionAttributeValues }) => {
      const stored = this.items.get(idOf(Item));
      return ConditionExpression === undefined
        || (ConditionExpression === 'attribute_not_exists(#position)' ? stored === undefined : stored?.position === ExpressionAttributeValues![':from']);
    });
    if (kept.includes(false)) {
      const CancellationReasons = kept.map((ok) => ({ Code: ok ? 'None' : 'ConditionalCheckFailed' }));
      throw Object.assign(new Error('refused'), { name: 'TransactionCanceledException', CancellationReasons });
    }
    puts.forEach(({ Item }) => this.items.set(idOf(Item), Item));
    return {};
  }

  private query(input: { readonly ExpressionAttributeValues: Item; readonly ExclusiveStartKey?: Item }) {
    const { ExpressionAttributeValues: values, ExclusiveStartKey: start } = input;
    const [from, to] = [values[':from'] as string ?? '', values[':to'] as string ?? '\uffff'];
    const all = [...this.items.values()]
      .filter(({ series, window }) => series === values[':series'] && String(window) >= from && String(window) <= to)
      .sort((a, b) => String(a.window) < String(b.window) ? -1 : 1)
      .filter(({ window }) => !start || String(window) > String(start.window));
    // Pages of three, so that everybody has to turn them.
    const Items = all.slice(0, 3);
    return { Items, LastEvaluatedKey: all.length > 3 ? { series: Items[2]!.series, window: Items[2]!.window } : undefined };
  }
}

const idOf = ({ series, window }: Item) => `${String(series)} ${String(window)}`;
