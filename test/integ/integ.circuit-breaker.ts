// Code finds its settings and, by the key schema alone, opens a circuit once: the second to try is told that it was late.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, CircuitBreaker, FunctionService, Handler, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-circuit-breaker');

const payments = new CircuitBreaker(stack, 'Payments', { dependency: 'psp', openFor: Duration.seconds(2), disposable: true });
// Adds outcomes, or opens the circuit, as a program without the runtime would.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, UpdateCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const [dependency, ...settings] = process.env.PAYMENTS_CIRCUIT_BREAKER.split(',');
  const where = { TableName: process.env.PAYMENTS_TABLE_NAME, Key: { name: 'circuit:' + dependency }, ReturnValues: 'ALL_NEW' };
  const tell = () => new UpdateCommand({
    ...where, UpdateExpression: 'ADD #calls :one',
    ExpressionAttributeNames: { '#calls': 'calls:0:1800000000000' }, ExpressionAttributeValues: { ':one': 1 },
  });
  const open = () => new UpdateCommand({
    ...where, UpdateExpression: 'SET revision = :next, #state = :state', ConditionExpression: 'attribute_not_exists(revision)',
    ExpressionAttributeNames: { '#state': 'state' }, ExpressionAttributeValues: { ':next': 1, ':state': '{"revision":1}' },
  });
  exports.handler = async ({ what }) => {
    try {
      const { Attributes } = await documents.send(what === 'tell' ? tell() : open());
      return { dependency, settings: settings.join(), told: 'calls:0:1800000000000' in Attributes, done: true };
    } catch ({ name }) {
      return { error: name };
    }
  };
`));
const checkout = new FunctionService(stack, 'Checkout', { handler });
checkout.use(payments, Access.READ_WRITE);

const { assertions } = new IntegTest(app, 'CircuitBreaker', { testCases: [stack] });
const { functionName } = checkout.function;
const call = (what: string) => assertions.invokeFunction({ functionName, payload: JSON.stringify({ what }) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });

const settings = '0.5,10,10000,2000,60000,3,10000,1000';
expectSoon(call('tell'), answers({ dependency: 'psp', settings, told: true, done: true }))
  // The first to open is not told apart from a repeated assertion, so only what holds for both is expected of it.
  .next(expectSoon(call('open'), answers({ error: 'ConditionalCheckFailedException' })));
