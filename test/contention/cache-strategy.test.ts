/** The strategies on a real Valkey, a DynamoDB and an SQS of the local AWS, with processes that contend, crash and pause. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateQueueCommand, DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { SQSRecord } from 'aws-lambda';
import { Redis as OtherClient } from 'ioredis';
import { Redis } from 'iovalkey';

import { Cache, CacheStrategy, KeyValueStore, Network, Profile } from '../../lib';
import type { LocalAws, Valkey } from '../../local';
import {
  applyWrites, CacheAside, type CacheEvent, type CacheOptions, queueConsumer, type QueueConsumer, ReadThrough,
  TableSource, WriteAround, WriteBehind, type WritableSource, WriteThrough,
} from '../../runtime';
import { systemClock } from '../../runtime/clock';
import type { ValkeyClient } from '../../runtime/valkey';
import { deploy, type Template } from '../local/emulator/cloudformation';
import { start, stopAll } from '../local/start';
import { type Contender, endContenders, startContenders } from './support/contender';
import { scaled } from './support/scale';
import { createTable, documents, startValkey, stopValkeys } from './support/servers';
import type { Errand, Item } from './workers/cache-strategy';

jest.setTimeout(30_000);

let aws: LocalAws;
let server: Valkey;
let cache: Redis;
let store: Redis;
let sqs: SQSClient;
let queueUrl: string;
let contenders: Contender[];
const closing: { disconnect(): void }[] = [];

function connect({ host, port }: Valkey): Redis {
  const client = new Redis(port, host, { maxRetriesPerRequest: 1, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  closing.push(client);
  return client;
}

beforeAll(async () => {
  const [local, first, second, processes] = await Promise.all([
    start(), startValkey(), startValkey(), startContenders('cache-strategy', 4),
  ]);
  [aws, server, contenders] = [local, first, processes];
  [cache, store] = [connect(first), connect(second)];
  sqs = new SQSClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await createTable(aws.endpoint, 'products', 'id:S');
  queueUrl = await createQueue('writes');
}, 60_000);
beforeEach(async () => {
  await Promise.all([cache.flushall(), store.flushall()]);
});
afterAll(async () => {
  closing.forEach((client) => client.disconnect());
  await Promise.all([endContenders(), stopValkeys(), stopAll()]);
});

async function createQueue(name: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true' } }));
  return QueueUrl!;
}

/** A store in this process that counts what is asked of it, and can be held up. */
class Shelf implements WritableSource<Item> {
  public readonly items = new Map<string, Item>();
  public loads = 0;
  public saves = 0;
  public readonly held: (() => void)[] = [];
  public hold = false;

  public async load(key: string): Promise<Item | undefined> {
    this.loads += 1;
    const item = this.items.get(key);
    if (this.hold) {
      await new Promise<void>((resolve) => this.held.push(resolve));
    }
    return item;
  }

  public async save(key: string, item: Item): Promise<void> {
    this.saves += 1;
    this.items.set(key, item);
  }

  public async remove(key: string): Promise<void> {
    this.items.delete(key);
  }
}

/** A client that counts its calls. */
class Counting implements ValkeyClient {
  public calls = 0;

  constructor(private readonly client: ValkeyClient) {}

  public call(command: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    this.calls += 1;
    return this.client.call(command, ...args);
  }
}

/** Options of a strategy, and how often what happened. */
function watched(options: Partial<CacheOptions<Item>> = {}) {
  const events: Partial<Record<CacheEvent, number>> = {};
  const count = (event: CacheEvent) => { events[event] = (events[event] ?? 0) + 1; };
  // A busy machine is no cache that fails.
  return { events, options: { client: cache, namespace: 'items', count, jitter: 0, deadlineMilliseconds: 5000, ...options } };
}

