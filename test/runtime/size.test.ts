import { bundleSizes, MOST_BYTES, PAGES } from '../../bench/runtime/bundle-sizes';

/** What weighs more, and why it may. */
const HEAVIER: Record<string, number> = {
  // Agreement of several servers on top of the lock.
  'distributed-lock, Redlock': 10_900,
  // The lock is in it.
  'leader-election, DynamoDB': 11_400,
  'singleton-cron, DynamoDB': 11_600,
  // State that is shared, and what a process does alone while its store is away.
  'circuit-breaker, DynamoDB': 14_200,
  'circuit-breaker, Valkey': 14_000,
};

const USES = PAGES.flatMap((page) => Object.entries(bundleSizes(page)).map(([use, bytes]) => [`${page}, ${use}`, bytes] as const));

test.each(USES)('%s weighs little in a bundle: %d bytes', (use, bytes) => {
  // Nothing at all would mean that the name is not there any more.
  expect(bytes).toBeGreaterThan(400);
  expect(bytes).toBeLessThanOrEqual(HEAVIER[use] ?? MOST_BYTES);
});

test('what is allowed to be heavier is', () => {
  expect(USES.filter(([use, bytes]) => use in HEAVIER && bytes <= MOST_BYTES).map(([use]) => use)).toEqual([]);
  expect(Object.keys(HEAVIER).filter((use) => !USES.some(([name]) => name === use))).toEqual([]);
});
