/** Ways to put load on something, and what came of it. */

/** One operation: how long its caller waited, in milliseconds, and what it came to. */
export interface Sample<Outcome> {
  readonly milliseconds: number;
  readonly outcome: Outcome;
}

/** What a time of load came to. */
export interface Load<Outcome> {
  readonly samples: readonly Sample<Outcome>[];
  /** Operations that ended, per second. */
  readonly perSecond: number;
}

/** So many callers, each of whom asks again as soon as it is answered: how much there can be. */
export async function closedLoop<Outcome>(
  milliseconds: number, callers: number, operation: () => Promise<Outcome>,
): Promise<Load<Outcome>> {
  const samples: Sample<Outcome>[] = [];
  const begun = performance.now();
  await Promise.all(Array.from({ length: callers }, async () => {
    for (let asked = performance.now(); asked < begun + milliseconds; asked = performance.now()) {
      const outcome = await operation();
      samples.push({ milliseconds: performance.now() - asked, outcome });
    }
  }));
  return { samples, perSecond: 1000 * samples.length / (performance.now() - begun) };
}

/**
 * Callers who come at a steady pace, whether those before them are answered or not: how long each waits, counted from the
 * moment at which it was to come. Where the pace is too high, waiting times grow to the end.
 */
export async function openLoop<Outcome>(
  milliseconds: number, perSecond: number, operation: () => Promise<Outcome>,
): Promise<Load<Outcome>> {
  const samples: Sample<Outcome>[] = [];
  const begun = performance.now();
  const calls: Promise<void>[] = [];
  const call = async (due: number) => {
    const outcome = await operation();
    samples.push({ milliseconds: performance.now() - due, outcome });
  };
  const all = Math.floor(milliseconds * perSecond / 1000);
  while (calls.length < all) {
    const due = begun + 1000 * calls.length / perSecond;
    if (due <= performance.now()) {
      calls.push(call(due));
    } else {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  await Promise.all(calls);
  return { samples, perSecond: 1000 * samples.length / (performance.now() - begun) };
}

/** The waiting time that such a part of the samples stays below, in milliseconds; NaN without any. */
export function quantile(samples: readonly Sample<unknown>[], part: number): number {
  const sorted = samples.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
