/** What needs no server: settings, queries, typos; and what OpenSearch is asked, of a server that plays its part. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import { connectSearchIndex, RejectedDocumentsError, ReindexSupersededError, type SearchField, type SearchIndex, searchIndexSettings } from '../../runtime/search-index';
import { alike, allowedTypos } from '../../runtime/search-index/typos';

const SETTINGS = {
  EVENTS_ENGINE: 'opensearch', EVENTS_INDEX: 'events_1', EVENTS_LANGUAGE: 'english', EVENTS_FIELDS: 'title:text:8,body:text:1,city:keyword,price:number',
  EVENTS_SHARDS: '2', EVENTS_REPLICAS: '1',
  AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token', AWS_REGION: 'eu-west-1',
};
const NOW = Date.UTC(2026, 10, 22, 12);

/** As the SDK wants it. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  public constructor(secret?: unknown) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }

  public update(data: string): void {
    this.hash.update(data);
  }

  public digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

interface FakeIndex {
  readonly aliases: Set<string>;
  readonly documents: Map<string, { version: bigint; source: object }>;
  readonly body: Record<string, object>;
}

/** As much of OpenSearch as decides: aliases, and versions of documents. */
class FakeOpenSearch {
  public readonly asked: Asked[] = [];
  public readonly indexes = new Map<string, FakeIndex>();
  /** Answers in place of the next ones. */
  public readonly answers: [number, object][] = [];
  public hits: object[] = [];
  private server?: Server;

  public async start(): Promise<string> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        const headers = request.headers as Record<string, string>;
        const asked = { method: request.method!, path: request.url!, headers, body: Buffer.concat(chunks).toString() };
        this.asked.push(asked);
        const [status, body] = this.answers.shift() ?? this.answer(asked);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => { this.server!.listen(0, '127.0.0.1', resolve); });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private named(name: string) {
    return this.indexes.get(name) ?? [...this.indexes.values()].find(({ aliases }) => aliases.has(name));
  }

  private answer({ method, path, body }: Asked): [number, object] {
    const [, name = '', action = ''] = /^\/([^/?]+)(?:\/([^?]+))?/.exec(decodeURIComponent(path))!;
    if (method === 'GET' && action === '_alias') {
      const found = [...this.indexes].filter(([index]) => index.startsWith(name.replace('*', '')));
      return found.length === 0 ? [404, {}] : [200, Object.fromEntries(found.map(([index, { aliases }]) =>
        [index, { aliases: Object.fromEntries([...aliases].map((alias) => [alias, {}])) }]))];
    }
    if (method === 'PUT') {
      if (this.indexes.has(name)) {
        return [400, { error: { type: 'resource_already_exists_exception' } }];
      }
      const created = JSON.parse(body) as Record<string, object>;
      this.indexes.set(name, { aliases: new Set(Object.keys(created.aliases!)), documents: new Map(), body: created });
      return [200, {}];
    }
    if (name === '_aliases') {
      const { actions } = JSON.parse(body) as { actions: Record<string, { index: string; alias: string }>[] };
      actions.forEach(({ add, remove, remove_index: gone }) => {
        this.indexes.get((add ?? remove)?.index ?? '')?.aliases[add ? 'add' : 'delete']((add ?? remove)!.alias);
        this.indexes.delete(gone?.index ?? '');
      });
      return [200, {}];
    }
    const index = this.named(name);
    if (!index) {
      return [404, { error: { type: 'index_not_found_exception' } }];
    }
    if (action === '_bulk') {
      const lines = body.trimEnd().split('\n');
      const items = lines.flatMap((line, n) => {
        if (n % 2 === 1) {
          return [];
        }
        const [, id, version] = /"_id":("(?:[^"\\]|\\.)*"),"version":(\d+),"version_type":"external_gte"/.exec(line)!;
        const key = JSON.parse(id!) as string;
        const known = index.documents.get(key);
        if (known && known.version > BigInt(version!)) {
          return [{ index: { _id: key, status: 409, error: { type: 'version_conflict_engine_exception', reason: 'older' } } }];
        }
        if (lines[n + 1]!.includes('unmappable')) {
          return [{ index: { _id: key, status: 400, error: { type: 'mapper_parsing_exception', reason: 'failed to parse' } } }];
        }
        index.documents.set(key, { version: BigInt(version!), source: JSON.parse(lines[n + 1]!) as object });
        return [{ index: { _id: key, status: 200 } }];
      });
      return [200, { items }];
    }
    return [200, action === '_search' ? { hits: { hits: this.hits }, aggregations: { city: { buckets: [{ key: 'Berlin', doc_count: 2 }] } } } : {}];
  }
}

