import type { DynamoDBStreamEvent, SQSRecord } from 'aws-lambda';
import {
  applyWrites, CacheAside, type CacheEvent, type CacheOptions, cacheSettings, entryKeys, itemKey, MissingSettingError,
  ReadThrough, TableSource, WriteAround, WriteBehind, WriteThrough,
} from '../../runtime';
import { systemClock } from '../../runtime/clock';
import { CacheEntries } from '../../runtime/cache-strategy/entries';
import { unwrap, wrap } from '../../runtime/cache-strategy/envelope';
import { keysOfItem } from '../../runtime/cache-strategy/keys';
import { paddedVersion, versionText } from '../../runtime/cache-strategy/version';
import { invalidationHandler } from '../../runtime/handlers/cache-invalidation';

/** A clock that moves when somebody sleeps. */
function fakeClock() {
  let now = 0;
  return {
    ...systemClock,
    now: () => now,
    monotonic: () => now,
    sleep: async (milliseconds: number) => { now += milliseconds; },
    pass: (milliseconds: number) => { now += milliseconds; },
  };
}

/** A cache that answers what it is told to, one answer for each question; the last one for all that follow. */
function answering(...answers: unknown[]) {
  const asked: unknown[][] = [];
  const call = (...command: unknown[]): Promise<unknown> => {
    asked.push(command);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Error ? Promise.reject(answer) : answer === 'silence' ? new Promise(() => undefined) : Promise.resolve(answer);
  };
  return { asked, call };
}

function setUp(client: { call(...command: unknown[]): Promise<unknown> }, more: Partial<CacheOptions<unknown>> = {}) {
  const events: CacheEvent[] = [];
  const logged: string[] = [];
  const clock = fakeClock();
  const log = (message: string) => { logged.push(message); };
  const options = {
    client, namespace: 'shop', clock, count: (event: CacheEvent) => { events.push(event); }, random: () => 0.5,
    deadlineMilliseconds: 5, logger: { warn: log, info: log }, ...more,
  };
  return { options, events, logged, clock };
}

const MISS = (token: string, granted: boolean) => [null, 0, token, granted ? 1 : 0];
const hit = (value: unknown) => [wrap(value), 1000];

describe('the key schema', () => {
  test.each([
    ['p-1', 'shop:{p-1}'], ['a{b}c', 'shop:{a%7Bb%7Dc}'], ['100%', 'shop:{100%25}'], ['}', 'shop:{%7D}'], ['ü/x', 'shop:{ü/x}'],
  ])('keeps %s under %s, and its lease beside it', (key, entry) => {
    expect(entryKeys('shop', key)).toEqual({ entry, lease: `${entry}:lease` });
  });

  test('refuses keys and namespaces that have no hash tag', () => {
    expect(() => entryKeys('shop', '')).toThrow('the key of a cache entry is empty');
    expect(() => new CacheAside({ client: answering(null), namespace: 'a{b' })).toThrow("the namespace of a cache is 'a{b', not text without braces");
    expect(() => new CacheAside({ client: answering(null), namespace: '' })).toThrow(TypeError);
  });

  test.each([
    [['p'], 'p'], [[5], '5'], [['a/b', 'c/d'], 'a%2Fb/c/d'], [['100%', 7], '100%25/7'], [['p', ''], 'p/'],
  ] as const)('knows the item %j as %s', (keys, key) => {
    expect(itemKey(...keys as unknown as [string, string?])).toBe(key);
    expect(keysOfItem(key, keys.length === 2)).toEqual(keys.map(String));
  });

  test('refuses a key without a sort key where there is one', () => {
    expect(() => keysOfItem('p', true)).toThrow("'p' is not a key of an item with a sort key");
  });

  test('wraps values, versions and their absence', () => {
    expect([wrap({ a: 1 }, '7'), wrap(null), wrap(undefined), wrap(undefined, '7')])
      .toEqual(['{"value":{"a":1},"version":"7"}', '{"value":null}', '{"none":true}', '{"none":true,"version":"7"}']);
    expect([unwrap('{"value":null}'), unwrap('{"none":true}')]).toEqual([{ value: null }, { value: undefined }]);
    expect(() => unwrap('{}')).toThrow(TypeError);
    expect(() => unwrap('x')).toThrow(SyntaxError);
  });

  test('writes versions as digits', () => {
    expect(['007', 7, 7n, 0, '000', '18849496460467696128'].map(versionText)).toEqual(['7', '7', '7', '0', '0', '18849496460467696128']);
    expect(paddedVersion(7)).toBe('00000000000000000007');
    for (const version of [1.5, -1, 2 ** 53, '', 'v1', '1e3']) {
      expect(() => versionText(version)).toThrow(`a version is '${version}', not a whole number from 0`);
    }
  });
});

