/** The data path of EventStore and Projection in the emulator: their template, their runtime and the archive. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { DynamoDBRecord } from 'aws-lambda';

import { EventStore as StoreConstruct, FunctionService, Handler, Profile, Projection as ProjectionConstruct } from '../../../lib';
import { EventStore, type RowChange, View } from '../../../runtime';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';
import { withCode } from './function-code';

type Ledger = { deposited: { amount: number }; withdrawn: { amount: number } };

/** Balances and the sum of all of them. One event asks for a failure, once. */
const WORKER = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { changeConsumer } from './runtime/change-consumer';
import { tableName } from './runtime/environment';
import { EventStore } from './runtime/event-store';
import { Projection } from './runtime/projection';
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const store = new EventStore({ documents, tableName: tableName('LEDGER') });
const failed = new Set();
const projection = new Projection({
  documents, store, tableName: tableName('BALANCES'),
  project: ({ stream, type, data, metadata, id }) => {
    if (metadata?.fails && !failed.has(id)) { failed.add(id); throw new Error('as told'); }
    const amount = type === 'deposited' ? data.amount : -data.amount;
    return [{ key: stream, add: { amount, events: 1 } }, { key: 'all', add: { amount, events: 1 } }];
  },
});
const logger = { info() {}, warn() {}, error() {} };
const consume = changeConsumer({ logger, handle: (record, batch) => projection.handle(record, batch) });
export const handler = async (event) => event.rebuild ? projection.rebuild() : consume(event);
`;

/** As in the handler of the library, but without its logger: a template has room for 51,200 bytes. */
const ARCHIVIST = `
import { S3Client } from '@aws-sdk/client-s3';
import { changeConsumer } from './runtime/change-consumer';
import { archiveEvent } from './runtime/event-archive';
const { ARCHIVE_BUCKET_NAME: bucketName, ARCHIVE_PREFIX: prefix } = process.env;
export const handler = changeConsumer({
  handle: archiveEvent({ s3: new S3Client({}), bucketName, prefix }), logger: { info() {}, warn() {}, error() {} },
});
`;

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
  const ledger = new StoreConstruct(stack, 'Ledger', { archive: {} });
  const worker = new FunctionService(stack, 'Worker', { handler: Handler.fromCode(Code.fromInline('replaced below')) });
  const balances = new ProjectionConstruct(stack, 'Balances', { store: ledger, worker });
  new CfnOutput(stack, 'Store', { value: ledger.table.tableName });
  new CfnOutput(stack, 'View', { value: balances.table.tableName });
  new CfnOutput(stack, 'Bucket', { value: ledger.archive!.objects.bucket.bucketName });
  new CfnOutput(stack, 'WorkerName', { value: worker.function.functionName });
  new CfnOutput(stack, 'ArchivistName', { value: ledger.archive!.archivist.function.functionName });
  return withCode(Synthesised.fromStack(stack).toJSON(), (id) => id.startsWith('Worker') ? WORKER : ARCHIVIST);
}

let out: Record<string, string>;
let store: EventStore<Ledger>;
let view: View;
let client: DynamoDBClient;
let lambda: LambdaClient;
let s3: S3Client;

beforeAll(async () => {
  const aws = await start();
  out = await deploy(aws, 'Ledger', template());
  const settings = { endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  client = new DynamoDBClient(settings);
  lambda = new LambdaClient(settings);
  s3 = new S3Client({ ...settings, forcePathStyle: true });
  const documents = DynamoDBDocumentClient.from(client);
  store = new EventStore<Ledger>({ documents, tableName: out.Store! });
  view = new View({ documents, tableName: out.View! });
}, 60_000);
afterAll(stopAll);

const deposited = (amount: number, metadata?: Record<string, unknown>) => ({ type: 'deposited' as const, data: { amount }, metadata });
const withdrawn = (amount: number) => ({ type: 'withdrawn' as const, data: { amount } });
const row = async (key: RowChange['key']) => (await view.get(key))?.attributes;

/** Waits until it is so; the time of the test ends it otherwise. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const caughtUp = (stream: string, version: number) => until(async () => await view.applied(stream) === version);

/** Every event as the change stream delivers it. */
async function records(): Promise<DynamoDBRecord[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: out.Store }));
  return Items.map((item): DynamoDBRecord => ({
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      Keys: { stream: item.stream!, version: item.version! } as never,
      NewImage: item as never,
      SequenceNumber: `${item.stream!.S}-${item.version!.N}`,
    },
  }));
}
async function invoke<Answer>(name: string | undefined, event: object): Promise<Answer> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  return JSON.parse(Buffer.from(Payload!).toString()) as Answer;
}

test('what is appended is in the view, whatever fails meanwhile', async () => {
  await store.append('ada', [deposited(100), withdrawn(30)], { expectedVersion: 'none' });
  await store.append('bob', [deposited(50, { fails: true })], { expectedVersion: 'none' });
  await store.append('bob', [withdrawn(20)], { expectedVersion: 1 });
  await store.saveSnapshot('bob', { schema: 'balance', version: 2, at: new Date(), state: 30 });
  await Promise.all([caughtUp('ada', 2), caughtUp('bob', 2)]);
  expect([await row('ada'), await row('bob'), await row('all')])
    .toEqual([{ amount: 70, events: 2 }, { amount: 30, events: 2 }, { amount: 100, events: 4 }]);
}, 40_000);

test('what is delivered again has no effect, and what comes too early brings along what it builds on', async () => {
  const before = await row('all');
  const Records = await records();
  const twice = { Records: [...Records, ...Records.toReversed()] };
  // An instance that is new to it fails once more, as it was told.
  await until(async () => (await invoke<{ batchItemFailures: object[] }>(out.WorkerName, twice)).batchItemFailures.length === 0);
  expect(await row('all')).toEqual(before);
}, 40_000);

test('a rebuild ends where the view is', async () => {
  const before = await Promise.all(['ada', 'bob', 'all'].map(row));
  expect(await invoke(out.WorkerName, { rebuild: true })).toEqual({ generation: 2, streams: 2, events: 4 });
  expect(await Promise.all(['ada', 'bob', 'all'].map(row))).toEqual(before);
  await store.append('ada', [deposited(5)], { expectedVersion: 2 });
  await caughtUp('ada', 3);
  expect(await row('all')).toEqual({ amount: 105, events: 5 });
}, 40_000);

test('every event is in the archive, once and readable', async () => {
  const keys = async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: out.Bucket }));
    return Contents.map(({ Key }) => Key);
  };
  const expected = ['ada/1', 'ada/2', 'ada/3', 'bob/1', 'bob/2']
    .map((copy) => `events/${copy.replace('/', '/000000000000000')}.json`);
  await until(async () => (await keys()).length === expected.length);
  expect(await keys()).toEqual(expected);
  const copy = await s3.send(new GetObjectCommand({ Bucket: out.Bucket, Key: expected[3] }));
  expect(JSON.parse(await copy.Body!.transformToString())).toEqual({
    stream: 'bob', version: 1, id: expect.any(String), type: 'deposited', data: { amount: 50 }, metadata: { fails: true },
    at: expect.any(String),
  });
  const [record] = await records();
  const changed = { ...record, eventName: 'MODIFY', dynamodb: { ...record!.dynamodb, SequenceNumber: 'changed' } };
  // What was delivered before is fine; a history that has changed is told.
  expect(await invoke(out.ArchivistName, { Records: [record, changed] }))
    .toEqual({ batchItemFailures: [{ itemIdentifier: 'changed' }] });
}, 40_000);
