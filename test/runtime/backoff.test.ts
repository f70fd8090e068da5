import * as fc from 'fast-check';
import { backoffCeiling, fullJitter } from '../../runtime';

const POLICY = { firstDelaySeconds: 1, maxDelaySeconds: 900 };

const anyPolicy = fc.tuple(fc.integer({ min: 1, max: 3600 }), fc.integer({ min: 0, max: 39_600 }))
  .map(([first, more]) => ({ firstDelaySeconds: first, maxDelaySeconds: first + more }));
const anyAttempt = fc.integer({ min: 1, max: 2000 });
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoffCeiling', () => {
  test.each([[1, 1], [2, 2], [3, 4], [4, 8], [10, 512], [11, 900], [12, 900], [2000, 900]])('after attempt %i it is %i s', (attempt, seconds) => {
    expect(backoffCeiling(attempt, POLICY)).toBe(seconds);
  });

  test('it never shrinks with further attempts', () => {
    fc.assert(fc.property(anyAttempt, anyPolicy, (attempt, policy) =>
      backoffCeiling(attempt + 1, policy) >= backoffCeiling(attempt, policy)));
  });
});

describe('fullJitter', () => {
  test('is whole seconds between one and the ceiling', () => {
    fc.assert(fc.property(anyAttempt, anyPolicy, anyRandom, (attempt, policy, random) => {
      const delay = fullJitter(attempt, policy, () => random);
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(1);
      expect(delay).toBeLessThanOrEqual(backoffCeiling(attempt, policy));
    }), { examples: [[1, POLICY, 0], [12, POLICY, 1 - 2 ** -53]] });
  });

  test('reaches both ends', () => {
    expect(fullJitter(4, POLICY, () => 0)).toBe(1);
    expect(fullJitter(4, POLICY, () => 1 - 2 ** -53)).toBe(8);
  });

  test('is uniform', () => {
    const draws = Array.from({ length: 800 }, (_, i) => fullJitter(4, POLICY, () => i / 800));
    for (let seconds = 1; seconds <= 8; seconds++) {
      expect(draws.filter((draw) => draw === seconds)).toHaveLength(100);
    }
  });

  test('is a second when the ceiling is less', () => {
    expect(fullJitter(1, { firstDelaySeconds: 0.2, maxDelaySeconds: 10 }, () => 0.99)).toBe(1);
  });
});
