import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Progress } from '../../cli/progress';
import { redrive, type RedriveOptions } from '../../cli/redrive';

interface Queue {
  readonly deadLetters?: string;
  readonly count?: number;
}

const url = (name: string) => `https://sqs/111122223333/${name}`;
const arn = (name: string) => `arn:aws:sqs:eu-west-1:111122223333:${name}`;

/** A stack with queues, and what becomes of each move: its states one after another. */
function world(queues: Record<string, Queue>, states: object[] = [{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 2 }]) {
  const moved: string[] = [];
  const lines: string[] = [];
  const answers: Record<string, (input: { QueueUrl: string; SourceArn: string }) => object> = {
    GetQueueAttributesCommand: ({ QueueUrl }) => {
      const name = QueueUrl.split('/').at(-1)!;
      const { count = 0, deadLetters } = queues[name]!;
      const RedrivePolicy = deadLetters && JSON.stringify({ deadLetterTargetArn: arn(deadLetters), maxReceiveCount: 5 });
      return { Attributes: { QueueArn: arn(name), ApproximateNumberOfMessages: String(count), RedrivePolicy } };
    },
    StartMessageMoveTaskCommand: ({ SourceArn }) => { moved.push(SourceArn); return {}; },
    ListMessageMoveTasksCommand: () => ({ Results: [states.length > 1 ? states.shift() : states[0]] }),
  };
  type Command = { constructor: { name: string }; input: never };
  const send = async ({ constructor: { name }, input }: Command) => answers[name]!(input);
  const cloudFormation = {
    send: async () => ({
      StackResourceSummaries: [
        ...Object.keys(queues).map((name) => ({ ResourceType: 'AWS::SQS::Queue', PhysicalResourceId: url(name) })),
        { ResourceType: 'AWS::Lambda::Function', PhysicalResourceId: 'worker' },
      ],
    }),
  };
  // The paginator of the SDK asks for an instance of the client.
  const { CloudFormationClient: Client } = jest.requireActual<typeof import('@aws-sdk/client-cloudformation')>('@aws-sdk/client-cloudformation');
  const clients = {
    cloudFormation: Object.assign(Object.create(Client.prototype) as CloudFormationClient, cloudFormation),
    sqs: { send } as unknown as SQSClient,
    pollMs: 1,
  };
  const run = (options: Partial<RedriveOptions> = {}) => redrive('shop', { dryRun: false, ...options },
    { line: (text: string) => { lines.push(text); } } as Progress, new AbortController().signal, clients);
  return { run, moved, lines };
}

const TWO = {
  'jobs': { deadLetters: 'jobs-dead', count: 7 }, 'jobs-dead': { count: 2 }, 'mail': { deadLetters: 'mail-dead' }, 'mail-dead': { count: 1 },
};

test('what was set aside goes back, queue by queue, and it is told when it is done', async () => {
  const { run, moved, lines } = world(TWO, [{ Status: 'RUNNING' }, { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 2 }]);
  await run();
  expect(moved).toEqual([arn('jobs-dead'), arn('mail-dead')]);
  expect(lines).toEqual(['jobs-dead: 2 messages moved back', 'mail-dead: 2 messages moved back']);
});

test('a dry run moves nothing', async () => {
  const { run, moved, lines } = world(TWO);
  await run({ dryRun: true });
  expect(moved).toEqual([]);
  expect(lines).toEqual(['jobs-dead: 2 messages set aside', 'mail-dead: 1 message set aside']);
});

test('one queue can be chosen by a part of its name', async () => {
  const { run, moved } = world(TWO);
  await run({ queue: 'MAIL' });
  expect(moved).toEqual([arn('mail-dead')]);
});

test('an empty queue is left alone', async () => {
  const { run, moved, lines } = world({ jobs: { deadLetters: 'dead' }, dead: {} });
  await run();
  expect(moved).toEqual([]);
  expect(lines).toEqual(['dead: 0 messages set aside']);
});

test.each([
  [{ Status: 'FAILED', FailureReason: 'AccessDenied', ApproximateNumberOfMessagesMoved: 1 }, 'jobs-dead: 1 of 2 messages moved back, then AccessDenied'],
  [{ Status: 'CANCELLED' }, 'jobs-dead: 0 of 2 messages moved back, then cancelled'],
])('a move that ends as %j is an error', async (state, message) => {
  await expect(world(TWO, [state]).run()).rejects.toThrow(message);
});

test('a stack without dead letters, and a name that fits none, are told', async () => {
  await expect(world({ jobs: {} }).run()).rejects.toThrow("the stack 'shop' has no dead-letter queue");
  await expect(world(TWO).run({ queue: 'video' })).rejects.toThrow("is named like 'video'; there are jobs-dead, mail-dead");
});
