import { LinkStore } from '../../../blueprints/url-shortener/domain/link-store';
import { createLinkHandler } from '../../../blueprints/url-shortener/handlers/create-link';
import type { HttpResponse } from '../../../runtime';
import { AnswersInMemory, CONTEXT, FakeTables, httpRequest, RecordingLogger } from './fakes';

const NOW = new Date('2026-03-01T12:00:00.000Z');

function api(overrides: { publicBaseUrl?: string } = {}) {
  const tables = new FakeTables();
  const answers = new AnswersInMemory();
  const logger = new RecordingLogger();
  const handler = createLinkHandler({
    links: new LinkStore(tables.documents, 'links'), answers, logger, now: () => NOW, ...overrides,
  });
  const post = (body: unknown, headers: Record<string, string> = {}, stage = '$default') => handler(httpRequest({
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    domainName: 'api.example.net',
    stage,
  }), CONTEXT);
  return { post, tables, answers, logger };
}

const bodyOf = (response: HttpResponse) => JSON.parse(response.body!) as Record<string, unknown>;
const slugsIn = (tables: FakeTables) => [...tables.tables.links!.keys()];
const problem = (status: number) => ({ statusCode: status, headers: { 'content-type': 'application/problem+json' } });

beforeEach(() => jest.useFakeTimers({ now: NOW, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'setTimeout'] }));
afterEach(() => jest.useRealTimers());

test('makes a link', async () => {
  const { post, tables } = api();
  const response = await post({ url: 'https://EXAMPLE.com/a' });
  const [slug] = slugsIn(tables);
  const shortUrl = `https://api.example.net/${slug}`;
  expect(response).toEqual({
    statusCode: 201,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', location: shortUrl },
    body: JSON.stringify({ slug, shortUrl }),
  });
  expect(tables.link(slug!)).toMatchObject({ url: 'https://example.com/a', clicks: 0 });
});

test('says when the link ends', async () => {
  const { post } = api();
  expect(bodyOf(await post({ url: 'https://example.com', expiresInSeconds: 60 }))).toMatchObject({ expiresAt: '2026-03-01T12:01:00.000Z' });
});

test('the short URL names the stage, or the address that users see', async () => {
  expect(bodyOf(await api().post({ url: 'https://example.com' }, {}, 'dev')).shortUrl).toMatch(/^https:\/\/api\.example\.net\/dev\/[0-9A-Za-z]{10}$/);
  const behind = api({ publicBaseUrl: 'https://sho.rt' });
  expect(bodyOf(await behind.post({ url: 'https://example.com' })).shortUrl).toMatch(/^https:\/\/sho\.rt\/[0-9A-Za-z]{10}$/);
  await expect(behind.post({ url: 'https://sho.rt/x' })).resolves.toMatchObject(problem(422));
  await expect(behind.post({ url: 'https://api.example.net/x' })).resolves.toMatchObject(problem(422));
});

test('the short URL has the scheme and the port that the front door was called under', async () => {
  const forwarded = { 'x-forwarded-proto': 'http', 'x-forwarded-port': '4566' };
  expect(bodyOf(await api().post({ url: 'https://example.com' }, forwarded)).shortUrl).toMatch(/^http:\/\/api\.example\.net:4566\/[0-9A-Za-z]{10}$/);
});

test.each([
  [400, { url: 'https://example.com', slug: 'mine' }, {}],
  [400, '{"url":', {}],
  [400, '', {}],
  [413, { url: 'https://example.com', note: 'x'.repeat(16 * 1024) }, {}],
  [415, { url: 'https://example.com' }, { 'content-type': 'text/plain' }],
  [422, { url: 'javascript:alert(1)' }, {}],
  [422, { url: 'https://api.example.net/x' }, {}],
  [400, { url: 'https://example.com' }, { 'idempotency-key': '' }],
  [400, { url: 'https://example.com' }, { 'idempotency-key': 'two words' }],
  [400, { url: 'https://example.com' }, { 'idempotency-key': 'schlüssel' }],
  [400, { url: 'https://example.com' }, { 'idempotency-key': 'k'.repeat(256) }],
])('refuses with %i and makes nothing: %j %j', async (status, body, headers) => {
  const { post, tables, answers } = api();
  await expect(post(body, headers)).resolves.toMatchObject(problem(status));
  expect(slugsIn(tables)).toEqual([]);
  expect(answers.records.size).toBe(0);
});