describe('settings', () => {
  test('are what the construct tells', () => {
    const told = { strategy: 'write-through', namespace: 'Shop/Products', ttlSeconds: 60, jitter: 0.1, stampede: 'lock' };
    expect(cacheSettings('PRODUCTS', { PRODUCTS_CACHE_STRATEGY: JSON.stringify(told) })).toEqual(told);
  });

  test.each([undefined, 'x', '{}', 'null', '{"namespace":"a"}'])('that are %s name the variable and the call that sets it', (text) => {
    const read = () => cacheSettings('PRODUCTS', { PRODUCTS_CACHE_STRATEGY: text });
    expect(read).toThrow(MissingSettingError);
    expect(read).toThrow(/PRODUCTS_CACHE_STRATEGY.*compute.use\(strategy, access, { name: 'PRODUCTS' }\)/);
  });
});

describe('reading', () => {
  test('tells the cache how long to lease, to keep what is stale and to refresh ahead', async () => {
    const client = answering(MISS('t', true), 1);
    const { options } = setUp(client, {
      ttlSeconds: 100, staleSeconds: 7, refreshAhead: 0.2, leaseMilliseconds: 300, jitter: 0.4,
    });
    await new CacheAside(options).read('p', async () => 'x');
    const [look, keep] = client.asked;
    expect(look!.slice(2)).toEqual([2, 'shop:{p}', 'shop:{p}:lease', expect.stringMatching(/^[\da-f-]{36}$/), 300, 7000, 20_000]);
    // 100 s less 0.4 x 0.5 of it, and the 7 s.
    expect(keep!.slice(2)).toEqual([2, 'shop:{p}', 'shop:{p}:lease', '{"value":"x"}', 87_000, '', 't']);
  });

  test('an error of the store is the error of everybody who waits for it, and the lease is given back', async () => {
    const client = answering(MISS('t', true), MISS('t', false), 1);
    const { options, events } = setUp(client);
    const cache = new CacheAside(options);
    const load = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error('the store is down');
    };
    const reads = await Promise.allSettled([cache.read('p', load), cache.read('p', load)]);
    expect(reads.map((read) => (read as PromiseRejectedResult).reason.message)).toEqual(['the store is down', 'the store is down']);
    await cache.settled();
    expect(client.asked.at(-1)!.slice(2)).toEqual([2, 'shop:{p}', 'shop:{p}:lease', 't']);
    expect(events).toEqual(['miss', 'miss', 'coalesced']);
  });

  test('by lock waits for another process, longer every time, and takes what it has loaded', async () => {
    const client = answering(MISS('t', false), MISS('t', false), MISS('t', false), hit('theirs'));
    const { options, events, clock } = setUp(client, { stampede: 'lock' });
    const load = jest.fn();
    expect(await new CacheAside(options).read('p', load)).toBe('theirs');
    // 5, 10 and 20 ms, each less a quarter.
    expect(clock.now()).toBe(26.25);
    expect(load).not.toHaveBeenCalled();
    expect(events).toEqual(['miss', 'coalesced']);
  });

  test('by lock loads once the lease of another process is over, or it has waited for as long as one lasts', async () => {
    const next = setUp(answering(MISS('t', false), MISS('u', true), 1), { stampede: 'lock' });
    expect(await new CacheAside(next.options).read('p', async () => 'mine')).toBe('mine');
    expect(next.events).toEqual(['miss', 'loaded']);
    const never = setUp(answering(MISS('t', false)), { stampede: 'lock', leaseMilliseconds: 500 });
    expect(await new CacheAside(never.options).read('p', async () => 'mine')).toBe('mine');
    expect(never.clock.now()).toBeGreaterThanOrEqual(500);
    expect(never.clock.now()).toBeLessThan(600);
  });

  test('by lock loads when the cache goes away while it waits', async () => {
    const { options, events } = setUp(answering(MISS('t', false), new Error('gone')), { stampede: 'lock' });
    expect(await new CacheAside(options).read('p', async () => 'mine')).toBe('mine');
    expect(events).toEqual(['miss', 'cacheError', 'loaded']);
  });

  test('does not join what began before a write of this process, with the cache and without', async () => {
    for (const answers of [[MISS('t', true), 1, MISS('u', true), 1], [new Error('refused')]]) {
      const { options } = setUp(answering(...answers));
      let finish: (value: string) => void = () => undefined;
      const cache = new CacheAside<string>(options);
      const before = cache.read('p', () => new Promise((resolve) => { finish = resolve; }));
      await new Promise((resolve) => setTimeout(resolve, 5));
      await cache.invalidate('p');
      const after = cache.read('p', async () => 'new');
      expect(await after).toBe('new');
      finish('old');
      expect(await before).toBe('old');
    }
  });

  test('takes an entry of somebody else for none', async () => {
    for (const text of ['hello', '{}', 'null']) {
      const { options, events } = setUp(answering([text, 1000]));
      expect(await new CacheAside(options).read('p', async () => 'loaded')).toBe('loaded');
      expect(events).toEqual(['cacheError', 'loaded']);
    }
  });
});

