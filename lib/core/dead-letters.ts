import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { Profile } from './profile';

/**
 * A queue where something ends that failed every attempt, kept for two weeks.
 *
 * @param what what ends there, for the acknowledgements: `failed batches of the stream`
 */
export function createDeadLetterQueue(scope: Construct, what: string, disposable?: boolean): Queue {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const queue = new Queue(scope, 'DeadLetterQueue', {
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: Profile.of(scope).dataRemoval(disposable),
  });
  const reason = `It is where ${what} end: there is nowhere further to redrive to.`;
  acknowledge(queue.node.defaultChild as Construct,
    { id: 'Serverless-SQSRedrivePolicy', reason }, { id: 'AwsSolutions-SQS3', reason });
  return queue;
}
