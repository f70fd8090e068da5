import * as fc from 'fast-check';
import { BoundedRing, HashRing } from '../../runtime/hash-ring';
import { positionOf } from '../../runtime/hash-ring/position';

const KEYS = Array.from({ length: 2000 }, (_, index) => `key-${index}`);
const names = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`);
const placed = (ring: HashRing, keys = KEYS) => new Map(keys.map((key) => [key, ring.node(key)]));
const anyNodes = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 12 });

/** Written by another program, in Python with hashlib: what every implementation must find. */
describe('other languages agree', () => {
  test.each([['a#0', 176543059331987], ['user-1', 218538839416476], ['ü', 106053291886426], ['', 250348346448124]])('%p is at %d', (text, at) => {
    expect(positionOf(text)).toBe(at);
  });

  test.each([
    ['user-1', 'abc'], ['user-2', 'abc'], ['user-3', 'bca'], ['user-4', 'abc'], ['ü', 'cba'], ['', 'bac'], ['42', 'cab'], ['order/7', 'cba'],
  ])('%p is at %s', (key, order) => {
    const ring = new HashRing({ nodes: ['b', 'c', 'a'] });
    expect(ring.nodes(key, 3).join('')).toBe(order);
    expect(ring.node(key)).toBe(order[0]);
  });

  test('a key at the very position of a point belongs to it', () => {
    const ring = new HashRing({ nodes: ['a', 'b', 'c'] });
    expect(Array.from({ length: 160 }, (_, index) => ring.node(`b#${index}`)).every((node) => node === 'b')).toBe(true);
  });

  test.each([
    ['user-1', ['eu-1', 'ü', 'eu-2']], ['user-2', ['eu-2', 'eu-1', 'ü']], ['user-3', ['eu-1', 'ü', 'eu-2']], ['user-4', ['ü', 'eu-1', 'eu-2']],
  ])('on weights, %p is at %j', (key, order) => {
    expect(new HashRing({ nodes: { 'eu-1': 2, 'eu-2': 0.5, ü: 1 }, virtualNodes: 10 }).nodes(key, 9)).toEqual(order);
  });
});

describe('a node that', () => {
  test('comes takes its share from the others, and moves nothing between them', () => {
    fc.assert(fc.property(anyNodes, fc.string({ minLength: 9, maxLength: 12 }), (nodes, added) => {
      const ring = new HashRing({ nodes });
      const before = placed(ring);
      ring.add(added);
      const moved = [...placed(ring)].filter(([key, node]) => node !== before.get(key));
      expect(moved.every(([, node]) => node === added)).toBe(true);
      expect(moved.length / KEYS.length).toBeLessThan(1.5 / (nodes.length + 1));
      expect(moved.length / KEYS.length).toBeGreaterThan(0.5 / (nodes.length + 1));
    }), { numRuns: 12, seed: 1 });
  });

  test('goes hands over its own keys, each to the node that came next for it', () => {
    fc.assert(fc.property(anyNodes, fc.nat(), (nodes, which) => {
      const ring = new HashRing({ nodes });
      const gone = nodes[which % nodes.length]!;
      const before = new Map(KEYS.map((key) => [key, ring.nodes(key, 2)]));
      expect(ring.remove(gone)).toBe(true);
      expect(ring.remove(gone)).toBe(false);
      before.forEach(([first, second], key) => {
        if (ring.node(key) !== (first === gone ? second : first)) {
          throw new Error(`${key} moved from ${first} to ${ring.node(key)}`);
        }
      });
    }), { numRuns: 12, seed: 2 });
  });

  test('comes and goes leaves no trace, in whatever order the others came', () => {
    fc.assert(fc.property(anyNodes, (nodes) => {
      const ring = new HashRing({ nodes: [...nodes].reverse() });
      ring.add('ZZ', 3);
      ring.remove('ZZ');
      const others = placed(new HashRing({ nodes }));
      expect(KEYS.every((key) => ring.node(key) === others.get(key))).toBe(true);
    }), { numRuns: 4, seed: 3 });
  });
});

test('with 160 virtual nodes each of ten holds its share, within 30 %', () => {
  const counts = new Map<string, number>();
  placed(new HashRing({ nodes: names(10) }), Array.from({ length: 20_000 }, (_, index) => `k${index}`))
    .forEach((node) => counts.set(node!, (counts.get(node!) ?? 0) + 1));
  const shares = [...counts.values()].map((count) => count / 2000);
  expect(counts.size).toBe(10);
  expect(Math.max(...shares)).toBeLessThan(1.3);
  expect(Math.min(...shares)).toBeGreaterThan(0.7);
});

