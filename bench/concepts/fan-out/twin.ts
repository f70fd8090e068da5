import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { secureFunction } from '../support/secure-function';

const FILTERS = { All: undefined, Placed: { kind: SubscriptionFilter.stringFilter({ allowlist: ['placed'] }) } };

/**
 * The same as ours: a topic that takes nothing in plain text; two queues, kept for 4 days and their dead letters for 14, five
 * attempts, encrypted at rest and in transit, kept when the stack goes, that get messages as they were published, and one of
 * them only some; what cannot be delivered ends in the dead letters; a function that may publish and finds the topic in its
 * environment.
 */
export function build(stack: Stack): void {
  const topic = new Topic(stack, 'Topic', { enforceSSL: true });
  const safety = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, removalPolicy: RemovalPolicy.RETAIN };
  for (const [name, filterPolicy] of Object.entries(FILTERS)) {
    const deadLetterQueue = new Queue(stack, `${name}DeadLetters`, { ...safety, retentionPeriod: Duration.days(14) });
    const queue = new Queue(stack, name, { ...safety, deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 } });
    topic.addSubscription(new SqsSubscription(queue, { rawMessageDelivery: true, filterPolicy, deadLetterQueue }));
  }
  const service = secureFunction(stack);
  topic.grantPublish(service);
  service.addEnvironment('ORDERS_TOPIC_ARN', topic.topicArn);
}