const one = { version: 1, by: 1 };
const two = { version: 2, by: 1 };
const versionOf = ({ version }: Item) => version;
/** Resolves once something holds; a deadline is that of the test. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) {
    await sleep(2);
  }
}

test('every strategy asks the cache, the store and the queue as often as its page says', async () => {
  const shelf = new Shelf();
  shelf.items.set('old', one);
  const client = new Counting(cache);
  let sent = 0;
  const counted = { send: (command: never) => { sent += 1; return sqs.send(command) as never; } };
  const options = { ...watched().options, client, source: shelf };
  const behind = new WriteBehind({ ...options, sqs: counted, queueUrl });
  const aside = new CacheAside<Item>(options);
  const through = new WriteThrough(options);
  const around = new WriteAround(options);
  const read = new ReadThrough(options);
  const asideRead = (key: string) => aside.read(key, (asked) => shelf.load(asked));
  // The scripts are known to the server from now on.
  await Promise.all([through.write('warm', one), around.write('warm', one), read.read('warm')]);

  const tell = async (task: () => Promise<unknown>): Promise<string> => {
    const before = { cache: client.calls, store: shelf.loads + shelf.saves, queue: sent };
    await task();
    const after = { cache: client.calls, store: shelf.loads + shelf.saves, queue: sent };
    const made = { cache: after.cache - before.cache, store: after.store - before.store, queue: after.queue - before.queue };
    return Object.entries(made).flatMap(([name, calls]) => calls > 0 ? [`${calls} ${name}`] : []).join(' + ') || 'none';
  };
  const rows: string[] = [];
  const row = async (name: string, ask: (key: string) => Promise<unknown>, write?: () => Promise<unknown>) => {
    await cache.del('items:{old}');
    const missing = await tell(() => ask('old'));
    const hit = await tell(() => ask('old'));
    rows.push(`| \`${name}\` | ${hit} | ${missing} | ${write ? await tell(write) : '-'} |`);
  };
  await row('CacheAside', asideRead, async () => {
    await shelf.save('old', two);
    await aside.invalidate('old');
  });
  await row('ReadThrough', (key) => read.read(key));
  await row('WriteThrough', (key) => through.read(key), () => through.write('old', two));
  await row('WriteAround', (key) => around.read(key), () => around.write('old', two));
  await row('WriteBehind', (key) => behind.read(key), () => behind.write('old', two));
  const page = readFileSync(join(__dirname, '../../lib/cache-strategy/README.md'), 'utf8').split('\n');
  expect(page.filter((line) => rows.some((made) => line.startsWith(made.slice(0, made.indexOf('|', 1)))))).toEqual(rows);
  await drain(() => Promise.resolve({ batchItemFailures: [] }));
});

describe('a stampede', () => {
  const times = 50;
  const errand = (options: Errand['options']): Errand =>
    ({ cache: server.port, store: store.options.port!, options: { deadlineMilliseconds: 5000, ...options }, keys: ['hot'], times, milliseconds: 100 });
  const atOnce = (who: Contender[], options: Errand['options']) =>
    Promise.all(who.map((contender) => contender.ask<Item[]>('readAtOnce', errand(options))));
  const loads = async () => Number(await store.get('loads of hot'));

  beforeEach(() => store.set('item hot', JSON.stringify(one)));

  test('of 200 readers in four processes loads once with lock', async () => {
    const read = await atOnce(contenders, { stampede: 'lock' });
    expect(read.flat()).toEqual(Array.from({ length: 4 * times }, () => one));
    expect(await loads()).toBe(1);
  });

  test('of 200 readers in one process loads once with coalesce, and as often as there are processes in four', async () => {
    await contenders[0]!.ask('readAtOnce', { ...errand({}), times: 200 });
    expect(await loads()).toBe(1);
    await Promise.all([cache.flushall(), store.del('loads of hot')]);
    await atOnce(contenders, {});
    expect(await loads()).toBeGreaterThanOrEqual(1);
    expect(await loads()).toBeLessThanOrEqual(4);
  });

  test('loads for each reader with none', async () => {
    await contenders[0]!.ask('readAtOnce', { ...errand({ stampede: 'none' }), times: 20 });
    expect(await loads()).toBe(20);
  });

  test('whose loader is killed goes on when its lease has ended', async () => {
    const options: Errand['options'] = { stampede: 'lock', leaseMilliseconds: 1000 };
    const [loader] = await startContenders('cache-strategy', 1);
    const lost = loader!.ask('readAtOnce', { ...errand(options), times: 1, milliseconds: 5000 });
    await loader!.hear();
    const waiting = atOnce([contenders[0]!], options);
    await Promise.all([loader!.kill(), expect(lost).rejects.toThrow('ended')]);
    await store.del('loads of hot');
    expect((await waiting).flat()).toEqual(Array.from({ length: times }, () => one));
    expect(await loads()).toBe(1);
  });

  test('on a key that does not exist asks the store once for as long as that is known', async () => {
    await store.del('item hot');
    const read = await atOnce(contenders, { stampede: 'lock', negativeTtlSeconds: 10 });
    expect(read.flat().every((value) => value === undefined)).toBe(true);
    expect(await loads()).toBe(1);
  });
});

describe('a slow loader never leaves what was there before', () => {
  type Write = (shelf: Shelf, options: CacheOptions<Item>) => Promise<unknown>;
  const slow = async (write: Write, more: Partial<CacheOptions<Item>> = {}) => {
    const { events, options } = watched(more);
    const shelf = new Shelf();
    shelf.items.set('p', one);
    shelf.hold = true;
    const reader = new ReadThrough({ ...options, source: shelf });
    const reading = reader.read('p');
    await until(() => shelf.held.length > 0);
    shelf.hold = false;
    await write(shelf, options);
    shelf.held[0]!();
    expect(await reading).toEqual(one);
    expect(await reader.read('p')).toEqual(two);
    return { events, cached: await cache.get('items:{p}') };
  };

  test('when the store is written and the entry invalidated', async () => {
    const { events } = await slow(async (shelf, options) => {
      await shelf.save('p', two);
      await new CacheAside<Item>(options).invalidate('p');
    });
    expect(events).toEqual({ miss: 2, loaded: 2, outdated: 1 });
  });

  test('when another process writes through', async () => {
    const { events } = await slow((shelf, options) => new WriteThrough({ ...options, source: shelf }).write('p', two));
    expect(events).toEqual({ miss: 1, loaded: 1, outdated: 1, hit: 1 });
  });

  test('when another process writes around', async () => {
    await slow((shelf, options) => new WriteAround({ ...options, source: shelf }).write('p', two));
  });

  test('when it is slower than its lease, and the next loader is done before it', async () => {
    const { events, cached } = await slow(async (shelf, options) => {
      await shelf.save('p', two);
      await sleep(60);
      await new ReadThrough({ ...options, source: shelf }).read('p');
    }, { leaseMilliseconds: 30 });
    expect(events).toEqual({ miss: 2, loaded: 2, outdated: 1, hit: 1 });
    expect(JSON.parse(cached!)).toEqual({ value: two });
  });

  test('nor does a slow writer: of two versions the newer stays, whichever comes last', async () => {
    const { options } = watched({ versionOf });
    const saved: (() => void)[] = [];
    const save = async () => { await new Promise<void>((resolve) => saved.push(resolve)); };
    const source = { load: async () => undefined, save };
    const [first, second] = [new WriteThrough({ ...options, source }), new WriteThrough({ ...options, source })];
    const writing = [first.write('p', one), second.write('p', two)];
    await until(() => saved.length === 2);
    saved[1]!();
    await writing[1];
    saved[0]!();
    await writing[0];
    expect(JSON.parse((await cache.get('items:{p}'))!)).toEqual({ value: two, version: '2' });
  });

  test.each([['around', false], ['through, with versions', true]])('in four processes that read and write %s at random', async (_, through) => {
    const keys = Array.from({ length: 6 }, (_, index) => `k${index}`);
    const times = scaled(2000, 250);
    const options: Errand['options'] = { ttlSeconds: 60, refreshAhead: 0.5, stampede: 'lock', deadlineMilliseconds: 5000 };
    const old = await Promise.all(contenders.map((contender) => contender.ask<number>('mix', {
      cache: server.port, store: store.options.port!, options, keys, times, milliseconds: scaled(20, 10), through,
    })));
    expect(old).toEqual([0, 0, 0, 0]);
    const entries = await Promise.all(keys.map((key) => cache.get(`items:{${key}}`)));
    const items = await Promise.all(keys.map((key) => store.get(`item ${key}`)));
    expect(items.every((item) => item !== null)).toBe(true);
    entries.forEach((entry, index) => {
      if (entry !== null) {
        expect((JSON.parse(entry) as { value: Item }).value).toEqual(JSON.parse(items[index]!));
      }
    });
    expect(entries.filter((entry) => entry !== null).length).toBeGreaterThanOrEqual(through ? keys.length : 1);
  }, 120_000);
});

describe('time', () => {
  test('a key that is asked for all the time is loaded ahead of its expiry: nobody but the first waits', async () => {
    const { events, options } = watched({ ttlSeconds: 1, refreshAhead: 0.5 });
    const shelf = new Shelf();
    shelf.items.set('p', one);
    const readers = [1, 2, 3].map(() => new ReadThrough({ ...options, source: shelf }));
    const end = Date.now() + scaled(12_000, 3000);
    while (Date.now() < end) {
      await Promise.all(readers.map((reader) => reader.read('p')));
      await sleep(5);
    }
    await Promise.all(readers.map((reader) => reader.settled()));
    expect(events.miss).toBeLessThanOrEqual(3);
    expect(events.loaded).toBeLessThanOrEqual(3);
    // Once in 500 to 1000 ms, by one reader of three.
    expect(events.refreshed).toBeGreaterThanOrEqual(scaled(12, 3) - 1);
    expect(events.refreshed).toBeLessThanOrEqual(scaled(24, 6) + 1);
  });

  test('without refreshing ahead it is missed once in its time', async () => {
    const { events, options } = watched({ ttlSeconds: 0.1 });
    const shelf = new Shelf();
    shelf.items.set('p', one);
    const reader = new ReadThrough({ ...options, source: shelf });
    // Ends, because it is missed again and again; and no more often than it expires.
    const begun = performance.now();
    for (; (events.miss ?? 0) < 4; await sleep(5)) {
      await reader.read('p');
    }
    expect(performance.now() - begun).toBeGreaterThan(3 * 90);
  });

  test('a stale value is answered at once, and loaded anew by one', async () => {
    const { events, options } = watched({ ttlSeconds: 0.05, staleSeconds: 10 });
    const shelf = new Shelf();
    shelf.items.set('p', one);
    const reader = new ReadThrough({ ...options, source: shelf });
    await reader.read('p');
    shelf.items.set('p', two);
    await sleep(60);
    expect(await Promise.all([1, 2, 3].map(() => reader.read('p')))).toEqual([one, one, one]);
    await reader.settled();
    expect(await reader.read('p')).toEqual(two);
    expect(events).toEqual({ miss: 1, loaded: 1, stale: 3, refreshed: 1, hit: 1 });
  });

  test('a stale value stays while it cannot be loaded anew, and goes when it is gone', async () => {
    const { events, options } = watched({ ttlSeconds: 0.02, staleSeconds: 10, leaseMilliseconds: 50 });
    let answer: () => Promise<Item | undefined> = async () => one;
    const reader = new ReadThrough({ ...options, source: { load: () => answer() } });
    await reader.read('p');
    await sleep(30);
    answer = () => Promise.reject(new Error('the store is down'));
    expect(await reader.read('p')).toEqual(one);
    await reader.settled();
    expect(events.refreshFailed).toBe(1);
    answer = async () => undefined;
    expect(await reader.read('p')).toEqual(one);
    await reader.settled();
    expect(await reader.read('p')).toBeUndefined();
  });

  test('that there is nothing is known for its own time', async () => {
    const { events, options } = watched({ negativeTtlSeconds: 0.1, ttlSeconds: 60 });
    const shelf = new Shelf();
    const reader = new ReadThrough({ ...options, source: shelf });
    expect([await reader.read('p'), await reader.read('p')]).toEqual([undefined, undefined]);
    expect(await cache.get('items:{p}')).toBe('{"none":true}');
    shelf.items.set('p', one);
    await sleep(110);
    expect(await reader.read('p')).toEqual(one);
    expect(events).toEqual({ miss: 2, loaded: 2, negativeHit: 1, hit: undefined });
    await new WriteAround({ ...options, source: shelf }).remove('p');
    expect(await reader.read('p')).toBeUndefined();
  });

  test('entries that are made together expire apart', async () => {
    const { options } = watched({ jitter: 0.5, ttlSeconds: 100 });
    const shelf = new Shelf();
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
    const writer = new WriteThrough({ ...options, source: shelf });
    await Promise.all(keys.map((key) => writer.write(key, one)));
    const left = await Promise.all(keys.map((key) => cache.pttl(`items:{${key}}`)));
    expect(Math.min(...left)).toBeGreaterThan(49_000);
    expect(Math.max(...left)).toBeLessThanOrEqual(100_000);
    expect(Math.max(...left) - Math.min(...left)).toBeGreaterThan(20_000);
  });
});

describe('a cache that fails', () => {
  test('killed and restarted under load costs no read and no write', async () => {
    const { events, options } = watched({ deadlineMilliseconds: 50, versionOf });
    const shelf = new Shelf();
    const strategy = new WriteThrough({ ...options, source: shelf });
    const keys = ['a', 'b', 'c', 'd'];
    let [version, going] = [0, true];
    const failed: unknown[] = [];
    const load = async () => {
      while (going) {
        const key = keys[version % keys.length]!;
        const item = { version: ++version, by: 0 };
        await strategy.write(key, item).catch((error) => failed.push(error));
        const found = await strategy.read(key).catch((error) => failed.push(error));
        // Other writers of the key may have been faster, none of them slower.
        if (!((found as Item).version >= item.version)) {
          failed.push({ found, item });
        }
        await sleep(1);
      }
    };
    const loads = [1, 2, 3, 4].map(load);
    await sleep(200);
    await server.kill();
    await sleep(scaled(1500, 300));
    await server.restart();
    await until(async () => (await cache.call('PING').catch(() => undefined)) === 'PONG');
    await sleep(1300);
    server.pause();
    await sleep(scaled(1500, 300));
    server.resume();
    await sleep(1300);
    going = false;
    await Promise.all(loads);
    expect(failed).toEqual([]);
    expect(events.cacheError).toBeGreaterThan(0);
    expect(events.bypassed).toBeGreaterThan(0);
    for (const key of keys) {
      expect(await strategy.read(key)).toEqual(shelf.items.get(key));
    }
  });

  test('that hangs while something is written is not asked for it again before its entry is dropped', async () => {
    const { options } = watched({ deadlineMilliseconds: 50 });
    const shelf = new Shelf();
    const writer = new WriteAround({ ...options, source: shelf });
    await writer.write('p', one);
    await writer.read('p');
    // The write is lost on its way, as it would be with a connection that breaks.
    let broken = true;
    const lossy: ValkeyClient = { call: (...command) => broken ? new Promise(() => undefined) : cache.call(...command) };
    const cut = new WriteAround({ ...options, client: lossy, source: shelf });
    await cut.write('p', two);
    expect(JSON.parse((await cache.get('items:{p}'))!)).toEqual({ value: one });
    expect(await cut.read('p')).toEqual(two);
    broken = false;
    await sleep(1000);
    await cut.read('other');
    await until(async () => await cache.get('items:{p}') === null);
    expect(await writer.read('p')).toEqual(two);
  });
});

/** Hands every message that is there to a handler, as AWS Lambda would; those it does not fail are deleted. */
async function drain(handler: QueueConsumer): Promise<number> {
  let handled = 0;
  for (;;) {
    const receive = new ReceiveMessageCommand({
      QueueUrl: queueUrl, MaxNumberOfMessages: 10, AttributeNames: ['All'], MessageSystemAttributeNames: ['All'], VisibilityTimeout: 5,
    });
    const { Messages = [] } = await sqs.send(receive);
    if (Messages.length === 0) {
      return handled;
    }
    handled += Messages.length;
    const { batchItemFailures } = await handler({ Records: Messages.map(recordOf) });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    await Promise.all(Messages.filter(({ MessageId }) => !failed.has(MessageId!)).map(({ ReceiptHandle }) =>
      sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))));
  }
}

