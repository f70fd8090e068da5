import { Duration, RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: a stream on demand, encrypted by Kinesis' own key, kept when the stack goes; a function that may read
 * this stream and nothing else, from its beginning, a hundred records a batch, with partial failures; after five attempts,
 * a batch halved each time, its position is told to a queue that is encrypted at rest and in transit and keeps it 14 days.
 */
export function build(stack: Stack): void {
  const stream = new Stream(stack, 'Stream', {
    streamMode: StreamMode.ON_DEMAND,
    encryption: StreamEncryption.MANAGED,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const deadLetters = new Queue(stack, 'DeadLetters', {
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(deadLetters).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It is where failed batches end.' });
  const reader = secureFunction(stack);
  const read = stream.grant(reader, 'kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords',
    'kinesis:GetShardIterator', 'kinesis:ListShards');
  const tell = deadLetters.grant(reader, 'sqs:SendMessage');
  const mapping = new EventSourceMapping(stack, 'Mapping', {
    target: reader,
    eventSourceArn: stream.streamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    bisectBatchOnError: true,
    retryAttempts: 4,
    onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    reportBatchItemFailures: true,
  });
  mapping.node.addDependency(read, tell);
}
