import type { Totals } from './totals';

/*
 * The table, partition key `series` and sort key `window`, both text:
 *
 *   <generation>/<series> | <start of the window, ISO 8601>/<stream>/<shard>   count, sum, min, max, late, expiresAt
 *   <generation>#         | <stream>/<shard>                                   position, watermark, updatedAt
 *
 * Each shard has rows of its own, so that shards never meet at an item: a reader adds them up. The second kind says how far
 * a shard was read; it is written in one transaction with the rows of the first kind.
 */

/** The key of one shard's share of a window. */
export const rowKey = (generation: string, series: string, start: number, shard: string) =>
  ({ series: `${generation}/${series}`, window: `${isoTime(start)}/${shard}` });

/** The key of how far a shard was read. */
export const positionKey = (generation: string, shard: string) => ({ series: positionsOf(generation), window: shard });

/** The partition that holds how far each shard was read. */
export const positionsOf = (generation: string) => `${generation}#`;

export const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString();

/** A series and the start of a window, of the key of a row; undefined when it is the key of something else. */
export function windowOfRow(
  key: Readonly<Record<string, unknown>>, generation: string,
): { readonly series: string; readonly start: number } | undefined {
  const [series, window] = [String(key.series), String(key.window)];
  return series.startsWith(`${generation}/`)
    ? { series: series.slice(generation.length + 1), start: Date.parse(window.slice(0, window.indexOf('/'))) }
    : undefined;
}

/** The totals in an item. */
export function totalsOf(item: Readonly<Record<string, unknown>>): Totals {
  const number = (name: string) => typeof item[name] === 'number' ? item[name] : undefined;
  return { count: number('count') ?? 0, sum: number('sum') ?? 0, min: number('min'), max: number('max'), late: number('late') ?? 0 };
}

/** How far a shard was read. */
export interface ShardPosition {
  /** The sequence number of the last record that is in the totals; undefined when there is none. */
  readonly position?: string;
  /** The time before which windows are closed, in milliseconds of the epoch. */
  readonly watermark: number;
}

export const UNREAD: ShardPosition = { watermark: 0 };

export function shardPositionOf(item: Readonly<Record<string, unknown>> = {}): ShardPosition {
  return typeof item.position === 'string' ? { position: item.position, watermark: Number(item.watermark) } : UNREAD;
}