const recordOf = ({ MessageId, ReceiptHandle, Body, Attributes }: Message): SQSRecord => ({
  messageId: MessageId!, receiptHandle: ReceiptHandle!, body: Body!, attributes: Attributes as never, messageAttributes: {},
  md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:writes.fifo', awsRegion: 'us-east-1',
});

describe('write-behind', () => {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const retry = { maxAttempts: 5, firstDelaySeconds: 1, maxDelaySeconds: 1 };
  const table = () => new TableSource({ documents: documents(aws.endpoint), tableName: 'products', partitionKey: 'id' });
  const settings = () => ({
    client: cache as ValkeyClient, namespace: 'products', versionOf: table().versionOf, deadlineMilliseconds: 5000,
  });
  const writer = () => new WriteBehind({ ...settings(), source: table(), sqs, queueUrl });
  const consumer = () => queueConsumer({
    sqs, queueUrl, retry, logger: silent,
    handle: applyWrites<Record<string, unknown>>({
      save: (key, item, version) => table().save(key, item, version), cache: settings(),
    }),
  });

  test('is read at once, reaches the table later, and stays in the cache', async () => {
    const strategy = writer();
    await strategy.write('p1', { name: 'one' });
    expect(await table().load('p1')).toBeUndefined();
    expect(await strategy.read('p1')).toEqual({ name: 'one' });
    expect(await drain(consumer())).toBe(1);
    expect(await table().load('p1')).toEqual({ id: 'p1', name: 'one', version: expect.stringMatching(/^\d{20,}$/) });
    expect(await cache.exists('products:{p1}')).toBe(1);
  });

  test('loses nothing when the cache is flushed before it is applied', async () => {
    const strategy = writer();
    await Promise.all(Array.from({ length: 12 }, (_, n) => strategy.write(`f${n}`, { n })));
    await cache.flushall();
    // Until it is applied, what the table has is what is read, and it does not stay.
    expect(await strategy.read('f3')).toBeUndefined();
    await drain(consumer());
    const found = await Promise.all(Array.from({ length: 12 }, (_, n) => strategy.read(`f${n}`)));
    expect(found.map((item) => item?.n)).toEqual(Array.from({ length: 12 }, (_, n) => n));
  });

  test('what was loaded before a write is applied is dropped when it is', async () => {
    const strategy = writer();
    await documents(aws.endpoint).send(new PutCommand({ TableName: 'products', Item: { id: 'p2', n: 0 } }));
    await strategy.write('p2', { n: 1 });
    await cache.flushall();
    expect(await strategy.read('p2')).toMatchObject({ n: 0 });
    await drain(consumer());
    expect(await strategy.read('p2')).toMatchObject({ n: 1 });
  });

  test('loses no write that was done when its writer is killed', async () => {
    const [contender] = await startContenders('cache-strategy', 1);
    const writing = contender!.ask('writeBehind', {
      cache: server.port, store: 0, options: {}, keys: ['killed'], times: 1000, milliseconds: 0, endpoint: aws.endpoint, queueUrl,
    });
    let last = 0;
    while (last < 20) {
      last = await contender!.hear<number>();
    }
    await Promise.all([contender!.kill(), expect(writing).rejects.toThrow('ended')]);
    await drain(consumer());
    const applied = (await table().load('killed'))!.n as number;
    expect(applied).toBeGreaterThanOrEqual(last);
    // One may have been taken whose writer was not told.
    expect(applied).toBeLessThanOrEqual(1000);
  });

  test('applies each key in its order, though messages come twice and out of order', async () => {
    const strategy = writer();
    for (let n = 1; n <= 5; n++) {
      await strategy.write('shuffled', { n });
    }
    const seen: SQSRecord[] = [];
    const handler = consumer();
    await drain(async (event) => {
      seen.push(...event.Records);
      return handler(event);
    });
    for (const record of [...seen].reverse()) {
      await handler({ Records: [record] });
    }
    expect(await table().load('shuffled')).toMatchObject({ n: 5 });
    expect(await strategy.read('shuffled')).toMatchObject({ n: 5 });
  });

  test('a write that is newer in the cache outlives the application of an older one', async () => {
    const strategy = writer();
    await strategy.write('p3', { n: 1 });
    const waiting: SQSRecord[] = [];
    await drain(async ({ Records }) => {
      waiting.push(...Records);
      return { batchItemFailures: [] };
    });
    await strategy.write('p3', { n: 2 });
    await consumer()({ Records: waiting });
    expect(await table().load('p3')).toMatchObject({ n: 1 });
    expect(await strategy.read('p3')).toMatchObject({ n: 2 });
    await drain(consumer());
    expect(await table().load('p3')).toMatchObject({ n: 2 });
  });

  test('a queue that is gone fails the write and leaves the cache alone', async () => {
    const strategy = new WriteBehind({ ...settings(), source: table(), sqs, queueUrl: `${queueUrl}-gone` });
    await expect(strategy.write('p4', { n: 1 })).rejects.toThrow();
    expect(await cache.exists('products:{p4}')).toBe(0);
  });
});

