/** What scenarios build on: how a queue, its consumer and their faults behave in the emulator. */
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { LocalAws } from '../../../local';
import { start, stopAll } from '../start';
import { deploy } from './cloudformation';

// Tells the test of every receive through a second queue, then does what the message says.
const CODE = `
const { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({});
exports.handler = async ({ Records }) => {
  const batchItemFailures = [];
  for (const record of Records) {
    const { id, act } = JSON.parse(record.body);
    const attempt = Number(record.attributes.ApproximateReceiveCount);
    const told = JSON.stringify({ id, attempt, at: Date.now() });
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.TOLD, MessageBody: told }));
    if (act === 'hang' && attempt === 1) await new Promise((resolve) => setTimeout(resolve, 60_000));
    if (act === 'later' && attempt === 1) {
      const { receiptHandle } = record;
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: process.env.QUEUE, ReceiptHandle: receiptHandle, VisibilityTimeout: 3 }));
    }
    if (act === 'fail' || (act === 'later' && attempt === 1)) batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
};`;

const queue = (properties: object = {}): object => ({ Type: 'AWS::SQS::Queue', Properties: properties });
const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });
const template = {
  Resources: {
    Told: queue(),
    DeadLetters: queue(),
    Queue: queue({ VisibilityTimeout: 1, RedrivePolicy: { deadLetterTargetArn: arn('DeadLetters'), maxReceiveCount: 3 } }),
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] },
        Policies: [{ PolicyName: 'sqs', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }] } }],
      },
    },
    Consumer: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: CODE }, Timeout: 30, Role: arn('Role'),
        Environment: { Variables: { QUEUE: { Ref: 'Queue' }, TOLD: { Ref: 'Told' } } },
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Consumer' }, EventSourceArn: arn('Queue'), BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    },
  },
  Outputs: Object.fromEntries(['Queue', 'DeadLetters', 'Told', 'Consumer'].map((id) => [id, { Value: { Ref: id } }])),
};

interface Receive {
  readonly id: string;
  readonly attempt: number;
  readonly at: number;
}

let aws: LocalAws;
let out: Record<string, string>;
let sqs: SQSClient;
const receives: Receive[] = [];

beforeAll(async () => {
  aws = await start();
  out = await deploy(aws, 'Messages', template);
  sqs = new SQSClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
}, 60_000);
afterAll(stopAll);

const send = (id: string, act = 'succeed'): Promise<unknown> =>
  sqs.send(new SendMessageCommand({ QueueUrl: out.Queue, MessageBody: JSON.stringify({ id, act }) }));

/** Waits until a message has been received so often, and returns its receives. */
async function received(id: string, times: number): Promise<Receive[]> {
  const mine = (): Receive[] => receives.filter((receive) => receive.id === id);
  while (mine().length < times) {
    const receive = new ReceiveMessageCommand({ QueueUrl: out.Told, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await sqs.send(receive);
    receives.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as Receive));
  }
  return mine();
}

async function depth(url: string | undefined): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
}

test('poison is set aside after exactly maxReceiveCount receives, its neighbours are not', async () => {
  await Promise.all([send('poison', 'fail'), send('neighbour')]);
  await received('poison', 3);
  while (await depth(out.DeadLetters) === 0) {
    await sleep(50);
  }
  await sleep(1_500);
  expect((await received('poison', 3)).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(await received('neighbour', 1)).toHaveLength(1);
  expect([await depth(out.DeadLetters), await depth(out.Queue)]).toEqual([1, 0]);
}, 20_000);

test('a consumer that lengthens the visibility of a message delays its retry', async () => {
  await send('later', 'later');
  const [first, second] = await received('later', 2);
  expect(second!.at - first!.at).toBeGreaterThan(2_500);
}, 20_000);

test('the message of a consumer that is killed is received again by another', async () => {
  await send('crash', 'hang');
  await received('crash', 1);
  expect(await aws.killWorkers(out.Consumer!)).toBeGreaterThan(0);
  expect((await received('crash', 2)).map(({ attempt }) => attempt)).toEqual([1, 2]);
  while (await depth(out.Queue) > 0) {
    await sleep(50);
  }
  expect(await aws.killWorkers('no-such-function')).toBe(0);
}, 20_000);
