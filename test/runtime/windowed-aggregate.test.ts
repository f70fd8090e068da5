import type { KinesisStreamRecord } from 'aws-lambda';
import * as fc from 'fast-check';
import {
  InvalidMeasurementError, mean, type Measurement, rollUp, type ShardRecord, sliding, systemClock, type TimeWindow, type Totals,
  windowConsumer, WindowedAggregate, windowedSettings, WindowReader,
} from '../../runtime';
import { FakeWindowTable } from './fake-window-table';
import { RecordingLogger } from './fakes';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 22, 12);
const SETTINGS = { windowMilliseconds: MINUTE, latenessMilliseconds: 30_000, retentionSeconds: 86_400, generation: '1' };
const clock = { ...systemClock, now: () => NOON, sleep: async () => undefined };

const aggregateOn = (table: FakeWindowTable, more: object = {}) =>
  new WindowedAggregate({ ...SETTINGS, documents: table.documents, tableName: 'windows', clock, maxAttempts: 3, ...more });
const readerOn = (table: FakeWindowTable, more: object = {}) =>
  new WindowReader({ ...SETTINGS, documents: table.documents, tableName: 'windows', clock, ...more });
const ALL = { from: NOON - 86_400_000, to: NOON + 86_400_000 };

/** A record as it comes `after` milliseconds after noon, of something that happened `at` then. */
const record = (place: number, measurements: readonly Measurement[], arrivedAt = NOON + 3_600_000): ShardRecord =>
  // Longer than a number is exact, as the sequence numbers of Kinesis are.
  ({ sequenceNumber: `4965${String(place).padStart(52, '0')}`, arrivedAt, measurements });
const at = (seconds: number, series = 'a', value?: number): Measurement => ({ series, at: NOON + seconds * 1000, value });

