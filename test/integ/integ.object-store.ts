// A writer stores what a reader gets back, neither can do the other's work, and an upload is told to a queue.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, ObjectEvent, ObjectStore, Profile, WorkQueue } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-object-store');

const files = new ObjectStore(stack, 'Files', { disposable: true });
const uploads = new WorkQueue(stack, 'Uploads', { disposable: true });
files.on(ObjectEvent.CREATED, uploads, { prefix: 'in/', suffix: '.txt' });

// Puts what it is given, gets it or deletes it, and tells the name of the error when it may not.
const handler = Handler.fromCode(Code.fromInline(`
  const { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
  const s3 = new S3Client({});
  const Bucket = process.env.FILES_BUCKET_NAME;
  exports.handler = async ({ put, get, remove, body }) => {
    try {
      if (put) await s3.send(new PutObjectCommand({ Bucket, Key: put, Body: body }));
      if (remove) await s3.send(new DeleteObjectCommand({ Bucket, Key: remove }));
      const found = get && await (await s3.send(new GetObjectCommand({ Bucket, Key: get }))).Body.transformToString();
      return { found, done: true };
    } catch ({ name }) {
      return { error: name };
    }
  };
`));
const writer = new FunctionService(stack, 'Writer', { handler });
writer.use(files, Access.WRITE);
const reader = new FunctionService(stack, 'Reader', { handler });
reader.use(files, Access.READ);

const { assertions } = new IntegTest(app, 'ObjectStore', { testCases: [stack] });
const call = (service: FunctionService, event: object) =>
  assertions.invokeFunction({ functionName: service.function.functionName, payload: JSON.stringify(event) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });

const key = 'in/a.txt';
expectSoon(call(writer, { put: key, body: 'hello' }), answers({ done: true }))
  .next(expectSoon(call(reader, { get: key }), answers({ found: 'hello', done: true })))
  .next(expectSoon(call(reader, { put: key, body: 'changed' }), answers({ error: 'AccessDenied' })))
  .next(expectSoon(call(writer, { get: key }), answers({ error: 'AccessDenied' })))
  .next(expectSoon(assertions.awsApiCall('SQS', 'getQueueAttributes', {
    QueueUrl: uploads.queue.queueUrl, AttributeNames: ['ApproximateNumberOfMessages'],
  }), { Attributes: { ApproximateNumberOfMessages: '1' } }, Duration.minutes(5)))
  // An empty bucket goes with the stack.
  .next(expectSoon(call(writer, { remove: key }), answers({ done: true })));
