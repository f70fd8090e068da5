/** ChangeDataCapture into a SearchIndex: their templates, the runtime's own code, and the PostgreSQL behind the emulator. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { join } from 'node:path';

import { Access, ChangeDataCapture, FunctionService, Handler, KeyValueStore, Network, Profile, SearchField, SearchIndex } from '../../../lib';
import type { LocalAws } from '../../../local';
import { DataPlanes } from '../../../local/data-planes';
import type { ReindexProgress, SearchResult } from '../../../runtime';
import { scratchFolder } from '../scratch';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const CODE = `
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { changeDataCapture, reindexHandler } from './runtime/change-data-capture';
import { deadLettersUrl, tableName } from './runtime/environment';
import { connectDatabase } from './runtime/relational-database';
import { connectSearchIndex } from './runtime/search-index';
import { Pool } from 'pg';
const database = () => connectDatabase('EVENTS_DATABASE', { Pool, secrets: new SecretsManager({}), connectionTimeoutMilliseconds: 2000 });
const sink = connectSearchIndex('EVENTS', { database });
const log = (level) => (message, fields) => console.log(JSON.stringify({ level, message, ...fields }));
const logger = { info: log('info'), warn: log('warn'), error: log('error') };
const map = ({ id, title, city }) => ({ id, fields: { title, city } });
`;
const HANDLERS: Record<string, string> = {
  worker: 'changeDataCapture({ sink, map, logger, deadLetters: { sqs: new SQSClient({}), queueUrl: deadLettersUrl(\'CAPTURE\') } })',
  reindexer: 'reindexHandler({ documents: DynamoDBDocumentClient.from(new DynamoDBClient({})), tableName: tableName(\'ITEMS\'), sink, map, logger, pageSize: 10, '
    + 'segments: 2, reserveMilliseconds: 1e6 })',
  searcher: '(query) => sink.search(query)',
};

/** A template has room for 50 kB, and all functions share their code: it is in a file, which they find on this machine. */
function bundle(): string {
  const outfile = join(scratchFolder(), 'handlers.js');
  // Each handler is made when it is first called, where its variables are.
  const handlers = Object.entries(HANDLERS).map(([name, handler]) =>
    `let ${name}Made; export const ${name} = (...given) => (${name}Made ??= ${handler})(...given);`);
  buildSync({
    stdin: { contents: [CODE, ...handlers].join('\n'), resolveDir: join(__dirname, '../../..') },
    bundle: true, platform: 'node', external: ['pg-native'], legalComments: 'none', outfile,
  });
  return outfile;
}

function template(file: string): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  const service = (id: string) => new FunctionService(stack, id, {
    handler: Handler.fromCode(Code.fromInline(`exports.handler = require(${JSON.stringify(file)}).${id.toLowerCase()};`)), network: Network.of(stack), timeout: Duration.seconds(20),
  });
  const items = new KeyValueStore(stack, 'Items', { partitionKey: 'id' });
  const index = new SearchIndex(stack, 'Events', { fields: [SearchField.text('title'), SearchField.keyword('city')] });
  const capture = new ChangeDataCapture(stack, 'Capture', { source: items, worker: service('Worker') });
  const [reindexer, searcher] = [service('Reindexer'), service('Searcher')];
  capture.into(index);
  capture.reindexedBy(reindexer);
  searcher.use(index, Access.READ);
  new CfnOutput(stack, 'Table', { value: items.table.tableName });
  new CfnOutput(stack, 'DeadLetters', { value: capture.consumer.deadLetterQueue.queueUrl });
  new CfnOutput(stack, 'Reindex', { value: reindexer.function.functionName });
  new CfnOutput(stack, 'Search', { value: searcher.function.functionName });
  return Synthesised.fromStack(stack).toJSON() as Template;
}

let planes: DataPlanes;
let aws: LocalAws;
let out: Record<string, string>;
let lambda: LambdaClient;
let documents: DynamoDBDocumentClient;
let sqs: SQSClient;
let version = Date.now() * 1000;
const expected = new Map<string, string>();

