/** The gate before a real queue: SQS of the local AWS, the runtime's own producer, and the handler as API Gateway calls it. */
import {
  CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { httpHandler, json, queueProducer } from '../../runtime';
import { AdmissionControl, BacklogGate, type BacklogGateOptions, ConcurrencyGate } from '../../runtime/admission-control';
import { start, stopAll } from '../local/start';
import { httpRequest, RecordingLogger } from '../runtime/fakes';
import { scaled } from './support/scale';

const settings = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
const context = {} as Context;
const REFRESH = 50;
let sqs: SQSClient;
let queueUrl: string;

beforeAll(async () => {
  const aws = await start();
  sqs = new SQSClient({ ...settings, endpoint: aws.endpoint });
  ({ QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' })));
}, 60_000);
afterAll(stopAll);

const pause = (milliseconds: number) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** An API that takes work on and answers 202, with its gate. */
function api(options: Partial<BacklogGateOptions> = {}) {
  const looks = { count: 0 };
  const counting = { send: ((...all: Parameters<SQSClient['send']>) => {
    looks.count += 1;
    return sqs.send(...all);
  }) as SQSClient['send'] };
  const gate = new BacklogGate({ sqs: counting, queueUrl, maxBacklog: 20, refreshMilliseconds: REFRESH, ...options });
  const admission = new AdmissionControl({ gates: [new ConcurrencyGate({ limit: 50 }), gate] });
  const send = queueProducer({ sqs, target: { queueUrl } });
  const handler = httpHandler(admission.admit(async () => {
    await send([{ job: 1 }]);
    return json(202, { accepted: true });
  }), { logger: new RecordingLogger() });
  return { looks, post: () => handler(httpRequest(), context) };
}

/** Takes messages and, unless they are only hidden, deletes them; answers how many. */
async function work(most: number, hide = false): Promise<number> {
  let done = 0;
  while (done < most) {
    const MaxNumberOfMessages = Math.min(10, most - done);
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages, VisibilityTimeout: 3 });
    const { Messages = [] } = await sqs.send(receive);
    if (Messages.length === 0) {
      break;
    }
    if (!hide) {
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
    done += Messages.length;
  }
  return done;
}

test('a backlog over the limit is answered with 503 and Retry-After; worked off, with 202 again', async () => {
  const { post } = api();
  const statuses: number[] = [];
  while (statuses.at(-1) !== 503 && statuses.length < 200) {
    const { statusCode } = await post();
    statuses.push(statusCode!);
    await pause(10);
  }
  // A gate that looks every so often lets a few more in than its limit.
  expect(statuses.filter((status) => status === 202).length).toBeGreaterThanOrEqual(20);
  expect(statuses.at(-1)).toBe(503);
  const refused = await post();
  expect(Number(refused.headers!['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(refused.headers!['content-type']).toBe('application/problem+json');

  // What is being worked on is not done yet: hiding it does not open the gate.
  const backlog = statuses.filter((status) => status === 202).length;
  expect(await work(backlog, true)).toBe(backlog);
  await pause(2 * REFRESH);
  await post();
  await pause(REFRESH);
  expect((await post()).statusCode).toBe(503);
  await pause(3500);

  // Below the limit, but not below the lower threshold: still closed. Below that: open.
  await work(backlog - 18);
  await pause(2 * REFRESH);
  await post();
  await pause(REFRESH);
  expect((await post()).statusCode).toBe(503);
  await work(3);
  await pause(2 * REFRESH);
  await post();
  await pause(REFRESH);
  expect((await post()).statusCode).toBe(202);
  await work(100);
}, 30_000);

test('many requests cost one look at the queue in an interval', async () => {
  const requests = scaled(1000, 200);
  const { post, looks } = api({ maxBacklog: 1_000_000, refreshMilliseconds: 60_000 });
  const answers = await Promise.all(Array.from({ length: 50 }, async () => {
    const statuses: number[] = [];
    for (let request = 0; request < requests / 50; request += 1) {
      statuses.push((await post()).statusCode!);
    }
    return statuses;
  }));
  expect(answers.flat()).toEqual(Array(requests).fill(202));
  expect(looks.count).toBe(1);
  await work(requests);
}, 120_000);

test('an SQS that takes the connection and never answers holds nobody up for longer than the deadline', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const events: string[] = [];
  const gate = new BacklogGate({
    sqs: new SQSClient({ ...settings, endpoint }), queueUrl: `${endpoint}/queue`, maxBacklog: 20, deadlineMilliseconds: 100,
    count: (event) => events.push(event),
  });
  const admission = new AdmissionControl({ gates: [gate] });
  const before = performance.now();
  await expect(Promise.all(Array.from({ length: 200 }, () => admission.run(async () => 'done')))).resolves.toHaveLength(200);
  expect(performance.now() - before).toBeLessThan(1500);
  expect(events).toEqual(['backlogUnknown']);
  silent.closeAllConnections();
  await new Promise((resolve) => { silent.close(resolve); });
});
