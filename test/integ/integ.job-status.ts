// A job is found by who knows its id, in the state that its worker has written; an unknown one is not; and jobs are forgotten.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, ApiGateway, FunctionService, Handler, JobStatus, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-job-status');

const jobs = new JobStatus(stack, 'Jobs', { disposable: true });
const api = new ApiGateway(stack, 'Api');
jobs.route(api);
// Begins a job and starts it, with conditions and what they need no further permission for.
const handler = Handler.fromCode(Code.fromInline(`
  const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } = require('@aws-sdk/lib-dynamodb');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const TableName = process.env.JOBS_TABLE_NAME;
  const expiresAt = Math.floor(Date.now() / 1000) + Number(process.env.JOBS_JOBS.split(',')[0]);
  const steps = {
    create: (id) => new PutCommand({
      TableName, Item: { id, state: 'QUEUED', attempts: 0, createdAt: 'now', updatedAt: 'now', expiresAt }, ConditionExpression: 'attribute_not_exists(id)',
    }),
    start: (id) => new UpdateCommand({
      TableName, Key: { id }, UpdateExpression: 'SET #state = :running, attempts = attempts + :one', ConditionExpression: 'attribute_exists(id)',
      ExpressionAttributeNames: { '#state': 'state' }, ExpressionAttributeValues: { ':running': 'RUNNING', ':one': 1 }, ReturnValues: 'ALL_NEW',
    }),
    read: (id) => new GetCommand({ TableName, Key: { id } }),
  };
  exports.handler = async ({ step, id }) => {
    try {
      const { Attributes } = await documents.send(steps[step](id));
      return { state: Attributes?.state ?? 'QUEUED' };
    } catch ({ name }) {
      return { error: name };
    }
  };
`));
const worker = new FunctionService(stack, 'Worker', { handler });
worker.use(jobs, Access.WRITE);

const { assertions } = new IntegTest(app, 'JobStatus', { testCases: [stack] });
const answered = (step: string, id: string, answer: { [key: string]: unknown }) => expectSoon(
  assertions.invokeFunction({ functionName: worker.function.functionName, payload: JSON.stringify({ step, id }) }),
  { Payload: Match.serializedJson(answer) },
);
const get = (id: string) => assertions.httpApiCall(`${api.url}/jobs/${id}`);

answered('start', 'never', { error: 'ConditionalCheckFailedException' })
  .next(expectSoon(get('never'), { status: 404, headers: { 'content-type': ['application/problem+json'] }, body: Match.objectLike({ status: 404 }) }))
  .next(answered('create', 'first', { state: 'QUEUED' }))
  .next(answered('start', 'first', { state: 'RUNNING' }))
  .next(answered('read', 'first', { error: 'AccessDeniedException' }))
  .next(expectSoon(get('first'), { status: 200, headers: { 'retry-after': ['2'] }, body: Match.objectLike({ id: 'first', state: 'RUNNING' }) }));

// A new table takes its time to switch expiry on.
expectSoon(assertions.awsApiCall('DynamoDB', 'describeTimeToLive', { TableName: jobs.table.tableName }), {
  TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
}, Duration.minutes(15));
