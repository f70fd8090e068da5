/** Changes of a table in a search index in a real PostgreSQL: late, twice, mixed up, while it is made anew or out of reach. */
import { type DynamoDBDocumentClient, PutCommand, type ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { Pool } from 'pg';
import type { Postgres } from '../../local/postgres';
import { changeDataCapture, reindex, type ReindexProgress } from '../../runtime/change-data-capture';
import { PostgresEngine, ReindexSupersededError, type SearchField, SearchIndex } from '../../runtime/search-index';
import { start, stopAll } from '../local/start';
import { startPostgres, stopPostgres } from './support/postgres';
import { scaled } from './support/scale';
import { createTable, documents } from './support/servers';

interface Item {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly draft?: boolean;
}

const FIELDS: SearchField[] = [{ name: 'title', kind: 'text', weight: 1 }];
const TABLE = 'items';
let postgres: Postgres;
let pool: Pool;
let client: DynamoDBDocumentClient;
let tables = 0;

beforeAll(async () => {
  const [aws, server] = await Promise.all([start(), startPostgres()]);
  postgres = server;
  pool = new Pool({ connectionString: postgres.url, max: 8, connectionTimeoutMillis: 2000 });
  pool.on('error', () => undefined);
  client = documents(aws.endpoint);
  await createTable(aws.endpoint, TABLE, 'id:S');
}, 60_000);
afterAll(async () => {
  await pool.end();
  await Promise.all([stopAll(), stopPostgres()]);
});

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const map = ({ id, title, draft }: Item) => draft ? undefined : { id, fields: { title } };
const sink = (name = `items_${tables += 1}`) =>
  new SearchIndex({ engine: new PostgresEngine(pool, { index: name, language: 'english', fields: FIELDS }), fields: FIELDS });

/** Every document of an index, by id. */
async function all(index: SearchIndex): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  let cursor: string | undefined;
  do {
    const page = await index.search({ limit: 100, cursor });
    page.hits.forEach(({ id, fields }) => found.set(id, fields.title));
    cursor = page.cursor;
  } while (cursor);
  return found;
}

const image = (item: Item | undefined): Record<string, AttributeValue> | undefined => item && {
  id: { S: item.id }, version: { N: String(item.version) }, title: { S: item.title }, ...item.draft && { draft: { BOOL: true } },
};

let sequence = 0;
const record = (before: Item | undefined, after: Item | undefined): DynamoDBRecord => ({
  eventName: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE',
  dynamodb: {
    Keys: { id: { S: (after ?? before)!.id } },
    OldImage: image(before),
    NewImage: image(after),
    SequenceNumber: String(sequence += 1),
  },
});

/** A table that writers change, with its stream: a list of what happened, in order for each item. */
class Source {
  public readonly items = new Map<string, Item>();
  public readonly stream: DynamoDBRecord[] = [];
  private version = 0;

  public constructor(private readonly prefix: string) {}

  public async put(n: number, title: string, draft = false): Promise<void> {
    const item = { id: `${this.prefix}-${n}`, version: this.version += 1, title, draft };
    await this.write(item.id, item);
  }

  public remove(n: number): Promise<void> {
    return this.write(`${this.prefix}-${n}`, undefined);
  }

  public expected(): Map<string, unknown> {
    const shown = [...this.items.values()].filter(({ draft }) => !draft).sort((a, b) => a.id < b.id ? -1 : 1);
    return new Map(shown.map(({ id, title }) => [id, title]));
  }

  /** As DynamoDB does it: what is in the stream is in the table. */
  private async write(id: string, item: Item | undefined): Promise<void> {
    const before = this.items.get(id);
    if (item) {
      this.items.set(id, item);
      this.stream.push(record(before, item));
    } else if (before) {
      this.items.delete(id);
      this.stream.push(record(before, undefined));
    }
    return Promise.resolve();
  }
}

/** The scan of a source, in pages, as the table would answer it. */
const scanOf = (source: Source, onPage: () => Promise<void> = () => Promise.resolve()) => ({
  send: async (command: ScanCommand) => {
    const { Segment = 0, TotalSegments = 1, Limit = 100, ExclusiveStartKey } = command.input;
    const after = ExclusiveStartKey ? String(ExclusiveStartKey.id) : '';
    const isOwn = (id: string) => Number(/\d+$/.exec(id)![0]) % TotalSegments === Segment && id > after;
    const own = [...source.items.values()].filter(({ id }) => isOwn(id)).sort((a, b) => a.id < b.id ? -1 : 1);
    const Items = own.slice(0, Limit);
    // What is found is old by the time it is written.
    await onPage();
    return { Items, LastEvaluatedKey: own.length > Limit ? { id: Items.at(-1)!.id } : undefined };
  },
}) as unknown as DynamoDBDocumentClient;

const random = (below: number) => Math.floor(Math.random() * below);

async function changeSomething(source: Source, items: number): Promise<void> {
  const n = random(items);
  await (Math.random() < 0.25 ? source.remove(n) : source.put(n, `title ${random(1e9)}`, Math.random() < 0.1));
}

test('changes that come late, twice and mixed up end at what the table has', async () => {
  const source = new Source('mixed');
  for (let n = 0; n < scaled(3000, 600); n += 1) {
    await changeSomething(source, 60);
  }
  const index = sink();
  const handler = changeDataCapture<Item>({ sink: index, map, logger });
  const deliveries = [...source.stream, ...source.stream].sort(() => Math.random() - 0.5);
  await Promise.all(Array.from({ length: 6 }, async (_, worker) => {
    const own = deliveries.filter((_, n) => n % 6 === worker);
    for (let from = 0; from < own.length; from += 20) {
      expect(await handler({ Records: own.slice(from, from + 20) })).toEqual({ batchItemFailures: [] });
    }
  }));
  expect(await all(index)).toEqual(source.expected());
});