describe('a batch', () => {
  test('is counted by the time at which things happened, in one transaction with the place of its last record', async () => {
    const table = new FakeWindowTable();
    const records = [record(1, [at(5, 'a', 3), at(5, 'b')]), record(2, [at(65, 'a', 4)]), record(3, [at(10, 'a', -1)])];
    await expect(aggregateOn(table).apply('clicks/shard-0', records)).resolves.toEqual({ records: 3, repeated: 0, late: 0 });
    expect([...table.items.values()]).toEqual([
      { series: '1#', window: 'clicks/shard-0', position: records[2]!.sequenceNumber, watermark: NOON + 35_000, updatedAt: NOON },
      {
        series: '1/a', window: '2026-11-22T12:00:00.000Z/clicks/shard-0',
        count: 2, sum: 2, min: -1, max: 3, late: 0, expiresAt: NOON / 1000 + 60 + 86_400,
      },
      { series: '1/b', window: '2026-11-22T12:00:00.000Z/clicks/shard-0', count: 1, sum: 1, min: 1, max: 1, late: 0, expiresAt: expect.any(Number) as number },
      { series: '1/a', window: '2026-11-22T12:01:00.000Z/clicks/shard-0', count: 1, sum: 4, min: 4, max: 4, late: 0, expiresAt: expect.any(Number) as number },
    ]);
    expect(table.sent.map(({ constructor: { name } }) => name)).toEqual(['GetCommand', 'BatchGetCommand', 'TransactWriteCommand']);
  });

  test('that is delivered again changes nothing, and one that overlaps counts what is new', async () => {
    const table = new FakeWindowTable();
    const records = [1, 2, 3, 4].map((place) => record(place, [at(place)]));
    await aggregateOn(table).apply('clicks/shard-0', records.slice(0, 3));
    await expect(aggregateOn(table).apply('clicks/shard-0', records.slice(0, 3))).resolves.toEqual({ records: 0, repeated: 3, late: 0 });
    await expect(aggregateOn(table).apply('clicks/shard-0', records.slice(1))).resolves.toEqual({ records: 1, repeated: 2, late: 0 });
    expect(await readerOn(table).read('a', ALL)).toMatchObject([{ count: 4 }]);
  });

  test('of more windows than a transaction takes is cut between records', async () => {
    const table = new FakeWindowTable();
    const records = Array.from({ length: 120 }, (_, n) => record(n, [at(0, `a${n}`), at(0, `b${n}`)]));
    await expect(aggregateOn(table).apply('clicks/shard-0', records)).resolves.toEqual({ records: 120, repeated: 0, late: 0 });
    expect(table.items.size).toBe(241);
    expect(table.sent.filter(({ constructor: { name } }) => name === 'TransactWriteCommand')).toHaveLength(3);
  });

  test('has a record refused that measures more than a transaction takes, after what came before it', async () => {
    const table = new FakeWindowTable();
    const wide = record(2, Array.from({ length: 100 }, (_, n) => at(0, `a${n}`)));
    await expect(aggregateOn(table).apply('clicks/shard-0', [record(1, [at(0)]), wide])).rejects.toThrow('more than 99 windows');
    expect(await readerOn(table).read('a', ALL)).toMatchObject([{ count: 1 }]);
  });

  test('is counted once by two workers that have the same shard', async () => {
    const table = new FakeWindowTable();
    const records = Array.from({ length: 250 }, (_, n) => record(n, [at(n), at(0, `s${n}`)]));
    const [a, b] = await Promise.all([1, 2].map(() => aggregateOn(table).apply('clicks/shard-0', records)));
    expect(a!.records + b!.records).toBe(250);
    const windows = await readerOn(table).read('a', ALL);
    expect(windows.reduce((sum, { count }) => sum + count, 0)).toBe(250);
  });

  test('is given up when another worker is faster at every attempt', async () => {
    const table = new FakeWindowTable();
    let place = 0;
    table.before = (name) => {
      if (name === 'TransactWrite') {
        table.items.set('1# clicks/shard-0', { position: String(place++), watermark: 0 });
      }
    };
    await expect(aggregateOn(table).apply('clicks/shard-0', [record(1, [at(0)])])).rejects.toThrow('faster at every attempt');
  });

  test('whose answer was lost is not counted again', async () => {
    const table = new FakeWindowTable();
    table.after = (name) => {
      if (name === 'TransactWrite') {
        table.after = () => undefined;
        throw new Error('no answer');
      }
    };
    await expect(aggregateOn(table).apply('clicks/shard-0', [record(1, [at(0)])])).rejects.toThrow('no answer');
    await expect(aggregateOn(table).apply('clicks/shard-0', [record(1, [at(0)])])).resolves.toMatchObject({ repeated: 1 });
    expect(await readerOn(table).read('a', ALL)).toMatchObject([{ count: 1 }]);
  });

  test('asks again for rows that DynamoDB left out', async () => {
    const table = new FakeWindowTable();
    await aggregateOn(table).apply('clicks/shard-0', [record(1, [at(0)])]);
    const { send } = table.documents as { send: (command: unknown) => Promise<unknown> };
    let left = 1;
    const documents = {
      send: (async (command: { constructor: { name: string }; input: { RequestItems: unknown } }) =>
        command.constructor.name === 'BatchGetCommand' && left-- > 0 ? { UnprocessedKeys: command.input.RequestItems } : send(command)) as never,
    };
    await aggregateOn(table, { documents }).apply('clicks/shard-0', [record(2, [at(0)])]);
    expect(await readerOn(table).read('a', ALL)).toMatchObject([{ count: 2 }]);
    left = 3;
    await expect(aggregateOn(table, { documents }).apply('clicks/shard-0', [record(3, [at(0)])])).rejects.toThrow('did not answer for 1 windows');
  });
});

describe('what comes late', () => {
  test('is told and not counted, once its window is closed', async () => {
    const table = new FakeWindowTable();
    // The window of noon closes when something of 12:01:30 has been seen.
    const records = [record(1, [at(0)]), record(2, [at(89)]), record(3, [at(59)]), record(4, [at(90)]), record(5, [at(59, 'a', 7)])];
    await expect(aggregateOn(table).apply('clicks/shard-0', records)).resolves.toEqual({ records: 5, repeated: 0, late: 1 });
    expect(await readerOn(table).read('a', ALL)).toMatchObject([
      { start: NOON, end: NOON + MINUTE, count: 2, sum: 2, max: 1, late: 1, mean: 1, final: true },
      { start: NOON + MINUTE, count: 2, late: 0, final: false },
    ]);
  });

  test('is not made late by a clock that runs ahead', async () => {
    const table = new FakeWindowTable();
    const arrived = NOON + 10_000;
    const records = [record(1, [at(86_400)], arrived), record(2, [at(5)], arrived)];
    await expect(aggregateOn(table).apply('clicks/shard-0', records)).resolves.toMatchObject({ late: 0 });
  });
});

test.each<[string, Measurement]>([
  ['an empty series', at(0, '')],
  ['a series of 1025 bytes', at(0, `${'ü'.repeat(512)}x`)],
  ['no time', { series: 'a', at: NaN }],
  ['a time before 1970', { series: 'a', at: -1 }],
  ['a time after 9999', { series: 'a', at: Date.UTC(10_000, 0, 1) }],
  ['no number', at(0, 'a', NaN)],
  ['more than is exact', at(0, 'a', 2 ** 53)],
])('%s is refused', async (_, measurement) => {
  await expect(aggregateOn(new FakeWindowTable()).apply('clicks/shard-0', [record(1, [measurement])])).rejects.toThrow(InvalidMeasurementError);
});