test('a node of twice the weight holds about twice as much', () => {
  const held = [...placed(new HashRing({ nodes: { a: 1, b: 2, c: 1 } })).values()].filter((node) => node === 'b').length;
  expect(held / KEYS.length).toBeGreaterThan(0.43);
  expect(held / KEYS.length).toBeLessThan(0.57);
});

test('copies are on different nodes, as many as there are', () => {
  const ring = new HashRing({ nodes: names(5) });
  KEYS.slice(0, 200).forEach((key) => {
    const nodes = ring.nodes(key, 3);
    expect(new Set(nodes).size).toBe(3);
    expect(nodes[0]).toBe(ring.node(key));
  });
  expect(ring.nodes('k', 9)).toHaveLength(5);
  expect(ring.nodes('k', 0)).toEqual([]);
});

test('without nodes there is no node', () => {
  const ring = new HashRing();
  expect([ring.node('k'), ring.nodes('k', 2), new BoundedRing().assign('k')]).toEqual([undefined, [], undefined]);
});

test.each<[() => unknown, string]>([
  [() => new HashRing({ virtualNodes: 0 }), 'virtualNodes is 0'],
  [() => new HashRing({ nodes: ['a', 'a'] }), "'a' is there already"],
  [() => new HashRing({ nodes: { a: 0 } }), "the weight of 'a' is 0"],
  [() => new HashRing().add('a', Number.NaN), "the weight of 'a' is NaN"],
  [() => new BoundedRing({ loadFactor: 0.9 }), 'loadFactor is 0.9'],
])('%s is refused', (build, message) => {
  expect(build).toThrow(RangeError);
  expect(build).toThrow(message);
});

describe('bounded loads', () => {
  test('no key is given to a node that is full, whatever came and went before', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('assign' as const), key: fc.nat(200) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), key: fc.nat(200) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const), key: fc.nat(5) }) },
    );
    const anyFactor = fc.double({ min: 1, max: 3, noNaN: true });
    fc.assert(fc.property(anyFactor, fc.array(step, { minLength: 50, maxLength: 400 }), (loadFactor, all) => {
      const ring = new BoundedRing({ nodes: ['n0', 'n1'], loadFactor, virtualNodes: 20 });
      const nodes = new Set(['n0', 'n1']);
      const holders = new Map<string, string>();
      const load = (node: string) => [...holders.values()].filter((holder) => holder === node).length;
      for (const { kind, key } of all) {
        if (kind === 'assign') {
          const node = ring.assign(`k${key}`);
          const fresh = !holders.has(`k${key}`);
          expect(node).toBe(fresh ? node : holders.get(`k${key}`));
          expect(node === undefined).toBe(nodes.size === 0);
          if (fresh && node !== undefined) {
            holders.set(`k${key}`, node);
            expect(load(node)).toBeLessThanOrEqual(Math.ceil(loadFactor * holders.size / nodes.size));
            expect(load(node)).toBe(ring.load(node));
          }
        } else if (kind === 'release') {
          expect(ring.release(`k${key}`)).toBe(holders.delete(`k${key}`));
        } else if (kind === 'add' && !nodes.has(`n${key}`)) {
          ring.add(`n${key}`);
          nodes.add(`n${key}`);
        } else if (kind === 'remove') {
          const left = [...holders].flatMap(([held, holder]) => holder === `n${key}` ? [held] : []);
          expect(ring.remove(`n${key}`).sort()).toEqual(left.sort());
          left.forEach((held) => holders.delete(held));
          nodes.delete(`n${key}`);
        }
      }
    }), { numRuns: 60, seed: 4 });
  });

  test('a key with room stays where the plain ring has it; with a factor of 1 all hold the same', () => {
    const plain = new HashRing({ nodes: names(4) });
    const roomy = new BoundedRing({ nodes: names(4), loadFactor: 10 });
    // From the fourth key on there is room for all on one node.
    KEYS.slice(0, 4).forEach((key) => roomy.assign(key));
    expect(KEYS.slice(4, 500).every((key) => roomy.assign(key) === plain.node(key))).toBe(true);
    const even = new BoundedRing({ nodes: names(4), loadFactor: 1 });
    KEYS.slice(0, 400).forEach((key) => even.assign(key));
    expect(names(4).map((node) => even.load(node))).toEqual([100, 100, 100, 100]);
  });

  test('the default is a quarter more than the share, by weight', () => {
    const ring = new BoundedRing({ nodes: { small: 1, large: 3 } });
    KEYS.forEach((key) => ring.assign(key));
    expect([ring.capacity('small', 2000), ring.capacity('large', 2000), ring.capacity('none', 2000)]).toEqual([625, 1875, 0]);
    expect(ring.load('small')).toBeLessThanOrEqual(625);
    expect(ring.load('small') + ring.load('large')).toBe(2000);
  });
});
