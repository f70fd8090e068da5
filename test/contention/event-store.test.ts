/** EventStore and Projection against a DynamoDB, with processes that contend, die and stop. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LocalAws } from '../../local';
import { type Clock, systemClock } from '../../runtime';
import {
  BrokenHistoryError, ConcurrencyError, EventStore, type EventStoreOptions, type RecordedEvent,
} from '../../runtime/event-store';
import { Projection, RebuildSupersededError, View } from '../../runtime/projection';
import { start, stopAll } from '../local/start';
import { type Contender, endContenders, startContenders } from './support/contender';
import { FULL, scaled } from './support/scale';
import { createTable, documents } from './support/servers';

type Ledger = { counted: { by: number; who: string } };
type Command = { readonly constructor: { readonly name: string }; readonly input: Record<string, unknown> };

const STORE = 'events';
let aws: LocalAws;
let client: DynamoDBDocumentClient;
let streams = 0;

beforeAll(async () => {
  aws = await start();
  client = documents(aws.endpoint);
  await createTable(aws.endpoint, STORE, 'stream:S', 'version:N');
}, 60_000);
afterAll(async () => {
  await endContenders();
  await stopAll();
});

const newStream = () => `account/${streams += 1}`;
const counted = (by: number, id?: string) => ({ type: 'counted' as const, data: { by, who: 'test' }, id });
const many = (count: number) => Array.from({ length: count }, (_, n) => counted(n));

/** A client that counts its calls, and can lose the answers to some. */
function counting(lose: (command: Command) => boolean = () => false) {
  const calls: string[] = [];
  const send = async (command: Command) => {
    calls.push(command.constructor.name.replace('Command', ''));
    const answer = await client.send(command as never);
    if (lose(command)) {
      // As the SDK does it: the same command again.
      return client.send(command as never);
    }
    return answer;
  };
  return { calls, documents: { send: send as unknown as DynamoDBDocumentClient['send'] } };
}
/** The emulator carries out transactions one after another; DynamoDB refuses those that meet at an item. */
function thatRefusesMeetings() {
  const busy = new Set<string>();
  let refused = 0;
  const send = async (command: Command) => {
    const items = (command.input.TransactItems ?? []) as { Update?: { Key: object } }[];
    const keys = items.map(({ Update }) => JSON.stringify(Update?.Key));
    if (keys.some((key) => busy.has(key))) {
      refused += 1;
      const CancellationReasons = keys.map((key) => ({ Code: busy.has(key) ? 'TransactionConflict' : 'None' }));
      throw Object.assign(new Error('they meet'), { name: 'TransactionCanceledException', CancellationReasons });
    }
    keys.forEach((key) => busy.add(key));
    try {
      return await client.send(command as never);
    } finally {
      keys.forEach((key) => busy.delete(key));
    }
  };
  return { refused: () => refused, documents: { send: send as unknown as DynamoDBDocumentClient['send'] } };
}
const eventStore = (options: Partial<EventStoreOptions> = {}) =>
  new EventStore<Ledger>({ documents: client, tableName: STORE, ...options });
