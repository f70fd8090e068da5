// A saga whose last step refuses ends as compensated, its steps undone in the opposite order; one without refusals succeeds.
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, KeyValueStore, Profile, Saga } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-saga');

const journal = new KeyValueStore(stack, 'Journal', { partitionKey: 'saga', disposable: true });
// Adds what is called to the journal of the saga, once for each key, and refuses where the input says so.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, UpdateCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  exports.handler = async ({ key, input }) => {
    const [, step, kind] = key.split('/');
    if (kind === 'do' && input.refuse === step) {
      throw Object.assign(new Error('no'), { name: 'SagaRefused' });
    }
    await documents.send(new UpdateCommand({
      TableName: process.env.JOURNAL_TABLE_NAME, Key: { saga: input.saga },
      UpdateExpression: 'SET done = list_append(if_not_exists(done, :none), :this)',
      ExpressionAttributeValues: { ':none': [], ':this': [kind + ' ' + step] },
    }));
    return { step };
  };
`));
const service = (id: string) => {
  const made = new FunctionService(stack, id, { handler });
  made.use(journal, Access.READ_WRITE);
  return made;
};
const [perform, compensate] = [service('Perform'), service('Compensate')];
const saga = new Saga(stack, 'Checkout', {
  steps: [
    { name: 'Reserve', do: perform, undo: compensate },
    { name: 'Charge', do: perform, undo: compensate },
    { name: 'Send', do: perform },
  ],
});

const { assertions } = new IntegTest(app, 'Saga', { testCases: [stack] });

/** Starts a saga, waits for its end and then looks into its journal. */
function story(input: { readonly saga: string; readonly refuse?: string }, end: { [name: string]: unknown }, done: string[]) {
  const started = assertions.awsApiCall('SFN', 'startExecution', {
    stateMachineArn: saga.stateMachine.stateMachineArn, input: JSON.stringify(input),
  });
  const executionArn = started.getAttString('executionArn');
  const ended = expectSoon(assertions.awsApiCall('SFN', 'describeExecution', { executionArn }), end);
  started.next(ended);
  ended.next(expectSoon(assertions.awsApiCall('DynamoDB', 'getItem', {
    TableName: journal.table.tableName, Key: { saga: { S: input.saga } }, ConsistentRead: true,
  }), { Item: { done: { L: done.map((text) => ({ S: text })) } } }));
}

story({ saga: 'all-well' }, { status: 'SUCCEEDED', output: '{"Reserve":{"step":"Reserve"},"Charge":{"step":"Charge"},"Send":{"step":"Send"}}' },
  ['do Reserve', 'do Charge', 'do Send']);
story({ saga: 'refused', refuse: 'Send' }, { status: 'FAILED', error: 'Saga.Compensated' },
  ['do Reserve', 'do Charge', 'undo Charge', 'undo Reserve']);
