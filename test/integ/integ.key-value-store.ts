// What is written is found under its key, a reader cannot write, and expiry is switched on.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, KeyValueStore, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-key-value-store');

const sessions = new KeyValueStore(stack, 'Sessions', {
  partitionKey: 'user', sortKey: 'device', timeToLive: 'expiresAt', disposable: true,
  accessPatterns: [{ name: 'byTheme', partitionKey: 'theme', attributes: [] }],
});
// Puts what it is given, or gets it by its key, and tells the name of the error when it may not.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, GetCommand, PutCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const TableName = process.env.SESSIONS_TABLE_NAME;
  exports.handler = async ({ put, get }) => {
    try {
      const command = put ? new PutCommand({ TableName, Item: put }) : new GetCommand({ TableName, Key: get, ConsistentRead: true });
      return { item: (await documents.send(command)).Item, done: true };
    } catch ({ name }) {
      return { error: name };
    }
  };
`));
const writer = new FunctionService(stack, 'Writer', { handler });
writer.use(sessions, Access.WRITE);
const reader = new FunctionService(stack, 'Reader', { handler });
reader.use(sessions, Access.READ);

const { assertions } = new IntegTest(app, 'KeyValueStore', { testCases: [stack] });
const call = (service: FunctionService, event: object) =>
  assertions.invokeFunction({ functionName: service.function.functionName, payload: JSON.stringify(event) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });

const key = { user: 'ada', device: 'phone' };
const item = { ...key, theme: 'dark', expiresAt: 4_102_444_800 };
expectSoon(call(writer, { put: item }), answers({ done: true }))
  .next(expectSoon(call(reader, { get: key }), answers({ item, done: true })));
expectSoon(call(reader, { put: item }), answers({ error: 'AccessDeniedException' }));
expectSoon(call(writer, { get: key }), answers({ error: 'AccessDeniedException' }));

const describe = (what: string) => assertions.awsApiCall('DynamoDB', what, { TableName: sessions.table.tableName });
// A new table takes its time to switch expiry on.
expectSoon(describe('describeTimeToLive'), {
  TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
}, Duration.minutes(15));
expectSoon(describe('describeTable'), { Table: { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } } });
// An item is found by its access pattern, once the index has caught up, with its keys only.
expectSoon(assertions.awsApiCall('DynamoDB', 'query', {
  TableName: sessions.table.tableName, IndexName: 'byTheme',
  KeyConditionExpression: 'theme = :theme', ExpressionAttributeValues: { ':theme': { S: 'dark' } },
}), { Items: [{ user: { S: 'ada' }, device: { S: 'phone' }, theme: { S: 'dark' } }] });
