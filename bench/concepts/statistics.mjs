/** The middle of some numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of `a / b` over rounds that measured both: what disturbs a round disturbs both sides of its ratio. */
export const pairedRatio = (rounds, a, b) => median(rounds.map((round) => round[a] / round[b]));

/** The mean of ratios. */
export const geometricMean = (ratios) => Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
