import { Duration } from 'aws-cdk-lib';

/**
 * How a failed message is tried again: exponential backoff with full jitter, so that messages which failed together do
 * not come back together (AWS Builders' Library, "Timeouts, retries, and backoff with jitter").
 */
export interface RetryPolicy {
  /**
   * How often a message is tried before it is set aside in the dead-letter queue, 1 to 1000.
   * @default 5
   */
  readonly maxAttempts?: number;
  /**
   * The longest wait after the first failure; it doubles with every further one. Whole seconds, 1 s to 12 h.
   * @default Duration.seconds(1)
   */
  readonly firstDelay?: Duration;
  /**
   * The longest wait of all. Whole seconds, 1 s to 12 h.
   * @default Duration.minutes(15)
   */
  readonly maxDelay?: Duration;
}

/** A retry policy with nothing left open. */
export function completeRetryPolicy(policy: RetryPolicy = {}): Required<RetryPolicy> {
  return {
    maxAttempts: policy.maxAttempts ?? 5,
    firstDelay: policy.firstDelay ?? Duration.seconds(1),
    maxDelay: policy.maxDelay ?? Duration.minutes(15),
  };
}
