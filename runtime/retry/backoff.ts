import { backoffCeiling } from '../backoff';

/** How waits are spread, so that callers that failed together do not come back together. */
export type Jitter = 'full' | 'equal' | 'decorrelated' | 'none';

/** How long to wait between attempts. */
export interface Backoff {
  /**
   * The wait after an attempt, in milliseconds.
   *
   * @param attempt the attempt that has just failed, counted from 1
   * @param previousMilliseconds the wait before that attempt; 0 after the first one
   * @param random uniform in [0, 1)
   */
  delayMilliseconds(attempt: number, previousMilliseconds: number, random: () => number): number;
}

/** The numbers of an exponential backoff. */
export interface ExponentialBackoffOptions {
  /**
   * The longest wait after the first attempt. It doubles with every further attempt.
   * @default 100
   */
  readonly firstDelayMilliseconds?: number;
  /**
   * What no wait exceeds.
   * @default 20000
   */
  readonly maxDelayMilliseconds?: number;
  /** @default full */
  readonly jitter?: Jitter;
}

/**
 * Waits that double, up to a cap. With `c` the doubled and capped wait, `f` the first and `p` the previous one:
 *
 * - `full`: anything from 0 to c. The least work for the server ("Exponential Backoff And Jitter", AWS Architecture Blog).
 * - `equal`: anything from c/2 to c, where a wait must not be too short.
 * - `decorrelated`: anything from f to 3p, up to the cap: it grows by what happened and not by the number of the attempt.
 * - `none`: c. For one caller alone, and for tests.
 *
 * @throws RangeError when a wait is no positive number, or the first one exceeds the cap
 */
export function exponentialBackoff(options: ExponentialBackoffOptions = {}): Backoff {
  const { firstDelayMilliseconds: first = 100, maxDelayMilliseconds: max = 20_000, jitter = 'full' } = options;
  if (!(first > 0 && first <= max && Number.isFinite(max))) {
    throw new RangeError(`waits go from ${first} to ${max} ms; allowed: from above 0, not falling`);
  }
  const ceiling = (attempt: number) => backoffCeiling(attempt, { firstDelaySeconds: first, maxDelaySeconds: max });
  switch (jitter) {
    case 'full':
      return { delayMilliseconds: (attempt, _, random) => random() * ceiling(attempt) };
    case 'equal':
      return { delayMilliseconds: (attempt, _, random) => (1 + random()) * ceiling(attempt) / 2 };
    case 'decorrelated':
      return {
        delayMilliseconds: (_, previous, random) => Math.min(max, first + random() * (3 * Math.max(first, previous) - first)),
      };
    case 'none':
      return { delayMilliseconds: ceiling };
    default:
      throw new RangeError(`jitter is ${String(jitter)}; allowed: full, equal, decorrelated or none`);
  }
}
