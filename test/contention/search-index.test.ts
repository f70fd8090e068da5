import { Pool } from 'pg';
import type { Postgres } from '../../local/postgres';
import {
  openSearchClient, OpenSearchEngine, PostgresEngine, RejectedDocumentsError, type SearchEngine, type SearchField, SearchIndex,
  type SearchQuery, type SqlClient,
} from '../../runtime/search-index';
import { scaled } from './support/scale';
import { startPostgres, stopPostgres } from './support/postgres';

const FIELDS: SearchField[] = [
  { name: 'title', kind: 'text', weight: 8 },
  { name: 'description', kind: 'text', weight: 1 },
  { name: 'city', kind: 'keyword' },
  { name: 'tags', kind: 'keyword' },
  { name: 'price', kind: 'number' },
];

let postgres: Postgres;
let pool: Pool;
let named = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  pool = new Pool({ connectionString: postgres.url, max: 8 });
  pool.on('error', () => undefined);
}, 60_000);
afterAll(async () => {
  await pool.end();
  await stopPostgres();
});

/** Of the pool that will be. */
const sql: SqlClient = { query: (text, values) => pool.query(text, values) };
/** With the address of an OpenSearch the same tests ask it: `OPENSEARCH_URL=http://localhost:9200`. */
const { OPENSEARCH_URL } = process.env;
const run = Date.now();
const onlyPostgres = OPENSEARCH_URL ? test.skip : test;

function engineOf(index: string): SearchEngine {
  if (!OPENSEARCH_URL) {
    return new PostgresEngine(sql, { index, language: 'english', fields: FIELDS });
  }
  const environment = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };
  const client = openSearchClient(OPENSEARCH_URL, { environment, timeoutMilliseconds: 30_000 });
  const name = `t${run}_${index}`;
  const engine = new OpenSearchEngine(client, { engine: 'opensearch', index: name, language: 'english', fields: FIELDS, replicas: 0 });
  const write = engine.write.bind(engine);
  // What is written is found within a second; a test does not wait that long.
  return Object.assign(engine, {
    write: async (...given: Parameters<typeof write>) => {
      const rejected = await write(...given);
      await client.send({ method: 'POST', path: `/${name}-*/_refresh` });
      return rejected;
    },
  });
}

const fresh = () => `events_${named += 1}`;
const indexOf = (name = fresh()) => new SearchIndex({ engine: engineOf(name), fields: FIELDS });

const document = (id: string, fields: object, version: number | bigint = 1) => ({ id, version, fields: { ...fields } });
const found = async (index: SearchIndex, query: SearchQuery | string) =>
  (await index.search(typeof query === 'string' ? { text: query } : query)).hits.map(({ id }) => id);

describe('what is found', () => {
  const index = indexOf('festival');

  beforeAll(() => index.index([
    document('run', { title: 'Running for beginners', description: 'A morning in the park', city: 'Berlin', tags: ['sport', 'outdoor'], price: 10 }),
    document('marathon', { title: 'Berlin marathon', description: 'Thousands of people run through the city', city: 'Berlin', tags: ['sport'], price: 120 }),
    document('concert', { title: 'Beethoven concert', description: 'The ninth symphony', city: 'Vienna', tags: ['music'], price: 80 }),
    document('jazz', { title: 'Jazz night', description: 'A concert for night owls', city: 'Paris', tags: ['music'], price: 35.5 }),
    document('free', { title: 'Open day of the theatre', description: 'O\'Neill & others: "the iceman"', city: 'Paris', tags: [] }),
  ]));

  test('is any form of a word', async () => {
    expect(await found(index, 'runs')).toEqual(['run', 'marathon']);
    expect(await found(index, 'RUNNING')).toEqual(['run', 'marathon']);
    expect(await found(index, 'concerts')).toEqual(['concert', 'jazz']);
  });

  test('is best first: what the title has comes before what the description has', async () => {
    const { hits } = await index.search({ text: 'concert' });
    expect(hits.map(({ id }) => id)).toEqual(['concert', 'jazz']);
    expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score);
    expect(hits[0]!.fields).toEqual({ title: 'Beethoven concert', description: 'The ninth symphony', city: 'Vienna', tags: ['music'], price: 80 });
  });

  test('is a word with a typo, after what is written as it was asked for', async () => {
    expect(await found(index, 'beethovn')).toEqual(['concert']);
    expect(await found(index, 'cocnert')).toEqual(['concert', 'jazz']);
    expect(await found(index, 'symphnoy ninht')).toEqual(['concert']);
    expect(await found(index, { text: 'beethovn', typos: false })).toEqual([]);
    expect(await found(index, 'beer')).toEqual([]);
    await index.index([document('typo', { title: 'Marathom' }), document('exact', { description: 'marathon' })]);
    expect(await found(index, 'marathon')).toEqual(['marathon', 'exact', 'typo']);
    await index.remove([{ id: 'typo', version: 1 }, { id: 'exact', version: 1 }]);
  });

  test('has all the words, phrases as they stand, and no excluded word', async () => {
    expect(await found(index, 'berlin run')).toEqual(['marathon']);
    expect(await found(index, '"ninth symphony"')).toEqual(['concert']);
    expect(await found(index, '"symphony ninth"')).toEqual([]);
    expect(await found(index, 'concert -beethoven')).toEqual(['jazz']);
    expect(await found(index, 'the')).toEqual([]);
    expect(await found(index, 'the concert of Beethoven')).toEqual(['concert']);
  });

  test.each(['\'', '"', 'a & | ! ( ) :* <-> \\', 'O\'Neill', '%_;--', '-', '"unclosed', '💥 ünïcode', '$1 {}', ' '])('never fails: %s', async (text) => {
    await expect(index.search({ text, facets: ['city'] })).resolves.toBeDefined();
  });

  test('is what the filters let through', async () => {
    expect(await found(index, { filters: { city: 'Paris' } })).toEqual(['free', 'jazz']);
    expect(await found(index, { filters: { city: ['Paris', 'Vienna'], price: { from: 35.5 } } })).toEqual(['concert', 'jazz']);
    expect(await found(index, { filters: { tags: 'sport', price: { to: 10 } } })).toEqual(['run']);
    expect(await found(index, { filters: { price: 120 }, text: 'run' })).toEqual(['marathon']);
    expect(await found(index, { filters: { city: 'paris' } })).toEqual([]);
  });

  test('is counted by value', async () => {
    const { facets } = await index.search({ facets: ['city', 'tags'], limit: 1 });
    expect(facets.city).toEqual([{ value: 'Berlin', count: 2 }, { value: 'Paris', count: 2 }, { value: 'Vienna', count: 1 }]);
    expect(facets.tags).toEqual([{ value: 'music', count: 2 }, { value: 'sport', count: 2 }, { value: 'outdoor', count: 1 }]);
    expect((await index.search({ text: 'concert', facets: ['city'] })).facets.city).toEqual([
      { value: 'Paris', count: 1 }, { value: 'Vienna', count: 1 },
    ]);
  });
});

