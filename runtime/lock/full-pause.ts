const FIRST_MILLISECONDS = 20;

/**
 * A random pause below a bound that doubles with every try ("full jitter"), in milliseconds: those who failed together do not
 * come back together.
 *
 * @param tries how many have failed, from 1
 */
export function fullPause(tries: number, longestMilliseconds: number, random: () => number): number {
  return 1 + random() * Math.min(longestMilliseconds, FIRST_MILLISECONDS * 2 ** Math.min(tries - 1, 20));
}