describe('OpenSearch', () => {
  let fake: FakeOpenSearch;
  let index: SearchIndex;

  beforeEach(async () => {
    fake = new FakeOpenSearch();
    const environment = { ...SETTINGS, EVENTS_ENDPOINT: await fake.start() };
    const sleep = () => Promise.resolve();
    const clock = { now: () => NOW, sleep };
    index = connectSearchIndex('EVENTS', { database: () => { throw new Error('not asked'); }, environment, openSearch: { clock } });
  });
  afterEach(() => fake.stop());

  const documents = (generation: number) => Object.fromEntries([...fake.indexes.get(`events_1-g${generation}`)!.documents].map(([id, { source }]) => [id, source]));

  test('is given a mapping with the analyzer of the language, shards and copies, and one alias for searches', async () => {
    await index.createIndex();
    const { body, aliases } = fake.indexes.get('events_1-g1')!;
    expect(body).toMatchObject({
      settings: { index: { number_of_shards: 2, number_of_replicas: 1, similarity: { default: { type: 'scripted' } } } },
      mappings: {
        dynamic: false,
        properties: {
          words: { type: 'text', analyzer: 'english' },
          id: { type: 'keyword' },
          fields: { properties: {
            title: { type: 'text', analyzer: 'english', copy_to: 'words' }, body: { type: 'text', analyzer: 'english', copy_to: 'words' },
            city: { type: 'keyword' }, price: { type: 'double' },
          } },
        },
      },
    });
    expect([...aliases]).toEqual(['events_1-w1', 'events_1']);
  });

  test('keeps of two versions the newer one, whichever comes last; a deletion is the later one of its version', async () => {
    const fields = (title: string) => ({ id: 'a', fields: { title } });
    await index.index([{ ...fields('old'), version: 1 }, { ...fields('new'), version: 2 }]);
    await index.index([{ ...fields('older'), version: 1 }]);
    expect(documents(1)).toEqual({ a: { id: 'a', fields: { title: 'new' } } });
    await index.remove([{ id: 'a', version: 2 }]);
    await index.index([{ ...fields('again'), version: 2 }]);
    expect(documents(1)).toEqual({ a: { id: 'a', deleted_at: NOW } });
    await index.index([{ ...fields('newest'), version: 2n ** 62n - 1n }]);
    expect(fake.indexes.get('events_1-g1')!.documents.get('a')!.version).toBe(2n ** 63n - 2n);
  });

  test('is asked in a bulk that makes no index by itself', async () => {
    await index.index([{ id: 'a "b"', version: 3, fields: { title: 'x' } }]);
    const bulk = fake.asked.at(-1)!;
    expect([bulk.method, bulk.path, bulk.headers['content-type']]).toEqual(['POST', '/events_1-w1/_bulk?require_alias=true', 'application/x-ndjson']);
    expect(bulk.body).toBe('{"index":{"_id":"a \\"b\\"","version":6,"version_type":"external_gte"}}\n{"id":"a \\"b\\"","fields":{"title":"x"}}\n');
  });

  test('is signed as the SDK signs it', async () => {
    await index.remove([{ id: 'a', version: 1 }]);
    await index.sweep();
    await index.search({ text: 'x' });
    // With a pattern in the path, with a query, with neither.
    expect(fake.asked.map(({ path }) => path)).toEqual(expect.arrayContaining([
      '/events_1-g*/_alias', '/events_1-w1/_bulk?require_alias=true', '/events_1/_search',
    ]));
    const signer = new SignatureV4({
      service: 'es', region: 'eu-west-1', sha256: Sha256 as never,
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' },
    });
    for (const { method, path, headers, body } of fake.asked) {
      const { pathname, searchParams } = new URL(path, 'http://d');
      const signed = await signer.sign({
        method, protocol: 'http:', hostname: headers.host!, path: pathname, body, query: Object.fromEntries(searchParams),
        headers: { 'host': headers.host!, 'content-type': headers['content-type']! },
      } as never, { signingDate: new Date(NOW) });
      expect(headers.authorization).toBe((signed as unknown as { headers: Record<string, string> }).headers.authorization);
      expect(headers['x-amz-security-token']).toBe('token');
    }
  });

  test('is asked for words anywhere, exact ones first, phrases, exclusions, filters, facets and a page', async () => {
    fake.hits = [
      { _id: 'a', sort: [7.5, 'a'], _source: { fields: { title: 'A' } } }, { _id: 'b', sort: [7.25, 'b'], _source: { fields: { title: 'B' } } },
    ];
    await index.createIndex();
    const first = await index.search({
      text: 'runing shoes "for men" -kids', limit: 1, facets: ['city'], filters: { city: ['Berlin'], price: { from: 5 } },
    });
    expect(first).toEqual({
      hits: [{ id: 'a', score: 7.5, fields: { title: 'A' } }], cursor: expect.any(String) as string, facets: { city: [{ value: 'Berlin', count: 2 }] },
    });
    expect(fake.asked.at(-1)!.path).toBe('/events_1/_search');
    const match = (more = {}) => ({ match: { words: { query: 'runing shoes', operator: 'and', zero_terms_query: 'all', ...more } } });
    expect(JSON.parse(fake.asked.at(-1)!.body)).toEqual({
      size: 2,
      _source: ['fields'],
      track_total_hits: false,
      query: { bool: {
        must: [match({ fuzziness: 'AUTO' }), { match_phrase: { words: { query: 'for men', zero_terms_query: 'all' } } }],
        should: [
          { constant_score: { filter: match(), boost: 1000 } },
          { multi_match: { query: 'runing shoes', type: 'most_fields', fields: ['fields.title^8', 'fields.body^1'] } },
        ],
        must_not: [{ exists: { field: 'deleted_at' } }, { match_phrase: { words: { query: 'kids' } } }],
        filter: [{ terms: { 'fields.city': ['Berlin'] } }, { range: { 'fields.price': { gte: 5 } } }],
        minimum_should_match: 0,
      } },
      sort: [{ _score: 'desc' }, { id: 'asc' }],
      aggs: { city: { terms: { field: 'fields.city', size: 100 } } },
    });
    await index.search({ text: 'runing', cursor: first.cursor, typos: false });
    const second = JSON.parse(fake.asked.at(-1)!.body) as { search_after: unknown; query: unknown };
    expect(second.search_after).toEqual([7.5, 'a']);
    expect(JSON.stringify(second.query)).not.toContain('fuzziness');
  });

  test('answers nothing before anything was written', async () => {
    expect(await index.search({ text: 'x' })).toEqual({ hits: [], facets: {} });
  });

  test('is tried again while it is busy, and not when the request is wrong', async () => {
    await index.createIndex();
    fake.answers.push([503, {}], [429, {}]);
    await expect(index.search({ text: 'x' })).resolves.toBeDefined();
    fake.answers.push([400, { error: 'parse' }]);
    await expect(index.search({ text: 'x' })).rejects.toMatchObject({ name: 'SearchEngineError', status: 400 });
    fake.answers.push([503, {}], [503, {}], [503, {}]);
    await expect(index.search({ text: 'x' })).rejects.toThrow('answered 503');
  });

  test('tells what it rejected, fails for what it had no room for', async () => {
    const good = { id: 'good', version: 1, fields: { title: 'x' } };
    const thrown: unknown = await index.index([good, { id: 'bad', version: 1, fields: { title: 'unmappable' } }]).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(RejectedDocumentsError);
    expect([...(thrown as RejectedDocumentsError).reasons]).toEqual([['bad', 'failed to parse']]);
    expect(Object.keys(documents(1))).toEqual(['good']);
    const known = { 'events_1-g1': { aliases: { 'events_1': {}, 'events_1-w1': {} } } };
    fake.answers.push([200, known], [200, { items: [{ index: { _id: 'good', status: 429, error: { reason: 'full' } } }] }]);
    await expect(index.index([good])).rejects.toThrow('good was answered 429: full');
  });

  test('takes changes into both generations while one is made, and is switched in one step', async () => {
    await index.index([{ id: 'a', version: 1, fields: { title: 'x' } }]);
    const generation = await index.openGeneration();
    expect(generation).toBe(2);
    await index.index([{ id: 'b', version: 1, fields: { title: 'y' } }]);
    expect([documents(1), documents(2)].map((each) => Object.keys(each))).toEqual([['a', 'b'], ['b']]);
    await index.fill(2, [{ id: 'a', version: 1, fields: { title: 'x' } }]);
    await index.switchTo(2);
    expect([...fake.indexes].map(([name, { aliases }]) => [name, [...aliases]])).toEqual([['events_1-g2', ['events_1-w2', 'events_1']]]);
    expect(JSON.parse(fake.asked.at(-1)!.body)).toEqual({ actions: [
      { add: { index: 'events_1-g2', alias: 'events_1' } },
      { remove: { index: 'events_1-g2', alias: 'events_1-building' } },
      { remove_index: { index: 'events_1-g1' } },
    ] });
    await index.index([{ id: 'c', version: 1, fields: { title: 'z' } }]);
    expect(Object.keys(documents(2))).toEqual(['b', 'a', 'c']);
  });

  test('lets the last of several win that make a generation', async () => {
    await index.createIndex();
    const [first, second] = await Promise.all([index.openGeneration(), index.openGeneration()]);
    const last = Math.max(first, second);
    await expect(index.fill(last - 1, [])).rejects.toThrow(ReindexSupersededError);
    await expect(index.switchTo(last - 1)).rejects.toThrow(ReindexSupersededError);
    await index.switchTo(last);
    expect([...fake.indexes.get(`events_1-g${last}`)!.aliases]).toContain('events_1');
  });

  test('forgets deletions that are old', async () => {
    await index.remove([{ id: 'a', version: 1 }]);
    await index.sweep(60);
    const { path, body } = fake.asked.at(-1)!;
    expect([path, JSON.parse(body)]).toEqual(['/events_1-g1/_delete_by_query?conflicts=proceed', { query: { range: { deleted_at: { lt: NOW - 60_000 } } } }]);
  });
});

