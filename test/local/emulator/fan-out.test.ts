/** A fan-out on the emulator, from the template that its users deploy: who gets what, and who is not held up by whom. */
import { SNS } from '@aws-sdk/client-sns';
import { DeleteMessageBatchCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';

import { FanOut, FilterOn, FunctionService, Handler, Profile, WorkQueue } from '../../../lib';
import type { LocalAws } from '../../../local';
import { type FanOutMessage, fanOutPublisher } from '../../../runtime';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
  const news = new FanOut(stack, 'News');
  const all = new WorkQueue(stack, 'All');
  const created = new WorkQueue(stack, 'Created');
  const large = new WorkQueue(stack, 'Large');
  const broken = new WorkQueue(stack, 'Broken', { retry: { maxAttempts: 2 } });
  news.subscribe(all);
  news.subscribe(created, { filter: { kind: ['created'] } });
  news.subscribe(large, { filter: { order: { total: [{ numeric: ['>', 100] }] } }, filterOn: FilterOn.BODY });
  news.subscribe(broken);
  broken.consumedBy(new FunctionService(stack, 'Breaker', {
    handler: Handler.fromCode(Code.fromInline("exports.handler = async () => { throw new Error('broken'); };")),
  }), { idempotent: true });

  const outputs = {
    Topic: news.topic.topicArn, All: all.queue.queueUrl, Created: created.queue.queueUrl,
    Large: large.queue.queueUrl, Broken: broken.queue.queueUrl,
  };
  Object.entries(outputs).forEach(([id, value]) => new CfnOutput(stack, `${id}Out`, { value }));
  return Synthesised.fromStack(stack).toJSON() as Template;
}

let aws: LocalAws;
let out: Record<string, string>;
let sqs: SQSClient;
let publish: (messages: readonly FanOutMessage[]) => Promise<void>;

beforeAll(async () => {
  aws = await start();
  out = await deploy(aws, 'FanOut', template());
  sqs = new SQSClient({ ...CLIENT, endpoint: aws.endpoint });
  publish = fanOutPublisher({ topics: new SNS({ ...CLIENT, endpoint: aws.endpoint }), target: { topicArn: out.TopicOut! } });
}, 120_000);
afterAll(stopAll);

interface Body {
  readonly id: number;
}

/** What a queue gets until nothing more comes for a second. */
async function received(queue: string): Promise<{ ids: number[]; attributes: unknown[] }> {
  const ids: number[] = [];
  const attributes: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
      QueueUrl: out[queue], WaitTimeSeconds: 1, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'],
    }));
    if (Messages.length === 0) {
      return { ids: ids.sort((a, b) => a - b), attributes };
    }
    ids.push(...Messages.map(({ Body: body }) => (JSON.parse(body!) as Body).id));
    attributes.push(...Messages.map(({ MessageAttributes }) => MessageAttributes));
    await sqs.send(new DeleteMessageBatchCommand({
      QueueUrl: out[queue], Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }));
  }
}

test('every subscriber gets each message once, as it was published; filters let through what matches', async () => {
  await publish(Array.from({ length: 12 }, (_, id) => ({
    body: { id, order: { total: 100 * (id % 3) } }, attributes: { kind: id % 2 === 0 ? 'created' : 'changed' },
  })));
  const [all, created, large] = await Promise.all([received('AllOut'), received('CreatedOut'), received('LargeOut')]);
  expect(all.ids).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(all.attributes[0]).toMatchObject({ kind: { DataType: 'String' } });
  expect(created.ids).toEqual([0, 2, 4, 6, 8, 10]);
  expect(large.ids).toEqual([2, 5, 8, 11]);
}, 30_000);

test('a subscriber whose consumer is broken holds up nobody: the others have the message long before it gave up', async () => {
  await publish([{ body: { id: 99 } }]);
  expect((await received('AllOut')).ids).toEqual([99]);
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: out.BrokenOut, AttributeNames: ['All'] }));
  const left = Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
  // Nothing has been worked off there: messages wait, or wait to be tried again.
  expect(left).toBeGreaterThan(0);
}, 30_000);