describe('a cache that does not answer', () => {
  test('is asked no more after three failures, then once a second', async () => {
    const client = answering(new Error('refused'), 'silence', new Error('refused'), new Error('refused'), hit('back'));
    const { options, events, logged, clock } = setUp(client);
    const cache = new CacheAside(options);
    const read = () => cache.read('p', async () => 'stored');
    expect([await read(), await read(), await read(), await read()]).toEqual(['stored', 'stored', 'stored', 'stored']);
    expect(client.asked).toHaveLength(3);
    expect(events.filter((event) => event !== 'loaded')).toEqual(['cacheError', 'cacheError', 'cacheError', 'bypassed']);
    expect(logged).toEqual(['cache bypassed']);
    clock.pass(1000);
    expect(await Promise.all([read(), read()])).toEqual(['stored', 'stored']);
    expect(client.asked).toHaveLength(4);
    clock.pass(1000);
    expect([await read(), await read()]).toEqual(['back', 'back']);
    expect(logged).toEqual(['cache bypassed', 'cache back']);
  });

  test('has no say whether a write succeeds, and is told of it when it is back', async () => {
    for (const kind of [WriteThrough, WriteAround]) {
      const client = answering(new Error('refused'), 1, MISS('t', true), 1, hit('kept'));
      const { options } = setUp(client);
      const save = jest.fn().mockResolvedValue(undefined);
      const cache = new kind<string>({ ...options, source: { load: async () => 'stored', save } } as never);
      expect(await cache.write('p', 'new')).toBe('new');
      expect(save).toHaveBeenCalledWith('p', 'new');
      // First the entry is dropped, then looked for.
      expect(await cache.read('p')).toBe('stored');
      expect(client.asked).toHaveLength(4);
      expect(await cache.read('p')).toBe('kept');
      expect(client.asked).toHaveLength(5);
    }
  });

  test('is not believed about a key that was written meanwhile until the entry is dropped', async () => {
    const { options } = setUp(answering(new Error('refused'), new Error('refused'), 1, MISS('t', true), 1));
    const cache = new WriteAround<string>({ ...options, source: { load: async () => 'stored', save: async () => undefined } } as never);
    await cache.write('p', 'new');
    expect(await cache.read('p')).toBe('stored');
    expect(await cache.read('p')).toBe('stored');
  });

  test('is told of all that was written meanwhile at its next answer', async () => {
    const refused = new Error('refused');
    const client = answering(refused, refused, hit('other'), 1, 1, hit('other'));
    const { options } = setUp(client);
    const cache = new WriteAround<string>({ ...options, source: { load: async () => 'stored', save: async () => undefined } } as never);
    await cache.write('a', 'new');
    await cache.write('b', 'new');
    await cache.read('other');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(client.asked.slice(3).map((command) => command[3])).toEqual(['shop:{a}', 'shop:{b}']);
  });
});

