import type { SlidingWindow } from './sliding-window';
import type { TokenBucket } from './token-bucket';

/** How requests are counted. */
export type RateLimitAlgorithm = 'token-bucket' | 'sliding-window';

/** What one key may do. */
export interface RateLimit {
  /** How many requests a window takes, 1 to 1,000,000; at most 10,000 a second. */
  readonly requests: number;
  /** How long the window is, 1 to 2,592,000 s (30 days). */
  readonly windowSeconds: number;
  /**
   * How many requests may come at once after a time of rest, 1 to 1,000,000. Token bucket only.
   * @default - as many as a window takes
   */
  readonly burst?: number;
  /** @default token-bucket */
  readonly algorithm?: RateLimitAlgorithm;
}

/** Whether a request may go on, and what its sender should know. */
export interface RateLimitAnswer {
  readonly allowed: boolean;
  /** The most that can be taken at once: the burst of a token bucket, the requests of a sliding window. */
  readonly limit: number;
  /** In how many seconds that much can be taken again. */
  readonly windowSeconds: number;
  /** How much can be taken right now, if nobody else takes. */
  readonly remaining: number;
  /** After how many seconds the same take would be allowed, if nobody else takes; 0 when it was allowed. */
  readonly retryAfterSeconds: number;
  /** After how many seconds everything can be taken again, if nobody takes. */
  readonly resetSeconds: number;
  /** Set when the backend gave no answer, and `whenUnavailable` decided. The numbers above then say nothing. */
  readonly unavailable?: true;
}

/** Where the counts are. */
export interface RateLimitBackend {
  /**
   * Takes `cost` of what a key may do, or nothing at all.
   *
   * @param key 1 to 1024 bytes
   * @param cost from 1 to what can be taken at once
   */
  take(key: string, cost: number, algorithm: LimitAlgorithm): Promise<RateLimitAnswer>;
}

/** A limit, checked and with its arithmetic. */
export type LimitAlgorithm = TokenBucket | SlidingWindow;
