import { ClickCounter, type ClickCounterOptions, UnknownLinkError } from '../../../blueprints/url-shortener/domain/click-counter';
import { cancelled, FakeTables } from './fakes';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const NOW_SECONDS = NOW.getTime() / 1000;
const SLUG = 'abcdefghij';

function counterOn(tables: FakeTables, overrides: Partial<ClickCounterOptions> = {}) {
  const pauses: number[] = [];
  const counter = new ClickCounter({
    documents: tables.documents,
    linksTable: 'links',
    idempotencyTable: 'idempotency',
    now: () => NOW,
    random: () => 0.5,
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    ...overrides,
  });
  return { counter, pauses };
}

function tablesWithLink(): FakeTables {
  const tables = new FakeTables();
  tables.putLink({ slug: SLUG });
  return tables;
}

const click = (id: string, more: { expiresAt?: number } = {}) => ({ id, slug: SLUG, at: NOW.toISOString(), ...more });

test('counts a click and remembers it for thirty days', async () => {
  const tables = tablesWithLink();
  await expect(counterOn(tables).counter.count(click('a'))).resolves.toBe('counted');
  expect(tables.link(SLUG)).toMatchObject({ clicks: 1, url: 'https://example.com/' });
  expect([...tables.tables.idempotency!.values()]).toEqual([{ id: 'click#a', expiration: NOW_SECONDS + 30 * 24 * 60 * 60 }]);
});

test('counts a click once however often it comes, in turn or at once', async () => {
  const tables = tablesWithLink();
  const { counter } = counterOn(tables);
  await counter.count(click('a'));
  await expect(counter.count(click('a'))).resolves.toBe('duplicate');
  const outcomes = await Promise.all(['b', 'a', 'b', 'c'].map((id) => counter.count(click(id))));
  expect(outcomes).toEqual(['counted', 'duplicate', 'duplicate', 'counted']);
  expect(tables.link(SLUG)).toMatchObject({ clicks: 3 });
});

test('a thousand deliveries of five hundred clicks through five instances count five hundred', async () => {
  const tables = tablesWithLink();
  let seed = 7;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const counters = Array.from({ length: 5 }, () => counterOn(tables, { random, sleep: undefined }).counter);
  const deliver = async (id: string, counter: ClickCounter): Promise<void> => {
    // A conflict that outlasts the pauses goes back to the queue, which delivers the click again.
    await counter.count(click(id)).catch(() => deliver(id, counter));
  };
  const deliveries = Array.from({ length: 1000 }, (_, i) => `click-${i % 500}`);
  const work = counters.map(async (counter, worker) => {
    const mine = deliveries.filter((_, i) => i % 5 === worker);
    for (let i = 0; i < mine.length; i += 10) {
      await Promise.all(mine.slice(i, i + 10).map((id) => deliver(id, counter)));
    }
  });
  await Promise.all(work);
  expect(tables.link(SLUG)).toMatchObject({ clicks: 500 });
  expect(tables.conflicts).toBeGreaterThan(0);
}, 30_000);

test('clicks of one link that one instance holds never conflict', async () => {
  const tables = tablesWithLink();
  const { counter } = counterOn(tables);
  await Promise.all(Array.from({ length: 50 }, (_, i) => counter.count(click(`click-${i}`))));
  expect(tables.link(SLUG)).toMatchObject({ clicks: 50 });
  expect(tables.conflicts).toBe(0);
});

test('a click on a link that should exist is an error, leaves no trace, and counts once the link is back', async () => {
  const tables = new FakeTables();
  const { counter } = counterOn(tables);
  const error = await counter.count(click('a', { expiresAt: NOW_SECONDS + 1 })).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnknownLinkError);
  expect(error).toMatchObject({ name: 'UnknownLinkError', message: `no link ${SLUG}` });
  expect(tables.link(SLUG)).toBeUndefined();
  expect(tables.tables.idempotency!.size).toBe(0);
  tables.putLink({ slug: SLUG });
  await expect(counter.count(click('a'))).resolves.toBe('counted');
});

test('a click whose link is over by now is dropped', async () => {
  const tables = new FakeTables();
  await expect(counterOn(tables).counter.count(click('a', { expiresAt: NOW_SECONDS }))).resolves.toBe('expired');
  expect(tables.link(SLUG)).toBeUndefined();
});

test('a click that came before its link was over counts as long as the link is there', async () => {
  const tables = tablesWithLink();
  await expect(counterOn(tables).counter.count(click('a', { expiresAt: NOW_SECONDS - 1 }))).resolves.toBe('counted');
});

test('a repeated click on a link that is gone since is a duplicate, not an error', async () => {
  const tables = tablesWithLink();
  const { counter } = counterOn(tables);
  await counter.count(click('a'));
  tables.tables.links!.clear();
  await expect(counter.count(click('a'))).resolves.toBe('duplicate');
});

test.each([[['None', 'TransactionConflict']], [['TransactionConflict', 'None']], [['TransactionConflict', 'ConditionalCheckFailed']]])(
  'a conflict is retried after a growing random pause: %j', async (codes) => {
    const tables = tablesWithLink();
    tables.failures.push(cancelled(codes), cancelled(codes), cancelled(codes));
    const { counter, pauses } = counterOn(tables);
    await expect(counter.count(click('a'))).resolves.toBe('counted');
    expect(pauses).toEqual([10, 20, 40]);
    expect(tables.link(SLUG)).toMatchObject({ clicks: 1 });
  },
);

test('a conflict that lasts is thrown, for the queue to retry', async () => {
  const tables = tablesWithLink();
  tables.failures.push(...Array.from({ length: 10 }, () => cancelled(['None', 'TransactionConflict'])));
  const { counter, pauses } = counterOn(tables);
  await expect(counter.count(click('a'))).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  expect(pauses).toEqual([10, 20, 40, 80, 100, 100, 100, 100, 100]);
  await expect(counter.count(click('a'))).resolves.toBe('counted');
});

test.each([
  ['an unreachable table', new Error('connection refused')],
  ['throttling', cancelled(['None', 'ThrottlingError'])],
  ['a cancellation without reasons', cancelled([])],
])('%s is thrown at once, and the next click of the link is counted', async (_, failure) => {
  const tables = tablesWithLink();
  tables.failures.push(failure);
  const { counter, pauses } = counterOn(tables);
  await expect(counter.count(click('a'))).rejects.toBe(failure);
  expect(pauses).toEqual([]);
  await expect(counter.count(click('b'))).resolves.toBe('counted');
});
