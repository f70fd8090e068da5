/** Saga in the emulator: its template, its state machine and the runtime's own steps, with every step failing in turn. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFN } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';

import { Access, FunctionService, Handler, KeyValueStore, Profile, Saga } from '../../../lib';
import { type SagaOutcome, sagaOutcome, startSaga } from '../../../runtime/saga';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';
import { withCode } from './function-code';

jest.setTimeout(30_000);

/**
 * Every step has one effect: an item under its key, put once. What it does besides is in the input of the saga:
 * `{ ChargeCard: 'refuse' }`. An undo marks that item, and so leaves no room for an attempt that comes later.
 */
const CODE = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { SagaRefused, sagaStep, sagaUndo } from './runtime/saga';
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const update = (id, UpdateExpression, names, values) => documents.send(new UpdateCommand({
  TableName: process.env.EFFECTS_TABLE_NAME, Key: { id }, UpdateExpression, ReturnValues: 'ALL_NEW',
  ExpressionAttributeNames: names, ExpressionAttributeValues: values,
}));
const tried = async (id) => (await update(id, 'ADD #attempts :one', { '#attempts': 'attempts' }, { ':one': 1 })).Attributes.attempts;
const once = async (id, name, by) => {
  try {
    await documents.send(new UpdateCommand({
      TableName: process.env.EFFECTS_TABLE_NAME, Key: { id }, UpdateExpression: 'SET #name = :at ADD #count :one',
      ConditionExpression: 'attribute_not_exists(#name) AND attribute_not_exists(undone)',
      ExpressionAttributeNames: { '#name': name, '#count': name + 'Count' }, ExpressionAttributeValues: { ':at': Date.now(), ':one': 1 },
    }));
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error;
  }
};
const step = (key) => key.split('/')[1];
const perform = sagaStep(async ({ key, input, results }) => {
  const attempt = await tried(key);
  const plan = input[step(key)];
  if (plan === 'refuse') throw new SagaRefused('no');
  if (plan === 'fail before') throw new TypeError('nothing done');
  await once(key, 'done');
  if (plan === 'fail' || plan === 'fail once' && attempt === 1) throw new TypeError('done, and failed');
  if (plan === 'crash') process.exit(1);
  if (plan === 'hang') await new Promise((resolve) => setTimeout(resolve, 60000));
  return { after: Object.keys(results), key };
});
const compensate = sagaUndo(async ({ key, undoes, input, failed }) => {
  const attempt = await tried(key);
  const plan = input['Undo' + step(key)];
  if (plan === 'fail' || plan === 'fail once' && attempt === 1) throw new RangeError('not undone');
  await once(undoes, 'undone');
});
export const handler = (event) => (event.key.endsWith('/undo') ? compensate : perform)(event);
`;

const STEPS = ['ReserveSeats', 'ChargeCard', 'IssueTickets', 'SendMail'];

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  const effects = new KeyValueStore(stack, 'Effects', { partitionKey: 'id', disposable: true });
  const worker = (id: string, seconds = 20) => {
    const handler = Handler.fromCode(Code.fromInline('replaced below'));
    const service = new FunctionService(stack, id, { handler, timeout: Duration.seconds(seconds) });
    service.use(effects, Access.READ_WRITE);
    return service;
  };
  const [perform, impatient, compensate] = [worker('Perform'), worker('Impatient', 5), worker('Compensate')];
  const retry = { maxAttempts: 2 };
  const saga = new Saga(stack, 'Checkout', {
    steps: [
      { name: 'ReserveSeats', do: perform, undo: compensate, retry },
      { name: 'ChargeCard', do: perform, undo: compensate, retry },
      { name: 'IssueTickets', do: impatient, undo: compensate, retry: { maxAttempts: 1 } },
      { name: 'SendMail', do: perform, retry },
    ],
    undoRetry: retry,
  });
  new CfnOutput(stack, 'StateMachineArn', { value: saga.stateMachine.stateMachineArn });
  new CfnOutput(stack, 'EffectsName', { value: effects.table.tableName });
  new CfnOutput(stack, 'PerformName', { value: perform.function.functionName });
  return withCode(Synthesised.fromStack(stack).toJSON(), () => CODE);
}

let out: Record<string, string>;
let sfn: SFN;
let lambda: LambdaClient;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  const aws = await start();
  out = await deploy(aws, 'Sagas', template());
  const settings = { endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  sfn = new SFN(settings);
  lambda = new LambdaClient(settings);
  documents = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  // A few at a time: each that runs at once with others starts processes of its own here.
  const waiting = Object.entries(PLANS);
  const lane = async (): Promise<void> => {
    const [key, plan] = waiting.shift() ?? [];
    if (key) {
      await ended((await startSaga(sfn, out.StateMachineArn!, key, plan)).executionArn);
      await lane();
    }
  };
  await Promise.all([lane(), lane(), lane(), lane(), lane()]);
}, 120_000);
afterAll(stopAll);

interface Effect {
  readonly id: string;
  readonly attempts?: number;
  readonly done?: number;
  readonly doneCount?: number;
  readonly undone?: number;
  readonly undoneCount?: number;
}

/** What happens in the sagas of this file, by their keys. They run side by side, since most of their time is waiting. */
const PLANS: Record<string, Record<string, string>> = {
  'all-well': {},
  ...Object.fromEntries(STEPS.flatMap((step) => [[`refused-${step}`, { [step]: 'refuse' }], [`failed-${step}`, { [step]: 'fail' }]])),
  'before': { ChargeCard: 'fail before' },
  'recovered': { ChargeCard: 'fail once' },
  'hanging': { IssueTickets: 'hang' },
  'crashing': { ChargeCard: 'crash' },
  'undo-recovered': { SendMail: 'refuse', UndoChargeCard: 'fail once' },
  'broken': { SendMail: 'refuse', UndoChargeCard: 'fail' },
  'twice': {},
};

/** How a saga ended and what it did: effects and undos in the order in which they happened, and attempts. */
async function story(key: string) {
  return { ...await ended(`${out.StateMachineArn!.replace(':stateMachine:', ':execution:')}:${key}`), ...await effectsOf(key) };
}

async function ended(executionArn: string): Promise<SagaOutcome> {
  for (;;) {
    const outcome = await sagaOutcome(sfn, executionArn);
    if (outcome.status !== 'running') {
      return outcome;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function effectsOf(key: string) {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: out.EffectsName, ConsistentRead: true }));
  const mine = (Items as Effect[]).filter(({ id }) => id.startsWith(`${key}/`));
  const name = ({ id }: Effect) => id.split('/')[1]!;
  const inOrder = (what: 'done' | 'undone') => mine.filter((effect) => effect[what] !== undefined)
    .sort((a, b) => a[what]! - b[what]!).map(name);
  return {
    done: inOrder('done'),
    undone: inOrder('undone'),
    most: Math.max(0, ...mine.flatMap(({ doneCount = 0, undoneCount = 0 }) => [doneCount, undoneCount])),
    attempts: Object.fromEntries(mine.map(({ id, attempts = 0 }) => [id.slice(key.length + 1), attempts])),
  };
}

const errorOf = (outcome: SagaOutcome, step: string) => outcome.failed?.do?.[step]?.Error;

test('every step is done once, in order, and sees what the earlier ones answered', async () => {
  const outcome = await story('all-well');
  expect(outcome).toMatchObject({ status: 'succeeded', done: STEPS, undone: [], most: 1 });
  expect(outcome.results).toEqual(Object.fromEntries(STEPS.map((step, index) =>
    [step, { after: STEPS.slice(0, index), key: `all-well/${step}/do` }])));
});

test.each(STEPS.map((step, index) => [step, index] as const))(
  '%s refuses: it is not tried again, and those before it are undone in the opposite order', async (step, index) => {
    const outcome = await story(`refused-${step}`);
    expect(outcome).toMatchObject({ status: 'compensated', error: 'Saga.Compensated', most: Math.min(1, index) });
    expect(errorOf(outcome, step)).toBe('SagaRefused');
    expect(JSON.parse(outcome.failed!.do![step]!.Cause!)).toMatchObject({ errorMessage: 'no' });
    expect(outcome.done).toEqual(STEPS.slice(0, index));
    expect(outcome.undone).toEqual(STEPS.slice(0, index).reverse());
    expect(outcome.attempts[`${step}/do`]).toBe(1);
  });

test.each(STEPS.map((step, index) => [step, index] as const))(
  '%s fails after its effect: it is tried again, and then undone itself, first of all', async (step, index) => {
    const outcome = await story(`failed-${step}`);
    expect(outcome).toMatchObject({ status: 'compensated', most: 1 });
    expect(errorOf(outcome, step)).toBe('TypeError');
    expect(outcome.done).toEqual(STEPS.slice(0, index + 1));
    // The last step has no undo.
    expect(outcome.undone).toEqual(STEPS.slice(0, Math.min(index + 1, 3)).reverse());
    expect(outcome.attempts[`${step}/do`]).toBe(step === 'IssueTickets' ? 1 : 2);
  });

test('a step that fails before its effect is undone too, and that leaves no room for a late attempt', async () => {
  const outcome = await story('before');
  expect(outcome).toMatchObject({ status: 'compensated', done: ['ReserveSeats'], undone: ['ChargeCard', 'ReserveSeats'] });
  await again('before/ChargeCard/do');
  expect(await effectsOf('before')).toMatchObject({ done: ['ReserveSeats'] });
});

test('a step that fails once and then succeeds has one effect, and the saga goes on', async () => {
  const outcome = await story('recovered');
  expect(outcome).toMatchObject({ status: 'succeeded', done: STEPS, undone: [], most: 1 });
  expect(outcome.attempts['ChargeCard/do']).toBe(2);
});

test('a step that never answers may have had its effect: it is undone with the others', async () => {
  const outcome = await story('hanging');
  expect(outcome).toMatchObject({ status: 'compensated', undone: ['IssueTickets', 'ChargeCard', 'ReserveSeats'], most: 1 });
  expect(errorOf(outcome, 'IssueTickets')).not.toBe('SagaRefused');
});

test('a step that crashes may have had its effect too', async () => {
  const outcome = await story('crashing');
  expect(outcome).toMatchObject({ status: 'compensated', undone: ['ChargeCard', 'ReserveSeats'], most: 1 });
  expect(outcome.attempts['ChargeCard/do']).toBe(2);
});

test('an undo that fails once is tried again', async () => {
  const outcome = await story('undo-recovered');
  expect(outcome).toMatchObject({ status: 'compensated', undone: ['IssueTickets', 'ChargeCard', 'ReserveSeats'], most: 1 });
  expect(outcome.attempts['ChargeCard/undo']).toBe(2);
});

test('an undo that fails for good ends the saga with an error of its own, which names both failures', async () => {
  const outcome = await story('broken');
  expect(outcome).toMatchObject({
    status: 'broken', error: 'Saga.CompensationFailed', undone: ['IssueTickets'],
    failed: { do: { SendMail: { Error: 'SagaRefused' } }, undo: { ChargeCard: { Error: 'RangeError' } } },
  });
}, 30_000);

/** A function is called once more than it should be. */
async function again(key: string): Promise<void> {
  const Payload = JSON.stringify({ key, input: {}, results: {} });
  await lambda.send(new InvokeCommand({ FunctionName: out.PerformName, Payload }));
}

test('a task that is delivered twice has one effect', async () => {
  await story('twice');
  await Promise.all([again('twice/ChargeCard/do'), again('twice/ChargeCard/do')]);
  const { most, attempts } = await effectsOf('twice');
  expect(attempts['ChargeCard/do']).toBe(3);
  expect(most).toBe(1);
});

test('a saga that is started by several at once is one saga', async () => {
  const starts = await Promise.all([1, 2, 3].map(() => startSaga(sfn, out.StateMachineArn!, 'started-thrice', {})));
  expect(starts.filter(({ started }) => started)).toHaveLength(1);
  expect(new Set(starts.map(({ executionArn }) => executionArn)).size).toBe(1);
  await expect(ended(starts[0]!.executionArn)).resolves.toMatchObject({ status: 'succeeded' });
  expect(await effectsOf('started-thrice')).toMatchObject({ done: STEPS, most: 1 });
}, 30_000);