describe('writing', () => {
  test('that fails drops the entry, since it may have happened, and tells why', async () => {
    for (const kind of [WriteThrough, WriteAround]) {
      const client = answering(1);
      const { options } = setUp(client);
      const fail = () => Promise.reject(new Error('timed out'));
      const cache = new kind<string>({ ...options, source: { load: async () => undefined, save: fail, remove: fail } } as never);
      await expect(cache.write('p', 'x')).rejects.toThrow('timed out');
      await expect(cache.remove('p')).rejects.toThrow('timed out');
      expect(client.asked.map((command) => command.slice(2))).toEqual(Array(2).fill([2, 'shop:{p}', 'shop:{p}:lease', '']));
    }
  });

  test('through caches what was saved, with its version', async () => {
    const client = answering(1);
    const { options } = setUp(client, { versionOf: (value) => (value as { version: number }).version, jitter: 0 });
    const source = { load: async () => undefined, save: async () => ({ version: 8 }) };
    const cache = new WriteThrough<object>({ ...options, source } as never);
    expect(await cache.write('p', {})).toEqual({ version: 8 });
    expect(client.asked[0]!.slice(5)).toEqual(['{"value":{"version":8},"version":"8"}', 300_000, '8', '']);
  });

  test('cannot remove what the source cannot', async () => {
    const { options } = setUp(answering(1));
    const cache = new WriteAround({ ...options, source: { load: async () => undefined, save: async () => undefined } });
    await expect(cache.remove('p')).rejects.toThrow('the source of this cache has no remove');
  });

  test('invalidates by version', async () => {
    const client = answering(1);
    const { options } = setUp(client);
    await new ReadThrough({ ...options, source: { load: async () => undefined } }).invalidate('p', '0042');
    expect(client.asked[0]!.slice(5)).toEqual(['42']);
  });
});

describe('writing behind', () => {
  const source = { load: async () => undefined };

  test('sends first, then caches under the number that the queue gives', async () => {
    const client = answering(1);
    const { options } = setUp(client, { jitter: 0 });
    const sent: object[] = [];
    const send = async ({ input }: { input: object }) => {
      expect(client.asked).toHaveLength(sent.length);
      sent.push(input);
      return { SequenceNumber: `1884949646046769612${sent.length}` };
    };
    const cache = new WriteBehind<object>({ ...options, source, sqs: { send } as never, queueUrl: 'https://queue' });
    expect(await cache.write('p', { n: 1 })).toBe('18849496460467696121');
    await cache.write('ü', { n: 2 });
    await cache.write('x'.repeat(129), { n: 3 });
    expect(sent).toEqual([
      {
        QueueUrl: 'https://queue', MessageBody: '{"key":"p","value":{"n":1}}', MessageGroupId: 'p', MessageDeduplicationId: expect.any(String),
      },
      expect.objectContaining({ MessageGroupId: expect.stringMatching(/^[\da-f]{64}$/) }),
      expect.objectContaining({ MessageGroupId: expect.stringMatching(/^[\da-f]{64}$/) }),
    ]);
    expect(client.asked[0]!.slice(5)).toEqual(['{"value":{"n":1},"version":"18849496460467696121"}', 300_000, '18849496460467696121', '']);
  });

  test('is done once the queue has it, whatever the cache says; not when the queue is no FIFO queue', async () => {
    const { options } = setUp(answering(new Error('refused')));
    const write = (answer: object) => new WriteBehind({ ...options, source, sqs: { send: async () => answer } as never, queueUrl: 'q' }).write('p', 1);
    expect(await write({ SequenceNumber: '7' })).toBe('7');
    await expect(write({ MessageId: 'm' })).rejects.toThrow('it has to be an ordered (FIFO) one');
  });

  test('is applied with its number, after which the cache drops what is older', async () => {
    const client = answering(1);
    const saved: unknown[][] = [];
    const handle = applyWrites({ save: async (...args) => saved.push(args), cache: setUp(client).options });
    const record = (attributes: object) => ({ attributes }) as SQSRecord;
    await handle('{"key":"p","value":{"n":1}}', record({ SequenceNumber: '42' }));
    expect(saved).toEqual([['p', { n: 1 }, '42']]);
    expect(client.asked[0]!.slice(2)).toEqual([2, 'shop:{p}', 'shop:{p}:lease', '42']);
    await expect(handle('{"key":"p","value":1}', record({}))).rejects.toThrow('a write has no sequence number');
    const alone = applyWrites({ save: () => Promise.reject(new Error('the store is down')) });
    await expect(alone('{"key":"p","value":1}', record({ SequenceNumber: '1' }))).rejects.toThrow('the store is down');
  });
});

