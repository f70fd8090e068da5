/** How many requests an API accepts before it answers 429: a token bucket. */
export interface Throttle {
  /**
   * Requests per second in the long run, 1 to 10,000.
   * @default 500
   */
  readonly ratePerSecond?: number;
  /**
   * Requests at once, 1 to 5,000.
   * @default 1000
   */
  readonly burst?: number;
}

/** A throttle with nothing left open; what is left open is taken from the throttle around it. */
export function completeThrottle(throttle: Throttle = {}, around: Throttle = {}): Required<Throttle> {
  return {
    ratePerSecond: throttle.ratePerSecond ?? around.ratePerSecond ?? 500,
    burst: throttle.burst ?? around.burst ?? 1000,
  };
}
