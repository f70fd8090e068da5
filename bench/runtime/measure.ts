import { median, pairedRatio } from '../concepts/statistics.mjs';
import type { Variant } from './comparison';

/** What one variant cost. */
export interface Figures {
  readonly name: string;
  /** Operations per second, 16 at a time; the median of the rounds. */
  readonly perSecond: number;
  /** Milliseconds of an operation when they come one after another. */
  readonly p50: number;
  readonly p99: number;
  /** Round trips of an operation. */
  readonly trips: number;
  /** Operations per second of the first variant divided by those of this one; the median over rounds that measured both. */
  readonly ratio: number;
}

const AT_ONCE = 16;

/** Measures variants in turn, round after round: what disturbs a round disturbs all of them. */
export async function measure(variants: readonly Variant[], rounds: number, millisecondsEach: number): Promise<Figures[]> {
  let number = 0;
  const next = () => number += 1;
  const latencies = variants.map((): number[] => []);
  const trips = variants.map((): number[] => []);
  const throughput: Record<string, number>[] = [];
  for (const { run } of variants) {
    await spend(millisecondsEach / 2, 1, () => run(next()));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, variant] of variants.entries()) {
      const before = variant.trips();
      const spent = await spend(millisecondsEach, 1, () => variant.run(next()));
      latencies[index]!.push(...spent);
      trips[index]!.push((variant.trips() - before) / spent.length);
    }
    const perSecond: Record<string, number> = {};
    for (const { name, run } of variants) {
      const begun = performance.now();
      const spent = await spend(millisecondsEach, AT_ONCE, () => run(next()));
      perSecond[name] = 1000 * spent.length / (performance.now() - begun);
    }
    throughput.push(perSecond);
  }
  return variants.map(({ name }, index) => {
    const sorted = latencies[index]!.toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
    return {
      name,
      perSecond: median(throughput.map((round) => round[name]!)),
      p50: at(0.5),
      p99: at(0.99),
      trips: median(trips[index]!),
      ratio: pairedRatio(throughput, variants[0]!.name, name),
    };
  });
}

/** Does something again and again for so long; the milliseconds of each. */
async function spend(milliseconds: number, atOnce: number, operation: () => Promise<unknown>): Promise<number[]> {
  const spent: number[] = [];
  const end = performance.now() + milliseconds;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let begun = performance.now(); begun < end; begun = performance.now()) {
      await operation();
      spent.push(performance.now() - begun);
    }
  }));
  return spent;
}
