/** How long to wait between attempts. */
export interface BackoffPolicy {
  /** The longest wait after the first attempt, in seconds. It doubles with every further attempt. */
  readonly firstDelaySeconds: number;
  /** What no wait exceeds, in seconds. */
  readonly maxDelaySeconds: number;
}

/**
 * The longest wait after an attempt, in seconds: `min(max, first * 2^(attempt - 1))`.
 *
 * @param attempt the attempt that has just failed, counted from 1
 */
export function backoffCeiling(attempt: number, policy: BackoffPolicy): number {
  return Math.min(policy.maxDelaySeconds, policy.firstDelaySeconds * 2 ** (attempt - 1));
}

/**
 * A random wait between one second and the ceiling, in whole seconds ("full jitter" of the Amazon Builders' Library,
 * "Timeouts, retries, and backoff with jitter"). Callers that failed together do not come back together.
 *
 * It is never 0: a visibility timeout of 0 would bring an SQS message back at once.
 *
 * @param attempt the attempt that has just failed, counted from 1
 * @param random uniform in [0, 1)
 */
export function fullJitter(attempt: number, policy: BackoffPolicy, random: () => number = Math.random): number {
  const longest = Math.max(1, Math.floor(backoffCeiling(attempt, policy)));
  return 1 + Math.floor(random() * longest);
}
