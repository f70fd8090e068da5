/** The data path of WorkQueue in the emulator: its template, and the runtime's own producer and consumer. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, BootstraplessSynthesizer, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';

import type { Progress } from '../../../cli/progress';
import { redrive } from '../../../cli/redrive';
import { FunctionService, Handler, PriorityWorkQueue, Profile, WorkQueue } from '../../../lib';
import type { LocalAws } from '../../../local';
import { queueProducer } from '../../../runtime';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';
import { withCode } from './function-code';

/** Fails a message as often as it says, and tells the test of every attempt. */
const WORKER = `
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queueConsumer, queueUrl, retryPolicy } from './runtime';
const sqs = new SQSClient({});
const silent = { info() {}, warn() {}, error() {} };
const consume = (name) => queueConsumer({
  sqs, queueUrl: queueUrl(name), retry: retryPolicy(name), logger: silent, random: () => 0,
  handle: async (body, { attributes, eventSourceARN }) => {
    const message = JSON.parse(body);
    const attempt = Number(attributes.ApproximateReceiveCount);
    if (message.milliseconds) await new Promise((resolve) => setTimeout(resolve, message.milliseconds));
    const failed = attempt <= message.failures;
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.TOLD, MessageBody: JSON.stringify({ ...message, attempt, failed }) }));
    if (failed) throw new Error('as told');
  },
});
export const handler = (event) => consume(process.env.NAMES.split(',').find((name) => event.Records[0].eventSourceARN === process.env[name + '_ARN']))(event);
`;

interface Told {
  readonly key: string;
  readonly n: number;
  readonly attempt: number;
  readonly failed: boolean;
}

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  const told = new Queue(stack, 'Told');
  const worker = (id: string, queues: Record<string, WorkQueue>) => {
    const arns = Object.fromEntries(Object.entries(queues).map(([name, { queue }]) => [`${name}_ARN`, queue.queueArn]));
    const environment = { TOLD: told.queueUrl, NAMES: Object.keys(queues).join(','), ...arns };
    const handler = Handler.fromCode(Code.fromInline('replaced below'));
    const service = new FunctionService(stack, id, { handler, environment, timeout: Duration.seconds(5) });
    told.grantSendMessages(service);
    return service;
  };
  const retry = { maxAttempts: 3 };
  const ordered = new WorkQueue(stack, 'Ordered', { orderBy: 'key', retry });
  ordered.consumedBy(worker('OrderedWorker', { ORDERED: ordered }), { idempotent: true });
  const mail = new PriorityWorkQueue(stack, 'Mail', { levels: [{ name: 'urgent' }, { name: 'bulk' }] });
  mail.consumedBy(worker('MailWorker', { MAIL_URGENT: mail.queues[0]!, MAIL_BULK: mail.queues[1]! }),
    { idempotent: true, maxConcurrency: 4, batchSize: 1 });
  new CfnOutput(stack, 'ToldUrl', { value: told.queueUrl });
  new CfnOutput(stack, 'OrderedUrl', { value: ordered.queue.queueUrl });
  new CfnOutput(stack, 'OrderedDeadLettersUrl', { value: ordered.deadLetterQueue.queueUrl });
  mail.queues.forEach(({ node, queue }) => new CfnOutput(stack, `${node.id}Url`, { value: queue.queueUrl }));
  return withCode(Synthesised.fromStack(stack).toJSON(), () => WORKER);
}

let aws: LocalAws;
let out: Record<string, string>;
let sqs: SQSClient;
let settings: object;
const all: Told[] = [];

beforeAll(async () => {
  aws = await start();
  out = await deploy(aws, 'Queues', template());
  settings = { endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  sqs = new SQSClient(settings);
}, 60_000);
afterAll(stopAll);

/** What was told of some keys, once there is so much of it. */
async function told(keys: string[], count: number): Promise<Told[]> {
  const mine = () => all.filter(({ key }) => keys.includes(key));
  while (mine().length < count) {
    const receive = new ReceiveMessageCommand({ QueueUrl: out.ToldUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await sqs.send(receive);
    all.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Told));
  }
  return mine();
}

const producer = (queueUrl: string | undefined, orderBy?: string) =>
  queueProducer({ sqs, target: { queueUrl: queueUrl!, orderBy } });

test('a message that fails holds its key up and nothing else, and costs those behind it no attempt', async () => {
  const messages = [1, 2, 3].flatMap((n) => [{ key: 'stuck', n, failures: n === 1 ? 2 : 0 }, { key: 'free', n, failures: 0 }]);
  await producer(out.OrderedUrl, 'key')(messages);
  const free = await told(['free'], 3);
  expect(free.map(({ n, attempt }) => [n, attempt])).toEqual([[1, 1], [2, 1], [3, 1]]);
  const stuck = await told(['stuck'], 5);
  expect(stuck.map(({ n, attempt, failed }) => [n, attempt, failed])).toEqual([
    [1, 1, true], [1, 2, true], [1, 3, false], [2, 1, false], [3, 1, false],
  ]);
}, 40_000);

test('what failed every attempt is set aside, its key goes on, and a redrive brings it back', async () => {
  await producer(out.OrderedUrl, 'key')([{ key: 'poison', n: 1, failures: 3 }, { key: 'poison', n: 2, failures: 0 }]);
  const tried = await told(['poison'], 4);
  expect(tried.map(({ n, attempt, failed }) => [n, attempt, failed])).toEqual([
    [1, 1, true], [1, 2, true], [1, 3, true], [2, 1, false],
  ]);
  const lines: string[] = [];
  const clients = { cloudFormation: new CloudFormationClient(settings), sqs, pollMs: 50 };
  await redrive('Queues', { queue: 'Ordered', dryRun: false }, { line: (text: string) => { lines.push(text); } } as Progress,
    new AbortController().signal, clients);
  expect(lines).toEqual([expect.stringMatching(/Ordered.*: 1 message moved back$/)]);
  const again = (await told(['poison'], 5)).at(-1);
  expect(again).toMatchObject({ n: 1 });
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: out.OrderedDeadLettersUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0' });
}, 60_000);

test('a flood of bulk mail does not delay urgent mail, and bulk mail goes out too', async () => {
  await producer(out.bulkUrl)(Array.from({ length: 60 }, (_, n) => ({ key: 'bulk', n, failures: 0, milliseconds: 300 })));
  await told(['bulk'], 1);
  await producer(out.urgentUrl)([{ key: 'urgent', n: 1, failures: 0 }]);
  await told(['urgent'], 1);
  const before = all.filter(({ key }) => key === 'bulk').length;
  expect(before).toBeLessThan(40);
  await told(['bulk'], 60);
}, 60_000);
