import type { DynamoDBRecord } from 'aws-lambda';
import { windowOfRow } from '../../../runtime';

/** A part of a series that has changed. */
export interface ChangedSeries {
  readonly name: string;
  /** The first and the last window that changed, by their start. */
  readonly from: number;
  readonly last: number;
}

/** Series that dashboards show: few, whatever the number of posts. */
const SHOWN = /^(all|delivery)\//;

/** What changes of the table mean for those who watch: which windows of which series to read again. */
export function changedSeries(records: readonly DynamoDBRecord[], generation: string): ChangedSeries[] {
  const changed = new Map<string, ChangedSeries>();
  for (const { dynamodb: { Keys = {} } = {} } of records) {
    const window = windowOfRow({ series: Keys.series?.S, window: Keys.window?.S }, generation);
    if (window === undefined || !SHOWN.test(window.series)) {
      continue;
    }
    const { series: name, start } = window;
    const { from = start, last = start } = changed.get(name) ?? {};
    changed.set(name, { name, from: Math.min(from, start), last: Math.max(last, start) });
  }
  return [...changed.values()];
}
