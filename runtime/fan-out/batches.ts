const MOST_ENTRIES = 10;

/** The first entry of every group, then the second ones: within a round nothing can overtake. */
export function roundsOf<Entry>(entries: readonly Entry[], groupOf: (entry: Entry) => string): Entry[][] {
  const rounds: Entry[][] = [];
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const group = groupOf(entry);
    const position = seen.get(group) ?? 0;
    seen.set(group, position + 1);
    (rounds[position] ??= []).push(entry);
  }
  return rounds;
}

/** Batches of at most ten entries and so many bytes. */
export function batchesOf<Entry extends { readonly bytes: number }>(entries: readonly Entry[], mostBytes: number): Entry[][] {
  const batches: Entry[][] = [];
  let total = Infinity;
  for (const entry of entries) {
    const last = batches.at(-1);
    if (last && last.length < MOST_ENTRIES && total + entry.bytes <= mostBytes) {
      last.push(entry);
      total += entry.bytes;
    } else {
      batches.push([entry]);
      total = entry.bytes;
    }
  }
  return batches;
}
