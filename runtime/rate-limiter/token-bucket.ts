import type { RateLimit, RateLimitAnswer } from './rate-limit';

/** Microseconds of a second. */
export const MICROSECONDS = 1_000_000;

/**
 * A bucket of tokens that fills at a steady rate, kept as one number: the theoretical arrival time, at which the bucket is
 * full again ("generic cell rate algorithm", ITU-T I.371). Every take moves it on by its tokens; none may move it further
 * ahead than the whole bucket.
 *
 * In any interval of `t` seconds at most `burst + t / secondsPerToken` tokens are taken.
 *
 * All times are whole microseconds, which numbers of JavaScript, Lua and DynamoDB hold exactly. The time per token is
 * rounded up to them, so that the rate is never above what was asked for, and less than 1 % below.
 */
export class TokenBucket {
  public readonly kind = 'token-bucket';
  /** Tokens of a full bucket. */
  public readonly limit: number;
  /** How long one token takes to come, in microseconds. */
  public readonly interval: number;
  /** How long a full bucket takes to come, in microseconds. */
  public readonly span: number;

  constructor({ requests, windowSeconds, burst = requests }: RateLimit) {
    this.limit = burst;
    this.interval = Math.ceil(windowSeconds * MICROSECONDS / requests);
    this.span = burst * this.interval;
  }

  /**
   * The latest arrival time at which so many tokens are still there.
   *
   * @param now microseconds of the epoch
   */
  public latest(now: number, cost: number): number {
    return now + this.span - cost * this.interval;
  }

  /** The answer to a take that was allowed. @param arrival the arrival time after it */
  public allowed(now: number, arrival: number): RateLimitAnswer {
    return this.answer(true, now, arrival, 0);
  }

  /** The answer to a take that was denied. @param arrival the arrival time, which it left as it was */
  public denied(now: number, arrival: number, cost: number): RateLimitAnswer {
    return this.answer(false, now, arrival, (arrival - this.latest(now, cost)) / MICROSECONDS);
  }

  private answer(allowed: boolean, now: number, arrival: number, retryAfterSeconds: number): RateLimitAnswer {
    const ahead = arrival - now;
    return {
      allowed,
      limit: this.limit,
      windowSeconds: this.span / MICROSECONDS,
      // An arrival time from the time before the limit was lowered may be further ahead than the bucket is deep.
      remaining: Math.max(0, Math.floor((this.span - ahead) / this.interval)),
      retryAfterSeconds,
      resetSeconds: ahead / MICROSECONDS,
    };
  }
}