describe('a table as the source', () => {
  const failed = (version: object) => Object.assign(new Error('no'), { name: 'ConditionalCheckFailedException', Item: { rev: version } });

  test('reads and writes items by their keys', async () => {
    const sent: object[] = [];
    const documents = { send: async ({ input }: { input: object }) => { sent.push(input); return { Item: { a: 'p', b: 's' } }; } };
    const source = new TableSource({
      documents: documents as never, tableName: 'T', partitionKey: 'a', sortKey: 'b', versionAttribute: 'rev', clock: fakeClock(),
    });
    expect(await source.load('p%2Fq/s')).toEqual({ a: 'p', b: 's' });
    const written = await source.save('p/s', { n: 1 }, '5');
    expect(written).toEqual({ n: 1, a: 'p', b: 's', rev: '00000000000000000005' });
    expect(source.versionOf(written)).toBe('00000000000000000005');
    await source.remove('p/s');
    expect(sent).toEqual([
      { TableName: 'T', Key: { a: 'p/q', b: 's' }, ConsistentRead: true },
      {
        TableName: 'T', Item: written, ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
        ExpressionAttributeNames: { '#version': 'rev' }, ExpressionAttributeValues: { ':version': '00000000000000000005' },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
      { TableName: 'T', Key: { a: 'p', b: 's' } },
    ]);
  });

  test('counts on from the version it finds, leaves a newer one to a write that has a version, and passes other errors on', async () => {
    const source = (...errors: Error[]) => new TableSource({
      documents: { send: async () => { const error = errors.shift(); if (error) { throw error; } return {}; } } as never,
      tableName: 'T', partitionKey: 'a', versionAttribute: 'rev', clock: { ...fakeClock(), now: () => 3 },
    });
    expect((await source().save('p', {})).rev).toBe('00000000000000003000');
    expect((await source(failed({ S: '00000000000000003000' })).save('p', {})).rev).toBe('00000000000000003001');
    expect((await source(failed({ S: '9' })).save('p', {}, 4)).rev).toBe('00000000000000000004');
    await expect(source(new Error('throttled')).save('p', {})).rejects.toThrow('throttled');
    await expect(source(failed({ N: '9' })).save('p', {})).rejects.toThrow('the attribute rev of an item in T is not a version as text');
  });
});

describe('invalidation by the changes of a table', () => {
  const change = (Keys: object, NewImage?: object) => ({ eventName: NewImage ? 'MODIFY' : 'REMOVE', eventID: JSON.stringify(Keys), dynamodb: { Keys, NewImage, SequenceNumber: '1' } });
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

  test('drops the entry of every item, by its version where there is one', async () => {
    const drop = jest.fn().mockResolvedValue(true);
    const handler = invalidationHandler({ drop }, { namespace: 'n', keys: ['id', 'at'], versionAttribute: 'version' }, silent);
    const Records = [
      change({ at: { N: '5' }, id: { S: 'a/b' } }, { version: { S: '0007' } }), change({ id: { S: 'c' }, at: { N: '6' } }, { version: { N: '9' } }),
      change({ id: { S: 'd' }, at: { N: '7' } }),
    ];
    expect(await handler({ Records } as DynamoDBStreamEvent)).toEqual({ batchItemFailures: [] });
    expect(drop.mock.calls).toEqual([['a%2Fb/5', '0007'], ['c/6', '9'], ['d/7', undefined]]);
  });

  test('tries a change again whose entry could not be dropped', async () => {
    const drop = jest.fn().mockResolvedValue(false);
    const handler = invalidationHandler({ drop }, { namespace: 'n', keys: ['id'] }, silent);
    expect((await handler({ Records: [change({ id: { S: 'a' } })] } as DynamoDBStreamEvent)).batchItemFailures).toHaveLength(1);
  });

  test('the entries it drops are those of the strategies', async () => {
    const client = answering(1);
    const handler = invalidationHandler(new CacheEntries<never>(setUp(client).options), { namespace: 'shop', keys: ['id'] }, silent);
    await handler({ Records: [change({ id: { S: 'p' } })] } as DynamoDBStreamEvent);
    expect(client.asked[0]!.slice(2, 5)).toEqual([2, 'shop:{p}', 'shop:{p}:lease']);
  });
});
