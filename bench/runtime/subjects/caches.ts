import { ReadThrough } from '../../../runtime/cache-strategy';
import type { Comparison, Variant } from '../comparison';
import { title } from '../peers';
import type { World } from '../world';

interface Dedupe {
  createCache(options: object): {
    define(name: string, options: object, load: (key: string) => Promise<unknown>): { value(key: string): Promise<unknown> };
  };
}

const VALUE = { name: 'Ada', seats: [1, 2, 3], note: 'x'.repeat(500) };
const load = async () => VALUE;
/** So many that calls of one moment seldom want the same. */
const KEYS = 1_000;

const variants = (keyOf: (number: number) => string, filled = 0) => async (world: World): Promise<Variant[]> => {
  const mine = world.valkey();
  const theirs = world.valkey(1);
  const cache = new ReadThrough({ client: mine.client, namespace: 'bench', ttlSeconds: 300, source: { load } });
  const { createCache } = world.peer('async-cache-dedupe') as Dedupe;
  const dedupe = createCache({ ttl: 300, storage: { type: 'redis', options: { client: theirs.client } } }).define('value', {}, load);
  for (let number = 0; number < filled; number++) {
    await Promise.all([cache.read(keyOf(number)), dedupe.value(keyOf(number))]);
  }
  return [
    { name: 'ours', trips: mine.trips, run: (number) => cache.read(keyOf(number)) },
    { name: title('async-cache-dedupe'), trips: theirs.trips, run: (number) => dedupe.value(keyOf(number)) },
  ];
};

export const CACHES: readonly Comparison[] = [
  {
    what: 'hit', page: 'cache-strategy', trips: 1,
    why: 'an entry is read by a script, which hands out the right to load it in the same round trip. The peer reads with GET, and every process loads for itself.',
    variants: variants((number) => `key-${number % KEYS}`, KEYS),
  },
  {
    what: 'miss', page: 'cache-strategy', trips: 2,
    why: 'as for a hit; and what was loaded is kept only if nothing was written meanwhile.',
    variants: variants((number) => `key-${number}`),
  },
];
