// A poisoned message is tried as often as the policy says and set aside, a healthy one is worked off beside it.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, Profile, WorkQueue } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-work-queue');

const jobs = new WorkQueue(stack, 'Jobs', { retry: { maxAttempts: 2 }, disposable: true });
const producer = new FunctionService(stack, 'Producer', {
  handler: Handler.fromCode(Code.fromInline(`
    const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
    const sqs = new SQSClient({});
    exports.handler = async (bodies) => {
      await Promise.all(bodies.map((MessageBody) =>
        sqs.send(new SendMessageCommand({ QueueUrl: process.env.JOBS_QUEUE_URL, MessageBody }))));
    };
  `)),
});
producer.use(jobs, Access.WRITE);
const worker = new FunctionService(stack, 'Worker', {
  handler: Handler.fromCode(Code.fromInline(`
    exports.handler = async ({ Records }) => {
      for (const { body, attributes } of Records) {
        console.log(body, 'attempt', attributes.ApproximateReceiveCount, 'of', process.env.JOBS_RETRY.split(',')[0]);
      }
      const poisoned = Records.filter(({ body }) => body === 'poisoned');
      return { batchItemFailures: poisoned.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    };
  `)),
  // A failed message comes back six timeouts later, since nothing here shortens its wait.
  timeout: Duration.seconds(3),
});
jobs.consumedBy(worker, { idempotent: true });

const { assertions } = new IntegTest(app, 'WorkQueue', { testCases: [stack] });
const minutes = Duration.minutes(5);
const depth = (queueUrl: string, count: number) => expectSoon(
  assertions.awsApiCall('SQS', 'getQueueAttributes', {
    QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  }),
  { Attributes: { ApproximateNumberOfMessages: String(count), ApproximateNumberOfMessagesNotVisible: '0' } },
  minutes,
);
const logged = (line: string) => expectSoon(
  assertions.awsApiCall('CloudWatchLogs', 'filterLogEvents', { logGroupName: worker.logGroup!.logGroupName, filterPattern: `"${line}"` }),
  { events: Match.arrayWith([Match.objectLike({ message: Match.stringLikeRegexp(line) })]) },
  minutes,
);
const { queueUrl: deadLetters } = jobs.deadLetterQueue;

assertions.invokeFunction({ functionName: producer.function.functionName, payload: JSON.stringify(['healthy', 'poisoned']) })
  .next(depth(deadLetters, 1))
  .next(depth(jobs.queue.queueUrl, 0))
  .next(expectSoon(assertions.awsApiCall('SQS', 'receiveMessage', { QueueUrl: deadLetters, VisibilityTimeout: 0, WaitTimeSeconds: 20 }),
    { Messages: [Match.objectLike({ Body: 'poisoned' })] }))
  .next(logged('healthy attempt 1 of 2'))
  .next(logged('poisoned attempt 2 of 2'))
  // Another run against the same stack expects no dead letter of this one.
  .next(assertions.awsApiCall('SQS', 'purgeQueue', { QueueUrl: deadLetters }));

// Encrypted at rest, and refused in the clear.
expectSoon(assertions.awsApiCall('SQS', 'getQueueAttributes', { QueueUrl: jobs.queue.queueUrl, AttributeNames: ['All'] }), {
  Attributes: { SqsManagedSseEnabled: 'true', Policy: Match.stringLikeRegexp('aws:SecureTransport') },
});
