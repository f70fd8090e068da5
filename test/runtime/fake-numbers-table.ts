import type { UpdateCommand } from '@aws-sdk/lib-dynamodb';

type Item = Record<string, unknown>;

/**
 * A DynamoDB table of numbers that evaluates conditions and SET expressions of one comparison an operand, keeps what it was
 * sent, and answers a refusal as the document client does: with the item as DynamoDB writes it.
 */
export class FakeNumbersTable {
  public readonly items = new Map<string, Item>();
  public readonly sent: UpdateCommand['input'][] = [];
  /** Called before each update: to let somebody else come in between, or to fail. */
  public before: (sent: number) => void = () => undefined;

  public readonly send = (async ({ input }: UpdateCommand) => {
    this.sent.push(input);
    this.before(this.sent.length);
    const id = Object.values(input.Key!).join();
    const item = this.items.get(id);
    const names = input.ExpressionAttributeNames!;
    const evaluate = (expression: string) => new Function('item', 'values', `return (${expression
      .replace(/attribute_not_exists\((#\w+)\)/g, '$1 === undefined')
      .replace(/<>/g, '!==').replace(/(?<![<>=!])=(?!=)/g, '===').replace(/AND/g, '&&').replace(/OR/g, '||')
      .replace(/#\w+/g, (name) => `item[${JSON.stringify(names[name])}]`)
      .replace(/:(\w+)/g, 'values[":$1"]')})`)(item ?? {}, input.ExpressionAttributeValues) as unknown;
    if (!evaluate(input.ConditionExpression!)) {
      const stored = item && Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { N: String(value) }]));
      throw Object.assign(new Error('refused'), { name: 'ConditionalCheckFailedException', Item: stored });
    }
    const changes = input.UpdateExpression!.replace(/^SET /, '').split(', ').map((change) => {
      const [name, value] = change.split(' = ') as [string, string];
      return [names[name]!, evaluate(value)] as const;
    });
    this.items.set(id, { ...item, ...Object.fromEntries(changes) });
    return { Attributes: { ...input.Key, ...this.items.get(id) } };
  }) as never;
}
