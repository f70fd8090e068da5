/** The data path of an EventStream in the emulator, from the template that its users deploy. */
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, BootstraplessSynthesizer, CfnOutput, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { setTimeout as sleep } from 'node:timers/promises';

import { EventStream, FunctionService, Handler, Profile } from '../../../lib';
import type { LocalAws } from '../../../local';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

// Tells the test what it sees through a queue; as streamConsumer of the runtime does, it stops at the first failure.
const CODE = `
const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({});
exports.handler = async ({ Records }) => {
  for (const { kinesis } of Records) {
    const record = JSON.parse(Buffer.from(kinesis.data, 'base64'));
    const told = JSON.stringify({ ...record, group: process.env.GROUP });
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.TOLD, MessageBody: told }));
    if (record.poisonous && process.env.GROUP === 'fragile') {
      return { batchItemFailures: [{ itemIdentifier: kinesis.sequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
};`;

interface Told {
  readonly group: string;
  readonly key: string;
  readonly count: number;
}

/** A stream that two groups read: one that takes everything, and one that chokes on what is poisonous. */
function template(replayFrom?: Date): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new BootstraplessSynthesizer() });
  // Queues that plain ministack takes too, which refuses the ones that ask for TLS.
  const [told, deadLetterQueue] = [new Queue(stack, 'Told'), new Queue(stack, 'DeadLetters')];
  const events = new EventStream(stack, 'Events', { partitionKey: 'key', shards: 2 });
  const worker = (group: string) => {
    const handler = Handler.fromCode(Code.fromInline(CODE));
    const service = new FunctionService(stack, group, { handler, environment: { GROUP: group, TOLD: told.queueUrl } });
    told.grantSendMessages(service);
    return service;
  };
  events.consumedBy(worker('sturdy'), { idempotent: true });
  events.consumedBy(worker('fragile'), { idempotent: true, maxAttempts: 3, deadLetterQueue });
  const replay = worker('replay');
  if (replayFrom) {
    events.replay(replay, { idempotent: true, from: replayFrom });
  }
  new CfnOutput(stack, 'Stream', { value: events.stream!.streamName });
  new CfnOutput(stack, 'ToldUrl', { value: told.queueUrl });
  new CfnOutput(stack, 'DeadLettersUrl', { value: deadLetterQueue.queueUrl });
  return Synthesised.fromStack(stack).toJSON() as Template;
}

/** A local AWS with the stack in it. */
class World {
  public static async start(plain: boolean): Promise<World> {
    const aws = await start({ plain });
    return new World(aws, await deploy(aws, 'Streams', template()));
  }

  private readonly all: Told[] = [];
  private readonly sqs: SQSClient;

  private constructor(public readonly aws: LocalAws, public readonly out: Record<string, string>) {
    this.sqs = new SQSClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  }

  /** Writes records of one key one after another, and returns where the last one is. */
  public async put(key: string, count: number, more: object = {}): Promise<string> {
    const response = await fetch(this.aws.endpoint, {
      method: 'POST',
      headers: {
        'authorization': 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=x',
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Kinesis_20131202.PutRecord',
      },
      body: JSON.stringify({
        StreamName: this.out.Stream,
        PartitionKey: key,
        Data: Buffer.from(JSON.stringify({ key, count, ...more })).toString('base64'),
      }),
    });
    expect(response.status).toBe(200);
    return (await response.json() as { SequenceNumber: string }).SequenceNumber;
  }

  /** What a group saw of a key, once it is at least so much. */
  public async seen(group: string, key: string, times: number): Promise<number[]> {
    const mine = () => this.all.filter((told) => told.group === group && told.key === key).map(({ count }) => count);
    while (mine().length < times) {
      await this.listen(1);
    }
    return mine();
  }

  /** What a group saw of a key in a time. */
  public async seenWithin(seconds: number, group: string, key: string): Promise<number[]> {
    const until = Date.now() + seconds * 1000;
    while (Date.now() < until) {
      await this.listen(1);
    }
    return this.seen(group, key, 0);
  }

