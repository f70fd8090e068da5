import { LinkStore } from '../../../blueprints/url-shortener/domain/link-store';
import { linkStatsHandler } from '../../../blueprints/url-shortener/handlers/link-stats';
import { CONTEXT, FakeTables, httpRequest, RecordingLogger } from './fakes';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const SLUG = 'abcdefghij';

function api() {
  const tables = new FakeTables();
  const handler = linkStatsHandler({ links: new LinkStore(tables.documents, 'links'), logger: new RecordingLogger(), now: () => NOW });
  return { tables, get: (slug: string) => handler(httpRequest({ pathParameters: { slug } }), CONTEXT) };
}

test('says how often a link was followed, and not where it leads', async () => {
  const { get, tables } = api();
  tables.putLink({ slug: SLUG, clicks: 7, createdAt: '2026-02-28T08:00:00.000Z', url: 'https://secret.example/' });
  const response = await get(SLUG);
  expect(response).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
  expect(JSON.parse(response.body!)).toEqual({ slug: SLUG, clicks: 7, createdAt: '2026-02-28T08:00:00.000Z' });
});

test('says when the link ends', async () => {
  const { get, tables } = api();
  tables.putLink({ slug: SLUG, expiresAt: Date.UTC(2026, 2, 2) / 1000 });
  expect(JSON.parse((await get(SLUG)).body!)).toMatchObject({ expiresAt: '2026-03-02T00:00:00.000Z' });
});

test('a bad, an unknown and an expired slug are not found', async () => {
  const { get, tables } = api();
  tables.putLink({ slug: SLUG, expiresAt: NOW.getTime() / 1000 });
  for (const slug of ['bad', 'unknown000', SLUG]) {
    await expect(get(slug)).resolves.toMatchObject({ statusCode: 404, headers: { 'content-type': 'application/problem+json' } });
  }
});
