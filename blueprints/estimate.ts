/** The back-of-the-envelope numbers of a blueprint, plain, so that the catalogue loads no CDK for them. */
export interface Estimate {
  /** Requests per second, on average over a day. */
  readonly requestsPerSecond: number;
  /** How many times the average the busiest seconds see, 1 or more. */
  readonly peakFactor: number;
  /** The size of one item, message or record in KiB. */
  readonly itemKibibytes: number;
  /** The share of requests that only read, 0 to 1. */
  readonly readRatio: number;
  /** The time in milliseconds within which 99 of 100 callers must have their answer. */
  readonly p99Milliseconds?: number;
}
