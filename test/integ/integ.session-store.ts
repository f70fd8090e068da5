// Whoever keeps sessions reads, changes and removes them and reads the key of cookies; it changes the key not; sessions expire.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, Profile, SessionStore } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-session-store');

const sessions = new SessionStore(stack, 'Sessions', { disposable: true });
// The steps of the runtime's backend, each answered with what was found, or with the name of the error.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } = require('@aws-sdk/lib-dynamodb');
  const { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } = require('@aws-sdk/client-secrets-manager');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const secrets = new SecretsManagerClient({});
  const TableName = process.env.SESSIONS_TABLE_NAME;
  const SecretId = process.env.SESSIONS_COOKIE_KEY_SECRET_ARN;
  const [idleSeconds] = process.env.SESSIONS_SESSIONS.split(',').map(Number);
  const Key = { id: 'session#integ' };
  const steps = {
    create: () => documents.send(new PutCommand({ TableName, Item: { ...Key, version: 1, expiresAt: Math.ceil(Date.now() / 1000) + idleSeconds } })),
    change: () => documents.send(new UpdateCommand({
      TableName, Key, UpdateExpression: 'SET version = version + :one', ExpressionAttributeValues: { ':one': 1 }, ReturnValues: 'ALL_NEW',
    })).then(({ Attributes }) => ({ version: Attributes.version })),
    find: () => documents.send(new GetCommand({ TableName, Key, ConsistentRead: true })).then(({ Item }) => ({ found: Item !== undefined })),
    remove: () => documents.send(new DeleteCommand({ TableName, Key })),
    key: () => secrets.send(new GetSecretValueCommand({ SecretId })).then(({ SecretString }) => ({ characters: SecretString.length })),
    changeKey: () => secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' })),
  };
  exports.handler = async ({ step }) => {
    try {
      const { version, found, characters } = await steps[step]();
      return { done: step, version, found, characters };
    } catch ({ name }) {
      return { error: name };
    }
  };
`));
const service = new FunctionService(stack, 'Service', { handler });
service.use(sessions, Access.READ_WRITE);

const { assertions } = new IntegTest(app, 'SessionStore', { testCases: [stack] });
const answered = (step: string, answer: { [key: string]: unknown }) => expectSoon(
  assertions.invokeFunction({ functionName: service.function.functionName, payload: JSON.stringify({ step }) }),
  { Payload: Match.serializedJson(answer) },
);

answered('create', { done: 'create' })
  .next(answered('change', { done: 'change', version: 2 }))
  .next(answered('remove', { done: 'remove' }))
  .next(answered('find', { done: 'find', found: false }));
answered('key', { done: 'key', characters: 64 });
answered('changeKey', { error: 'AccessDeniedException' });

// A new table takes its time to switch expiry on.
expectSoon(assertions.awsApiCall('DynamoDB', 'describeTimeToLive', { TableName: sessions.table!.tableName }), {
  TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
}, Duration.minutes(15));
