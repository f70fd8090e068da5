/** A process that reads and writes through a cache. Its store is a Valkey too, so that a test can count what is asked of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Redis } from 'iovalkey';

import { CacheAside, type CacheOptions, WriteAround, WriteBehind, type WritableSource, WriteThrough } from '../../../runtime';
import { serve, tell } from '../support/serve';

/** What is asked of a process. */
export interface Errand {
  readonly cache: number;
  readonly store: number;
  readonly options: Partial<CacheOptions<Item>>;
  readonly keys: string[];
  readonly times: number;
  /** The most that a load and a save take. */
  readonly milliseconds: number;
}

export interface Item {
  readonly version: number;
  readonly by: number;
}

const clients = new Map<number, Redis>();
const clientOf = (port: number) => {
  const client = clients.get(port) ?? new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 1 });
  client.on('error', () => undefined);
  clients.set(port, client);
  return client;
};
const pause = (milliseconds: number) => sleep(Math.random() * milliseconds);

/** A store whose saves number the versions of a key, and which takes its time before and after. */
function slowStore({ store, milliseconds }: Errand): WritableSource<Item> {
  const client = clientOf(store);
  return {
    load: async (key) => {
      await client.incr(`loads of ${key}`);
      await pause(milliseconds);
      const text = await client.get(`item ${key}`);
      await pause(milliseconds);
      return text === null ? undefined : JSON.parse(text) as Item;
    },
    save: async (key) => {
      await pause(milliseconds);
      const item = await client.eval(`
        local version = redis.call('INCR', KEYS[1])
        local item = '{"version":' .. version .. ',"by":' .. ARGV[1] .. '}'
        redis.call('SET', KEYS[2], item)
        return item`, 2, `version of ${key}`, `item ${key}`, process.pid);
      await pause(milliseconds);
      return JSON.parse(item as string) as Item;
    },
  };
}

const optionsOf = ({ cache, options }: Errand): CacheOptions<Item> => ({ client: clientOf(cache), namespace: 'items', ...options });
const pick = <Some>(some: readonly Some[]) => some[Math.floor(Math.random() * some.length)]!;

serve({
  /** Reads a key many times at once; answers what was read. */
  readAtOnce: async (errand: Errand) => {
    const cache = new CacheAside<Item>(optionsOf(errand));
    const { load } = slowStore(errand);
    return Promise.all(Array.from({ length: errand.times }, () => cache.read(errand.keys[0]!, async (key) => {
      tell('loading');
      return load(key);
    })));
  },

  /**
   * Reads and writes at random, through the cache or around it; answers how many reads found something older than what this
   * process had written before they began.
   */
  mix: async (errand: Errand & { readonly through: boolean }) => {
    const source = slowStore(errand);
    const options = { ...optionsOf(errand), source, ...errand.through && { versionOf: ({ version }: Item) => version } };
    const cache = errand.through ? new WriteThrough(options) : new WriteAround(options);
    const written = new Map<string, number>();
    let old = 0;
    await Promise.all(Array.from({ length: errand.times }, async () => {
      await pause(20 * errand.milliseconds);
      const key = pick(errand.keys);
      const before = written.get(key) ?? 0;
      if (Math.random() < 0.3) {
        const { version } = await cache.write(key, { version: 0, by: process.pid });
        written.set(key, Math.max(version, written.get(key) ?? 0));
      } else if (((await cache.read(key))?.version ?? 0) < before) {
        old += 1;
      }
    }));
    await cache.settled();
    return old;
  },

  /** Writes behind, one after another, until it is killed; tells of every write that is done. */
  writeBehind: async (errand: Errand & { readonly endpoint: string; readonly queueUrl: string }) => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const sqs = new SQSClient({ endpoint: errand.endpoint, region: 'us-east-1', credentials });
    const cache = new WriteBehind<object>({
      client: clientOf(errand.cache), namespace: 'items', sqs, queueUrl: errand.queueUrl, source: { load: async () => undefined },
    });
    for (let n = 1; n <= errand.times; n++) {
      await cache.write(errand.keys[0]!, { n });
      tell(n);
    }
  },
});
