import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { BrokenHistoryError } from './errors';
import { recorded, type RecordedEvent, type StoredEvent } from './event';
import { between, LAST, type Table } from './range';

/** Which events of a stream are read. */
export interface ReadOptions {
  /** @default 1 */
  readonly fromVersion?: number;
  /**
   * The last that is read.
   * @default - to the end
   */
  readonly toVersion?: number;
  /**
   * The last time that is read, to the millisecond.
   * @default - to the end
   */
  readonly until?: Date;
  /**
   * The most events of one round trip.
   * @default - as many as fit into 1 MB
   */
  readonly pageSize?: number;
}

/** Which part of all events is read. */
export interface ScanOptions {
  /**
   * The part, from 0, when several share the work.
   * @default 0
   */
  readonly segment?: number;
  /** @default 1 */
  readonly segments?: number;
  /**
   * Sees all that was appended before it began, for twice the capacity.
   * @default false
   */
  readonly consistent?: boolean;
  /**
   * The most items of one round trip.
   * @default - as many as fit into 1 MB
   */
  readonly pageSize?: number;
}

export async function* readPages<Types extends object>(
  table: Table, stream: string, { fromVersion = 1, toVersion: last = LAST, until, pageSize }: ReadOptions,
): AsyncGenerator<RecordedEvent<Types>> {
  let next = Math.max(1, fromVersion);
  while (next <= last) {
    const page = new QueryCommand({ ...between(table, stream, next, last), Limit: pageSize });
    const { Items = [], LastEvaluatedKey } = await table.documents.send(page);
    for (const item of Items as StoredEvent[]) {
      const event = recorded<Types>(item);
      if (event.version !== next) {
        throw new BrokenHistoryError(stream, next, event.version);
      }
      if (until && event.at > until) {
        return;
      }
      next += 1;
      yield event;
    }
    // The next page begins where `next` says.
    if (!LastEvaluatedKey) {
      return;
    }
  }
}

export async function* readSegment<Types extends object>(
  { documents, TableName }: Table, { segment = 0, segments = 1, consistent = false, pageSize }: ScanOptions,
): AsyncGenerator<RecordedEvent<Types>[]> {
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await documents.send(new ScanCommand({
      TableName, ConsistentRead: consistent, Limit: pageSize, ExclusiveStartKey: start, Segment: segment, TotalSegments: segments,
      // Snapshots have negative versions.
      FilterExpression: '#version > :zero',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':zero': 0 },
    }));
    yield (Items as StoredEvent[]).map((item) => recorded<Types>(item));
    start = LastEvaluatedKey;
  } while (start);
}
