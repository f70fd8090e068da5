import { backoffCeiling } from '../backoff';

const FIRST_MILLISECONDS = 20;

/**
 * A random pause below a bound that doubles with every try ("full jitter"), in milliseconds: those who failed together do not
 * come back together.
 *
 * @param tries how many have failed, from 1
 */
export function fullPause(tries: number, longestMilliseconds: number, random: () => number): number {
  // Doubling and cap are the same in any unit.
  return 1 + random() * backoffCeiling(tries, { firstDelaySeconds: FIRST_MILLISECONDS, maxDelaySeconds: longestMilliseconds });
}
