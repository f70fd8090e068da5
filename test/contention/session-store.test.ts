/** Sessions in a real DynamoDB stand-in and a real Valkey, kept by processes of their own. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { LocalAws, Valkey } from '../../local';
import type { Session } from '../../runtime/session-store';
import { start, stopAll } from '../local/start';
import { type Contender, endContenders, startContenders } from './support/contender';
import { scaled } from './support/scale';
import { createTable, startValkey, stopValkeys } from './support/servers';
import type { Basket, Servers, Store } from './workers/session-store';

let aws: LocalAws;
let valkey: Valkey;
let contenders: Contender[];
let one: Contender;
let other: Contender;

beforeAll(async () => {
  [aws, valkey, contenders] = await Promise.all([start(), startValkey(), startContenders('session-store', 3)]);
  [one, other] = contenders as [Contender, Contender];
  await createTable(aws.endpoint, 'sessions', 'id:S');
}, 60_000);
afterAll(async () => {
  await Promise.all([endContenders(), stopValkeys(), stopAll()]);
});

type Found = Session<Basket> | undefined;

const serversOf = (store: Store, times: Partial<Servers> = {}): Servers =>
  ({ aws: aws.endpoint, valkey: valkey.port, store, ...times });
const begin = (contender: Contender, servers: Servers) => contender.ask<Session<Basket>>('start', { servers });
const find = (contender: Contender, servers: Servers, id: string) => contender.ask<Found>('find', { servers, id });
const signIn = (contender: Contender, servers: Servers, user: string, id?: string) =>
  contender.ask<Session<Basket>>('signIn', { servers, user, id });
const fill = (contender: Contender, servers: Servers, id: string, items: readonly string[]) =>
  contender.ask<void>('fill', { servers, id, items });

describe.each<Store>(['DynamoDB', 'iovalkey', 'ioredis'])('%s', (store) => {
  test('a session outlives the process that began it', async () => {
    const servers = serversOf(store);
    const [dying] = await startContenders('session-store', 1) as [Contender];
    const { id } = await signIn(dying, servers, 'ada', (await begin(dying, servers)).id);
    await fill(dying, servers, id, ['tea']);
    await dying.kill();
    expect(await find(one, servers, id)).toMatchObject({ id, user: 'ada', data: { items: ['tea'] } });
  }, 20_000);

  test('what processes put into one session at the same time is all there', async () => {
    const servers = serversOf(store);
    const { id } = await begin(one, servers);
    const items = contenders.map((_, index) => Array.from({ length: scaled(100, 16) }, (__, n) => `${index}-${n}`));
    await Promise.all(contenders.map((contender, index) => fill(contender, servers, id, items[index]!)));
    const found = await find(one, servers, id);
    expect([...found!.data.items].sort()).toEqual(items.flat().sort());
  }, 60_000);

  test('signing in changes the id and ends the old one: who has planted it has nothing', async () => {
    const servers = serversOf(store);
    const planted = await begin(one, servers);
    await fill(one, servers, planted.id, ['tea']);
    const session = await signIn(other, servers, 'bob', planted.id);
    expect(session.id).not.toBe(planted.id);
    expect(await find(one, servers, planted.id)).toBeUndefined();
    expect(await find(one, servers, session.id)).toMatchObject({ user: 'bob', data: { items: ['tea'] } });
    const rotated = await one.ask<Found>('rotate', { servers, id: session.id });
    expect(await find(other, servers, session.id)).toBeUndefined();
    expect(await find(other, servers, rotated!.id)).toMatchObject({ user: 'bob', endsAt: session.endsAt });
  }, 20_000);

  test('signing out everywhere ends the sessions of every process, and of this user only', async () => {
    const servers = serversOf(store);
    const sessions = await Promise.all(contenders.map((contender) => signIn(contender, servers, `carol ${store}`)));
    const { id: hers } = await signIn(one, servers, 'dave');
    await other.ask('endAll', { servers, user: `carol ${store}` });
    expect(await Promise.all(sessions.map(({ id }) => find(one, servers, id)))).toEqual(sessions.map(() => undefined));
    expect(await find(one, servers, hers)).toMatchObject({ user: 'dave' });
    const { id } = await signIn(one, servers, `carol ${store}`);
    expect(await find(other, servers, id)).toMatchObject({ user: `carol ${store}` });
    // What has ended stays ended when the user is back.
    expect(await find(one, servers, sessions[0]!.id)).toBeUndefined();
    await one.ask('end', { servers, id });
    expect(await find(other, servers, id)).toBeUndefined();
  }, 20_000);

  test('a rotation that overlaps with signing out everywhere does not save a session', async () => {
    const servers = serversOf(store);
    for (let round = 0; round < scaled(20, 3); round += 1) {
      const user = `eve ${store} ${round}`;
      const { id } = await signIn(one, servers, user);
      const [rotated] = await Promise.all([one.ask<Found>('rotate', { servers, id }), other.ask('endAll', { servers, user })]);
      expect(rotated && await find(one, servers, rotated.id)).toBeUndefined();
    }
  }, 60_000);
});

test('a session ends when nobody uses it, lives on while somebody does, and ends after its lifetime anyway', async () => {
  await Promise.all((['DynamoDB', 'iovalkey', 'ioredis'] as const).map(async (store) => {
    const servers = serversOf(store, { idleSeconds: 2, lifetimeSeconds: 5 });
    const [used, idle] = await Promise.all([begin(one, servers), begin(one, servers)]);
    const began = performance.now();
    let lived = 0;
    while (await find(other, servers, used.id)) {
      lived = performance.now() - began;
      await sleep(250);
    }
    expect(await find(one, servers, idle.id)).toBeUndefined();
    expect(lived).toBeGreaterThan(3000);
    expect(lived).toBeLessThan(6000);
  }));
}, 30_000);

test('a Valkey that is lost takes the sessions with it; whoever signs in again goes on', async () => {
  const servers = serversOf('iovalkey');
  const { id } = await signIn(one, servers, 'frank');
  await valkey.kill();
  await valkey.restart();
  expect(await find(other, servers, id)).toBeUndefined();
  expect(await find(other, servers, (await signIn(one, servers, 'frank')).id)).toMatchObject({ user: 'frank' });
}, 20_000);