const all = async <Item>(items: AsyncIterable<Item>) => {
  const found: Item[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
};
const sum = (total: number, { data }: RecordedEvent<Ledger>) => total + data.by;

describe('an append', () => {
  test('takes one round trip when the stream is known, and two when it is not', async () => {
    const stream = newStream();
    const one = counting();
    const store = eventStore(one);
    await store.append(stream, [counted(1)], { expectedVersion: 'none' });
    await store.append(stream, [counted(1)], { expectedVersion: 1 });
    await store.append(stream, many(3), { expectedVersion: 2 });
    await store.append(stream, [counted(1)], { expectedVersion: 'any' });
    expect(one.calls).toEqual(['Put', 'Put', 'TransactWrite', 'Put']);
    const other = counting();
    const fresh = () => eventStore(other);
    await fresh().append(stream, [counted(1)], { expectedVersion: 6 });
    await fresh().append(stream, [counted(1)], { expectedVersion: 'any' });
    const read = fresh();
    await all(read.read(stream));
    await read.append(stream, [counted(1)], { expectedVersion: 8 });
    expect(other.calls).toEqual(['Query', 'Put', 'Query', 'Put', 'Query', 'Put']);
    expect((await all(store.read(stream))).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('at a version that somebody else has passed, or that does not exist, is refused with the actual one', async () => {
    const stream = newStream();
    const store = eventStore();
    await store.append(stream, many(2), { expectedVersion: 'none' });
    const refused = (expectedVersion: number | 'none') => eventStore().append(stream, [counted(1)], { expectedVersion });
    await expect(refused('none')).rejects.toMatchObject({ name: 'ConcurrencyError', stream, expected: 0, actual: 2 });
    await expect(refused(1)).rejects.toMatchObject({ expected: 1, actual: 2 });
    await expect(refused(7)).rejects.toMatchObject({ expected: 7, actual: 2 });
    await expect(store.append(stream, [counted(1)], { expectedVersion: 1 })).rejects.toBeInstanceOf(ConcurrencyError);
    await expect(store.append(stream, many(3), { expectedVersion: 1 })).rejects.toMatchObject({ actual: 2 });
    expect(await store.version(stream)).toBe(2);
  });

  test('of many events is in whole or not at all', async () => {
    const stream = newStream();
    const store = eventStore();
    expect(await store.append(stream, many(100), { expectedVersion: 'none' })).toMatchObject({ version: 100 });
    await Promise.allSettled([1, 2, 3].map(() => eventStore().append(stream, many(5), { expectedVersion: 100 })));
    expect(await store.version(stream)).toBe(105);
  });

  test.each([[1], [3]])('of %i whose answer is lost is there once', async (count) => {
    const stream = newStream();
    const events = many(count).map(({ data }, n) => ({ ...counted(data.by), id: `lost-${count}-${n}` }));
    const lossy = counting((command) => /^(Put|TransactWrite)Command$/.test(command.constructor.name));
    expect(await eventStore(lossy).append(stream, events, { expectedVersion: 'none' })).toMatchObject({ version: count });
    // The caller has died and sends it again, perhaps from another machine and after others have gone on.
    await eventStore().append(stream, [counted(1)], { expectedVersion: 'any' });
    expect(await eventStore().append(stream, events, { expectedVersion: 'none' })).toMatchObject({ version: count });
    expect(await eventStore(lossy).append(stream, many(count), { expectedVersion: 'any' })).toMatchObject({ version: 2 * count + 1 });
    expect(await eventStore().version(stream)).toBe(2 * count + 1);
    const others = [...events.slice(0, -1), counted(1)];
    await expect(eventStore().append(stream, others, { expectedVersion: 'none' })).rejects.toBeInstanceOf(ConcurrencyError);
  });

  test('never runs backwards in time, whatever the clock says', async () => {
    const stream = newStream();
    const clock: Clock = { ...systemClock, now: () => 0, monotonic: () => 0, sleep: async () => undefined };
    const { at } = await eventStore().append(stream, [counted(1)], { expectedVersion: 'none' });
    expect((await eventStore({ clock }).append(stream, [counted(1)], { expectedVersion: 1 })).at).toEqual(at);
    expect((await eventStore({ clock }).append(stream, [counted(1)], { expectedVersion: 'any' })).at).toEqual(at);
  });
});

describe('processes that append at the same time', () => {
  let workers: Contender[];
  beforeAll(async () => {
    workers = await startContenders('event-store', 4);
  }, 60_000);
  const ask = <Answer>(task: string, stream: (n: number) => string, count: number, name: string) =>
    Promise.all(workers.map((worker, n) =>
      worker.ask<Answer>(task, { endpoint: aws.endpoint, tableName: STORE, stream: stream(n), count, who: `${name}${n}` })));

  test('to one stream leave no gap and lose nothing', async () => {
    const each = scaled(250, 40);
    const stream = newStream();
    const began = performance.now();
    const got = await ask<number[]>('append', () => stream, each, 'w');
    report(`${4 * each} appends to one stream by 4 processes: ${Math.round(performance.now() - began)} ms`);
    const events = await all(eventStore().read(stream));
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 4 * each }, (_, n) => n + 1));
    expect(new Set(events.map(({ id }) => id)).size).toBe(4 * each);
    got.forEach((versions, n) => {
      // What a process was told is what is there, in the order in which it appended.
      expect(versions.map((version) => events[version - 1]!.id)).toEqual(Array.from({ length: each }, (_, m) => `w${n}-${m}`));
    });
  }, scaled(300_000, 120_000));

  test('and decide by what they read are told when they were too late', async () => {
    const each = scaled(50, 10);
    const stream = newStream();
    const answers = await ask<{ got: number[]; conflicts: number }>('decide', () => stream, each, 'd');
    const got = answers.flatMap((answer) => answer.got).sort((a, b) => a - b);
    expect(got).toEqual(Array.from({ length: 4 * each }, (_, n) => n + 1));
    const conflicts = answers.reduce((total, answer) => total + answer.conflicts, 0);
    report(`${4 * each} decisions on one stream by 4 processes: ${conflicts} conflicts`);
    expect(conflicts).toBeGreaterThan(0);
  }, scaled(300_000, 120_000));

  test('to streams of their own do not meet', async () => {
    const each = scaled(100, 15);
    const names = workers.map(() => newStream());
    await ask('append', (n) => names[n]!, each, 'alone');
    const versions = await Promise.all(names.map((stream) => eventStore().version(stream)));
    expect(versions).toEqual([each, each, each, each]);
  }, scaled(300_000, 120_000));
});

describe('reading', () => {
  test('goes page by page, from and to a version or a time', async () => {
    const stream = newStream();
    let now = 1_000;
    const clock: Clock = { ...systemClock, now: () => now, monotonic: () => now, sleep: async () => undefined };
    const store = eventStore({ clock });
    for (let n = 1; n <= 6; n++) {
      await store.append(stream, [counted(n)], { expectedVersion: n - 1 });
      now += 1_000;
    }
    const read = counting();
    const versions = async (options: object) => (await all(eventStore(read).read(stream, options))).map(({ version }) => version);
    expect(await versions({ pageSize: 4 })).toEqual([1, 2, 3, 4, 5, 6]);
    expect(read.calls).toEqual(['Query', 'Query']);
    expect(await versions({ fromVersion: 3, toVersion: 5, pageSize: 1 })).toEqual([3, 4, 5]);
    expect(await versions({ until: new Date(3_999) })).toEqual([1, 2, 3]);
    expect(await versions({ fromVersion: 9 })).toEqual([]);
    expect(await versions({ fromVersion: 3, toVersion: 2 })).toEqual([]);
    // The state at a time is what it was then.
    expect(await store.rehydrate(stream, 0, sum, { until: new Date(3_000) }))
      .toEqual({ state: 6, version: 3, at: new Date(3_000), eventsRead: 3 });
    expect(await store.rehydrate(stream, 0, sum)).toMatchObject({ state: 21, version: 6 });
  });

  test('starts from a snapshot, with fewer round trips, also for a time in the past', async () => {
    const stream = newStream();
    let now = 0;
    const clock: Clock = { ...systemClock, now: () => now += 1, monotonic: () => now, sleep: async () => undefined };
    const store = eventStore({ clock });
    await store.append(stream, many(100), { expectedVersion: 'none' });
    await store.append(stream, many(100), { expectedVersion: 100 });
    await store.append(stream, many(10), { expectedVersion: 200 });
    for (const toVersion of [100, 200]) {
      const { state, version, at } = await store.rehydrate(stream, 0, sum, { toVersion });
      await store.saveSnapshot(stream, { schema: 'sum-1', version, at: at!, state });
    }
    const plain = await store.rehydrate(stream, 0, sum);
    const counts = counting();
    const fast = eventStore(counts);
    expect(await fast.rehydrate(stream, 0, sum, { schema: 'sum-1' })).toEqual({ ...plain, eventsRead: 10 });
    expect(counts.calls).toEqual(['Query', 'Query']);
    expect(await fast.rehydrate(stream, 0, sum, { schema: 'sum-1', toVersion: 150 })).toMatchObject({ version: 150, eventsRead: 50 });
    expect(await fast.rehydrate(stream, 0, sum, { schema: 'sum-1', until: new Date(1) })).toMatchObject({ version: 100, eventsRead: 0 });
    // Another shape: no snapshot is of use.
    expect(await fast.rehydrate(stream, 0, sum, { schema: 'sum-2' })).toEqual(plain);
    // It is no event.
    expect(await eventStore().version(stream)).toBe(210);
    expect(await eventStore().append(stream, [counted(1)], { expectedVersion: 'any' })).toMatchObject({ version: 211 });
    // The round trips of a long stream.
    const [long, short] = [counting(), counting()];
    const paged = (store: EventStore<Ledger>, fromVersion: number) => all(store.read(stream, { fromVersion, pageSize: 25 }));
    await paged(eventStore(long), 1);
    await paged(eventStore(short), 201);
    expect([long.calls.length, short.calls.length]).toEqual([9, 1]);
  });

  test('tells when somebody has deleted an event', async () => {
    const stream = newStream();
    const store = eventStore();
    await store.append(stream, many(4), { expectedVersion: 'none' });
    const { DeleteCommand } = await import('@aws-sdk/lib-dynamodb');
    await client.send(new DeleteCommand({ TableName: STORE, Key: { stream, version: 2 } }));
    await expect(store.rehydrate(stream, 0, sum)).rejects.toMatchObject({ name: 'BrokenHistoryError', stream, expected: 2, found: 3 });
    await expect(all(store.read(stream))).rejects.toBeInstanceOf(BrokenHistoryError);
  });
});

describe('a view', () => {
  let tables = 0;
  const project = ({ stream, data }: RecordedEvent<Ledger>) => [
    { key: stream, add: { total: data.by, events: 1 }, set: { last: data.who } },
    { key: 'all', add: { total: data.by, events: 1 } },
  ];
  /** A store and a view of its own. */
  async function fresh() {
    const [tableName, view] = [`events-${tables += 1}`, `view-${tables}`];
    await createTable(aws.endpoint, tableName, 'stream:S', 'version:N');
    await createTable(aws.endpoint, view, 'pk:S', 'sk:S');
    const store = new EventStore<Ledger>({ documents: client, tableName });
    const projection = (options: object = {}) =>
      new Projection<Ledger>({ documents: client, tableName: view, store, project, maxAttempts: 30, ...options });
    return { tableName, view, store, projection, reader: new View({ documents: client, tableName: view }) };
  }
  const append = async (store: EventStore<Ledger>, stream: string, count: number) => {
    await store.append(stream, many(count), { expectedVersion: 'any' });
    return all(store.read(stream));
  };

  test('has every event once, whatever is delivered again, out of order or not at all', async () => {
    const { store, projection, reader, view } = await fresh();
    const events = await append(store, 'a', 6);
    const counts = counting();
    const worker = projection(counts);
    const batch = {};
    for (const n of [1, 1, 2]) {
      await worker.apply(events[n - 1]!, batch);
    }
    // One look at the generations for the batch, one transaction for each event.
    expect(counts.calls).toEqual(['Get', 'TransactWrite', 'TransactWrite', 'TransactWrite']);
    await worker.apply(events[4]!, {});
    expect(await reader.applied('a')).toBe(5);
    for (const n of [3, 4, 5, 6, 2]) {
      await projection().apply(events[n - 1]!);
    }
    const reads = counting();
    expect(await new View({ ...reads, tableName: view }).get('a'))
      .toEqual({ partition: 'a', attributes: { total: 15, events: 6, last: 'test' } });
    expect(reads.calls).toEqual(['BatchGet']);
    expect(await reader.get('all')).toMatchObject({ attributes: { total: 15, events: 6 } });
    expect(await reader.get('nobody')).toBeUndefined();
    expect(await reader.applied('nothing')).toBe(0);
  });

  test('counts nothing twice when its worker is killed in the middle of a batch, or stopped and overtaken', async () => {
    const count = scaled(100, 30);
    const { store, projection, reader, tableName, view } = await fresh();
    const events = await append(store, 'k', count);
    const [first, second] = await startContenders('event-store', 2) as [Contender, Contender];
    const told = first.ask('project', { endpoint: aws.endpoint, tableName, view, events }).catch((error: Error) => error.message);
    while (await first.hear<number>() < count / 3) {
      // It goes on.
    }
    await first.kill();
    expect(await told).toContain('SIGKILL');
    const again = second.ask<number>('project', { endpoint: aws.endpoint, tableName, view, events });
    while (await second.hear<number>() < count / 2) {
      // It goes on.
    }
    second.pause();
    // Lambda has given up on it and delivers the batch to another.
    const batch = {};
    for (const event of events) {
      await projection().apply(event, batch);
    }
    const row = { events: count, total: count * (count - 1) / 2 };
    expect(await reader.get('all')).toMatchObject({ attributes: row });
    second.resume();
    expect(await again).toBe(count);
    expect(await reader.get('all')).toMatchObject({ attributes: row });
    expect(await reader.get('k')).toMatchObject({ attributes: row });
  }, 60_000);

  test('that two workers keep at the same time is right', async () => {
    const { store, projection, reader } = await fresh();
    const events = [...await append(store, 'x', 20), ...await append(store, 'y', 20)];
    const batch = {};
    await Promise.all([projection(), projection()].map(async (worker, n) => {
      for (const event of n === 0 ? events : [...events].reverse()) {
        await worker.apply(event, batch);
      }
    }));
    expect(await reader.get('all')).toMatchObject({ attributes: { events: 40, total: 380 } });
  }, 60_000);

  test('is rebuilt while events are appended, and then equals the one that was kept', async () => {
    const [names, rounds] = [scaled(20, 5), scaled(10, 4)];
    const { store, projection, reader, view } = await fresh();
    const streamsOf = Array.from({ length: names }, (_, n) => `s${n}`);
    const live = projection();
    const grow = async () => {
      for (const stream of streamsOf) {
        const { version } = await store.append(stream, many(2), { expectedVersion: 'any' });
        const batch = {};
        for await (const event of store.read(stream, { fromVersion: version - 1, toVersion: version })) {
          await live.apply(event, batch);
        }
      }
    };
    await grow();
    await grow();
    let rebuilding = true;
    const rebuilt = projection().rebuild({ segments: 3, pageSize: 7 }).finally(() => {
      rebuilding = false;
    });
    for (let round = 0; rebuilding || round < rounds; round++) {
      await grow();
    }
    const { generation, streams: found } = await rebuilt;
    expect([generation, found]).toEqual([2, names]);
    const rows = async (of: View) => Promise.all(['all', ...streamsOf].map(async (key) => (await of.get(key))?.attributes));
    const after = await rows(reader);
    const heads = await Promise.all(streamsOf.map((stream) => store.version(stream)));
    expect(after[0]).toEqual({ events: heads.reduce((a, b) => a + b), total: heads.reduce((a, b) => a + b) / 2 });
    expect(after.slice(1).map((row) => row?.events)).toEqual(heads);
    // Nothing is appended now: another rebuild ends at the same rows, and what is no longer read goes.
    expect(await projection().rebuild()).toEqual({ generation: 3, streams: names, events: heads.reduce((a, b) => a + b) });
    expect(await rows(reader)).toEqual(after);
    expect(await projection().sweep({ graceSeconds: 0 })).toBeGreaterThanOrEqual(2 * (2 * names + 1));
    expect(await rows(reader)).toEqual(after);
    expect(await rows(new View({ documents: client, tableName: view }))).toEqual(after);
  }, 120_000);

  test.each([
    ['the first read of a rebuild has passed them, by a worker that has not heard of it', false],
    ['its last read has passed them', true],
  ])('has events for ever that were appended when %s', async (_, last) => {
    const { store, projection, reader } = await fresh();
    const [first] = await append(store, 'between', 1);
    await projection().apply(first!);
    const rebuilder = projection({
      store: {
        read: (stream: string, options: object) => store.read(stream, options),
        readAll: async function* (options: { consistent: boolean }) {
          yield* store.readAll(options);
          if (options.consistent === last) {
            await store.append('between', [counted(7)], { expectedVersion: 1 });
            const [second] = await all(store.read('between', { fromVersion: 2 }));
            await projection().apply(second!);
          }
        },
      },
    });
    await rebuilder.rebuild({ segments: 1 });
    expect(await reader.get('between')).toMatchObject({ attributes: { events: 2, total: 7 } });
    expect(await reader.applied('between')).toBe(2);
  });

  test('is as it was when a rebuild dies, and the next one supersedes it', async () => {
    const { store, projection, reader, view } = await fresh();
    const events = await append(store, 'r', 10);
    await projection().apply(events[9]!);
    const dying = new Projection<Ledger>({
      documents: client, tableName: view, store,
      project: (event) => {
        if (event.version === 5) {
          throw new Error('it dies');
        }
        return project(event);
      },
    });
    await expect(dying.rebuild()).rejects.toThrow('it dies');
    expect(await reader.get('r')).toMatchObject({ attributes: { events: 10 } });
    let slow: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => {
      slow = resolve;
    });
    const hanging = projection({
      store: {
        read: (stream: string, options: object) => store.read(stream, options),
        readAll: async function* (options: object) {
          await waits;
          yield* store.readAll(options);
        },
      },
    }).rebuild();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await projection().rebuild()).toMatchObject({ generation: 4, events: 10 });
    slow();
    await expect(hanging).rejects.toBeInstanceOf(RebuildSupersededError);
    expect(await reader.get('r')).toMatchObject({ attributes: { events: 10, total: 45 } });
    expect(await projection().sweep({ graceSeconds: 0 })).toBeGreaterThan(0);
    expect(await reader.get('all')).toMatchObject({ attributes: { events: 10, total: 45 } });
  }, 60_000);

  test('of many streams that all change one row is right, although DynamoDB refuses transactions that meet', async () => {
    const { store, projection, reader } = await fresh();
    const names = Array.from({ length: scaled(100, 40) }, (_, n) => `hot${n}`);
    await Promise.all(names.map((stream) => store.append(stream, [counted(1)], { expectedVersion: 'none' })));
    const events = (await Promise.all(names.map((stream) => all(store.read(stream))))).flat();
    const meeting = thatRefusesMeetings();
    const batch = {};
    const [worker, other] = [1, 2].map(() => projection({ documents: meeting.documents, maxAttempts: undefined }));
    await Promise.all(events.slice(2).map((event) => worker!.apply(event, batch)));
    // Those of one process wait for each other.
    expect(meeting.refused()).toBe(0);
    await Promise.all([worker!, other!].map((each, n) => each.apply(events[n]!, batch)));
    expect(meeting.refused()).toBeGreaterThan(0);
    expect(await reader.get('all')).toMatchObject({ attributes: { events: names.length, total: names.length } });
    await worker!.rebuild();
    expect(await reader.get('all')).toMatchObject({ attributes: { events: names.length, total: names.length } });
  }, 60_000);

  test('has rows that are sorted, changed and deleted', async () => {
    const { store, projection, reader } = await fresh();
    const events = await append(store, 'sorted', 5);
    const worker = projection({
      project: ({ version }: RecordedEvent<Ledger>) => version === 5
        ? [{ key: { partition: 'p', sort: '2' }, delete: true }, { key: { partition: 'p', sort: '3' }, remove: ['n'] }]
        : [{ key: { partition: 'p', sort: String(version) }, set: { n: version } }],
    });
    await worker.apply(events[4]!);
    const rows = (options?: object) => all(reader.query('p', options));
    expect(await rows()).toEqual([
      { partition: 'p', sort: '1', attributes: { n: 1 } },
      { partition: 'p', sort: '3', attributes: {} },
      { partition: 'p', sort: '4', attributes: { n: 4 } },
    ]);
    expect((await rows({ from: '2', descending: true })).map(({ sort }) => sort)).toEqual(['4', '3']);
    expect((await rows({ from: '1', to: '3' })).map(({ sort }) => sort)).toEqual(['1', '3']);
    expect((await rows({ to: '1' })).map(({ sort }) => sort)).toEqual(['1']);
    expect(await reader.get({ partition: 'p', sort: '4' })).toEqual({ partition: 'p', sort: '4', attributes: { n: 4 } });
  });
});

/** Figures of the long run. */
function report(line: string): void {
  if (FULL) {
    process.stdout.write(`${line}\n`);
  }
}
