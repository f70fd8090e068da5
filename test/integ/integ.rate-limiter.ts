// Exactly as many takes as the burst pass, written by hand after the key schema of the page; expiry is switched on.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FailMode, FunctionService, Handler, Profile, RateLimiter } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-rate-limiter');

const limiter = new RateLimiter(stack, 'Limit', {
  requests: 3, window: Duration.days(30), burst: 5, whenUnavailable: FailMode.CLOSED, disposable: true,
});
// Takes so often for a new key, and tells how often it was allowed.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, UpdateCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const [algorithm, requests, seconds, burst, , namespace] = process.env.LIMIT_RATE_LIMIT.split(',');
  const interval = Math.ceil(seconds * 1e6 / requests);
  exports.handler = async ({ times }) => {
    const key = namespace + ':' + algorithm + ':' + Date.now();
    const update = async (UpdateExpression, ConditionExpression, values) => {
      try {
        await documents.send(new UpdateCommand({
          TableName: process.env.LIMIT_TABLE_NAME, Key: { key }, UpdateExpression, ConditionExpression, ExpressionAttributeValues: values,
        }));
        return true;
      } catch (error) {
        if (error.name !== 'ConditionalCheckFailedException') throw error;
        return false;
      }
    };
    let allowed = 0;
    for (let take = 0; take < times; take += 1) {
      const now = Date.now() * 1000;
      const expiresAt = Math.ceil((now + burst * interval) / 1e6) + 3600;
      const done = await update('SET arrival = :next, expiresAt = :e', 'attribute_not_exists(arrival) OR arrival <= :now',
        { ':next': now + interval, ':now': now, ':e': expiresAt })
        || await update('SET arrival = arrival + :add, expiresAt = :e', 'arrival > :now AND arrival <= :latest',
          { ':add': interval, ':now': now, ':latest': now + (burst - 1) * interval, ':e': expiresAt });
      allowed += done ? 1 : 0;
    }
    return { allowed };
  };
`));
const api = new FunctionService(stack, 'Api', { handler, timeout: Duration.seconds(20) });
api.use(limiter, Access.WRITE, { name: 'LIMIT' });

const { assertions } = new IntegTest(app, 'RateLimiter', { testCases: [stack] });
expectSoon(assertions.invokeFunction({ functionName: api.function.functionName, payload: JSON.stringify({ times: 9 }) }),
  { Payload: Match.serializedJson({ allowed: 5 }) });
// A new table takes its time to switch expiry on.
expectSoon(assertions.awsApiCall('DynamoDB', 'describeTimeToLive', { TableName: limiter.store!.table.tableName }), {
  TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
}, Duration.minutes(15));
