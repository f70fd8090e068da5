import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { RejectedDocumentsError } from '../search-index/errors';
import type { SearchChange } from '../search-index/documents';
import { type CaptureMapping, changesOf } from './mapping';

/** What can be made anew while it is in use: a `SearchIndex`. */
export interface ReindexableSink {
  /** Begins a further generation, which takes every change from now on. */
  openGeneration(): Promise<number>;

  /** Writes into the generation that is being made. */
  fill(generation: number, changes: readonly SearchChange[]): Promise<void>;

  /** The generation is the one that is searched from now on. */
  switchTo(generation: number): Promise<void>;
}

/** How far a reindex is. It is plain JSON, to be kept by whoever goes on with it. */
export interface ReindexProgress {
  readonly generation: number;
  /** Items that were read. */
  readonly items: number;
  /** Documents that the index did not take. */
  readonly rejected: number;
  /** Of each part of the table the key it is read up to; null before the first page, true when it is done. */
  readonly segments: readonly (Readonly<Record<string, unknown>> | true | null)[];
  /** Whether searches go to the new generation. */
  readonly done: boolean;
}

/** What is read, and where it goes. */
export interface ReindexOptions<Item> extends CaptureMapping<Item> {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table: `tableName('EVENTS')`. */
  readonly tableName: string;
  readonly sink: ReindexableSink;
  /**
   * Where an earlier call has stopped.
   * @default - a new generation
   */
  readonly progress?: ReindexProgress;
  /**
   * Asked after each page: whether to stop, for example since the function is about to time out.
   * @default - never
   */
  readonly stop?: () => boolean;
  /**
   * In how many parts the table is read at once.
   * @default 4
   */
  readonly segments?: number;
  /**
   * The most items of one read.
   * @default 500
   */
  readonly pageSize?: number;
}

/**
 * Makes an index anew from the whole table, while the table changes, changes are captured and searches are answered from the
 * present generation, and switches to the new one at once.
 *
 * Captured changes go into both generations from the moment the new one is opened; the table is read after that, and strongly
 * consistent. So whatever a captured change has missed, the reading sees, and versions decide where both see something.
 *
 * @returns how far it came: hand it to the next call unless it is done
 * @throws ReindexSupersededError when another one has begun meanwhile
 */
export async function reindex<Item = Record<string, unknown>>(options: ReindexOptions<Item>): Promise<ReindexProgress> {
  const { documents, tableName, sink, stop = () => false, pageSize = 500 } = options;
  const { generation, items, rejected, segments } = options.progress ?? {
    generation: await sink.openGeneration(), items: 0, rejected: 0, segments: new Array<null>(options.segments ?? 4).fill(null),
  };
  const counts = { items, rejected };
  const fill = (found: readonly Item[]) =>
    sink.fill(generation, found.flatMap((item) => changesOf(options, undefined, item))).catch((error: unknown) => {
      if (!(error instanceof RejectedDocumentsError)) {
        throw error;
      }
      counts.rejected += error.reasons.size;
    });
  const reached = await Promise.all(segments.map(async (begin, Segment) => {
    let at = begin;
    // One page at least, so that every call gets further.
    for (let first = true; at !== true && (first || !stop()); first = false) {
      const { Items = [], LastEvaluatedKey } = await documents.send(new ScanCommand({
        TableName: tableName,
        ConsistentRead: true,
        Segment,
        TotalSegments: segments.length,
        Limit: pageSize,
        ExclusiveStartKey: at ?? undefined,
      }));
      await fill(Items as Item[]);
      counts.items += Items.length;
      at = LastEvaluatedKey ?? true;
    }
    return at;
  }));
  const done = reached.every((at) => at === true);
  if (done) {
    await sink.switchTo(generation);
  }
  return { generation, ...counts, segments: reached, done };
}
