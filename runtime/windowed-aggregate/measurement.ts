import { InvalidMeasurementError } from './errors';

/** One thing that happened, as it is counted. */
export interface Measurement {
  /** What it is counted under: `post/42/likes`, `delivery/eu`. 1 to 1,024 bytes. */
  readonly series: string;
  /** When it happened: milliseconds of the epoch, by the clock of whoever saw it. */
  readonly at: number;
  /**
   * What was measured. Whole numbers add up exactly as long as a total stays below 2^53; fractions do so to 15 digits.
   * @default 1 - a thing that is only counted
   */
  readonly value?: number;
}

/** The last time that ISO 8601 writes with four digits of a year. */
const LAST_TIME = Date.UTC(10_000, 0, 1) - 1;

/** @throws InvalidMeasurementError */
export function check({ series, at, value = 1 }: Measurement): void {
  const length = typeof series === 'string' ? Buffer.byteLength(series) : 0;
  if (length < 1 || length > 1024) {
    throw new InvalidMeasurementError('a series has 1 to 1024 bytes');
  }
  if (!(at >= 0 && at <= LAST_TIME)) {
    throw new InvalidMeasurementError(`the time of a measurement of ${series} is ${at}; it is milliseconds of the epoch`);
  }
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new InvalidMeasurementError(`the value of a measurement of ${series} is ${value}; it lies between -2^53 and 2^53`);
  }
}