test('settings name what is missing or wrong', () => {
  expect(() => searchIndexSettings('EVENTS', {})).toThrow('EVENTS_ENGINE is not set; it is set by compute.use(index, access, { name: \'EVENTS\' })');
  expect(() => searchIndexSettings('EVENTS', { ...SETTINGS, EVENTS_ENGINE: 'solr' })).toThrow('must be postgres or opensearch');
  expect(() => searchIndexSettings('EVENTS', SETTINGS)).toThrow('EVENTS_ENDPOINT is not set');
  expect(searchIndexSettings('EVENTS', { ...SETTINGS, EVENTS_ENGINE: 'postgres' }).fields.map(({ name }: SearchField) => name)).toEqual(['title', 'body', 'city', 'price']);
});

test.each([
  ['concert', 'concert', 0, true], ['concert', 'cocnert', 1, true], ['concert', 'conert', 1, true], ['concert', 'conxcert', 1, true],
  ['concert', 'conmert', 1, true], ['concert', 'cnoecrt', 1, false], ['concert', 'cnocrt', 2, true], ['', 'a', 1, true], ['über', 'uber', 1, true],
  ['ab', 'abcd', 1, false], ['kitten', 'sitting', 2, false],
])('%s and %s differ by at most %d typos: %s', (one, other, typos, expected) => {
  expect(alike(one, other, typos)).toBe(expected);
});

test('longer words may have more typos', () => {
  expect(['ab', 'abc', 'abcde', 'abcdef', '💥💥'].map(allowedTypos)).toEqual([0, 1, 1, 2, 0]);
});
