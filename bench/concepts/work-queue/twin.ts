import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: a queue kept for 4 days and its dead letters for 14, five attempts, both encrypted at rest by SQS and
 * in transit by a policy, both kept when the stack goes; hidden for six times the worker's timeout; a worker that takes
 * ten messages a batch, ten batches at once, with partial failures, and finds the queue and its retries in its environment.
 */
export function build(stack: Stack): void {
  const safety = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, removalPolicy: RemovalPolicy.RETAIN };
  const deadLetters = new Queue(stack, 'DeadLetters', { ...safety, retentionPeriod: Duration.days(14) });
  const queue = new Queue(stack, 'Queue', {
    ...safety,
    retentionPeriod: Duration.days(4),
    visibilityTimeout: Duration.seconds(60),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
  });
  const worker = secureFunction(stack);
  worker.addEventSource(new SqsEventSource(queue, { batchSize: 10, maxConcurrency: 10, reportBatchItemFailures: true }));
  worker.addEnvironment('QUEUE_URL', queue.queueUrl);
  worker.addEnvironment('QUEUE_RETRY', '5,1,900');
}
