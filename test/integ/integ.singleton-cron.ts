// A schedule triggers its worker every minute with its name and the slot, and the worker may write into the table of slots.
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { FunctionService, Handler, Profile, SingletonCron } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-singleton-cron');

// Tells what it was triggered with.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, PutCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  exports.handler = async ({ cron, slot }) => documents.send(new PutCommand({
    TableName: process.env.MINUTELY_TABLE_NAME,
    Item: { name: 'last', cron, isTime: new Date(slot).getUTCFullYear() > 2025, overlap: process.env.MINUTELY_OVERLAP },
  }));
`));
const worker = new FunctionService(stack, 'Worker', { handler });
const cron = new SingletonCron(stack, 'Minutely', { schedule: ScheduleExpression.rate(Duration.minutes(1)), worker, disposable: true });

const { assertions } = new IntegTest(app, 'SingletonCron', { testCases: [stack] });

expectSoon(assertions.awsApiCall('DynamoDB', 'getItem', {
  TableName: cron.state.table.tableName, Key: { name: { S: 'last' } }, ConsistentRead: true,
}), { Item: { cron: { S: 'Minutely' }, isTime: { BOOL: true }, overlap: { S: 'skip' } } }, Duration.minutes(5));