describe('a table as the source', () => {
  const source = (tableName = 'products', now = () => Date.now()) => new TableSource({
    documents: documents(aws.endpoint), tableName, partitionKey: 'id', clock: { ...systemClock, now },
  });

  test('gives every write a version above the last, also by a clock that is behind', async () => {
    const first = await source().save('c', { n: 1 });
    const second = await source('products', () => 1000).save('c', { n: 2 });
    expect(BigInt(second.version as string)).toBe(BigInt(first.version as string) + 1n);
    expect(await source().load('c')).toEqual(second);
  });

  test('lets the cache and the table agree on the order of writers in parallel', async () => {
    const settings = { client: cache as ValkeyClient, namespace: 'items', versionOf: source().versionOf, deadlineMilliseconds: 5000 };
    const strategies = [1, 2, 3, 4].map(() => new WriteThrough({ ...settings, source: source() }));
    await Promise.all(Array.from({ length: scaled(80, 24) }, (_, n) => strategies[n % 4]!.write('race', { n })));
    const { value } = JSON.parse((await cache.get('items:{race}'))!) as { value: object };
    expect(value).toEqual(await source().load('race'));
  });

  test('refuses items whose version is a number', async () => {
    await documents(aws.endpoint).send(new PutCommand({ TableName: 'products', Item: { id: 'n', version: 5 } }));
    await expect(source().save('n', {})).rejects.toThrow('the attribute version of an item in products is not a version as text');
    const { Item: item } = await documents(aws.endpoint).send(new GetCommand({ TableName: 'products', Key: { id: 'n' } }));
    expect(item).toEqual({ id: 'n', version: 5 });
  });
});

