// An appender can append and nothing else, an event reaches a projection and the archive, and no version is there twice.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, EventStore, FunctionService, Handler, Profile, Projection } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-event-store');

const ledger = new EventStore(stack, 'Ledger', { archive: {}, disposable: true });
const inline = (id: string, code: string) => new FunctionService(stack, id, { handler: Handler.fromCode(Code.fromInline(code)) });

// Appends as the runtime does, or tries what must not be, and tells the name of the error when it may not.
const appender = inline('Appender', `
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DeleteCommand, DynamoDBDocumentClient, PutCommand, UpdateCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const TableName = process.env.LEDGER_TABLE_NAME;
  exports.handler = async ({ append, change, remove }) => {
    const Key = { stream: 'ada', version: append ?? change ?? remove };
    const Item = { ...Key, id: 'e' + append, type: 'deposited', data: '{"amount":5}', at: '2026-11-22T10:00:00.000Z' };
    const command = append
      ? new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(stream)' })
      : change
        ? new UpdateCommand({ TableName, Key, UpdateExpression: 'REMOVE metadata' })
        : new DeleteCommand({ TableName, Key });
    try {
      await documents.send(command);
      return { done: true };
    } catch ({ name }) {
      return { error: name };
    }
  };
`);
appender.use(ledger, Access.WRITE);

// What a projection of the runtime writes, for a single row.
const worker = inline('Worker', `
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, PutCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  exports.handler = async ({ Records }) => {
    for (const { dynamodb: { NewImage: { stream, version } } } of Records) {
      const Item = { pk: 'row/1/' + stream.S, sk: '-', version: Number(version.N) };
      await documents.send(new PutCommand({ TableName: process.env.BALANCES_TABLE_NAME, Item }));
    }
    return { batchItemFailures: [] };
  };
`);
const balances = new Projection(stack, 'Balances', { store: ledger, worker });

const { objects } = ledger.archive!;
const reader = inline('Reader', `
  const { DeleteObjectCommand, GetObjectCommand, S3Client } = require('@aws-sdk/client-s3');
  const s3 = new S3Client({});
  const Bucket = process.env.COPIES_BUCKET_NAME;
  exports.handler = async ({ get, remove }) => {
    try {
      if (remove) await s3.send(new DeleteObjectCommand({ Bucket, Key: remove }));
      return get ? JSON.parse(await (await s3.send(new GetObjectCommand({ Bucket, Key: get }))).Body.transformToString()) : { done: true };
    } catch ({ name }) {
      return { error: name };
    }
  };
`);
reader.use(objects, Access.READ_WRITE, { name: 'copies' });

const { assertions } = new IntegTest(app, 'EventStore', { testCases: [stack] });
const call = (service: FunctionService, event: object) =>
  assertions.invokeFunction({ functionName: service.function.functionName, payload: JSON.stringify(event) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });

const copy = 'events/ada/0000000000000001.json';
expectSoon(call(appender, { append: 1 }), answers({ done: true }))
  .next(expectSoon(call(appender, { append: 1 }), answers({ error: 'ConditionalCheckFailedException' })))
  .next(expectSoon(call(appender, { change: 1 }), answers({ error: 'AccessDeniedException' })))
  .next(expectSoon(call(appender, { remove: 1 }), answers({ error: 'AccessDeniedException' })))
  .next(expectSoon(assertions.awsApiCall('DynamoDB', 'getItem', {
    TableName: balances.table.tableName, Key: { pk: { S: 'row/1/ada' }, sk: { S: '-' } },
  }), { Item: { version: { N: '1' } } }, Duration.minutes(5)))
  .next(expectSoon(call(reader, { get: copy }), answers({
    stream: 'ada', version: 1, id: 'e1', type: 'deposited', at: '2026-11-22T10:00:00.000Z', data: { amount: 5 },
  }), Duration.minutes(5)))
  // An empty bucket goes with the stack.
  .next(expectSoon(call(reader, { remove: copy }), answers({ done: true })));