describe('pages', () => {
  const count = scaled(10_000, 2000);
  const index = indexOf('many');
  const cities = ['Berlin', 'Paris', 'Vienna', 'Rome'];

  beforeAll(async () => {
    const all = Array.from({ length: count }, (_, n) => document(`event-${String(n).padStart(5, '0')}`, {
      title: `${n % 10 === 0 ? 'Concert' : 'Lecture'} ${n}`, description: n % 7 === 0 ? 'a concert in the evening' : 'all day', city: cities[n % 4], price: n,
    }));
    for (let from = 0; from < count; from += 1000) {
      await index.index(all.slice(from, from + 1000));
    }
  }, 120_000);

  async function pages(query: SearchQuery, between: (page: number) => Promise<void> = async () => undefined) {
    const ids: string[] = [];
    const scores: number[] = [];
    let cursor: string | undefined;
    for (let page = 0; page === 0 || cursor && page < 200; page += 1) {
      const answer = await index.search({ ...query, cursor });
      ids.push(...answer.hits.map(({ id }) => id));
      scores.push(...answer.hits.map(({ score }) => score));
      cursor = answer.cursor;
      await between(page);
    }
    return { ids, scores };
  }

  test('have every document that fits once, best first', async () => {
    const { ids, scores } = await pages({ text: 'concert', filters: { city: 'Berlin' }, limit: 37 });
    const expected = Array.from({ length: count }, (_, n) => n).filter((n) => n % 4 === 0 && (n % 10 === 0 || n % 7 === 0));
    expect(ids).toHaveLength(expected.length);
    expect(new Set(ids).size).toBe(ids.length);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const inTitle = expected.filter((n) => n % 10 === 0).length;
    expect(ids.slice(0, inTitle).every((id) => Number(id.slice(6)) % 10 === 0)).toBe(true);
  });

  test('stay as they are while other documents come and go', async () => {
    const before = await pages({ text: 'concert', filters: { city: 'Paris' }, limit: 50 });
    const during = await pages({ text: 'concert', filters: { city: 'Paris' }, limit: 50 }, async (page) => {
      await index.index([document(`late-${page}`, { title: 'Concert concert concert', city: 'Paris' })]);
      await index.remove([{ id: `late-${page - 1}`, version: 2 }]);
    });
    expect(during.ids.filter((id) => !id.startsWith('late'))).toEqual(before.ids);
    expect(new Set(during.ids).size).toBe(during.ids.length);
  });

  test('go through everything without a text, in the order of ids', async () => {
    const { ids } = await pages({ filters: { price: { from: 100, to: 299 } }, limit: 100 });
    expect(ids).toEqual(Array.from({ length: 200 }, (_, n) => `event-${String(n + 100).padStart(5, '0')}`));
  });

  onlyPostgres('are, in PostgreSQL, whose plan can be asked for, found by an index, where reading all would take longer', async () => {
    const client = await pool.connect();
    const plan = async (statement: string) => JSON.stringify((await client.query(`EXPLAIN ${statement}`)).rows);
    await client.query('VACUUM ANALYZE many_g1, many_g1_words');
    await client.query('SET enable_seqscan = off');
    try {
      expect(await plan('SELECT id FROM many WHERE words @@ plainto_tsquery(\'english\', \'lecture 471\')')).toContain('many_g1_words_in');
      expect(await plan('SELECT word FROM many_words WHERE word % \'concrt\'')).toContain('many_g1_alike');
      expect(await plan('SELECT id FROM many WHERE fields->\'city\' ?| ARRAY[\'Rome\']')).toContain('many_g1_f0');
      expect(await plan('SELECT id FROM many WHERE (fields->>\'price\')::numeric >= 5')).toContain('many_g1_f2');
    } finally {
      client.release(true);
    }
  });
});

