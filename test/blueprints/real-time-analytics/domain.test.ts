import { parseBatch } from '../../../blueprints/real-time-analytics/domain/batch';
import { changedSeries } from '../../../blueprints/real-time-analytics/domain/changed-windows';
import { measure, parseEvent, type PostEvent } from '../../../blueprints/real-time-analytics/domain/event';
import { EventWriter } from '../../../blueprints/real-time-analytics/domain/event-writer';
import { Replayer } from '../../../blueprints/real-time-analytics/domain/replayer';
import { answerOf, parseSeriesQuery } from '../../../blueprints/real-time-analytics/domain/series-query';
import type { TimeWindow } from '../../../runtime';
import { systemClock } from '../../../runtime/clock';
import { RecordingLogger } from '../../runtime/fakes';

const LIKE: PostEvent = { id: 'e1', post: 'p1', kind: 'like', region: 'europe', at: '2026-11-22T12:00:30.5Z' };
const NOON = Date.UTC(2026, 10, 22, 12);
const NOW = new Date(NOON + 60_000);

describe('an event', () => {
  test.each<[string, unknown]>([
    ['nothing', null], ['a text', 'like'], ['a list', []], ['another field', { ...LIKE, user: 'u' }], ['no id', { ...LIKE, id: undefined }],
    ['an id with a blank', { ...LIKE, id: 'a b' }], ['a post of 65 letters', { ...LIKE, post: 'x'.repeat(65) }], ['another kind', { ...LIKE, kind: 'view' }],
    ['another region', { ...LIKE, region: 'eu' }], ['a time without a zone', { ...LIKE, at: '2026-11-22T12:00:30' }],
    ['a day that is none', { ...LIKE, at: '2026-13-22T12:00:30Z' }], ['a like that took time', { ...LIKE, milliseconds: 5 }],
    ['a delivery that took none', { ...LIKE, kind: 'delivered' }], ['half a millisecond', { ...LIKE, kind: 'delivered', milliseconds: .5 }],
    ['more than a day', { ...LIKE, kind: 'delivered', milliseconds: 86_400_001 }],
  ])('is not %s', (_, given) => {
    expect(() => parseEvent(given)).toThrow(expect.objectContaining({ name: 'InvalidEventError' }));
  });

  test('is counted for its post and for all, and in its region when it is a delivery', () => {
    const at = NOON + 30_500;
    expect(measure(parseEvent(LIKE))).toEqual([{ series: 'post/p1/like', at }, { series: 'all/like', at }]);
    expect(measure(parseEvent({ ...LIKE, kind: 'delivered', milliseconds: 7 }))).toEqual([
      { series: 'post/p1/delivered', at }, { series: 'all/delivered', at }, { series: 'delivery/europe', at, value: 7 },
    ]);
  });
});

