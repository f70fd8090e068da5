import { SpreadKey } from '../../runtime';

const counts = (keys: readonly string[]) =>
  keys.reduce((all, key) => all.set(key, (all.get(key) ?? 0) + 1), new Map<string, number>());

test('readers ask for every key that a writer may pick', () => {
  const spread = new SpreadKey(4);
  expect(spread.all('video')).toEqual(['video#0', 'video#1', 'video#2', 'video#3']);
  const written = Array.from({ length: 1000 }, (_, index) => [spread.any('video'), spread.of('video', String(index))]).flat();
  expect(new Set(written)).toEqual(new Set(spread.all('video')));
});

test.each([['any', (spread: SpreadKey) => spread.any('k')], ['of', (spread: SpreadKey, index: number) => spread.of('k', `member ${index}`)]])(
  '%s spreads evenly: no key gets a tenth more than its part of 100,000 writes', (_, pick) => {
    const spread = new SpreadKey(10);
    const hits = [...counts(Array.from({ length: 100_000 }, (_item, index) => pick(spread, index))).values()];
    expect(hits).toHaveLength(10);
    expect(Math.max(...hits)).toBeLessThan(11_000);
    expect(Math.min(...hits)).toBeGreaterThan(9_000);
  });

test('a member has always the same key', () => {
  expect(new SpreadKey(10).of('k', 'ada')).toBe(new SpreadKey(10).of('k', 'ada'));
  expect(new SpreadKey(10).of('k', 'ada')).toBe('k#1');
});

test('the edges of the random number are within the keys', () => {
  expect(new SpreadKey(3).any('k', () => 0)).toBe('k#0');
  expect(new SpreadKey(3).any('k', () => 1 - Number.EPSILON)).toBe('k#2');
});

test.each([0, -1, 1.5, 1001, NaN])('%d shards are refused', (shards) => {
  expect(() => new SpreadKey(shards)).toThrow(new RangeError(`a key is spread over ${shards} shards; allowed: a whole number from 1 to 1000`));
});
