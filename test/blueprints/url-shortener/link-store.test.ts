import { LinkStore } from '../../../blueprints/url-shortener/domain/link-store';
import { FakeTables } from './fakes';

const NOW = new Date('2026-03-01T12:00:00.900Z');
const NOW_SECONDS = Date.UTC(2026, 2, 1, 12) / 1000;

const later = (seconds: number) => new Date((NOW_SECONDS + seconds) * 1000);

/** A store that draws the given slugs in turn. */
function store(...slugs: string[]) {
  const tables = new FakeTables();
  return { tables, links: new LinkStore(tables.documents, 'links', () => slugs.shift() ?? 'drawnTooMany') };
}

test('stores a link without an end', async () => {
  const { tables, links } = store('slugNumber1');
  const link = await links.create({ url: 'https://example.com/' }, NOW);
  expect(link).toEqual({ slug: 'slugNumber1', url: 'https://example.com/', createdAt: '2026-03-01T12:00:00.900Z', clicks: 0 });
  expect(tables.link('slugNumber1')).toStrictEqual(link);
});

test('stores when a link ends, in seconds', async () => {
  const { tables, links } = store('slugNumber1');
  await expect(links.create({ url: 'https://example.com/', expiresInSeconds: 60 }, NOW)).resolves.toMatchObject({ expiresAt: NOW_SECONDS + 60 });
  expect(tables.link('slugNumber1')).toMatchObject({ expiresAt: NOW_SECONDS + 60 });
});

test('draws again when a slug is taken, and leaves the other link alone', async () => {
  const { tables, links } = store('taken', 'taken', 'taken', 'taken', 'free');
  tables.putLink({ slug: 'taken', url: 'https://first.example/' });
  await expect(links.create({ url: 'https://example.com/' }, NOW)).resolves.toMatchObject({ slug: 'free' });
  expect(tables.link('taken')).toMatchObject({ url: 'https://first.example/' });
});

test('gives up after five slugs', async () => {
  const { tables, links } = store('taken', 'taken', 'taken', 'taken', 'taken', 'free');
  tables.putLink({ slug: 'taken' });
  await expect(links.create({ url: 'https://example.com/' }, NOW)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(tables.link('free')).toBeUndefined();
});

test('any other failure of the table is passed on', async () => {
  const { tables, links } = store('slugNumber1');
  tables.failures.push(new Error('throttled'));
  await expect(links.create({ url: 'https://example.com/' }, NOW)).rejects.toThrow('throttled');
});

test('finds what was just made, with a strongly consistent read', async () => {
  const { tables, links } = store('slugNumber1');
  const link = await links.create({ url: 'https://example.com/' }, NOW);
  await expect(links.find('slugNumber1', NOW)).resolves.toEqual(link);
  await expect(links.find('slugNumber2', NOW)).resolves.toBeUndefined();
  expect(tables.reads.map(({ ConsistentRead }) => ConsistentRead)).toEqual([true, true]);
});

test('an expired link is not found although the table still has it', async () => {
  const { tables, links } = store('slugNumber1');
  await links.create({ url: 'https://example.com/', expiresInSeconds: 60 }, NOW);
  await expect(links.find('slugNumber1', later(59.999))).resolves.toBeDefined();
  await expect(links.find('slugNumber1', later(60))).resolves.toBeUndefined();
  expect(tables.link('slugNumber1')).toBeDefined();
});