describe('invalidation by the changes of a table, with the function that the construct brings along', () => {
  /** The stack as it is synthesised; its code is put in, since the emulator has no assets here. */
  function template(): Template {
    const app = new App({ analyticsReporting: false });
    Profile.set(app, Profile.SANDBOX);
    const stack = new Stack(app, 'Stack', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
    const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0');
    const existing = { endpoint: server.host, port: server.port, tls: false, securityGroup };
    const strategy = new CacheStrategy(stack, 'Venues', { cache: new Cache(stack, 'Cache', { cache: existing }), namespace: 'venues' });
    const venues = new KeyValueStore(stack, 'Items', { partitionKey: 'city', sortKey: 'name' });
    strategy.invalidateOn(venues, { versionAttribute: 'version', network: Network.of(stack) });
    new CfnOutput(stack, 'Table', { value: venues.table.tableName });
    const synthesised = Synthesised.fromStack(stack).toJSON() as Template;
    // The emulator runs it on this machine; the bundle itself is too long for a template.
    const bundle = join(__dirname, '../../dist/handlers/runtime/cache-invalidation/index.js');
    for (const resource of Object.values(synthesised.Resources) as { Type: string; Properties: Record<string, unknown> }[]) {
      if (resource.Type === 'AWS::Lambda::Function') {
        resource.Properties.Code = { ZipFile: `module.exports = require(${JSON.stringify(bundle)});` };
      }
    }
    return synthesised;
  }

  let tableName: string;
  let venue: TableSource;
  const options = () => ({
    client: cache as ValkeyClient, namespace: 'venues', source: venue, versionOf: venue.versionOf, deadlineMilliseconds: 5000,
  });
  beforeAll(async () => {
    tableName = (await deploy(aws, 'Venues', template())).Table!;
    venue = new TableSource({ documents: documents(aws.endpoint), tableName, partitionKey: 'city', sortKey: 'name' });
  }, 60_000);

  test('the next read after a change is fresh, whoever changed the item', async () => {
    const reader = new ReadThrough(options());
    await venue.save('Wien/Arena', { seats: 1 });
    const times: number[] = [];
    for (let seats = 2; seats <= scaled(20, 4); seats++) {
      await reader.read('Wien/Arena');
      // Not by the strategy: by somebody who does not know of the cache.
      const { version } = (await reader.read('Wien/Arena'))!;
      await venue.save('Wien/Arena', { seats, version });
      const changed = Date.now();
      await until(async () => (await reader.read('Wien/Arena'))?.seats === seats);
      times.push(Date.now() - changed);
    }
    // AWS polls streams four times a second; the emulator about once.
    expect(Math.max(...times)).toBeLessThan(10_000);
    await venue.remove('Wien/Arena');
    await until(async () => await reader.read('Wien/Arena') === undefined);
  }, 60_000);

  test('what was written through stays, since it is as new as the change', async () => {
    const writer = new WriteThrough(options());
    await writer.write('Graz/Oper', { seats: 5 });
    await cache.set('venues:{Graz/Halle}', '{"value":{"seats":1}}');
    await venue.save('Graz/Halle', { seats: 6 });
    await until(async () => await cache.exists('venues:{Graz/Halle}') === 0);
    expect(await cache.exists('venues:{Graz/Oper}')).toBe(1);
  });
});

test('ioredis does as well as iovalkey', async () => {
  const other = new OtherClient(server.port, server.host);
  closing.push(other);
  const { events, options } = watched({ client: other, versionOf });
  const shelf = new Shelf();
  const strategy = new WriteThrough({ ...options, source: shelf });
  await strategy.write('p', one);
  await strategy.write('p', two);
  expect(await strategy.read('p')).toEqual(two);
  await strategy.invalidate('p', 2);
  expect(await strategy.read('p')).toEqual(two);
  await strategy.invalidate('p', 3);
  expect(await strategy.read('p')).toEqual(two);
  expect(events).toEqual({ hit: 2, miss: 1, loaded: 1 });
});
