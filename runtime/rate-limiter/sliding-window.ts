import type { RateLimit, RateLimitAnswer } from './rate-limit';

/** What is counted for one key. */
export interface WindowCounts {
  /** When the current window began, in milliseconds of the epoch: a multiple of its length. */
  readonly start: number;
  /** What was taken in the current window. */
  readonly current: number;
  /** What was taken in the window before. */
  readonly previous: number;
}

/**
 * Two counters, of the current window and of the one before. The one before counts for the share of it that a window ending
 * now still covers, as if its requests had been spread evenly ("sliding window counter").
 *
 * A window never takes more than `requests`. In any interval of `t` seconds at most `requests * (1 + t / windowSeconds)` are
 * taken, and fewer than twice `requests` in any interval as long as a window: that much when they came at the end of one
 * window and evenly over the next. A true sliding window would remember every request.
 */
export class SlidingWindow {
  public readonly kind = 'sliding-window';
  /** What a window takes. */
  public readonly limit: number;
  /** The length of a window, in milliseconds. */
  public readonly length: number;

  constructor({ requests, windowSeconds }: RateLimit) {
    this.limit = requests;
    this.length = windowSeconds * 1000;
  }

  /** When the window of a moment began. @param now milliseconds of the epoch */
  public startOf(now: number): number {
    return now - now % this.length;
  }

  /**
   * What counts at a moment, given what was last written. A window that begins later than now was begun by a caller whose
   * clock is ahead: it counts as if it began now.
   */
  public at(now: number, written?: WindowCounts): WindowCounts {
    const start = this.startOf(now);
    if (written && written.start >= start) {
      return written;
    }
    return { start, current: 0, previous: written?.start === start - this.length ? written.current : 0 };
  }

  /** The most that may have been taken in the current window for a take to be allowed; negative when none is. */
  public most(now: number, { start, previous }: WindowCounts, cost: number): number {
    return Math.floor((this.limit * this.length - previous * this.rest(now, start)) / this.length) - cost;
  }

  /** The most that may have been taken in the window before for a take to be the first of the current one. */
  public mostBefore(now: number, cost: number): number {
    return Math.floor((this.limit - cost) * this.length / this.rest(now, this.startOf(now)));
  }

  /** The answer to a take that was allowed. @param counts those after it */
  public allowed(now: number, counts: WindowCounts): RateLimitAnswer {
    return this.answer(true, now, counts, 0);
  }

  /** The answer to a take that was denied. @param counts those that it left as they were */
  public denied(now: number, counts: WindowCounts, cost: number): RateLimitAnswer {
    return this.answer(false, now, counts, this.wait(now, counts, cost) / 1000);
  }

  private answer(allowed: boolean, now: number, counts: WindowCounts, retryAfterSeconds: number): RateLimitAnswer {
    const { start, current, previous } = counts;
    // The current window weighs on the whole of the next one.
    const reset = current > 0 ? this.rest(now, start) + this.length : previous > 0 ? this.rest(now, start) : 0;
    return {
      allowed,
      limit: this.limit,
      windowSeconds: this.length / 1000,
      remaining: Math.max(0, this.most(now, counts, 0) - current),
      retryAfterSeconds,
      resetSeconds: (Math.max(0, start - now) + reset) / 1000,
    };
  }

  /** How long until so much can be taken, in milliseconds. */
  private wait(now: number, { start, current, previous }: WindowCounts, cost: number): number {
    const free = this.limit - current - cost;
    // Once so much of the current window is over, little enough of the one before is left.
    const moment = free >= 0
      ? start + this.fadedTo(free, previous)
      : start + this.length + this.fadedTo(this.limit - cost, current);
    return Math.max(1, moment - now);
  }

  /** After how many milliseconds of a window the count of the one before has faded to so much. */
  private fadedTo(left: number, before: number): number {
    return before <= left ? 0 : Math.ceil((before - left) * this.length / before);
  }

  private rest(now: number, start: number): number {
    return this.length - Math.max(0, now - start);
  }
}
