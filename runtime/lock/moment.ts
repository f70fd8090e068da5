import type { Clock } from '../clock';

/** A moment by both clocks. */
export interface Moment {
  readonly now: number;
  readonly monotonic: number;
}

/** This moment. */
export function moment(clock: Clock): Moment {
  return { now: clock.now(), monotonic: clock.monotonic() };
}

/**
 * How long ago a moment was, in milliseconds, by the clock that says more. A machine that sleeps, or a function that is frozen
 * between calls, may stop its monotonic clock; the time of day may be set back. Too long an answer costs a lock, too short a
 * one makes two holders.
 */
export function elapsed(clock: Clock, since: Moment): number {
  return Math.max(clock.now() - since.now, clock.monotonic() - since.monotonic);
}
