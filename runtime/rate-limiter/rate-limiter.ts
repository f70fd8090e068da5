import { within } from '../deadline';
import { describeError } from '../errors';
import type { StructuredLogger } from '../logger';
import type { CountEvent } from '../metrics';
import { algorithmOf } from './algorithm-of';
import type { LimitAlgorithm, RateLimit, RateLimitAnswer, RateLimitBackend } from './rate-limit';

/** Long enough for the first call of a function that has just started, which connects first. */
const DEADLINE_MILLISECONDS = 1000;
const LONGEST_KEY_BYTES = 1024;
/** When to come back to a limiter that cannot count: nobody knows, but not at once. */
const UNAVAILABLE_SECONDS = 1;

/** What a limiter works with. */
export interface RateLimiterOptions {
  readonly limit: RateLimit;
  /** Where it counts: `MemoryLimits`, `ValkeyLimits` or `DynamoDbLimits`. */
  readonly backend: RateLimitBackend;
  /**
   * What happens when the backend gives no answer: `open` allows, so that a limiter that is down takes nothing else with it;
   * `closed` refuses, where more than the limit would do harm or cost money. Nobody else can know: it must be said.
   */
  readonly whenUnavailable: 'open' | 'closed';
  /**
   * How long to wait for the backend. An answer that is late may have been counted.
   * @default 1000
   */
  readonly deadlineMilliseconds?: number;
  /**
   * Told when the backend stops answering ('rate limiter unavailable' `{whenUnavailable, error}`, a warning) and when it
   * answers again ('rate limiter available', info).
   * @default - nobody is told
   */
  readonly logger?: StructuredLogger;
  /**
   * Told of every take: `RateLimitAllowed`, `RateLimitDenied` or `RateLimitUnavailable`.
   * @default - nobody is told
   */
  readonly count?: CountEvent;
}

/** Allows each key so many requests in a time, however many processes ask. */
export class RateLimiter {
  private readonly algorithm: LimitAlgorithm;
  private answering = true;

  /** @throws RangeError when the limit is out of its bounds */
  constructor(private readonly options: RateLimiterOptions) {
    const { whenUnavailable } = options;
    if (whenUnavailable !== 'open' && whenUnavailable !== 'closed') {
      throw new RangeError(`whenUnavailable is ${String(whenUnavailable)}; allowed: 'open' or 'closed'`);
    }
    this.algorithm = algorithmOf(options.limit);
  }

  /**
   * Takes `cost` of what a key may do, or nothing at all: a denied take costs nothing. It never rejects for what the backend
   * does: the answer is then `unavailable`, and allowed or not as `whenUnavailable` says.
   *
   * @param key whose limit it is: a user, an API key, an address; 1 to 1024 bytes
   * @param cost what the request weighs, a whole number from 1 to what can be taken at once
   * @throws RangeError when key or cost are out of their bounds
   */
  public async take(key: string, cost: number = 1): Promise<RateLimitAnswer> {
    const { backend, count, deadlineMilliseconds = DEADLINE_MILLISECONDS } = this.options;
    this.check(key, cost);
    let answer: RateLimitAnswer;
    try {
      answer = await within(deadlineMilliseconds, backend.take(key, cost, this.algorithm));
    } catch (error) {
      this.lost(error);
      count?.('RateLimitUnavailable');
      return this.unavailable();
    }
    this.found();
    count?.(answer.allowed ? 'RateLimitAllowed' : 'RateLimitDenied');
    return answer;
  }

  private check(key: string, cost: number): void {
    const bytes = Buffer.byteLength(key);
    if (bytes < 1 || bytes > LONGEST_KEY_BYTES) {
      throw new RangeError(`a key has ${bytes} bytes; allowed: 1 to ${LONGEST_KEY_BYTES}`);
    }
    if (!Number.isInteger(cost) || cost < 1 || cost > this.algorithm.limit) {
      throw new RangeError(`a take costs ${cost}; allowed: a whole number from 1 to ${this.algorithm.limit}, which is all there ever is`);
    }
  }

  private unavailable(): RateLimitAnswer {
    const allowed = this.options.whenUnavailable === 'open';
    const retryAfterSeconds = allowed ? 0 : UNAVAILABLE_SECONDS;
    const { limit } = this.algorithm;
    const { windowSeconds } = this.options.limit;
    return { allowed, limit, windowSeconds, remaining: 0, retryAfterSeconds, resetSeconds: 0, unavailable: true };
  }

  /** Told once, not with every request: there are many of them. */
  private lost(error: unknown): void {
    if (this.answering) {
      const { logger, whenUnavailable } = this.options;
      logger?.warn('rate limiter unavailable', { whenUnavailable, error: describeError(error) });
      this.answering = false;
    }
  }

  private found(): void {
    if (!this.answering) {
      this.options.logger?.info('rate limiter available', {});
      this.answering = true;
    }
  }
}
