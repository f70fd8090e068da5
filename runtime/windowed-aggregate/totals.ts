/** What a window has seen. */
export interface Totals {
  /** How many measurements were counted. */
  readonly count: number;
  /** Their sum. */
  readonly sum: number;
  /** The smallest; undefined without one. */
  readonly min?: number;
  /** The largest; undefined without one. */
  readonly max?: number;
  /** How many came when the window was closed already. They are in no other number. */
  readonly late: number;
}

export const NOTHING: Totals = { count: 0, sum: 0, late: 0 };

export const LATE: Totals = { ...NOTHING, late: 1 };

/** The totals of one measurement. */
export const one = (value: number): Totals => ({ count: 1, sum: value, min: value, max: value, late: 0 });

/** The totals of both together, in whatever order they come. */
export function merge(a: Totals, b: Totals): Totals {
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: least(a.min, b.min),
    max: most(a.max, b.max),
    late: a.late + b.late,
  };
}

/** The mean of what was counted; undefined when nothing was. */
export function mean({ count, sum }: Totals): number | undefined {
  return count === 0 ? undefined : sum / count;
}

const least = (a?: number, b?: number) => a === undefined ? b : b === undefined ? a : Math.min(a, b);
const most = (a?: number, b?: number) => a === undefined ? b : b === undefined ? a : Math.max(a, b);