describe('versions', () => {
  test('decide, not the order of arrival: whatever comes twice, late or mixed up, all end the same', async () => {
    const changes = Array.from({ length: 40 }, (_, n) => Array.from({ length: 10 }, (_, version) => version === 9 && n % 3 === 0
      ? { id: `d${n}`, version: 8 }
      : document(`d${n}`, { title: `version ${version}` }, version))).flat();
    const expected = Array.from({ length: 40 }, (_, n) => n % 3 === 0 ? [] : [[`d${n}`, 'version 9']]).flat();
    const index = indexOf();
    const shuffled = [...changes, ...changes].sort(() => Math.random() - 0.5);
    await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
      const own = shuffled.filter((_, n) => n % 8 === writer);
      for (let from = 0; from < own.length; from += 7) {
        await index.write(own.slice(from, from + 7));
      }
    }));
    const { hits } = await index.search({ limit: 100 });
    expect(hits.map(({ id, fields }) => [id, fields.title])).toEqual(expected.sort(([a], [b]) => a! < b! ? -1 : 1));
  });

  test('are whole numbers of any kind, up to the largest', async () => {
    const index = indexOf();
    await index.index([document('a', { title: 'new' }, 2n ** 62n - 1n)]);
    await index.index([{ id: 'a', version: '4611686018427387902', fields: { title: 'old' } }]);
    expect((await index.search({})).hits[0]!.fields.title).toBe('new');
    await expect(index.index([document('b', { title: 'x' }, 2n ** 62n)])).rejects.toThrow(RejectedDocumentsError);
  });

  test('bring a document back that was deleted, when it is newer', async () => {
    const index = indexOf();
    await index.index([document('a', { title: 'first' }, 5)]);
    await index.remove([{ id: 'a', version: 5 }]);
    await index.index([document('a', { title: 'first' }, 5)]);
    expect(await found(index, {})).toEqual([]);
    await index.index([document('a', { title: 'second' }, 6)]);
    expect(await found(index, 'second')).toEqual(['a']);
  });

  onlyPostgres('of deleted documents are, in PostgreSQL, whose rows can be looked at, forgotten when they are swept', async () => {
    const index = indexOf('swept');
    await index.index([document('a', { title: 'kept' })]);
    await index.remove([{ id: 'b', version: 3 }]);
    await index.sweep();
    expect((await pool.query('SELECT id FROM swept_g1')).rows).toHaveLength(2);
    await index.sweep(0);
    expect((await pool.query('SELECT id FROM swept_g1')).rows).toEqual([{ id: 'a' }]);
  });
});

test('what the index cannot hold is told, and everything else is written', async () => {
  const index = indexOf();
  const huge = Array.from({ length: 200_000 }, (_, n) => `word${n}`).join(' ');
  const documents = [
    document('good', { title: 'good' }), document('huge', { title: huge }), document('zero', { title: 'with \u0000 in it' }),
    document('number', { title: 'x', price: 'ten' }), document('also', { title: 'also good' }), document('', { title: 'nameless' }),
  ];
  const thrown: unknown = await index.index(documents).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(RejectedDocumentsError);
  expect([...(thrown as RejectedDocumentsError).reasons.keys()].sort()).toEqual(OPENSEARCH_URL ? ['', 'number'] : ['', 'huge', 'number', 'zero']);
  expect((await found(index, 'good')).sort()).toEqual(['also', 'good']);
});

test('a query that cannot be answered says why', async () => {
  const index = indexOf('festival');
  await expect(index.search({ filters: { title: 'x' } })).rejects.toThrow('\'title\' is no keyword and no number of this index');
  await expect(index.search({ filters: { price: 'ten' } })).rejects.toThrow('the filter of \'price\' is "ten", which fits no number');
  await expect(index.search({ limit: 101 })).rejects.toThrow('limit is 101');
  await expect(index.search({ cursor: 'bm9uc2Vuc2U' })).rejects.toThrow('cursor is not one');
  await expect(index.search({ facets: ['price'] })).rejects.toThrow('\'price\' is no keyword');
});

test('nothing is found in an index that nothing was ever written to', async () => {
  expect(await indexOf().search({ text: 'anything', facets: ['city'] })).toEqual({ hits: [], facets: {} });
});

test('many that begin at once make one index', async () => {
  const name = fresh();
  await Promise.all(Array.from({ length: 8 }, (_, n) => indexOf(name).index([document(`d${n}`, { title: 'first words' })])));
  expect(await found(indexOf(name), 'word')).toHaveLength(8);
});
