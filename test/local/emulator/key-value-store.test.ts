/** The data path of KeyValueStore in the emulator: its template, and the runtime's own reads and consumer of changes. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, BootstraplessSynthesizer, CfnOutput, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';

import { FunctionService, Handler, KeyValueStore, Profile } from '../../../lib';
import { StartAt } from '../../../lib/core/stream-worker';
import { eventually, SpreadKey, strongly } from '../../../runtime';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

// Tells the test of every change through a queue.
const CODE = `
const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({});
exports.handler = async ({ Records }) => {
  for (const { eventName, dynamodb } of Records) {
    const MessageBody = JSON.stringify({ eventName, id: dynamodb.Keys.id.S, before: dynamodb.OldImage?.n?.N, after: dynamodb.NewImage?.n?.N });
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.TOLD, MessageBody }));
  }
  return { batchItemFailures: [] };
};`;

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  const told = new Queue(stack, 'Told');
  const orders = new KeyValueStore(stack, 'Orders', {
    partitionKey: 'id', accessPatterns: [{ name: 'byCustomer', partitionKey: 'customer', sortKey: 'placedAt', attributes: ['n'] }],
  });
  const worker = new FunctionService(stack, 'Worker', {
    handler: Handler.fromCode(Code.fromInline(CODE)), environment: { TOLD: told.queueUrl },
  });
  told.grantSendMessages(worker);
  orders.consumedBy(worker, { idempotent: true, startAt: StartAt.TRIM_HORIZON });
  new CfnOutput(stack, 'Table', { value: orders.table.tableName });
  new CfnOutput(stack, 'ToldUrl', { value: told.queueUrl });
  return Synthesised.fromStack(stack).toJSON() as Template;
}

interface Change {
  readonly eventName: string;
  readonly id: string;
  readonly before?: string;
  readonly after?: string;
}

let TableName: string;
let toldUrl: string;
let documents: DynamoDBDocumentClient;
let sqs: SQSClient;
const changes: Change[] = [];

beforeAll(async () => {
  const aws = await start();
  const out = await deploy(aws, 'Stores', template());
  const settings = { endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  documents = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  sqs = new SQSClient(settings);
  [TableName, toldUrl] = [out.Table!, out.ToldUrl!];
}, 60_000);
afterAll(stopAll);

const put = (item: object) => documents.send(new PutCommand({ TableName, Item: item }));

test('an access pattern finds items in order and with the attributes it was given, a range of them too', async () => {
  for (const placedAt of ['2026-03', '2026-01', '2026-02']) {
    await put({ id: placedAt, customer: 'ada', placedAt, n: 1, secret: 'not in the index' });
  }
  await put({ id: 'other', customer: 'bob', placedAt: '2026-01', n: 1 });
  const { Items } = await documents.send(new QueryCommand({
    TableName, ...eventually('byCustomer'), KeyConditionExpression: 'customer = :customer AND placedAt > :from',
    ExpressionAttributeValues: { ':customer': 'ada', ':from': '2026-01' },
  }));
  expect(Items).toEqual(['2026-02', '2026-03'].map((placedAt) => ({ id: placedAt, customer: 'ada', placedAt, n: 1 })));
});

test('a strongly consistent read sees what was written just before', async () => {
  for (let n = 1; n <= 20; n++) {
    await put({ id: 'counter', n });
    const { Items } = await documents.send(new QueryCommand({
      TableName, ...strongly(), KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': 'counter' },
    }));
    expect(Items).toEqual([{ id: 'counter', n }]);
  }
});

test('a spread key loses no write of 50 at once', async () => {
  const views = new SpreadKey(5);
  const one = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } };
  await Promise.all(Array.from({ length: 50 }, () =>
    documents.send(new UpdateCommand({ TableName, Key: { id: views.any('video') }, ...one }))));
  const found = await Promise.all(views.all('video').map((id) => documents.send(new QueryCommand({
    TableName, ...strongly(), KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': id },
  }))));
  expect(found.flatMap(({ Items = [] }) => Items).reduce((sum, { n }) => sum + Number(n), 0)).toBe(50);
});

test('a consumer sees every change of an item in order, before and after', async () => {
  await put({ id: 'watched', n: 1 });
  await put({ id: 'watched', n: 2 });
  await documents.send(new DeleteCommand({ TableName, Key: { id: 'watched' } }));
  const mine = () => changes.filter(({ id }) => id === 'watched');
  while (mine().length < 3) {
    const receive = new ReceiveMessageCommand({ QueueUrl: toldUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await sqs.send(receive);
    changes.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Change));
  }
  expect(mine()).toEqual([
    { eventName: 'INSERT', id: 'watched', after: '1' },
    { eventName: 'MODIFY', id: 'watched', before: '1', after: '2' },
    { eventName: 'REMOVE', id: 'watched', before: '2' },
  ]);
}, 40_000);
