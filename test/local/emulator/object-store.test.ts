/** An ObjectStore as it is deployed: who may do what with objects, and what an upload sets going. */
import { DefaultStackSynthesizer, App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Template as Synthesized } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetPublicAccessBlockCommand, S3Client } from '@aws-sdk/client-s3';
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

import { Access, Handler, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { ObjectEvent, ObjectStore } from '../../../lib/object-store';
import { WorkQueue } from '../../../lib/work-queue';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

// Does one thing with one object, and tells the name of the error when it may not.
const CODE = `
const { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
const s3 = new S3Client({ forcePathStyle: true });
const Bucket = process.env.FILES_BUCKET_NAME;
exports.handler = async ({ put, get, list, remove }) => {
  try {
    if (put) await s3.send(new PutObjectCommand({ Bucket, Key: put, Body: 'hello' }));
    if (remove) await s3.send(new DeleteObjectCommand({ Bucket, Key: remove }));
    if (get) return await (await s3.send(new GetObjectCommand({ Bucket, Key: get }))).Body.transformToString();
    if (list) return (await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount;
    return 'done';
  } catch ({ name }) {
    return name;
  }
};`;

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
  const files = new ObjectStore(stack, 'Files', { disposable: true });
  const uploads = new WorkQueue(stack, 'Uploads');
  files.on(ObjectEvent.CREATED, uploads, { prefix: 'in/', suffix: '.txt' });
  const handler = Handler.fromCode(Code.fromInline(CODE));
  const service = (id: string, access: Access) => {
    const created = new FunctionService(stack, id, { handler });
    created.use(files, access);
    return created.function.functionName;
  };
  const outputs = {
    Writer: service('WritingService', Access.WRITE),
    Reader: service('ReadingService', Access.READ),
    Bucket: files.bucket.bucketName,
    Uploaded: uploads.queue.queueUrl,
  };
  Object.entries(outputs).forEach(([name, value]) => new CfnOutput(stack, name, { value }));
  return Synthesized.fromStack(stack).toJSON() as Template;
}

let out: Record<string, string>;
let lambda: LambdaClient;
let sqs: SQSClient;
let s3: S3Client;

beforeAll(async () => {
  const aws = await start();
  out = await deploy(aws, 'ObjectStore', template());
  const client = { endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  lambda = new LambdaClient(client);
  sqs = new SQSClient(client);
  s3 = new S3Client({ ...client, forcePathStyle: true });
}, 60_000);
afterAll(stopAll);

async function call(service: string, event: object): Promise<unknown> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: out[service], Payload: JSON.stringify(event) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown;
}

test('a writer stores and deletes, a reader gets and lists, and neither does the other', async () => {
  expect(await call('Writer', { put: 'a.txt' })).toBe('done');
  expect(await call('Reader', { get: 'a.txt' })).toBe('hello');
  expect(await call('Reader', { list: true })).toBe(1);
  expect(await call('Reader', { put: 'a.txt' })).toBe('AccessDenied');
  expect(await call('Reader', { remove: 'a.txt' })).toBe('AccessDenied');
  expect(await call('Writer', { get: 'a.txt' })).toBe('AccessDenied');
  expect(await call('Writer', { remove: 'a.txt' })).toBe('done');
  expect(await call('Reader', { list: true })).toBe(0);
}, 60_000);

test('an upload that the filter takes is told to the queue, and no other', async () => {
  await call('Writer', { put: 'out/a.txt' });
  await call('Writer', { put: 'in/a.png' });
  await call('Writer', { put: 'in/a.txt' });
  const messages: Message[] = [];
  for (let tries = 0; tries < 10 && messages.length === 0; tries += 1) {
    const receive = new ReceiveMessageCommand({ QueueUrl: out.Uploaded, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await sqs.send(receive);
    messages.push(...Messages);
  }
  const told = messages.map(({ Body }) => JSON.parse(Body ?? '') as { 'detail-type': string; detail: { object: { key: string } } });
  expect(told.map((event) => [event['detail-type'], event.detail.object.key])).toEqual([['Object Created', 'in/a.txt']]);
}, 60_000);

// The emulator's CloudFormation makes no lifecycle, so what becomes of broken uploads is for the unit tests.
test('the bucket is closed to the public', async () => {
  const { PublicAccessBlockConfiguration: block } = await s3.send(new GetPublicAccessBlockCommand({ Bucket: out.Bucket }));
  expect(block).toMatchObject({
    BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
  });
}, 60_000);
