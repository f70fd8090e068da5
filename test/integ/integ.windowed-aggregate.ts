// The worker of a stream finds the table and its settings, and may read and write a row and the place of its shard at once.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, EventStream, FunctionService, Handler, Profile, WindowedAggregate } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-windowed-aggregate');

const clicks = new EventStream(stack, 'Clicks', { partitionKey: 'slug', shards: 1, disposable: true });
const minutes = new WindowedAggregate(stack, 'Minutes', { window: Duration.minutes(1), disposable: true });
const producer = new FunctionService(stack, 'Producer', {
  handler: Handler.fromCode(Code.fromInline(`
    const { KinesisClient, PutRecordCommand } = require('@aws-sdk/client-kinesis');
    const kinesis = new KinesisClient({});
    exports.handler = async (record) => {
      await kinesis.send(new PutRecordCommand({
        StreamName: process.env.CLICKS_STREAM_NAME, PartitionKey: record.slug, Data: Buffer.from(JSON.stringify(record)),
      }));
      return { written: 1 };
    };
  `)),
});
producer.use(clicks, Access.WRITE);
// The last step of the key schema.
const count = new FunctionService(stack, 'Count', {
  handler: Handler.fromCode(Code.fromInline(`
    const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
    const { BatchGetCommand, DynamoDBDocumentClient, TransactWriteCommand } = require('@aws-sdk/lib-dynamodb');
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    const TableName = process.env.MINUTES_TABLE_NAME;
    const [window, lateness, retention, generation] = process.env.MINUTES_WINDOWS.split(',');
    exports.handler = async ({ Records }) => {
      for (const { kinesis } of Records) {
        const { at } = JSON.parse(Buffer.from(kinesis.data, 'base64'));
        const place = { series: generation + '#', window: 'clicks/shard' };
        const row = { series: generation + '/clicks', window: new Date(at - at % window).toISOString() + '/clicks/shard' };
        await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [place, row], ConsistentRead: true } } }));
        await documents.send(new TransactWriteCommand({ TransactItems: [
          { Put: {
            TableName, Item: { ...place, position: kinesis.sequenceNumber }, ConditionExpression: 'attribute_not_exists(#position)',
            ExpressionAttributeNames: { '#position': 'position' },
          } },
          { Put: { TableName, Item: { ...row, count: 1, expiresAt: Math.ceil(at / 1000) + Number(retention) } } },
        ] }));
      }
      return { batchItemFailures: [] };
    };
  `)),
});
minutes.fedBy(clicks, count, { idempotent: true });

const { assertions } = new IntegTest(app, 'WindowedAggregate', { testCases: [stack] });
// 2100, so that it does not expire.
const at = Date.UTC(2100, 0, 1, 12, 0, 30);
assertions.invokeFunction({ functionName: producer.function.functionName, payload: JSON.stringify({ slug: 'a', at }) })
  .next(expectSoon(assertions.awsApiCall('DynamoDB', 'getItem', {
    TableName: minutes.table.tableName, Key: { series: { S: '1/clicks' }, window: { S: '2100-01-01T12:00:00.000Z/clicks/shard' } },
  }), { Item: Match.objectLike({ count: { N: '1' }, expiresAt: { N: String(at / 1000 + 30 * 86_400) } }) }, Duration.minutes(5)));

// A new table takes its time to switch expiry on.
expectSoon(assertions.awsApiCall('DynamoDB', 'describeTimeToLive', { TableName: minutes.table.tableName }), {
  TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
}, Duration.minutes(15));