  public async deadLetters(): Promise<number> {
    const ask = new GetQueueAttributesCommand({ QueueUrl: this.out.DeadLettersUrl, AttributeNames: ['All'] });
    const { Attributes } = await this.sqs.send(ask);
    return Number(Attributes?.ApproximateNumberOfMessages);
  }

  public async deadLetter(): Promise<Record<string, Record<string, unknown>>> {
    const receive = new ReceiveMessageCommand({ QueueUrl: this.out.DeadLettersUrl, WaitTimeSeconds: 5 });
    const { Messages } = await this.sqs.send(receive);
    return JSON.parse(Messages?.[0]?.Body ?? '{}') as Record<string, Record<string, unknown>>;
  }

  private async listen(seconds: number): Promise<void> {
    const receive = new ReceiveMessageCommand({ QueueUrl: this.out.ToldUrl, WaitTimeSeconds: seconds, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await this.sqs.send(receive);
    this.all.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as Told));
  }
}

let repaired: World;
let plain: World;
beforeAll(async () => {
  [repaired, plain] = await Promise.all([World.start(false), World.start(true)]);
}, 60_000);
afterAll(stopAll);

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('both groups see every record, in order for each key', async () => {
  const keys = ['a', 'b', 'c', 'd'];
  for (const count of upTo(10)) {
    await Promise.all(keys.map((key) => repaired.put(key, count)));
  }
  for (const group of ['sturdy', 'fragile']) {
    for (const key of keys) {
      expect(await repaired.seen(group, key, 10)).toEqual(upTo(10));
    }
  }
}, 30_000);

test('a group that fails is tried as often as it said, tells where the record is, and goes on; the other notices nothing', async () => {
  await repaired.put('poisoned', 0);
  const poison = await repaired.put('poisoned', 1, { poisonous: true });
  await repaired.put('poisoned', 2);
  expect(await repaired.seen('sturdy', 'poisoned', 3)).toEqual([0, 1, 2]);
  const seen = await repaired.seenWithin(2, 'fragile', 'poisoned');
  expect(seen.filter((count) => count === 2)).toEqual([2]);
  expect(seen.indexOf(2)).toBe(seen.length - 1);
  expect(seen.filter((count) => count === 1).length).toBeGreaterThanOrEqual(3);
  expect(await repaired.deadLetter()).toMatchObject({
    requestContext: { condition: 'RetryAttemptsExhausted' },
    KinesisBatchInfo: { startSequenceNumber: poison, endSequenceNumber: poison, batchSize: 1 },
  });
}, 30_000);

test('plain ministack still loses what fails', async () => {
  await plain.put('poisoned', 0, { poisonous: true });
  await plain.seen('fragile', 'poisoned', 1);
  expect(await plain.seenWithin(2, 'fragile', 'poisoned')).toEqual([0]);
  expect(await plain.deadLetters()).toBe(0);
}, 30_000);

test.each([['repaired', [1, 2]], ['plain', [2]]])('a replay in the %s emulator begins at its time', async (name, expected) => {
  const world = name === 'plain' ? plain : repaired;
  await world.put('history', 0);
  await sleep(1_100);
  const from = new Date();
  await sleep(1_100);
  await world.put('history', 1);
  await deploy(world.aws, 'Streams', template(from), 'Update');
  // The plain one begins where its first look finds the end.
  await sleep(name === 'plain' ? 2_500 : 0);
  await world.put('history', 2);
  await world.seen('replay', 'history', expected.length);
  expect(await world.seenWithin(1, 'replay', 'history')).toEqual(expected);
}, 30_000);

test('what has no behaviour behind it is told', async () => {
  const told = await repaired.aws.recordedOnly();
  expect(told).toContain('AWS::Kinesis::Stream.StreamEncryption');
  expect(told).not.toContain('AWS::Kinesis::Stream');
});