test('without a key, every request makes a link of its own', async () => {
  const { post, tables } = api();
  await post({ url: 'https://example.com' });
  await post({ url: 'https://example.com' });
  expect(slugsIn(tables)).toHaveLength(2);
});

describe('with an Idempotency-Key', () => {
  const KEY = { 'idempotency-key': 'k'.repeat(255) };

  test('the same request gets the identical answer and makes one link', async () => {
    const { post, tables } = api();
    const first = await post({ url: 'https://example.com', expiresInSeconds: 60 }, KEY);
    const again = await post({ url: 'https://example.com', expiresInSeconds: 60 }, KEY);
    const reordered = await post('{ "expiresInSeconds": 60, "url": "https://example.com/" }', KEY);
    expect(first.statusCode).toBe(201);
    expect(again).toEqual(first);
    expect(reordered).toEqual(first);
    expect(slugsIn(tables)).toHaveLength(1);
  });

  test('another key makes another link', async () => {
    const { post, tables } = api();
    await post({ url: 'https://example.com' }, { 'idempotency-key': 'a' });
    await post({ url: 'https://example.com' }, { 'idempotency-key': 'b' });
    expect(slugsIn(tables)).toHaveLength(2);
  });

  test.each([
    ['another URL', { url: 'https://example.com/other' }],
    ['an end', { url: 'https://example.com', expiresInSeconds: 60 }],
  ])('another request is refused: %s', async (_, other) => {
    const { post, tables } = api();
    await post({ url: 'https://example.com' }, KEY);
    const response = await post(other, KEY);
    expect(response).toMatchObject(problem(422));
    expect(bodyOf(response).detail).toBe('This Idempotency-Key was used for another request.');
    expect(slugsIn(tables)).toHaveLength(1);
  });

  test('requests at once make one link: the others are asked to come back', async () => {
    const { post, tables, logger } = api();
    const responses = await Promise.all(Array.from({ length: 4 }, () => post({ url: 'https://example.com' }, KEY)));
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409, 409, 409]);
    expect(responses.find(({ statusCode }) => statusCode === 409)).toMatchObject({
      headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
    });
    expect(slugsIn(tables)).toHaveLength(1);
    expect(logger.lines).toEqual([]);
  });

  test('a refused request is not kept: the key serves the corrected one', async () => {
    const { post } = api();
    await expect(post({ url: 'ftp://example.com' }, KEY)).resolves.toMatchObject(problem(422));
    await expect(post({ url: 'https://example.com' }, KEY)).resolves.toMatchObject({ statusCode: 201 });
  });

  test('a request that failed is not kept either', async () => {
    const { post, tables, logger } = api();
    tables.failures.push(new Error('table is down'));
    await expect(post({ url: 'https://example.com' }, KEY)).resolves.toMatchObject(problem(500));
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'request failed' }]);
    await expect(post({ url: 'https://example.com' }, KEY)).resolves.toMatchObject({ statusCode: 201 });
  });

  test('the answer is kept for 24 hours', async () => {
    const { post, tables } = api();
    const first = await post({ url: 'https://example.com' }, KEY);
    jest.setSystemTime(NOW.getTime() + 24 * 60 * 60 * 1000);
    await expect(post({ url: 'https://example.com' }, KEY)).resolves.toEqual(first);
    jest.setSystemTime(NOW.getTime() + 24 * 60 * 60 * 1000 + 1001);
    await expect(post({ url: 'https://example.com' }, KEY)).resolves.toMatchObject({ statusCode: 201 });
    expect(slugsIn(tables)).toHaveLength(2);
  });

  test('records are told apart from those of clicks, and not named after the function', async () => {
    const { post, answers } = api();
    await post({ url: 'https://example.com' }, KEY);
    expect([...answers.records.keys()]).toEqual([expect.stringMatching(/^create-link#[A-Za-z0-9+/]{43}=$/)]);
  });
});