beforeAll(async () => {
  planes = await DataPlanes.start(['postgres'], { progress: () => undefined, signal: new AbortController().signal });
  aws = await start({ environment: planes.environment });
  out = await deploy(aws, 'Capture', template(bundle()));
  const settings = { endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  lambda = new LambdaClient(settings);
  documents = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  sqs = new SQSClient(settings);
}, 120_000);
afterAll(async () => {
  await stopAll();
  await planes?.stop();
});

async function call<Answer>(name: string, event: object): Promise<Answer> {
  const invoke = new InvokeCommand({ FunctionName: out[name], Payload: Buffer.from(JSON.stringify(event)) });
  const { Payload, FunctionError } = await lambda.send(invoke);
  const answer = Buffer.from(Payload!).toString();
  if (FunctionError) {
    throw new Error(answer);
  }
  return JSON.parse(answer) as Answer;
}

async function put(n: number, title: string): Promise<void> {
  const item = { id: `event-${String(n).padStart(3, '0')}`, version: version += 1, title, city: n % 2 ? 'Paris' : 'Berlin' };
  await documents.send(new PutCommand({ TableName: out.Table, Item: item }));
  expected.set(item.id, title);
}

async function remove(n: number): Promise<void> {
  const id = `event-${String(n).padStart(3, '0')}`;
  await documents.send(new DeleteCommand({ TableName: out.Table, Key: { id } }));
  expected.delete(id);
}

/** Waits until the index has what the table has. */
async function follows(): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const { hits } = await call<SearchResult>('Search', { limit: 100 }).catch(() => ({ hits: [] }));
    const found = hits.map(({ id, fields }) => [id, fields.title]);
    const wanted = [...expected].sort(([a], [b]) => a < b ? -1 : 1);
    if (JSON.stringify(found) === JSON.stringify(wanted) || attempt >= 60) {
      expect(found).toEqual(wanted);
      return;
    }
    await new Promise((resolve) => { setTimeout(resolve, 500); });
  }
}

test('what is put, changed and deleted is found, changed and gone', async () => {
  for (let n = 0; n < 40; n += 1) {
    await put(n, `Concert ${n}`);
  }
  for (let n = 0; n < 10; n += 1) {
    await (n % 2 ? remove(n) : put(n, `Lecture ${n}`));
  }
  await follows();
  const { hits, facets } = await call<SearchResult>('Search', { text: 'lectures', filters: { city: 'Berlin' }, facets: ['city'] });
  expect(hits.map(({ id }) => id)).toEqual([0, 2, 4, 6, 8].map((n) => `event-00${n}`));
  expect(facets).toEqual({ city: [{ value: 'Berlin', count: 5 }] });
}, 90_000);

test('what changes while the database is down is found once it is back', async () => {
  await planes.postgres!.kill();
  for (let n = 20; n < 30; n += 1) {
    await (n % 3 ? put(n, `While it was down ${n}`) : remove(n));
  }
  await new Promise((resolve) => { setTimeout(resolve, 2000); });
  await planes.postgres!.restart();
  await follows();
}, 90_000);

test('an item that cannot be carried is set aside, and those behind it go on', async () => {
  await documents.send(new PutCommand({ TableName: out.Table, Item: { id: 'without', title: 'a version' } }));
  await put(50, 'Behind it');
  await follows();
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: out.DeadLetters, WaitTimeSeconds: 5 }));
  expect(Messages.map(({ Body }) => JSON.parse(Body!) as object)).toEqual([expect.objectContaining({ keys: { id: { S: 'without' } } })]);
  await documents.send(new DeleteCommand({ TableName: out.Table, Key: { id: 'without' } }));
}, 60_000);

test('a reindex in several invocations, while items change, ends where the table is', async () => {
  let progress: ReindexProgress | undefined;
  let calls = 0;
  do {
    ({ progress } = await call<{ progress: ReindexProgress }>('Reindex', { progress }));
    calls += 1;
    await put(60 + calls, `During ${calls}`);
    await remove(10 + calls);
  } while (!progress.done);
  expect(progress).toMatchObject({ generation: 2, rejected: 0 });
  expect(calls).toBeGreaterThan(1);
  await follows();
}, 90_000);
