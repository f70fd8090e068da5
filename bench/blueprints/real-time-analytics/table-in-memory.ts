import { BatchGetCommand, type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';

type Item = Record<string, unknown>;

/**
 * A table of windows that answers at once, for what the code itself costs. It carries out what WindowedAggregate sends and checks
 * no condition: nobody else writes it.
 */
export class TableInMemory {
  public readonly tableName = 'windows';
  public readonly documents = {
    send: ((command: object) => Promise.resolve(this.answer(command))) as unknown as DynamoDBDocumentClient['send'],
  };
  private readonly items = new Map<string, Item>();

  /** All there is. */
  public rows(): Promise<Item[]> {
    return Promise.resolve([...this.items.values()]);
  }

  private answer(command: object): object {
    if (command instanceof GetCommand) {
      return { Item: this.items.get(idOf(command.input.Key!)) };
    }
    if (command instanceof BatchGetCommand) {
      const { Keys = [] } = command.input.RequestItems![this.tableName]!;
      return { Responses: { [this.tableName]: Keys.flatMap((key) => this.items.get(idOf(key)) ?? []) } };
    }
    if (command instanceof TransactWriteCommand) {
      command.input.TransactItems!.forEach(({ Put }) => this.items.set(idOf(Put!.Item!), Put!.Item!));
      return {};
    }
    throw new Error(`${command.constructor.name} is not known here`);
  }
}

const idOf = ({ series, window }: Item) => `${String(series)} ${String(window)}`;
