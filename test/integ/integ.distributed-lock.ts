// By the key schema of the page alone, as a program in another language would: a lock has one holder, a second one is told who
// is in the way, several are taken all or none, and writing is all the permission that takes.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, DistributedLock, FunctionService, Handler, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-distributed-lock');

const locks = new DistributedLock(stack, 'Locks', { lease: Duration.minutes(15), disposable: true });
// Takes or gives back, and tells the fence, or who is in the way, or the name of the error.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const lease = Number(process.env.LOCKS_LOCK);
  const free = 'attribute_not_exists(#owner) OR #expiresAt <= :now OR #owner = :owner';
  const update = (name, owner, fence, more, values) => ({
    TableName: process.env.LOCKS_TABLE_NAME,
    Key: { name },
    UpdateExpression: 'SET #fence = ' + fence + ', #owner = :owner, #expiresAt = :expiresAt, #ttl = :ttl',
    ConditionExpression: more ? '(' + free + ') AND ' + more : free,
    ExpressionAttributeNames: { '#fence': 'fence', '#owner': 'owner', '#expiresAt': 'expiresAt', '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':owner': owner, ':now': Date.now(), ':expiresAt': Date.now() + lease, ':ttl': Math.ceil(Date.now() / 1000) + 86400, ...values,
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  exports.handler = async ({ owner, take, release }) => {
    try {
      if (release) {
        await documents.send(new UpdateCommand({
          TableName: process.env.LOCKS_TABLE_NAME, Key: { name: release }, UpdateExpression: 'REMOVE #owner, expiresAt',
          ConditionExpression: '#owner = :owner', ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':owner': owner },
        }));
        return { released: true };
      }
      if (take.length === 1) {
        const command = update(take[0], owner, 'if_not_exists(#fence, :now) + :one', '', { ':one': 1 });
        const { Attributes } = await documents.send(new UpdateCommand({ ...command, ReturnValues: 'UPDATED_NEW' }));
        return { taken: Attributes.fence > 1700000000000 };
      }
      const fence = Date.now();
      await documents.send(new TransactWriteCommand({ TransactItems: take.map((name) => ({
        Update: update(name, owner, ':fence', '(attribute_not_exists(#fence) OR #fence < :fence)', { ':fence': fence }),
      })) }));
      return { taken: true };
    } catch (error) {
      const items = [error.Item, ...(error.CancellationReasons || []).map(({ Item }) => Item)];
      return { error: error.name, holders: items.flatMap((item) => item && item.owner ? [item.owner.S] : []) };
    }
  };
`));
const service = new FunctionService(stack, 'Worker', { handler });
service.use(locks, Access.WRITE);

const { assertions } = new IntegTest(app, 'DistributedLock', { testCases: [stack] });
const call = (event: object, answer: { [key: string]: unknown }) => expectSoon(
  assertions.invokeFunction({ functionName: service.function.functionName, payload: JSON.stringify(event) }),
  { Payload: Match.serializedJson(answer) },
);

// A step that answered as it should is not repeated; the others change nothing.
call({ owner: 'ada', take: ['seat-1'] }, { taken: true })
  .next(call({ owner: 'bob', take: ['seat-1'] }, { error: 'ConditionalCheckFailedException', holders: ['ada'] }))
  .next(call({ owner: 'bob', take: ['seat-0', 'seat-1', 'seat-2'] }, { error: 'TransactionCanceledException', holders: ['ada'] }))
  .next(call({ owner: 'cleo', take: ['seat-0', 'seat-2'] }, { taken: true }))
  .next(call({ owner: 'ada', release: 'seat-1' }, { released: true }))
  .next(call({ owner: 'bob', take: ['seat-1'] }, { taken: true }))
  .next(call({ owner: 'ada', release: 'seat-1' }, { error: 'ConditionalCheckFailedException' }));

// A new table takes its time to switch expiry on.
expectSoon(assertions.awsApiCall('DynamoDB', 'describeTimeToLive', { TableName: locks.table!.tableName }), {
  TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
}, Duration.minutes(15));
