import { bundleSizes, HEAVIER, MOST_BYTES, PAGES } from '../../bench/runtime/bundle-sizes';

const USES = PAGES.flatMap((page) => Object.entries(bundleSizes(page)).map(([use, bytes]) => [`${page}, ${use}`, bytes] as const));

test.each(USES)('%s weighs little in a bundle: %d bytes', (use, bytes) => {
  // Nothing at all would mean that the name is not there any more.
  expect(bytes).toBeGreaterThan(400);
  expect(bytes).toBeLessThanOrEqual(HEAVIER[use]?.bytes ?? MOST_BYTES);
});

test('what is allowed to be heavier is', () => {
  expect(USES.filter(([use, bytes]) => use in HEAVIER && bytes <= MOST_BYTES).map(([use]) => use)).toEqual([]);
  expect(Object.keys(HEAVIER).filter((use) => !USES.some(([name]) => name === use))).toEqual([]);
});
