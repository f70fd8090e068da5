/** Idempotency on a real DynamoDB stand-in and a real Valkey, asked by processes of their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { Redis } from 'iovalkey';

import type { LocalAws } from '../../local';
import { start, stopAll } from '../local/start';
import { type Contender, endContenders, startContenders } from './support/contender';
import { scaled } from './support/scale';
import { createTable, documents, startValkey, stopValkeys } from './support/servers';
import type { Answers, Order, Store } from './workers/idempotency';

let aws: LocalAws;
let valkey: Redis;
let servers: Pick<Order, 'aws' | 'valkey'>;
let contenders: Contender[];

beforeAll(async () => {
  const [local, { host, port }, started] = await Promise.all([start(), startValkey(), startContenders('idempotency', 4)]);
  aws = local;
  contenders = started;
  valkey = new Redis(port, host);
  servers = { aws: aws.endpoint, valkey: port };
  await createTable(aws.endpoint, 'answers', 'id:S');
  await createTable(aws.endpoint, 'counts', 'id:S');
}, 60_000);
afterAll(async () => {
  valkey.disconnect();
  await Promise.all([endContenders(), stopValkeys(), stopAll()]);
});

const effects = async (key: string) => Number(await valkey.get(`effects of ${key}`));
const place = (contender: Contender, order: Partial<Order>) => contender.ask<string>('place', { ...servers, ...order });
const placeMany = (contender: Contender, order: Partial<Order>) => contender.ask<Answers>('placeMany', { ...servers, ...order });
const startOne = async () => (await startContenders('idempotency', 1))[0]!;

test.each<Store>(['DynamoDB', 'iovalkey', 'ioredis'])('identical requests of four processes have one effect and get one answer: %s', async (store) => {
  const asked = scaled(1000, 100);
  const same = { store, key: `${store} flood`, request: { amount: 1 }, milliseconds: scaled(2000, 400), count: asked / 4 };
  const all = await Promise.all(contenders.map((contender) => placeMany(contender, same)));
  expect(new Set(all.flatMap(({ answers }) => answers)).size).toBe(1);
  expect(await effects(same.key)).toBe(1);
  // How many come while it is under way depends on the machine; that many do is what makes this a contention.
  expect(all.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(asked / 10);
  await expect(place(contenders[0]!, { ...same, request: { amount: 2 } })).rejects.toMatchObject({ name: 'KeyReusedError' });
}, 60_000);

describe.each<Store>(['DynamoDB', 'iovalkey'])('%s', (store) => {
  test('an answer expires, and the key then stands for new work', async () => {
    const short = { store, key: `${store} expiry`, expirySeconds: 1 };
    const first = await place(contenders[0]!, short);
    const placed = performance.now();
    while (await place(contenders[1]!, short) === first) {
      await sleep(50);
    }
    expect(performance.now() - placed).toBeGreaterThan(900);
    expect(performance.now() - placed).toBeLessThan(3000);
    expect(await effects(short.key)).toBe(2);
  }, 20_000);

  test('a process that stops for too long gives no answer of its own once another has answered', async () => {
    const stopped = await startOne();
    const paused = { store, key: `${store} pause`, inProgressMilliseconds: 500, milliseconds: 300 };
    const late = place(stopped, paused);
    await stopped.hear();
    stopped.pause();
    await expect(place(contenders[0]!, paused)).rejects.toMatchObject({ name: 'KeyInProgressError' });
    const { answers: [answer] } = await placeMany(contenders[0]!, { ...paused, count: 1 });
    stopped.resume();
    await expect(late).rejects.toMatchObject({ name: 'OvertakenError' });
    expect(await place(stopped, paused)).toBe(answer);
    expect(await effects(paused.key)).toBe(2);
    await stopped.kill();
  }, 20_000);

  test('a process that crashes after its effect frees its key when its reservation ends: the effect happens again', async () => {
    const crashing = await startOne();
    const crash = { store, key: `${store} crash`, inProgressMilliseconds: 1000 };
    const lost = place(crashing, { ...crash, milliseconds: 60_000 });
    await crashing.hear();
    const crashed = performance.now();
    await Promise.all([crashing.kill(), expect(lost).rejects.toThrow('SIGKILL')]);
    await expect(place(contenders[0]!, crash)).rejects.toMatchObject({ name: 'KeyInProgressError' });
    const { answers } = await placeMany(contenders[1]!, { ...crash, count: 1 });
    expect(JSON.parse(answers[0]!)).toMatchObject({ effects: 2 });
    expect(performance.now() - crashed).toBeLessThan(4000);
  }, 20_000);
});

test('effect and record in one transaction: messages delivered four times, to processes that crash, count once each', async () => {
  const ids = Array.from({ length: scaled(400, 60) }, (_, i) => `m${i}`);
  const crashing = await Promise.all([startOne(), startOne()]);
  const deliver = (contender: Contender) => contender.ask<number>('count', { aws: aws.endpoint, ids });
  const lost = crashing.map((contender) => expect(deliver(contender)).rejects.toThrow('SIGKILL'));
  const delivered = contenders.slice(0, 2).map(deliver);
  await Promise.all(crashing.map(async (contender) => {
    await contender.hear();
    await contender.kill();
  }));
  await Promise.all([...lost, ...delivered]);
  const { Items = [] } = await documents(aws.endpoint).send(new ScanCommand({ TableName: 'counts' }));
  expect(Items).toHaveLength(ids.length);
  expect(Items.filter(({ n }) => n !== 1)).toEqual([]);
}, 60_000);
