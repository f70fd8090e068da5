// What is put into a store reaches what changes are carried into, and what is deleted leaves it.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { ChangeDataCapture, FunctionService, Handler, KeyValueStore, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-change-data-capture');

const items = new KeyValueStore(stack, 'Items', { partitionKey: 'id', disposable: true });
const copies = new KeyValueStore(stack, 'Copies', { partitionKey: 'id', disposable: true });

// As the runtime does it, for a sink that is a table: the newer version stays, and a deletion stays too.
const worker = new FunctionService(stack, 'Worker', {
  handler: Handler.fromCode(Code.fromInline(`
    const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
    const client = new DynamoDBClient({});
    exports.handler = async ({ Records }) => {
      for (const { dynamodb: { NewImage, OldImage } } of Records) {
        const { id, version, title = { S: '' } } = NewImage ?? OldImage;
        const order = { N: String(2 * Number(version.N) + (NewImage ? 0 : 1)) };
        await client.send(new PutItemCommand({
          TableName: process.env.COPIES_TABLE_NAME, Item: { id, order, title, gone: { BOOL: !NewImage } },
          ConditionExpression: 'attribute_not_exists(id) OR #order <= :order',
          ExpressionAttributeNames: { '#order': 'order' }, ExpressionAttributeValues: { ':order': order },
        })).catch((error) => { if (error.name !== 'ConditionalCheckFailedException') throw error; });
      }
      return { batchItemFailures: [] };
    };
  `)),
});
new ChangeDataCapture(stack, 'Capture', { source: items, worker }).into(copies);

const { assertions } = new IntegTest(app, 'ChangeDataCapture', { testCases: [stack] });
const Key = { id: { S: 'e1' } };
const TableName = items.table.tableName;
const copy = () => assertions.awsApiCall('DynamoDB', 'getItem', { TableName: copies.table.tableName, Key });

assertions.awsApiCall('DynamoDB', 'putItem', { TableName, Item: { ...Key, version: { N: '1' }, title: { S: 'Jazz night' } } })
  .next(expectSoon(copy(), { Item: Match.objectLike({ title: { S: 'Jazz night' }, gone: { BOOL: false } }) }, Duration.minutes(5)))
  .next(assertions.awsApiCall('DynamoDB', 'deleteItem', { TableName, Key }))
  .next(expectSoon(copy(), { Item: Match.objectLike({ gone: { BOOL: true } }) }, Duration.minutes(5)));
