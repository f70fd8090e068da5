import { Problem, rollUp, type TimeWindow } from '../../../runtime';
import { isoTime } from './iso-time';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How much one answer may hold: the minutes of two days. */
const MOST_WINDOWS = 2880;

const STEPS = { minute: MINUTE, hour: HOUR, day: DAY } as const;

/** Which part of which series is asked for. */
export interface SeriesQuery {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** How long a window of the answer is. */
  readonly step: keyof typeof STEPS | 'all';
  /** A generation other than the one that is shown. */
  readonly generation?: string;
}

/** @throws Problem 400 when the query is not one */
export function parseSeriesQuery(given: Readonly<Record<string, string | undefined>> = {}, now: number): SeriesQuery {
  const { name = '', from, to, step = 'minute', generation } = given;
  demand(/^(all\/\w+|delivery\/[\w-]+|post\/[\w-]{1,64}\/\w+)$/.test(name),
    'name is all/<kind>, delivery/<region> or post/<post>/<kind>');
  demand(step === 'all' || step in STEPS, 'step is minute, hour, day or all');
  demand(generation === undefined || /^[A-Za-z0-9_.-]{1,32}$/.test(generation), 'generation has 1 to 32 letters, digits, _, . and -');
  const last = timeOf('to', to) ?? now;
  const first = timeOf('from', from) ?? last - HOUR;
  demand(first < last && last - first <= MOST_WINDOWS * MINUTE, 'from lies before to, by at most two days');
  return { name, from: Math.floor(first / MINUTE) * MINUTE, to: last, step: step as SeriesQuery['step'], generation };
}

/** The windows of an answer, of windows of a minute. */
export function answerOf(windows: readonly TimeWindow[], { from, to, step }: SeriesQuery): object[] {
  const asked = step === 'minute' ? windows : step === 'all' ? whole(windows, from, to) : rollUp(windows, STEPS[step]);
  return asked.map(windowDocument);
}

/** A window as the world sees it. */
export function windowDocument({ start, end, ...totals }: TimeWindow) {
  return { start: isoTime(start), end: isoTime(end), ...totals };
}

/** Rolled up into a window that is longer than the time since 1970: there is one at most. */
function whole(windows: readonly TimeWindow[], from: number, to: number): TimeWindow[] {
  return rollUp(windows, Number.MAX_SAFE_INTEGER).map((all) => ({ ...all, start: from, end: to }));
}

function timeOf(name: string, given?: string): number | undefined {
  if (given === undefined) {
    return undefined;
  }
  const time = Date.parse(given);
  demand(time >= 0 && /^\d{4}-\d\d-\d\dT/.test(given), `${name} is a time: 2026-11-22T12:00:00Z`);
  return time;
}

function demand(kept: boolean, rule: string): asserts kept {
  if (!kept) {
    throw new Problem({ status: 400, detail: `${rule[0]!.toUpperCase()}${rule.slice(1)}.` });
  }
}
