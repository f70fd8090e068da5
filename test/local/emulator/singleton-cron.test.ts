/** SingletonCron in the emulator: its template, its worker with the runtime, triggered as the schedule triggers it. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';

import { Access, FunctionService, Handler, KeyValueStore, Profile, SingletonCron } from '../../../lib';
import { documents } from '../../contention/support/servers';
import { start, stopAll } from '../start';
import { deploy } from './cloudformation';
import { withCode } from './function-code';

/** Counts its runs by slot; the first run of the second slot throws. */
const CODE = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { cronSettings, singletonCron } from './runtime/singleton-cron';
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
export const handler = singletonCron({
  documents, ...cronSettings('REPORTS'),
  run: async ({ slot, cron }) => {
    const { Attributes } = await documents.send(new UpdateCommand({
      TableName: process.env.RUNS_TABLE_NAME, Key: { slot },
      UpdateExpression: 'ADD runs :one SET cron = :cron', ReturnValues: 'ALL_NEW',
      ExpressionAttributeValues: { ':one': 1, ':cron': cron },
    }));
    if (slot.startsWith('2026-01-13') && Attributes.runs === 1) throw new Error('as told');
  },
});
`;

let out: Record<string, string>;
let endpoint: string;
let lambda: LambdaClient;

beforeAll(async () => {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  const worker = new FunctionService(stack, 'Worker', {
    handler: Handler.fromCode(Code.fromInline('replaced below')), timeout: Duration.seconds(20),
  });
  const runs = new KeyValueStore(stack, 'Runs', { partitionKey: 'slot', disposable: true });
  worker.use(runs, Access.READ_WRITE);
  // Switched off: only the test triggers it.
  new SingletonCron(stack, 'Reports', { schedule: ScheduleExpression.rate(Duration.minutes(1)), worker, enabled: false });
  new CfnOutput(stack, 'WorkerName', { value: worker.function.functionName });
  new CfnOutput(stack, 'RunsName', { value: runs.table.tableName });
  const aws = await start();
  endpoint = aws.endpoint;
  out = await deploy(aws, 'Crons', withCode(Synthesised.fromStack(stack).toJSON(), () => CODE));
  lambda = new LambdaClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
}, 60_000);
afterAll(stopAll);

/** Invokes the worker as the schedule does, and tells its answer. */
async function trigger(slot: string): Promise<unknown> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: out.WorkerName, Payload: JSON.stringify({ cron: 'Reports', slot }) }));
  return JSON.parse(Buffer.from(Payload!).toString());
}

const runsOf = async (slot: string) =>
  (await documents(endpoint).send(new GetCommand({ TableName: out.RunsName, Key: { slot }, ConsistentRead: true }))).Item;

test('triggers that come twice, at once and later, are one run', async () => {
  const slot = '2026-01-12T03:00:00Z';
  const outcomes = await Promise.all([trigger(slot), trigger(slot), trigger(slot)]);
  expect(outcomes.filter((outcome) => outcome === 'ran')).toHaveLength(1);
  await expect(trigger(slot)).resolves.toBe('repeated');
  expect(await runsOf(slot)).toMatchObject({ runs: 1, cron: 'Reports' });
}, 30_000);

test('a run that failed is done by the next attempt, and then no more', async () => {
  const slot = '2026-01-13T03:00:00Z';
  await expect(trigger(slot)).resolves.toMatchObject({ errorMessage: 'as told' });
  await expect(trigger(slot)).resolves.toBe('ran');
  await expect(trigger(slot)).resolves.toBe('repeated');
  expect(await runsOf(slot)).toMatchObject({ runs: 2 });
}, 30_000);
