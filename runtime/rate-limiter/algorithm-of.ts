import type { LimitAlgorithm, RateLimit } from './rate-limit';
import { SlidingWindow } from './sliding-window';
import { TokenBucket } from './token-bucket';

const MOST_REQUESTS = 1_000_000;
const LONGEST_WINDOW_SECONDS = 30 * 24 * 3600;
const MOST_PER_SECOND = 10_000;
/** Beyond it, times would no longer be exact. */
const LONGEST_FILL_SECONDS = 366 * 24 * 3600;

/**
 * The arithmetic of a limit.
 *
 * @throws RangeError when the limit is out of its bounds
 */
export function algorithmOf(limit: RateLimit): LimitAlgorithm {
  const { requests, windowSeconds, burst, algorithm = 'token-bucket' } = limit;
  whole('requests', requests, MOST_REQUESTS);
  whole('windowSeconds', windowSeconds, LONGEST_WINDOW_SECONDS);
  if (requests / windowSeconds > MOST_PER_SECOND) {
    throw new RangeError(`the limit is ${requests / windowSeconds} requests a second; allowed: up to ${MOST_PER_SECOND}`);
  }
  if (algorithm === 'sliding-window') {
    if (burst !== undefined) {
      throw new RangeError(`burst is ${burst} in a sliding window; allowed: burst with token-bucket only`);
    }
    return new SlidingWindow(limit);
  }
  if (algorithm !== 'token-bucket') {
    throw new RangeError(`algorithm is ${String(algorithm)}; allowed: token-bucket or sliding-window`);
  }
  if (burst !== undefined) {
    whole('burst', burst, MOST_REQUESTS);
    const fillSeconds = burst * windowSeconds / requests;
    if (fillSeconds > LONGEST_FILL_SECONDS) {
      throw new RangeError(`a burst of ${burst} takes ${fillSeconds} s to come back; allowed: up to ${LONGEST_FILL_SECONDS}`);
    }
  }
  return new TokenBucket(limit);
}

function whole(name: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name} is ${value}; allowed: a whole number from 1 to ${most}`);
  }
}
