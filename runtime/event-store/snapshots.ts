import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { InvalidAppendError } from './errors';
import { checkSize, json } from './event';
import { between, LAST, type Table } from './range';

/** A state as it was after an event. */
export interface Snapshot<State> {
  /** The shape of the state: whoever reads another one does not look at it. */
  readonly schema: string;
  /** The version of the last event in it. */
  readonly version: number;
  /** When that event was appended. */
  readonly at: Date;
  /** Kept as JSON. */
  readonly state: State;
}

/** It has the negative version of its last event: apart from the events, and found by one question, the last first. */
export async function saveSnapshot<State>(
  { documents, TableName }: Table, stream: string, { schema, version, at, state }: Snapshot<State>,
): Promise<void> {
  if (!Number.isSafeInteger(version) || version < 1 || !(at instanceof Date)) {
    throw new InvalidAppendError(`a snapshot of ${stream} needs the version, from 1, and the time of its last event`);
  }
  const parts = { schema, state: json(stream, state) ?? 'null', at: at.toISOString() };
  checkSize(stream, parts, 'a snapshot');
  await documents.send(new PutCommand({ TableName, Item: { stream, version: -version, ...parts } }));
}

export async function loadSnapshot<State>(
  table: Table, stream: string, schema: string,
  { until, toVersion = LAST }: { readonly until?: Date; readonly toVersion?: number },
): Promise<Snapshot<State> | undefined> {
  let start: Record<string, unknown> | undefined;
  if (toVersion < 1) {
    return undefined;
  }
  do {
    // One at a time: it may have 400 KiB, and the first is the one, but for a change of schema or a time in the past.
    const { Items: [item] = [], LastEvaluatedKey } = await table.documents.send(new QueryCommand({
      ...between(table, stream, -toVersion, -1), Limit: 1, ExclusiveStartKey: start,
    }));
    const at = new Date(String(item?.at));
    if (item?.schema === schema && (until === undefined || at <= until)) {
      return { schema, version: -Number(item.version), at, state: JSON.parse(String(item.state)) as State };
    }
    start = LastEvaluatedKey;
  } while (start);
  return undefined;
}
