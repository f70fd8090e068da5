/** One stay in a critical section, as the holder saw it. Moments are nanoseconds of the one clock of this machine. */
export interface Stay {
  readonly lock: string;
  readonly holder: string;
  readonly fence: number;
  /** After it was told that it holds the lock. */
  readonly from: bigint;
  /** Before it asked to give the lock back. */
  readonly to: bigint;
}

/**
 * What is wrong with a history of critical sections; nothing if every lock had one holder at a time and its fences grew. It
 * knows nothing of how locks work: it only compares moments and numbers.
 */
export function violations(history: readonly Stay[]): string[] {
  const wrong: string[] = history.filter(({ from, to }) => to < from).map((stay) => `${describe(stay)} ends before it begins`);
  for (const lock of new Set(history.map((stay) => stay.lock))) {
    const inOrder = history.filter((stay) => stay.lock === lock).sort((one, other) => Number(one.from - other.from));
    let last: Stay | undefined;
    for (const stay of inOrder) {
      if (last && stay.from < last.to) {
        wrong.push(`${describe(stay)} overlaps ${describe(last)}`);
      }
      if (last && stay.fence <= last.fence) {
        wrong.push(`${describe(stay)} has no greater fence than ${describe(last)}, before it`);
      }
      // A stay inside another must not hide that one's end from the next.
      last = last && last.to > stay.to ? { ...last, fence: Math.max(last.fence, stay.fence) } : stay;
    }
  }
  return wrong;
}

const describe = ({ lock, holder, fence, from, to }: Stay) => `${holder} in '${lock}' (fence ${fence}, ${from} to ${to})`;
