import type { DynamoDBStreamEvent } from 'aws-lambda';
import { join } from 'node:path';
import { ingestHandler } from '../../../blueprints/real-time-analytics/handlers/ingest';
import { pageHandler } from '../../../blueprints/real-time-analytics/handlers/page';
import { pushHandler } from '../../../blueprints/real-time-analytics/handlers/push';
import { replayHandler } from '../../../blueprints/real-time-analytics/handlers/replay';
import { seriesHandler } from '../../../blueprints/real-time-analytics/handlers/series';
import type { Numbered } from '../../../blueprints/real-time-analytics/domain/batch';
import type { TimeWindow } from '../../../runtime';
import { AnswersInMemory } from '../../runtime/answers-in-memory';
import { CONTEXT, httpRequest, RecordingLogger } from '../../runtime/fakes';

const NOON = Date.UTC(2026, 10, 22, 12);
const LIKE = { id: 'e1', post: 'p1', kind: 'like', region: 'europe', at: '2026-11-22T12:00:30Z' };
const WINDOW: TimeWindow = { start: NOON, end: NOON + 60_000, count: 2, sum: 2, mean: 1, min: 1, max: 1, late: 0, final: false };

describe('POST /events', () => {
  const ingest = (refuses: (written: readonly Numbered[], call: number) => readonly Numbered[] = () => []) => {
    const written: number[] = [];
    const handler = ingestHandler({
      events: { write: async (events) => { written.push(events.length); return refuses(events, written.length); } },
      answers: new AnswersInMemory(),
      logger: new RecordingLogger(),
      now: () => new Date(NOON + 60_000),
    });
    const post = async (events: unknown[], key?: string) => {
      const { statusCode, body, headers } = await handler(httpRequest({
        headers: { 'content-type': 'application/json', ...key !== undefined && { 'idempotency-key': key } }, body: JSON.stringify({ events }),
      }), CONTEXT);
      return { status: statusCode, body: JSON.parse(body!) as object, headers };
    };
    return { written, post };
  };

  test('takes what is right', async () => {
    expect(await ingest().post([LIKE, LIKE])).toMatchObject({ status: 202, body: { accepted: 2, failed: [] } });
  });

  test('names what is wrong and what the stream refused, by their place', async () => {
    const { post } = ingest((events) => events.slice(0, 1));
    expect(await post([null, LIKE, LIKE])).toMatchObject({
      status: 207, body: { accepted: 1, failed: [{ index: 0, retry: false }, { index: 1, retry: true }] },
    });
    expect(await post([null])).toMatchObject({ status: 422, body: { accepted: 0, failed: [{ index: 0 }] } });
  });

  test('takes a batch once for a key, and again when the stream took none of it', async () => {
    const { written, post } = ingest((events, call) => call === 1 ? events : []);
    expect(await post([LIKE], 'k')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(await post([LIKE], 'k')).toMatchObject({ status: 202 });
    expect(await post([LIKE], 'k')).toMatchObject({ status: 202, body: { accepted: 1 } });
    expect(await post([LIKE, LIKE], 'k')).toMatchObject({ status: 422 });
    expect(written).toEqual([1, 1]);
  });
});

test('GET /series tells the windows of the generation that is asked for', async () => {
  const read = jest.fn(async () => [WINDOW]);
  const handler = seriesHandler({ read, logger: new RecordingLogger(), now: () => NOON });
  const answer = await handler({ ...httpRequest(), queryStringParameters: { name: 'all/like', generation: 'v2' } }, CONTEXT);
  expect(JSON.parse(answer.body!)).toMatchObject({
    name: 'all/like', step: 'minute', to: '2026-11-22T12:00:00.000Z', windows: [{ start: '2026-11-22T12:00:00.000Z', count: 2, final: false }],
  });
  expect(read).toHaveBeenCalledWith('all/like', { from: NOON - 3_600_000, to: NOON }, 'v2');
  expect(await handler(httpRequest(), CONTEXT)).toMatchObject({ statusCode: 400 });
});

describe('changes of windows', () => {
  const event = (series: string) => ({
    Records: [{ dynamodb: { Keys: { series: { S: series }, window: { S: '2026-11-22T12:00:00.000Z/events/shard-0' } } } }],
  } as unknown as DynamoDBStreamEvent);
  const push = (broadcast = jest.fn(async () => ({ sent: 1, gone: 0, failed: 0 }))) => {
    const read = jest.fn(async () => [WINDOW]);
    const post = async () => undefined;
    return { broadcast, read, post, handler: pushHandler({ windows: { read }, generation: '1', connections: { broadcast }, post, logger: new RecordingLogger() }) };
  };

  test('are told as totals to those who watch', async () => {
    const { handler, read, broadcast, post } = push();
    await expect(handler(event('1/all/like'))).resolves.toEqual({ batchItemFailures: [] });
    expect(read).toHaveBeenCalledWith('all/like', { from: NOON, to: NOON + 1 });
    const window = { ...WINDOW, start: '2026-11-22T12:00:00.000Z', end: '2026-11-22T12:01:00.000Z' };
    expect(broadcast).toHaveBeenCalledWith('dashboard', { series: [{ name: 'all/like', windows: [window] }] }, post);
  });

  test('of what nobody is shown are passed over', async () => {
    const { handler, broadcast } = push();
    await handler(event('1#'));
    expect(broadcast).not.toHaveBeenCalled();
  });

  test('come again when they could not be told', async () => {
    await expect(push(jest.fn(async () => { throw new Error('away'); })).handler(event('1/all/like'))).rejects.toThrow('away');
  });
});

describe('a replay', () => {
  const time = (left: number) => ({ getRemainingTimeInMillis: () => left });
  const replayed = { records: 1, repeated: 0, late: 0, poisoned: 0, done: true };

  test('goes into a generation of its own, from a time on, as long as there is time', async () => {
    const run = jest.fn(async () => replayed);
    const asked: [string, () => boolean][] = [];
    const handler = replayHandler({ replayer: (...given) => { asked.push(given); return { run }; }, shown: '1', logger: new RecordingLogger() });
    await expect(handler({ generation: 'v2', from: '2026-11-22T12:00:00Z' }, time(10_001))).resolves.toEqual(replayed);
    expect(run).toHaveBeenCalledWith(new Date(NOON));
    expect(asked[0]![0]).toBe('v2');
    expect(asked[0]![1]()).toBe(true);
    await handler({ generation: 'v2' }, time(10_000));
    expect(asked[1]![1]()).toBe(false);
  });

  test.each([[{ generation: '1' }], [{ generation: 'a/b' }], [{}], [{ generation: 'v2', from: 'noon' }]])('of %j is refused', async (request) => {
    const handler = replayHandler({ replayer: () => ({ run: async () => replayed }), shown: '1', logger: new RecordingLogger() });
    await expect(handler(request as never, time(1))).rejects.toThrow(/^(generation|from) is/);
  });
});

describe('the page', () => {
  const folder = join(__dirname, '../../../blueprints/real-time-analytics/handlers/page');
  const handler = pageHandler({ folder, liveUrl: 'wss://live.example.com/live', logger: new RecordingLogger() });
  const get = (file?: string) => handler({
    ...httpRequest(), pathParameters: file === undefined ? undefined : { file }, requestContext: { ...httpRequest().requestContext, apiId: 'abc' },
  }, CONTEXT);

  test('knows where the live numbers are, and may load nothing of others', async () => {
    const { statusCode, headers, body } = await get();
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8', 'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'") as string,
    });
    expect(body).toContain('<meta name="live" content="wss://live.example.com/live">');
    expect(body).toContain('<meta name="api" content="abc">');
    expect(body).not.toContain('{{');
    for (const [, file] of body!.matchAll(/"assets\/([\w.]+)"/g)) {
      expect(await get(file)).toMatchObject({ statusCode: 200 });
    }
  });

  test.each(['chart.js', 'dashboard.js', 'dashboard.css'])('has its %s', async (file) => {
    expect(await get(file)).toMatchObject({ statusCode: 200, headers: { 'x-content-type-options': 'nosniff' } });
  });

  test.each(['index.js', '../page.ts', 'constructor', ''])('has no %j', async (file) => {
    expect(await get(file)).toMatchObject({ statusCode: 404 });
  });
});