describe('a batch', () => {
  test('is sorted into what can be taken and what cannot', () => {
    const future = { ...LIKE, at: '2026-11-22T12:03:00Z' };
    expect(parseBatch({ events: [LIKE, { ...LIKE, kind: 'x' }, future, LIKE] }, NOW)).toEqual({
      events: [{ index: 0, event: LIKE }, { index: 3, event: LIKE }],
      failures: [
        { index: 1, detail: 'kind is one of like, comment, share, delivered', retry: false },
        { index: 2, detail: 'at lies in the future', retry: false },
      ],
    });
  });

  test.each([[undefined], [null], [[]], [{ events: 'all' }], [{ events: [] }], [{ events: Array(501).fill(LIKE) }]])('is not %j', (body) => {
    expect(() => parseBatch(body, NOW)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

test('a writer sends again what a shard refused, with growing pauses, and says what it kept refusing', async () => {
  const slept: number[] = [];
  const sent: string[][] = [];
  const kinesis = {
    send: (async ({ input: { Records } }: { input: { Records: { PartitionKey: string }[] } }) => {
      sent.push(Records.map(({ PartitionKey }) => PartitionKey));
      return { Records: Records.map(({ PartitionKey }) => PartitionKey === 'full' || (PartitionKey === 'once' && sent.length === 1) ? { ErrorCode: 'x' } : {}) };
    }) as never,
  };
  const clock = { ...systemClock, sleep: async (milliseconds: number) => void slept.push(milliseconds) };
  const writer = new EventWriter({ kinesis, streamName: 's', partitionKey: 'post', clock, random: () => 1 });
  const events = ['a', 'full', 'once', 'b'].map((post, index) => ({ index, event: { ...LIKE, post } }));
  await expect(writer.write(events)).resolves.toEqual([events[1]]);
  expect(sent).toEqual([['a', 'full', 'once', 'b'], ['full', 'once'], ['full'], ['full'], ['full']]);
  expect(slept).toEqual([100, 200, 400, 800]);
});

describe('a query', () => {
  const window = (minute: number, count: number): TimeWindow => ({
    start: NOON + minute * 60_000, end: NOON + (minute + 1) * 60_000,
    count, sum: 10 * count, mean: 10, min: 1, max: 20, late: 0, final: true,
  });

  test('has the last hour in minutes unless it says otherwise', () => {
    expect(parseSeriesQuery({ name: 'all/like' }, NOON + 5)).toEqual({ name: 'all/like', from: NOON - 3_600_000, to: NOON + 5, step: 'minute' });
  });

  test.each([
    ['no name', {}], ['another name', { name: '1#' }], ['another step', { name: 'all/like', step: 'week' }], ['a generation with a slash', { name: 'all/like', generation: 'a/b' }],
    ['a time that is none', { name: 'all/like', from: 'noon' }], ['an end before its beginning', { name: 'all/like', from: '2026-11-22T12:00:00Z', to: '2026-11-22T11:00:00Z' }],
    ['more than two days', { name: 'all/like', from: '2026-11-19T12:00:00Z', to: '2026-11-22T12:00:00Z' }],
  ])('with %s is refused', (_, given) => {
    expect(() => parseSeriesQuery(given, NOON)).toThrow(expect.objectContaining({ status: 400 }));
  });

  test('adds windows up to its step', () => {
    const query = parseSeriesQuery({ name: 'all/like', from: '2026-11-22T11:30:00Z', to: '2026-11-22T13:30:00Z' }, NOON);
    const windows = [window(-20, 1), window(0, 2), window(59, 3), window(60, 4)];
    const told = (step: 'minute' | 'hour' | 'day' | 'all') => answerOf(windows, { ...query, step }) as { start: string; end: string; count: number }[];
    expect(told('minute').map(({ count }) => count)).toEqual([1, 2, 3, 4]);
    expect(told('hour').map(({ start, count }) => [start.slice(11, 16), count])).toEqual([['11:00', 1], ['12:00', 5], ['13:00', 4]]);
    expect(told('day').map(({ count }) => count)).toEqual([10]);
    expect(told('all')).toEqual([{
      start: '2026-11-22T11:30:00.000Z', end: '2026-11-22T13:30:00.000Z', count: 10, sum: 100, mean: 10, min: 1, max: 20, late: 0, final: true,
    }]);
    expect(answerOf([], { ...query, step: 'all' })).toEqual([]);
  });
});

test('of all changes those of the shown series are told, from the first window to the last', () => {
  const change = (series: string, window: string) => ({ dynamodb: { Keys: { series: { S: series }, window: { S: window } } } });
  const minute = (number: number) => `${new Date(NOON + number * 60_000).toISOString()}/events/shard-0`;
  expect(changedSeries([
    change('1/all/like', minute(3)), change('1/all/like', minute(1)), change('1/delivery/europe', minute(2)), change('1/post/p1/like', minute(2)),
    change('2/all/like', minute(9)), change('1#', 'events/shard-0'), {},
  ], '1')).toEqual([
    { name: 'all/like', from: NOON + 60_000, last: NOON + 180_000 }, { name: 'delivery/europe', from: NOON + 120_000, last: NOON + 120_000 },
  ]);
});

describe('a replay', () => {
  const record = (place: number, data: string) =>
    ({ SequenceNumber: String(place), ApproximateArrivalTimestamp: new Date(NOON), Data: Buffer.from(data) });
  const pages: Record<string, ReturnType<typeof record>[][]> = {
    'shard-0': [[record(1, JSON.stringify(LIKE)), record(2, 'poison')], [], [record(3, JSON.stringify(LIKE))], []],
    'shard-1': [[record(1, JSON.stringify(LIKE))], []],
  };
  const replay = async (positions: Record<string, string>, from?: Date, calls = Infinity) => {
    const asked: object[] = [];
    const applied: string[] = [];
    let left = calls;
    const kinesis = {
      send: (async ({ constructor: { name }, input }: { constructor: { name: string }; input: Record<string, string> }) => {
        if (name === 'ListShardsCommand') {
          return input.NextToken ? { Shards: [{ ShardId: 'shard-1' }] } : { Shards: [{ ShardId: 'shard-0' }], NextToken: 'more' };
        }
        if (name === 'GetShardIteratorCommand') {
          asked.push(input);
          return { ShardIterator: `${input.ShardId} 0` };
        }
        const [shard, page] = input.ShardIterator!.split(' ') as [string, string];
        const all = pages[shard]!;
        return { Records: all[Number(page)], NextShardIterator: `${shard} ${Number(page) + 1}`, MillisBehindLatest: Number(page) === all.length - 1 ? 0 : 5 };
      }) as never,
    };
    const aggregate = {
      positionOf: async (shard: string) => positions[shard],
      apply: async (shard: string, records: readonly { sequenceNumber: string }[]) => {
        applied.push(...records.map(({ sequenceNumber }) => `${shard} ${sequenceNumber}`));
        return { records: records.length, repeated: 0, late: 0 };
      },
    };
    const logger = new RecordingLogger();
    const replayer = new Replayer({ kinesis, streamArn: 'arn:aws:kinesis:eu-west-1:1:stream/events', aggregate, logger, mayGoOn: () => left-- > 0 });
    return { done: await replayer.run(from), asked, applied, logger };
  };

  test('reads every shard to its end, pages without records too, and passes poison over', async () => {
    const { done, applied, asked, logger } = await replay({});
    expect(done).toEqual({ records: 3, repeated: 0, late: 0, poisoned: 1, done: true });
    expect(applied).toEqual(['events/shard-0 1', 'events/shard-0 3', 'events/shard-1 1']);
    expect(asked).toMatchObject([{ ShardIteratorType: 'TRIM_HORIZON' }, { ShardIteratorType: 'TRIM_HORIZON' }]);
    expect(logger.lines).toMatchObject([{ message: 'record passed over', fields: { shard: 'events/shard-0', sequenceNumber: '2' } }]);
  });

  test('begins at a time, or goes on where it stopped', async () => {
    const { asked } = await replay({ 'events/shard-1': '7' }, NOW);
    expect(asked).toMatchObject([
      { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: NOW }, { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: '7' },
    ]);
  });

  test('says when it had no time to come to its end', async () => {
    expect((await replay({}, undefined, 2)).done).toMatchObject({ records: 1, done: false });
  });
});
