import { parseClick } from '../../../blueprints/url-shortener/domain/click';
import { LinkStore } from '../../../blueprints/url-shortener/domain/link-store';
import { redirectHandler } from '../../../blueprints/url-shortener/handlers/redirect';
import { CONTEXT, fakeSqs, FakeTables, httpRequest, RecordingLogger } from './fakes';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const SLUG = 'abcdefghij';

function api(sqs = fakeSqs()) {
  const tables = new FakeTables();
  const logger = new RecordingLogger();
  const handler = redirectHandler({
    links: new LinkStore(tables.documents, 'links'), sqs, clicksQueueUrl: 'https://sqs/clicks', logger, now: () => NOW,
  });
  const get = (slug?: string) => handler(httpRequest({ requestId: 'visit-1', pathParameters: slug === undefined ? undefined : { slug } }), CONTEXT);
  const sent = () => sqs.inputs.map((input) => input as unknown as { QueueUrl: string; MessageBody: string });
  return { get, sent, tables, logger };
}

test('leads to the target, uncached, and reports the click', async () => {
  const { get, sent, tables, logger } = api();
  tables.putLink({ slug: SLUG, url: 'https://example.com/?a=b#c' });
  await expect(get(SLUG)).resolves.toEqual({
    statusCode: 301,
    headers: { location: 'https://example.com/?a=b#c', 'cache-control': 'no-store', 'x-request-id': 'visit-1' },
  });
  expect(sent()).toEqual([{ QueueUrl: 'https://sqs/clicks', MessageBody: expect.any(String) }]);
  expect(parseClick(sent()[0]!.MessageBody)).toEqual({ id: 'visit-1', slug: SLUG, at: NOW.toISOString() });
  expect(logger.lines).toEqual([]);
});

test('the click carries when the link ends', async () => {
  const { get, sent, tables } = api();
  const expiresAt = NOW.getTime() / 1000 + 1;
  tables.putLink({ slug: SLUG, expiresAt });
  await get(SLUG);
  expect(parseClick(sent()[0]!.MessageBody)).toMatchObject({ expiresAt });
});

test.each([undefined, '', 'abc', 'abcdefghij0', 'abcde%20hij', '../../../x'])('%j is not found, without asking the table', async (slug) => {
  const { get, sent, tables } = api();
  await expect(get(slug)).resolves.toMatchObject({ statusCode: 404, headers: { 'content-type': 'application/problem+json' } });
  expect(tables.reads).toEqual([]);
  expect(sent()).toEqual([]);
});

test('an unknown and an expired link get the same answer, and no click', async () => {
  const { get, sent, tables } = api();
  const unknown = await get(SLUG);
  tables.putLink({ slug: SLUG, expiresAt: NOW.getTime() / 1000 });
  const expired = await get(SLUG);
  expect(unknown.statusCode).toBe(404);
  expect(expired).toEqual(unknown);
  expect(sent()).toEqual([]);
});

test('a queue that refuses the click does not stop the visitor, and the loss is logged', async () => {
  const refusal = new Error('queue is down');
  const { get, tables, logger } = api(fakeSqs(refusal));
  tables.putLink({ slug: SLUG, url: 'https://example.com/' });
  await expect(get(SLUG)).resolves.toMatchObject({ statusCode: 301, headers: { location: 'https://example.com/' } });
  expect(logger.lines).toEqual([{ level: 'error', message: 'click lost', fields: { slug: SLUG, id: 'visit-1', error: refusal } }]);
});

test('a table that is down is a 500', async () => {
  const { get, sent, tables } = api();
  tables.failures.push(new Error('table is down'));
  await expect(get(SLUG)).resolves.toMatchObject({ statusCode: 500 });
  expect(sent()).toEqual([]);
});
