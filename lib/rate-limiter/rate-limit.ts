/** How requests are counted. */
export enum RateLimitAlgorithm {
  /** A steady rate, and bursts after a time of rest. One number a key. */
  TOKEN_BUCKET = 'token-bucket',
  /** At most so many in a window, which fade over the next one. Three numbers a key. */
  SLIDING_WINDOW = 'sliding-window',
}

/** What happens to a request that cannot be counted. */
export enum FailMode {
  /** It is allowed: a limiter that is down takes nothing else with it. For fairness between callers. */
  OPEN = 'open',
  /** It is refused with 503: for what must not happen more often, since it costs money or can be abused. */
  CLOSED = 'closed',
}
