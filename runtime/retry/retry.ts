import { type Clock, systemClock } from '../clock';
import { type Backoff, exponentialBackoff } from './backoff';
import { type GaveUp, RetryError } from './errors';
import type { RetryBudget } from './retry-budget';

/** An attempt that failed and is followed by another one. */
export interface FailedAttempt {
  /** Counted from 1. */
  readonly attempt: number;
  readonly error: unknown;
  readonly delayMilliseconds: number;
}

/** How something is retried. */
export interface RetryOptions {
  /** @default - exponential from 100 ms to 20 s, with full jitter */
  readonly backoff?: Backoff;
  /**
   * How often it is tried in all.
   * @default 3
   */
  readonly attempts?: number;
  /** @default - no budget: every call may use all its attempts */
  readonly budget?: RetryBudget;
  /**
   * Whether an error may be gone next time. What the caller did wrong is wrong every time.
   * @default - every error
   */
  readonly retryable?: (error: unknown) => boolean;
  /**
   * How long the service may ask the caller to wait (`retryAfterSeconds` of an error); for longer, there is no further attempt.
   * @default 60000
   */
  readonly maxRetryAfterMilliseconds?: number;
  /** Ends waiting, and is handed to the task. */
  readonly signal?: AbortSignal;
  /** Told of every attempt that is followed by another one. */
  readonly onRetry?: (failed: FailedAttempt) => void;
  /** @default systemClock */
  readonly clock?: Pick<Clock, 'sleep'>;
  /** @default Math.random */
  readonly random?: () => number;
}

/**
 * Tries a task until it succeeds. It must be safe to do twice: an attempt that failed may have happened nevertheless.
 *
 * Between attempts it waits as `backoff` says, and that much longer than the `retryAfterSeconds` of the error where it has one.
 *
 * @param task is told its attempt, counted from 1, and the signal
 * @returns what the first attempt that succeeds returns
 * @throws the error itself when there was only one attempt; RetryError with all errors when there were more, or when it was
 *   aborted while waiting; the reason of the signal when it was aborted before the first attempt
 */
export async function retry<Result>(
  task: (attempt: number, signal?: AbortSignal) => Promise<Result>, options: RetryOptions = {},
): Promise<Result> {
  const { backoff = exponentialBackoff(), budget, signal, onRetry, clock = systemClock, random = Math.random } = options;
  signal?.throwIfAborted();
  const errors: unknown[] = [];
  for (let attempt = 1, delay = 0; ; attempt += 1) {
    try {
      const result = await task(attempt, signal);
      budget?.succeeded();
      return result;
    } catch (error) {
      errors.push(error);
      const asked = retryAfterMilliseconds(error);
      const reason = gaveUp(error, attempt, asked, options);
      if (reason) {
        throw errors.length === 1 ? error : new RetryError(errors, reason, error);
      }
      delay = backoff.delayMilliseconds(attempt, delay, random);
      onRetry?.({ attempt, error, delayMilliseconds: asked + delay });
      // Those who were told the same moment do not come back together: the jitter comes on top of it.
      await clock.sleep(asked + delay, signal).catch((cause: unknown) => {
        throw new RetryError(errors, 'aborted', cause);
      });
    }
  }
}

function gaveUp(error: unknown, attempt: number, asked: number, options: RetryOptions): GaveUp | undefined {
  const { attempts = 3, budget, retryable = () => true, maxRetryAfterMilliseconds = 60_000, signal } = options;
  if (signal?.aborted) {
    return 'aborted';
  }
  if (!retryable(error)) {
    return 'not-retryable';
  }
  if (attempt >= attempts) {
    return 'attempts';
  }
  if (asked > maxRetryAfterMilliseconds) {
    return 'retry-after';
  }
  // Asked last, since it is spent by asking.
  return budget && !budget.takeRetry() ? 'budget' : undefined;
}

function retryAfterMilliseconds(error: unknown): number {
  const seconds = (error as { retryAfterSeconds?: unknown } | null | undefined)?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 0;
}