describe('a reader', () => {
  test('adds up the shards, and waits for the one that is behind', async () => {
    const table = new FakeWindowTable();
    await aggregateOn(table).apply('clicks/shard-0', [record(1, [at(1, 'a', 2)]), record(2, [at(600)])]);
    await aggregateOn(table).apply('clicks/shard-1', [record(1, [at(2, 'a', 6)])]);
    expect(await readerOn(table).read('a', { from: NOON, to: NOON + MINUTE })).toEqual([
      { start: NOON, end: NOON + MINUTE, count: 2, sum: 8, mean: 4, min: 2, max: 6, late: 0, final: false },
    ]);
    expect(await readerOn(table).watermark()).toBe(NOON + 2000 - 30_000);
  });

  test('waits no longer than a minute for a shard that is silent', async () => {
    const table = new FakeWindowTable();
    await aggregateOn(table, { clock: { ...clock, now: () => NOON - MINUTE } }).apply('clicks/shard-1', [record(1, [at(2)])]);
    await aggregateOn(table).apply('clicks/shard-0', [record(1, [at(600)])]);
    expect(await readerOn(table).watermark()).toBe(NOON + 570_000);
    expect(await readerOn(table, { clock: { ...clock, now: () => NOON + MINUTE } }).watermark()).toBe(NOON + 570_000);
    expect(await readerOn(table, { generation: '2' }).watermark()).toBe(0);
  });

  test('reads from a time on and before another one, of one generation', async () => {
    const table = new FakeWindowTable();
    await aggregateOn(table).apply('clicks/shard-0', Array.from({ length: 10 }, (_, n) => record(n, [at(n * 60)])));
    const starts = async (more?: object) =>
      (await readerOn(table, more).read('a', { from: NOON + 2 * MINUTE, to: NOON + 7 * MINUTE })).map(({ start }) => (start - NOON) / MINUTE);
    expect(await starts()).toEqual([2, 3, 4, 5, 6]);
    expect(await starts({ generation: '2' })).toEqual([]);
  });

  test('rolls windows up, and slides over them', () => {
    const window = (minute: number, count: number, final = true): TimeWindow => {
      const start = NOON + minute * MINUTE;
      return { start, end: start + MINUTE, count, sum: 2 * count, min: count, max: count, late: 1, mean: 2, final };
    };
    const windows = [window(58, 1), window(59, 2), window(61, 3, false)];
    expect(rollUp(windows, 3_600_000)).toEqual([
      { start: NOON, end: NOON + 3_600_000, count: 3, sum: 6, mean: 2, min: 1, max: 2, late: 2, final: true },
      { start: NOON + 3_600_000, end: NOON + 7_200_000, count: 3, sum: 6, mean: 2, min: 3, max: 3, late: 1, final: false },
    ]);
    const slid = sliding(windows, 3 * MINUTE).map(({ start, count }) => [(start - NOON) / MINUTE, count]);
    expect(slid).toEqual([[56, 1], [57, 3], [59, 5]]);
    expect(mean({ count: 0, sum: 0, late: 0 })).toBeUndefined();
  });
});

describe('a consumer', () => {
  const delivered = (data: string, place: number): KinesisStreamRecord => ({
    eventID: `shardId-000000000001:${place}`, eventSourceARN: 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks',
    kinesis: {
      data: Buffer.from(data).toString('base64'), sequenceNumber: String(place), approximateArrivalTimestamp: NOON / 1000,
    },
  } as unknown as KinesisStreamRecord);
  const consumerOn = (table: FakeWindowTable) => {
    const logger = new RecordingLogger();
    const measure = (data: string): Measurement[] => [{ series: 'a', at: NOON, value: Number(JSON.parse(data)) }];
    return { logger, consumer: windowConsumer({ aggregate: aggregateOn(table), measure, logger }) };
  };

  test('counts what it can read, and answers where it could not go on', async () => {
    const table = new FakeWindowTable();
    const { logger, consumer } = consumerOn(table);
    const Records = ['1', '2', 'poison', '4'].map(delivered);
    await expect(consumer({ Records })).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(await readerOn(table).read('a', ALL)).toMatchObject([{ count: 2, sum: 3 }]);
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'record failed', fields: { shard: 'clicks/shardId-000000000001', sequenceNumber: '2', left: 1 } },
      { message: 'counted', fields: { records: 2, repeated: 0, late: 0 } },
    ]);
    await expect(consumer({ Records: Records.slice(3) })).resolves.toEqual({ batchItemFailures: [] });
    expect(await readerOn(table).read('a', ALL)).toMatchObject([{ count: 3, sum: 7 }]);
  });

  test('takes what cannot be counted for poison, and is content with nothing', async () => {
    const { consumer } = consumerOn(new FakeWindowTable());
    await expect(consumer({ Records: [delivered('"x"', 5)] })).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '5' }] });
    await expect(consumer({ Records: [] })).resolves.toEqual({ batchItemFailures: [] });
  });

  test('fails as a whole when the table does', async () => {
    const table = new FakeWindowTable();
    table.before = () => { throw new Error('away'); };
    await expect(consumerOn(table).consumer({ Records: [delivered('1', 1)] })).rejects.toThrow('away');
  });
});

