// Who may only write takes a key once, learns who has taken it before, frees it, and reads nothing else; keys expire.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, Idempotency, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-idempotency');

const orders = new Idempotency(stack, 'Orders', { disposable: true });
// The steps of the key schema, each answered with the attempt that has the key, or with the name of the error.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const TableName = process.env.ORDERS_TABLE_NAME;
  const [expirySeconds] = process.env.ORDERS_IDEMPOTENCY.split(',').map(Number);
  const steps = {
    begin: (id, run) => new PutCommand({
      TableName, Item: { id, run, status: 'INPROGRESS', expiration: Math.ceil(Date.now() / 1000) + expirySeconds },
      ConditionExpression: 'attribute_not_exists(id)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
    release: (id, run) => new DeleteCommand({
      TableName, Key: { id }, ConditionExpression: '#run = :run', ExpressionAttributeNames: { '#run': 'run' }, ExpressionAttributeValues: { ':run': run },
    }),
    read: (id) => new GetCommand({ TableName, Key: { id } }),
  };
  exports.handler = async ({ step, id, run }) => {
    try {
      await documents.send(steps[step](id, run));
      return { has: run };
    } catch ({ name, Item }) {
      return Item ? { has: Item.run.S } : { error: name };
    }
  };
`));
const service = new FunctionService(stack, 'Service', { handler });
service.use(orders, Access.WRITE);

const { assertions } = new IntegTest(app, 'Idempotency', { testCases: [stack] });
const answered = (step: string, run: string, answer: { [key: string]: unknown }) => expectSoon(
  assertions.invokeFunction({ functionName: service.function.functionName, payload: JSON.stringify({ step, id: 'order#1', run }) }),
  { Payload: Match.serializedJson(answer) },
);

answered('begin', 'first', { has: 'first' })
  .next(answered('begin', 'second', { has: 'first' }))
  .next(answered('release', 'second', { error: 'ConditionalCheckFailedException' }))
  .next(answered('read', 'first', { error: 'AccessDeniedException' }))
  .next(answered('begin', 'third', { has: 'first' }));

// A new table takes its time to switch expiry on.
expectSoon(assertions.awsApiCall('DynamoDB', 'describeTimeToLive', { TableName: orders.table!.tableName }), {
  TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiration' },
}, Duration.minutes(15));