test('a reindex while changes go on ends at what the table has, and searches find everything all the time', async () => {
  const source = new Source('anew');
  const items = scaled(3000, 600);
  const fixed = 50;
  for (let n = 0; n < items; n += 1) {
    await source.put(n, n < fixed ? 'always here' : 'other');
  }
  const index = sink();
  const handler = changeDataCapture<Item>({ sink: index, map, logger });
  await handler({ Records: source.stream.splice(0) });
  let busy = true;
  let searches = 0;
  const fewest = async () => {
    let least = fixed;
    while (busy) {
      least = Math.min(least, (await index.search({ text: 'always', limit: 100 })).hits.length);
      searches += 1;
    }
    return least;
  };
  const capture = async () => {
    // Behind by a few batches, some of which come twice.
    for (let last: DynamoDBRecord[] = []; busy || source.stream.length > 0;) {
      const batch = source.stream.splice(0, 25);
      await handler({ Records: [...last, ...batch] });
      last = Math.random() < 0.3 ? batch : [];
    }
  };
  const write = async () => {
    while (busy) {
      const n = fixed + random(items - fixed);
      await (Math.random() < 0.3 ? source.remove(n) : source.put(n, `other ${random(1e9)}`));
      await new Promise(setImmediate);
    }
  };
  const rebuild = async () => {
    let progress: ReindexProgress | undefined;
    let calls = 0;
    try {
      do {
        // As several invocations would: a page of each segment at a time, the progress as JSON between them.
        progress = JSON.parse(JSON.stringify(await reindex<Item>({
          documents: scanOf(source, () => new Promise((resolve) => { setTimeout(resolve, 5); })),
          tableName: TABLE, sink: index, map, progress, pageSize: 40, stop: () => true,
        }))) as ReindexProgress;
        calls += 1;
      } while (!progress.done);
    } finally {
      busy = false;
    }
    return { calls, progress };
  };
  const [least, , , { calls, progress }] = await Promise.all([fewest(), capture(), write(), rebuild()]);
  expect(progress).toMatchObject({ generation: 2, rejected: 0, done: true });
  expect(calls).toBeGreaterThan(3);
  expect(searches).toBeGreaterThan(3);
  expect(least).toBe(fixed);
  expect(await all(index)).toEqual(source.expected());
  expect((await pool.query('SELECT live, building, last FROM search_generations WHERE name = $1', [`items_${tables}`])).rows)
    .toEqual([{ live: 2, building: null, last: 2 }]);
}, 60_000);

test('a reindex that another one has overtaken gives up and switches nothing', async () => {
  const source = new Source('twice');
  await source.put(1, 'one');
  const index = sink();
  const options = { documents: scanOf(source), tableName: TABLE, sink: index, map };
  const generation = await index.openGeneration();
  expect(await reindex<Item>(options)).toMatchObject({ generation: generation + 1, items: 1, done: true });
  await expect(reindex<Item>({ ...options, progress: { generation, items: 0, rejected: 0, segments: [null], done: false } }))
    .rejects.toThrow(ReindexSupersededError);
  expect(await all(index)).toEqual(source.expected());
});

test('while the index is out of reach batches fail as a whole, and nothing is lost once it is back', async () => {
  const source = new Source('away');
  const index = sink();
  const handler = changeDataCapture<Item>({ sink: index, map, logger });
  await source.put(0, 'first');
  await handler({ Records: source.stream.splice(0) });
  await postgres.kill();
  for (let n = 0; n < 50; n += 1) {
    await source.put(n, `while it was away ${n}`);
  }
  const Records = source.stream.splice(0);
  const { batchItemFailures } = await handler({ Records });
  expect(batchItemFailures).toHaveLength(50);
  expect(batchItemFailures[0]!.itemIdentifier).toBe(Records[0]!.dynamodb!.SequenceNumber);
  await postgres.restart();
  expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
  expect(await all(index)).toEqual(source.expected());
}, 30_000);

test('a change that cannot be carried is set aside alone', async () => {
  const source = new Source('poison');
  const index = sink();
  const sent: string[] = [];
  const sqs = { send: (command: { input: { MessageBody: string } }) => Promise.resolve(sent.push(command.input.MessageBody)) };
  const handler = changeDataCapture<Item>({
    sink: index, logger, deadLetters: { sqs: sqs as never, queueUrl: 'q' },
    map: (item) => {
      if (item.title === 'unmappable') {
        throw new Error('what is this?');
      }
      return { id: item.id, fields: { title: item.title === 'rejected' ? 'a \u0000 in it' : item.title } };
    },
  });
  for (const [n, title] of ['good', 'unmappable', 'rejected', 'also good'].entries()) {
    await source.put(n, title);
  }
  expect(await handler({ Records: source.stream })).toEqual({ batchItemFailures: [] });
  expect([...(await all(index)).values()]).toEqual(['good', 'also good']);
  expect(sent.map((body) => (JSON.parse(body) as { keys: object }).keys)).toEqual([{ id: { S: 'poison-1' } }, { id: { S: 'poison-2' } }]);
});

test('a real table is read to its end, in segments and pages', async () => {
  for (let n = 0; n < 120; n += 1) {
    await client.send(new PutCommand({ TableName: TABLE, Item: { id: `real-${n}`, version: 1, title: `number ${n}` } }));
  }
  const index = sink();
  const progress = await reindex<Item>({ documents: client, tableName: TABLE, sink: index, map, pageSize: 10 });
  expect(progress).toMatchObject({ items: 120, done: true });
  expect((await all(index)).size).toBe(120);
});
