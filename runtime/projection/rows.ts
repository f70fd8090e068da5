import { DeleteCommand, type DynamoDBDocumentClient, ScanCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';

/** Where a row is: its key alone, or one of the sorted rows of a partition. */
export type RowKey = string | { readonly partition: string; readonly sort: string };

/** What an event changes in one row of a view. A row that does not exist is made. */
export interface RowChange {
  readonly key: RowKey;
  /** Attributes with their new values, native ones: text, numbers, lists, maps. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Numbers that are added to attributes; one that does not exist counts as 0. */
  readonly add?: Readonly<Record<string, number>>;
  /** Attributes that go. */
  readonly remove?: readonly string[];
  /** The row goes. Not beside other changes. */
  readonly delete?: boolean;
}

/** A row of a view. */
export interface Row {
  readonly partition: string;
  /** Undefined for a row that has its key alone. */
  readonly sort?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** The sort key of what is alone in its partition. */
const ALONE = '-';
const KEY_NAMES = ['pk', 'sk'];

/** The key of the one item that says which generation of a view is read. */
export const GENERATIONS_KEY = { pk: 'generations', sk: ALONE };

/** The key of the item that says how far a stream is in a generation of a view. */
export const checkpointKey = (generation: number, stream: string) => ({ pk: `stream/${generation}/${stream}`, sk: ALONE });

/** The key of a row in a generation of a view. */
export function rowKey(generation: number, key: RowKey): { pk: string; sk: string } {
  const { partition, sort } = typeof key === 'string' ? { partition: key, sort: ALONE } : key;
  return { pk: `row/${generation}/${partition}`, sk: sort };
}

/** A row as its item has it. */
export function rowOf({ pk, sk, ...attributes }: Readonly<Record<string, unknown>>): Row {
  const partition = String(pk).split('/').slice(2).join('/');
  return sk === ALONE ? { partition, attributes } : { partition, sort: String(sk), attributes };
}

/** The part of a transaction that changes a row. */
export function writeOf(TableName: string, generation: number, change: RowChange): Write {
  const Key = rowKey(generation, change.key);
  if (change.delete) {
    return { Delete: { TableName, Key } };
  }
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const name = (attribute: string) => {
    if (KEY_NAMES.includes(attribute)) {
      throw new TypeError(`an event sets '${attribute}' of a row, which is its key; choose another name`);
    }
    const alias = `#n${Object.keys(names).length}`;
    names[alias] = attribute;
    return alias;
  };
  const value = (given: unknown) => {
    const alias = `:v${Object.keys(values).length}`;
    values[alias] = given;
    return alias;
  };
  const clause = (verb: string, parts: string[]) => parts.length === 0 ? [] : [`${verb} ${parts.join(', ')}`];
  const expression = [
    ...clause('SET', Object.entries(change.set ?? {}).map(([attribute, given]) => `${name(attribute)} = ${value(given)}`)),
    ...clause('ADD', Object.entries(change.add ?? {}).map(([attribute, amount]) => `${name(attribute)} ${value(amount)}`)),
    ...clause('REMOVE', (change.remove ?? []).map(name)),
  ].join(' ');
  if (expression === '') {
    throw new TypeError(`an event changes nothing of the row ${JSON.stringify(change.key)}; leave the row out`);
  }
  return {
    Update: {
      TableName, Key, UpdateExpression: expression, ExpressionAttributeNames: names,
      ...Object.keys(values).length > 0 && { ExpressionAttributeValues: values },
    },
  };
}

/** Deletes the rows and checkpoints of all generations but some; answers how many. */
export async function deleteOthers(
  documents: Pick<DynamoDBDocumentClient, 'send'>, TableName: string, kept: readonly number[],
): Promise<number> {
  let deleted = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await documents.send(new ScanCommand({
      TableName, ExclusiveStartKey: start, ProjectionExpression: '#pk, #sk', ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    }));
    const old = Items.filter(({ pk }) => pk !== GENERATIONS_KEY.pk && !kept.includes(Number(String(pk).split('/')[1])));
    await eachAtMost(16, old, ({ pk, sk }) => documents.send(new DeleteCommand({ TableName, Key: { pk, sk } })));
    deleted += old.length;
    start = LastEvaluatedKey;
  } while (start);
  return deleted;
}

/** Does something with each of many, so many at a time. */
export async function eachAtMost<Item>(
  most: number, items: readonly Item[], task: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = items.values();
  const work = async () => {
    for (const item of left) {
      await task(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
}
