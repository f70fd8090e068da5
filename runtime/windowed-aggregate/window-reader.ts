import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import { isoTime, positionsOf, totalsOf, windowOfRow } from './rows';
import type { WindowedSettings } from './settings';
import { mean, merge, NOTHING, type Totals } from './totals';

/** A shard that was silent for so long holds no window open. */
const IDLE_MILLISECONDS = 60_000;

/** What a WindowReader works with. */
export interface WindowReaderOptions extends Pick<WindowedSettings, 'windowMilliseconds' | 'generation'> {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table of the construct: `tableName('MINUTES')`. */
  readonly tableName: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** A window of a series. Times are milliseconds of the epoch. */
export interface TimeWindow extends Totals {
  readonly start: number;
  /** The first moment after it. */
  readonly end: number;
  /** What was counted, on average; undefined when nothing was. */
  readonly mean?: number;
  /** Whether it is closed in every shard that is alive: what comes now is late. */
  readonly final: boolean;
}

/** Which windows are read: those that begin from `from` on and before `to`, in milliseconds of the epoch. */
export interface WindowRange {
  readonly from: number;
  readonly to: number;
}

/** Reads what a WindowedAggregate has counted. */
export class WindowReader {
  private readonly clock: Clock;

  constructor(private readonly options: WindowReaderOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** The windows of a series that have seen something, oldest first, as of now: the read is strongly consistent. */
  public async read(series: string, { from, to }: WindowRange): Promise<TimeWindow[]> {
    const { windowMilliseconds, generation } = this.options;
    const watermark = await this.watermark();
    const windows = new Map<number, Totals>();
    await this.each({
      KeyConditionExpression: '#series = :series AND #window BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#series': 'series', '#window': 'window' },
      // A row begins with the start of its window, and so lies behind the bare time.
      ExpressionAttributeValues: { ':series': `${generation}/${series}`, ':from': isoTime(from), ':to': isoTime(to) },
    }, (item) => {
      const { start } = windowOfRow(item, generation)!;
      windows.set(start, merge(windows.get(start) ?? NOTHING, totalsOf(item)));
    });
    return [...windows].map(([start, totals]) => {
      const end = start + windowMilliseconds;
      return timeWindow(start, end, totals, end <= watermark);
    });
  }

  /**
   * The time before which windows are closed: that of the shard that is furthest behind. A shard that was silent for a minute
   * is not waited for; when all are silent, the furthest one counts. 0 before the first record.
   */
  public async watermark(): Promise<number> {
    const { generation } = this.options;
    const shards: { readonly watermark: number; readonly alive: boolean }[] = [];
    const now = this.clock.now();
    await this.each({
      KeyConditionExpression: '#series = :series',
      ExpressionAttributeNames: { '#series': 'series' },
      ExpressionAttributeValues: { ':series': positionsOf(generation) },
    }, ({ watermark, updatedAt }) => {
      shards.push({ watermark: Number(watermark), alive: Number(updatedAt) > now - IDLE_MILLISECONDS });
    });
    const alive = shards.filter((shard) => shard.alive).map(({ watermark }) => watermark);
    return alive.length > 0 ? Math.min(...alive) : Math.max(0, ...shards.map(({ watermark }) => watermark));
  }

  /** Calls back with each item of a query, page by page. */
  private async each(query: Omit<QueryCommandInput, 'TableName'>, take: (item: Record<string, unknown>) => void): Promise<void> {
    let start: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.options.documents.send(new QueryCommand({
        ...query, TableName: this.options.tableName, ConsistentRead: true, ExclusiveStartKey: start,
      }));
      Items.forEach(take);
      start = LastEvaluatedKey;
    } while (start);
  }
}

/** Windows in larger ones: minutes in hours. The larger is a multiple of the smaller, and begins at multiples of itself. */
export function rollUp(windows: readonly TimeWindow[], milliseconds: number): TimeWindow[] {
  const larger = new Map<number, readonly TimeWindow[]>();
  for (const window of windows) {
    const start = Math.floor(window.start / milliseconds) * milliseconds;
    larger.set(start, [...larger.get(start) ?? [], window]);
  }
  return [...larger].map(([start, parts]) => together(start, start + milliseconds, parts));
}

/**
 * For each window the totals of it and of those before it, back to `milliseconds` in all: a window that slides (hops) by the
 * length of the small ones. Ask for as much more before the first.
 */
export function sliding(windows: readonly TimeWindow[], milliseconds: number): TimeWindow[] {
  return windows.map(({ end }) => {
    const start = end - milliseconds;
    return together(start, end, windows.filter((window) => window.start >= start && window.end <= end));
  });
}

const together = (start: number, end: number, parts: readonly TimeWindow[]) =>
  timeWindow(start, end, parts.reduce<Totals>(merge, NOTHING), parts.every(({ final }) => final));

function timeWindow(start: number, end: number, { count, sum, min, max, late }: Totals, final: boolean): TimeWindow {
  return { start, end, count, sum, mean: mean({ count, sum, late }), min, max, late, final };
}
