/** Circuits that processes share, in a real Valkey and in the DynamoDB of the local AWS. */
import Redis from 'iovalkey';
import IoRedis from 'ioredis';

import type { LocalAws, Valkey } from '../../local';
import { CircuitBreaker, type CircuitStore, DynamoDbCircuits, ValkeyCircuits } from '../../runtime/circuit-breaker';
import { start, stopAll } from '../local/start';
import { Contender, endContenders, startContenders } from './support/contender';
import { scaled } from './support/scale';
import { createTable, documents, startValkey, stopValkeys } from './support/servers';
import type { Where } from './workers/circuit-breaker';

const PROBES = 3;
const POLICY = {
  minimumCalls: 20, windowMilliseconds: 10_000, openMilliseconds: 400, probes: PROBES, timeoutMilliseconds: 300,
  syncMilliseconds: 200,
};
/** Beyond the sync interval: round trips to a server on a machine with two cores and six busy processes. */
const SLACK = 1000;

let aws: LocalAws;
let valkey: Valkey;
let contenders: Contender[];
const client = () => {
  const redis = new Redis(valkey.port, '127.0.0.1', { retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  clients.push(redis);
  return redis;
};
const clients: Redis[] = [];

beforeAll(async () => {
  [aws, valkey, contenders] = await Promise.all([start(), startValkey(), startContenders('circuit-breaker', 4)]);
  await createTable(aws.endpoint, 'circuits', 'name:S');
}, 60_000);
afterAll(async () => {
  clients.forEach((redis) => redis.disconnect());
  await Promise.all([endContenders(), stopValkeys(), stopAll()]);
});

const pause = (milliseconds: number) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const all = <Answer>(task: string, argument: unknown, who = contenders) =>
  Promise.all(who.map((contender) => contender.ask<Answer>(task, argument)));
/** What was counted by all of them since this was asked last. */
const counted = async () => (await all<string[]>('events', undefined)).flat();

/** A circuit to a dependency that fails in all processes, as it opens. */
async function openedCircuit(dependency: string) {
  const opened = await all<{ at: number; calls: number }>('until', { dependency, well: false, status: 'open' });
  return opened.sort((a, b) => a.at - b.at);
}

describe.each(['Valkey', 'DynamoDB'])('circuits in %s', (kind) => {
  let where: Where;
  beforeAll(async () => {
    where = kind === 'Valkey' ? { port: valkey.port } : { endpoint: aws.endpoint };
    await all('join', { where, policy: POLICY });
  });

  test('open in all processes within the sync interval, once', async () => {
    await counted();
    const opened = await openedCircuit(`opens-${kind}`);
    expect(opened.at(-1)!.at - opened[0]!.at).toBeLessThan(POLICY.syncMilliseconds + SLACK);
    expect((await counted()).filter((event) => /^circuit/.test(event))).toEqual(['circuitOpened']);
    // No process has made the minimum of calls by itself when the first one trips, all of them together have.
    expect(opened.reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThanOrEqual(POLICY.minimumCalls);
  }, 30_000);

  test(`let exactly ${PROBES} probes through over all processes, and close in all of them`, async () => {
    for (let round = 0; round < scaled(20, 2); round += 1) {
      const dependency = `probed-${kind}-${round}`;
      await openedCircuit(dependency);
      await pause(POLICY.openMilliseconds);
      await counted();
      const bursts = await all<{ seen: number; rejected: number }>('burst', { dependency, calls: 25, milliseconds: 150 });
      expect(bursts.reduce((sum, { seen }) => sum + seen, 0)).toBe(PROBES);
      expect(bursts.reduce((sum, { rejected }) => sum + rejected, 0)).toBe(100 - PROBES);
      const before = Date.now();
      const closed = await all<{ at: number }>('until', { dependency, well: true, status: 'closed' });
      expect(Math.max(...closed.map(({ at }) => at)) - before).toBeLessThan(POLICY.syncMilliseconds + SLACK);
      expect((await counted()).filter((event) => /^circuit/.test(event)).sort()).toEqual(['circuitClosed', 'circuitHalfOpened']);
    }
  }, 120_000);

  test('free the place of a probe whose process was killed, once its claim has expired', async () => {
    const dependency = `killed-${kind}`;
    await openedCircuit(dependency);
    await pause(POLICY.openMilliseconds);
    const doomed = await Contender.start('circuit-breaker');
    await doomed.ask('join', { where, policy: { ...POLICY, probes: 1 } });
    await doomed.ask('sync', dependency);
    void doomed.ask('probe', dependency).catch(() => undefined);
    await doomed.hear();
    const claimedAt = Date.now();
    await doomed.kill();
    // Of three places one is taken by the dead: two probes pass, the third only when the claim has expired.
    const [burst] = await all<{ seen: number }>('burst', { dependency, calls: 25, milliseconds: 0 }, contenders.slice(0, 1));
    expect(burst!.seen).toBe(PROBES - 1);
    const closed = await all<{ at: number }>('until', { dependency, well: true, status: 'closed' }, contenders.slice(0, 1));
    expect(closed[0]!.at - claimedAt).toBeGreaterThanOrEqual(2 * POLICY.timeoutMilliseconds + 1000 - 100);
  }, 30_000);

  test('cost nothing while they are closed: 2,000 calls at once, one round trip in the background', async () => {
    const store: CircuitStore = kind === 'Valkey'
      ? new ValkeyCircuits({ client: client() })
      : new DynamoDbCircuits({ documents: documents(aws.endpoint), tableName: 'circuits' });
    const report = jest.spyOn(store, 'report');
    const replace = jest.spyOn(store, 'replace');
    const breaker = new CircuitBreaker({ dependency: `free-${kind}`, store, ...POLICY, syncMilliseconds: 60_000 });
    await Promise.all(Array.from({ length: 2000 }, () => breaker.run(async () => 'answer')));
    await breaker.sync();
    expect([report.mock.calls.length, replace.mock.calls.length]).toEqual([1, 0]);
  });
});

test('the other client and a namespace do as well', async () => {
  const redis = new IoRedis(valkey.port, '127.0.0.1');
  redis.on('error', () => undefined);
  try {
    const store = new ValkeyCircuits({ client: redis, namespace: 'shop:circuit' });
    const breaker = new CircuitBreaker({ dependency: 'psp', store, minimumCalls: 1 });
    await expect(breaker.run(() => Promise.reject(new Error('outage')))).rejects.toThrow('outage');
    expect(breaker.status).toBe('open');
    expect(await redis.hget('shop:circuit:{psp}', 'revision')).toBe('1');
  } finally {
    redis.disconnect();
  }
});

test('a Valkey that is killed leaves each process to itself; one that is back, empty, is believed', async () => {
  const events: string[] = [];
  const breaker = new CircuitBreaker({
    ...POLICY, dependency: 'alone', store: new ValkeyCircuits({ client: client() }), minimumCalls: 3, probes: 1, storeMilliseconds: 200,
    count: (event) => events.push(event),
  });
  await breaker.sync();
  await valkey.kill();
  for (let call = 0; call < 3; call += 1) {
    await expect(breaker.run(() => Promise.reject(new Error('outage')))).rejects.toThrow('outage');
  }
  expect(breaker.status).toBe('open');
  await pause(POLICY.openMilliseconds);
  await expect(breaker.run(async () => 'answer')).resolves.toBe('answer');
  expect(breaker.status).toBe('closed');
  expect(events).toContain('circuitStoreFailed');
  for (let call = 0; call < 3; call += 1) {
    await breaker.run(() => Promise.reject(new Error('outage'))).catch(() => undefined);
  }
  expect(breaker.status).toBe('open');
  await valkey.restart();
  await pause(POLICY.openMilliseconds);
  // The new server knows of no outage.
  while (breaker.status !== 'closed') {
    await breaker.sync();
    await pause(50);
  }
}, 30_000);
