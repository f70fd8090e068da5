import { Duration } from 'aws-cdk-lib';

/** How an alarm looks back. */
export interface Lookback {
  readonly period: Duration;
  readonly evaluationPeriods: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** What a trigger may be late without anything being wrong: retries of AWS Lambda come after one and two minutes. */
const GRACE_SECONDS = 5 * MINUTE;
/** The longest that an alarm with periods of an hour looks back (Amazon CloudWatch User Guide, "Alarm evaluation"). */
const LONGEST_SECONDS = 7 * 24 * HOUR;

/**
 * How far back an alarm must look to be sure that a run is missing; undefined when that is farther than CloudWatch can.
 *
 * @param seconds the longest time between two runs, in seconds
 */
export function lookbackFor(seconds: number): Lookback | undefined {
  const silence = seconds + GRACE_SECONDS;
  // Fine where CloudWatch allows it: periods below an hour look back a day at most.
  const period = silence < 30 * MINUTE ? MINUTE : silence < 20 * HOUR ? 5 * MINUTE : HOUR;
  // So many whole periods without a run do not fit between two runs that are as they should be.
  const evaluationPeriods = Math.floor(silence / period) + 1;
  return evaluationPeriods * period <= LONGEST_SECONDS ? { period: Duration.seconds(period), evaluationPeriods } : undefined;
}
