/** Locks on real servers, between real processes: what no fake can show. */
import { GetCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { LocalAws, Valkey } from '../../local';
import {
  DistributedLock, DynamoDbLocks, fencedBy, LockNotAcquiredError, LockUnavailableError, Redlock, systemClock, type ValkeyClient,
  ValkeyLocks,
} from '../../runtime';
import { start, stopAll } from '../local/start';
import { type Contender, endContenders, startContenders } from './support/contender';
import { type Stay, violations } from './support/history';
import { type BackendPlace, closeClients, openBackend, openClient } from './support/lock-backends';
import { FULL, scaled } from './support/scale';
import { createTable, documents, startValkey, stopValkeys } from './support/servers';
import type { Contention, Holding, LateWrite } from './workers/lock';

const KINDS = ['dynamodb', 'valkey', 'redlock'] as const;
type Kind = typeof KINDS[number];

jest.setTimeout(FULL ? 1_800_000 : 120_000);

let endpoint: string;
let single: Valkey;
let nodes: Valkey[];
let places: Record<Kind, BackendPlace>;

beforeAll(async () => {
  let aws: LocalAws;
  [aws, single, ...nodes] = await Promise.all([start(), startValkey(), startValkey(), startValkey(), startValkey()]);
  endpoint = aws.endpoint;
  const ports = nodes.map(({ port }) => port);
  await Promise.all([createTable(endpoint, 'locks', 'name:S'), createTable(endpoint, 'protected', 'name:S')]);
  places = { dynamodb: { kind: 'dynamodb', endpoint, tableName: 'locks' }, valkey: { kind: 'valkey', ports: [single.port] }, redlock: { kind: 'redlock', ports } };
});

afterAll(async () => {
  closeClients();
  await Promise.all([endContenders(), stopValkeys(), stopAll()]);
});

describe('50 contenders in 4 processes', () => {
  const LOCKS = 6;
  let processes: Contender[];

  beforeAll(async () => {
    processes = await startContenders('lock', 4);
  });

  afterAll(() => Promise.all(processes.map((contender) => contender.kill())));

  /** Has them get through their sections, and returns all stays, and how often each lock was held by the counters. */
  async function contend(place: BackendPlace, all: number, during?: () => Promise<unknown>) {
    const folder = await mkdtemp(join(tmpdir(), 'lock-counters-'));
    try {
      const names = Array.from({ length: LOCKS }, (_, index) => `lock-${index}`);
      await Promise.all(names.map((name) => writeFile(join(folder, name), '0')));
      const histories = Promise.all(processes.map((contender, index) => contender.ask<Stay[]>('contend', {
        place, leaseMilliseconds: 10_000, contenders: index < 2 ? 13 : 12, sections: all / 50, locks: LOCKS, atOnce: 3, folder,
      } satisfies Contention)));
      await during?.();
      const history = (await histories).flat();
      const counters = await Promise.all(names.map(async (name) => Number(await readFile(join(folder, name), 'utf8'))));
      const entered = new Set(history.map(({ holder, from }) => `${holder} ${from}`)).size;
      return { history, counted: counters.reduce((sum, counter) => sum + counter), entered };
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test.each([['dynamodb', scaled(10_000, 150)], ['valkey', scaled(10_000, 500)], ['redlock', scaled(10_000, 250)]] as const)(
    '%s: %d critical sections, one to three locks each: never two holders, no lost update, no deadlock', async (kind, all) => {
      const { history, counted, entered } = await contend(places[kind], all);
      expect(violations(history)).toEqual([]);
      expect(entered).toBe(all);
      expect(counted).toBe(history.length);
    },
  );

  test('redlock: the same while one of three servers is killed', async () => {
    const all = scaled(2_000, 150);
    const { history, counted, entered } = await contend(places.redlock, all, async () => {
      await sleep(scaled(2_000, 300));
      await nodes[2]!.kill();
    });
    await nodes[2]!.restart();
    expect(violations(history)).toEqual([]);
    expect(entered).toBe(all);
    expect(counted).toBe(history.length);
  });
});

describe('a holder that fails', () => {
  const lease = 1_000;

  /** On every backend at the same time: most of it is waiting. */
  const onEach = <Outcome>(scene: (kind: Kind, locks: DistributedLock) => Promise<Outcome>): Promise<Outcome[]> =>
    Promise.all(KINDS.map((kind) =>
      scene(kind, new DistributedLock({ backend: openBackend(places[kind]), leaseMilliseconds: lease, pollMilliseconds: 100 }))));

  test('and is killed, is followed within the lease', async () => {
    await onEach(async (kind, locks) => {
      const [holder] = await startContenders('lock', 1);
      const holding = holder!.ask<never>('hold', { place: places[kind], leaseMilliseconds: lease, name: 'killed' } satisfies Holding);
      const fence = await Promise.race([holder!.hear<number>(), holding]);
      // Longer than a lease: it is renewed as long as the process lives.
      await sleep(lease * 1.3);
      await expect(locks.tryAcquire('killed')).resolves.toBeUndefined();
      await holder!.kill();
      await expect(holding).rejects.toThrow('the contender has ended');
      const killed = performance.now();
      const next = await locks.acquire('killed', { waitMilliseconds: 10_000 });
      expect(performance.now() - killed).toBeLessThan(lease + 300);
      expect(next.fence).toBeGreaterThan(fence);
      await next.release();
    });
  });

  test('and stood still past its lease: its late write is refused, its signal aborted', async () => {
    const outcomes = await onEach(async (kind, locks) => {
      const name = `stopped-${kind}`;
      const [holder] = await startContenders('lock', 1);
      const late = holder!.ask<{ wrote: string; reason: string }>('writeLate', {
        place: places[kind], leaseMilliseconds: lease, name, endpoint,
      } satisfies LateWrite);
      await Promise.race([holder!.hear<number>(), late]);
      holder!.pause();
      const next = await locks.acquire(name, { waitMilliseconds: 10_000 });
      const fenced = fencedBy(next.fence);
      const db = documents(endpoint);
      await db.send(new UpdateCommand({
        TableName: 'protected', Key: { name }, UpdateExpression: `SET #value = :value, ${fenced.set}`, ConditionExpression: fenced.condition,
        ExpressionAttributeNames: { '#value': 'value', ...fenced.names }, ExpressionAttributeValues: { ':value': 'next', ...fenced.values },
      }));
      holder!.resume();
      const outcome = await late;
      const { Item } = await db.send(new GetCommand({ TableName: 'protected', Key: { name } }));
      expect(Item).toEqual({ name, value: 'next', fence: next.fence });
      await next.release();
      return outcome;
    });
    expect(outcomes).toEqual(KINDS.map(() => ({ wrote: 'ConditionalCheckFailedException', reason: 'LockLostError' })));
  });
});

describe.each(KINDS)('%s', (kind) => {
  const locksOf = () =>
    new DistributedLock({ backend: openBackend(places[kind]), leaseMilliseconds: 1_000, pollMilliseconds: 100 });

  test('who releases late takes nothing from the next holder', async () => {
    const slow = new DistributedLock({ backend: openBackend(places[kind]), leaseMilliseconds: 200, heartbeatMilliseconds: 170 });
    const backend = openBackend(places[kind]);
    const claim = { names: ['late'], owner: 'slow', leaseMilliseconds: 100 };
    const { fence } = await backend.acquire(claim);
    await sleep(150);
    const next = (await slow.tryAcquire('late'))!;
    expect(next.fence).toBeGreaterThan(fence!);
    await expect(backend.renew(claim)).resolves.toBe(false);
    await backend.release(claim);
    await expect(locksOf().tryAcquire('late')).resolves.toBeUndefined();
    await next.release();
  });

  test('a request that is sent again after its answer was lost sees its own success', async () => {
    const backend = openBackend(places[kind]);
    for (const names of [['again'], ['again-1', 'again-2']]) {
      const claim = { names, owner: 'me', leaseMilliseconds: 5_000 };
      const { fence } = await backend.acquire(claim);
      expect((await backend.acquire(claim)).fence).toBeGreaterThanOrEqual(fence!);
      await backend.release(claim);
      await backend.release(claim);
      expect((await backend.acquire({ ...claim, owner: 'other' })).fence).toBeGreaterThan(fence!);
    }
  });

  test('tells how long the lease in the way lasts', async () => {
    const backend = openBackend(places[kind]);
    const taken = ['way-1', 'way-2'];
    await backend.acquire({ names: taken, owner: 'me', leaseMilliseconds: 5_000 });
    for (const names of [['way-1'], ['way-0', 'way-1', 'way-2']]) {
      const { fence, heldForMilliseconds } = await backend.acquire({ names, owner: 'other', leaseMilliseconds: 5_000 });
      expect(fence).toBeUndefined();
      expect(heldForMilliseconds).toBeGreaterThan(3_000);
      expect(heldForMilliseconds).toBeLessThanOrEqual(5_000);
    }
  });

  test('random sets of locks: all or none of them, whatever is held', async () => {
    const backend = openBackend(places[kind]);
    const all = Array.from({ length: 8 }, (_, index) => `set-${index}`);
    const held = new Map<string, { names: string[]; owner: string; leaseMilliseconds: number }>();
    const taken = () => [...held.values()].flatMap(({ names }) => names).sort();
    const greatest = new Map<string, number>();
    for (let step = 0; step < scaled(1_000, 60); step += 1) {
      const [owner, claim] = [...held][Math.floor(Math.random() * held.size)] ?? [];
      if (owner && Math.random() < 0.4) {
        await backend.release(claim!);
        held.delete(owner);
        continue;
      }
      const names = all.filter(() => Math.random() < 0.3);
      if (names.length > 0) {
        const wanted = { names, owner: `owner-${step}`, leaseMilliseconds: 600_000 };
        const { fence } = await backend.acquire(wanted);
        const free = !names.some((name) => taken().includes(name));
        expect(fence !== undefined).toBe(free);
        if (free) {
          held.set(wanted.owner, wanted);
          names.forEach((name) => expect(fence).toBeGreaterThan(greatest.get(name) ?? 0));
          names.forEach((name) => greatest.set(name, fence!));
        }
      }
      expect((await heldOn(kind)).filter((name) => name.startsWith('set-'))).toEqual(taken());
    }
    await Promise.all([...held.values()].map((claim) => backend.release(claim)));
  });
});

/** The names that are held, as the server has them: the keys and attributes of the page. */
async function heldOn(kind: Kind): Promise<string[]> {
  if (kind === 'dynamodb') {
    const { Items = [] } = await documents(endpoint).send(new ScanCommand({ TableName: 'locks', ConsistentRead: true }));
    return Items.filter(({ owner }) => owner !== undefined).map(({ name }) => name as string).sort();
  }
  return (await Promise.all((kind === 'valkey' ? [single] : nodes).map(async ({ port }) => {
    const keys = await openedOnce(port).call('KEYS', '{locks}:lock:*') as string[];
    return keys.map((key) => key.slice('{locks}:lock:'.length)).sort();
  }))).reduce((one, other) => {
    expect(other).toEqual(one);
    return one;
  });
}

const clients = new Map<number, ValkeyClient>();
const openedOnce = (port: number) => clients.get(port) ?? clients.set(port, openClient(port)).get(port)!;

describe('round trips', () => {
  /** Counts what goes over the network. */
  function counting() {
    const calls: string[] = [];
    const db = documents(endpoint);
    const client = openClient(single.port);
    const counted: ValkeyClient = {
      call: (command, ...args) => {
        calls.push(command);
        return client.call(command, ...args);
      },
    };
    const send = (command: { constructor: { name: string } }) => {
      calls.push(command.constructor.name);
      return db.send(command as never);
    };
    const dynamodb = new DynamoDbLocks({ documents: { send: send as typeof db.send }, tableName: 'locks' });
    return { calls, dynamodb, valkey: new ValkeyLocks({ client: counted }) };
  }

  test.each([['dynamodb', 'UpdateCommand', 'TransactWriteCommand'], ['valkey', 'EVALSHA', 'EVALSHA']] as const)(
    '%s: one to take, one to renew, one to release, whether one lock or ten', async (kind, single, several) => {
      const { calls, [kind]: backend } = counting();
      for (const [names, call] of [[['trip'], single], [Array.from({ length: 10 }, (_, index) => `trip-${index}`), several]] as const) {
        const locks = new DistributedLock({ backend, leaseMilliseconds: 300 });
        // The scripts are known to the server from the tests before.
        const lock = await locks.acquireAll(names);
        expect(calls.splice(0)).toEqual([call]);
        await sleep(150);
        expect(calls.splice(0)).toEqual([call]);
        await lock.release();
        expect(calls.splice(0)).toEqual([call]);
        const holder = await locks.acquireAll(names);
        calls.length = 0;
        await expect(locks.acquireAll(names, { waitMilliseconds: 0 })).rejects.toThrow(LockNotAcquiredError);
        expect(calls.splice(0)).toEqual([call]);
        await holder.release();
        calls.length = 0;
      }
    },
  );
});

describe('clients', () => {
  test.each(['iovalkey', 'ioredis'] as const)('%s works', async (client) => {
    const place: BackendPlace = { kind: 'valkey', ports: [single.port], client };
    const locks = new DistributedLock({ backend: openBackend(place) });
    const first = await locks.acquireAll(['client-a', 'client-b']);
    await expect(locks.tryAcquire('client-a')).resolves.toBeUndefined();
    await first.release();
    const second = await locks.acquire('client-a');
    expect(second.fence).toBeGreaterThan(first.fence);
    await second.release();
  });
});

describe('dynamodb', () => {
  test('a fence that is ahead of the clock is passed, by one lock and by several', async () => {
    const ahead = Date.now() + 3_600_000;
    const db = documents(endpoint);
    const backend = openBackend(places.dynamodb);
    await db.send(new UpdateCommand({
      TableName: 'locks', Key: { name: 'ahead' }, UpdateExpression: 'SET #fence = :fence', ExpressionAttributeNames: { '#fence': 'fence' },
      ExpressionAttributeValues: { ':fence': ahead },
    }));
    const claim = { names: ['ahead', 'behind'], owner: 'me', leaseMilliseconds: 1_000 };
    await expect(backend.acquire(claim)).resolves.toEqual({ fence: ahead + 1 });
    await backend.release(claim);
    await expect(backend.acquire({ ...claim, names: ['behind'] })).resolves.toEqual({ fence: ahead + 2 });
  });

  test('an item is what the page says, and is forgotten a month after its last use', async () => {
    const lock = await new DistributedLock({ backend: openBackend(places.dynamodb) }).acquire('schema');
    const read = async () => (await documents(endpoint).send(new GetCommand({ TableName: 'locks', Key: { name: 'schema' } }))).Item!;
    const item = await read();
    expect(item).toEqual({ name: 'schema', owner: expect.any(String), fence: lock.fence, expiresAt: expect.any(Number), ttl: expect.any(Number) });
    expect(item.expiresAt - Date.now()).toBeGreaterThan(9_000);
    expect(Math.round((item.ttl - Date.now() / 1000) / 86_400)).toBe(30);
    await lock.release();
    expect(await read()).toEqual({ name: 'schema', fence: lock.fence, ttl: item.ttl });
  });
});

describe('redlock', () => {
  /** With three servers of its own, which it may harm. */
  async function ofItsOwn(leaseMilliseconds: number): Promise<{ own: Valkey[]; locksOf(): DistributedLock }> {
    const own = await Promise.all([startValkey(), startValkey(), startValkey()]);
    const place: BackendPlace = { kind: 'redlock', ports: own.map(({ port }) => port) };
    return { own, locksOf: () => new DistributedLock({ backend: openBackend(place), leaseMilliseconds, pollMilliseconds: 100 }) };
  }

  const failures = [
    { down: (node: Valkey) => node.kill(), up: (node: Valkey) => node.restart() },
    { down: async (node: Valkey) => node.pause(), up: async (node: Valkey) => node.resume() },
  ];

  test('goes on with one of three servers killed or hanging, and refuses with two', async () => {
    await Promise.all(failures.map(async ({ down, up }) => {
      const { own: [one, two], locksOf } = await ofItsOwn(2_000);
      const locks = locksOf();
      const kept = await locks.acquire('kept');
      await down(one!);
      const lock = await locks.acquire('outlives');
      await sleep(2_500);
      // Both were renewed meanwhile by two of three.
      expect([kept.signal.aborted, lock.signal.aborted]).toEqual([false, false]);
      await lock.release();
      await down(two!);
      const asked = performance.now();
      const error: Error = await locks.acquire('refused').then(() => Promise.reject(new Error('acquired')), (thrown) => thrown);
      expect(error).toBeInstanceOf(LockUnavailableError);
      expect(error.cause).toMatchObject({ message: '1 of 3 nodes answered; 2 must', errors: [expect.any(Error), expect.any(Error)] });
      expect(performance.now() - asked).toBeLessThan(1_500);
      await new Promise((resolve) => kept.signal.addEventListener('abort', resolve));
      expect(kept.signal.reason).toMatchObject({ name: 'LockLostError', why: 'its lease ran out' });
      await Promise.all([up(one!), up(two!)]);
      await sleep(200);
      const again = await locks.acquire('refused', { waitMilliseconds: 5_000 });
      expect(again.fence).toBeGreaterThan(lock.fence);
      await again.release();
    }));
  });

  test('a lock that is held long outlives all servers, replaced one after another', async () => {
    const { own, locksOf } = await ofItsOwn(1_200);
    const lock = await locksOf().acquire('long');
    for (const node of own) {
      await node.kill();
      await node.restart();
      // Two renewals: in the first it joins, in the second it counts.
      await sleep(1_000);
    }
    expect(lock.signal.aborted).toBe(false);
    await expect(locksOf().tryAcquire('long')).resolves.toBeUndefined();
    await lock.release();
    await expect(locksOf().tryAcquire('long')).resolves.toBeDefined();
  });

  test('who did not get a majority leaves nothing behind', async () => {
    const [one, two, three] = nodes.map(({ port }) => openedOnce(port)) as [ValkeyClient, ValkeyClient, ValkeyClient];
    await Promise.all([one, two].map((client) => client.call('SET', '{locks}:lock:minority', 'other', 'PX', 5_000)));
    const answer = await new Redlock({ clients: [one, two, three] }).acquire({ names: ['minority'], owner: 'me', leaseMilliseconds: 10_000 });
    expect(answer.fence).toBeUndefined();
    await expect(three.call('EXISTS', '{locks}:lock:minority')).resolves.toBe(0);
  });

  test('a majority that has forgotten the lock is none, although it joins again', async () => {
    const clients = nodes.map(({ port }) => openedOnce(port));
    const backend = new Redlock({ clients });
    const claim = { names: ['forgotten'], owner: 'me', leaseMilliseconds: 10_000 };
    await backend.acquire(claim);
    const forget = (count: number) => Promise.all(clients.slice(0, count).map((client) => client.call('DEL', '{locks}:lock:forgotten')));
    await forget(1);
    await expect(backend.renew(claim)).resolves.toBe(true);
    await forget(2);
    await expect(backend.renew(claim)).resolves.toBe(false);
    await backend.release(claim);
  });

  test('fences grow whichever majority gives them', async () => {
    // Every node remembers another number, one of them far ahead.
    const ahead = Date.now() + 3_600_000;
    await openedOnce(nodes[2]!.port).call('SET', '{locks}:fence:numbers', ahead);
    let last = 0;
    for (let round = 0; round < scaled(30, 9); round += 1) {
      const silent = nodes[round % 3]!;
      const clients = nodes.filter((node) => node !== silent).map(({ port }) => openedOnce(port));
      const never: ValkeyClient = { call: () => Promise.reject(new Error('out of reach')) };
      // The clock of every next holder is behind.
      const clock = { ...systemClock, now: () => Date.now() - round * 60_000 };
      const backend = new Redlock({ clients: [...clients, never], clock });
      const claim = { names: ['numbers'], owner: `owner-${round}`, leaseMilliseconds: 10_000 };
      const { fence } = await backend.acquire(claim);
      expect(fence).toBeGreaterThan(last);
      last = fence!;
      await backend.release(claim);
    }
    expect(last).toBeGreaterThan(ahead);
  });

  test('one round trip to each server where they agree, two where they do not', async () => {
    const calls = new Map<number, number>();
    const counted = nodes.map(({ port }): ValkeyClient => ({
      call: (command, ...args) => {
        calls.set(port, (calls.get(port) ?? 0) + 1);
        return openedOnce(port).call(command, ...args);
      },
    }));
    const backend = new Redlock({ clients: counted });
    const claim = { names: ['agreed'], owner: 'me', leaseMilliseconds: 10_000 };
    await backend.acquire(claim);
    expect([...calls.values()]).toEqual([1, 1, 1]);
    await backend.release(claim);
    expect([...calls.values()]).toEqual([2, 2, 2]);
    await Promise.all(nodes.map(({ port }, index) => openedOnce(port).call('SET', '{locks}:fence:agreed', Date.now() + 60_000 * index + 60_000)));
    await backend.acquire(claim);
    expect([...calls.values()]).toEqual([4, 4, 4]);
  });

  test('is of three clients or more, each once', () => {
    const [one, two] = nodes.map(({ port }) => openedOnce(port)) as [ValkeyClient, ValkeyClient];
    expect(() => new Redlock({ clients: [one, two] })).toThrow('Redlock over 2 different clients of 2; allowed: at least three, each once');
    expect(() => new Redlock({ clients: [one, two, one] })).toThrow(RangeError);
  });
});

describe('the checker of histories', () => {
  const stay = (holder: string, fence: number, from: number, to: number, lock = 'a'): Stay => ({ lock, holder, fence, from: BigInt(from), to: BigInt(to) });

  test.each([
    ['nothing', []],
    ['one after another', [stay('x', 1, 0, 10), stay('y', 2, 10, 20), stay('x', 5, 30, 40)]],
    ['at once, in different locks', [stay('x', 1, 0, 10), stay('y', 1, 5, 20, 'b')]],
    ['told in any order', [stay('y', 2, 10, 20), stay('x', 1, 0, 10)]],
  ])('accepts %s', (_, history) => {
    expect(violations(history)).toEqual([]);
  });

  test.each([
    ['two at once', [stay('x', 1, 0, 10), stay('y', 2, 9, 20)], ["y in 'a' (fence 2, 9 to 20) overlaps x in 'a' (fence 1, 0 to 10)"]],
    ['one inside another', [stay('x', 1, 0, 100), stay('y', 2, 10, 20)], [expect.stringContaining('overlaps')]],
    ['one inside another, and one after it', [stay('x', 1, 0, 100), stay('y', 2, 10, 20), stay('z', 3, 50, 60)],
      [expect.stringContaining('y in'), expect.stringContaining('z in')]],
    ['the same fence twice', [stay('x', 1, 0, 10), stay('y', 1, 20, 30)], [expect.stringContaining('no greater fence')]],
    ['a fence that falls', [stay('x', 7, 0, 10), stay('y', 6, 20, 30)], [expect.stringContaining('no greater fence')]],
    ['told in another order', [stay('y', 1, 20, 30), stay('x', 2, 0, 10)], [expect.stringContaining('no greater fence')]],
    ['an end before the beginning', [stay('x', 1, 10, 0)], [expect.stringContaining('ends before it begins')]],
  ])('rejects %s', (_, history, wrong) => {
    expect(violations(history)).toEqual(wrong);
  });
});