describe('its settings', () => {
  test('come from the environment', () => {
    expect(windowedSettings('MINUTES', { MINUTES_WINDOWS: '60000,0,86400,v2' }))
      .toEqual({ windowMilliseconds: 60_000, latenessMilliseconds: 0, retentionSeconds: 86_400, generation: 'v2' });
  });

  test.each([[undefined, 'not set'], ['60000', 'three whole numbers'], ['0,0,1,1', 'three'], ['1,0,1,a/b', 'three']])('%s is refused', (value, message) => {
    expect(() => windowedSettings('MINUTES', { MINUTES_WINDOWS: value })).toThrow(message);
  });
});

/** What it must come to, worked out without a table, batches or windows that are cut. */
function reference(shards: readonly (readonly ShardRecord[])[]): Map<string, Totals> {
  const totals = new Map<string, Totals>();
  for (const records of shards) {
    let newest = -Infinity;
    for (const { measurements, arrivedAt } of records) {
      for (const { series, at: time, value = 1 } of measurements) {
        const start = time - time % MINUTE;
        const id = `${series} ${start}`;
        const { count, sum, min, max, late } = totals.get(id) ?? { count: 0, sum: 0, late: 0 };
        totals.set(id, start + MINUTE + 30_000 <= newest
          ? { count, sum, min, max, late: late + 1 }
          : { count: count + 1, sum: sum + value, min: Math.min(min ?? value, value), max: Math.max(max ?? value, value), late });
      }
      newest = Math.max(newest, ...measurements.map(({ at: time }) => Math.min(time, arrivedAt)));
    }
  }
  return totals;
}

test('whatever is delivered in whatever pieces however often, at crashes and lost answers, the totals are those of the stream', async () => {
  const parts = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom('a', 'b', 'c'), fc.integer({ min: -9, max: 9 }));
  const measurement = parts.map((given) => at(...given));
  const shard = fc.array(fc.tuple(fc.array(measurement, { maxLength: 3 }), fc.integer({ min: 0, max: 400 })), { maxLength: 30 })
    .map((records) => records.map(([measurements, seconds], place) => record(place, measurements, NOON + seconds * 1000)));
  // How far each delivery goes, how far the next one goes back, and whether it crashes before or after it has written.
  const delivery = fc.record({
    size: fc.integer({ min: 1, max: 12 }), back: fc.integer({ min: 0, max: 12 }), fault: fc.constantFrom('none', 'before', 'after'),
  });
  const [shardLists, deliveryLists] = [fc.array(shard, { minLength: 1, maxLength: 3 }), fc.array(delivery, { maxLength: 20 })];
  await fc.assert(fc.asyncProperty(shardLists, deliveryLists, async (shards, deliveries) => {
    const table = new FakeWindowTable();
    for (const [index, records] of shards.entries()) {
      let reached = 0;
      for (const { size, back, fault } of deliveries) {
        const from = Math.max(0, reached - back);
        const crash = (name: string) => {
          if (name === 'TransactWrite') {
            throw new Error('crash');
          }
        };
        table.before = fault === 'before' ? crash : () => undefined;
        table.after = fault === 'after' ? crash : () => undefined;
        try {
          await aggregateOn(table).apply(`clicks/${index}`, records.slice(from, from + size));
          reached = Math.max(reached, Math.min(records.length, from + size));
        } catch {
          // It comes again.
        }
      }
      table.before = table.after = () => undefined;
      await aggregateOn(table).apply(`clicks/${index}`, records.slice(Math.max(0, reached - 5)));
    }
    const counted = new Map<string, Totals>();
    for (const series of ['a', 'b', 'c']) {
      for (const { start, count, sum, min, max, late } of await readerOn(table).read(series, ALL)) {
        counted.set(`${series} ${start}`, { count, sum, min, max, late });
      }
    }
    expect(counted).toEqual(reference(shards));
  }), { numRuns: 200, seed: 149 });
});
