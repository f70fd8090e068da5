import { Duration } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import * as fc from 'fast-check';
import { FunctionService } from '../../../lib/function-service';
import { type ConsumerOptions, WorkQueue, type WorkQueueProps } from '../../../lib/work-queue';
import { HANDLER } from '../../support/stacks';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  WorkQueue: {
    concept: 'WorkQueue',
    valid: (scope) => optional<WorkQueueProps>({
      retry: optional({
        maxAttempts: fc.integer({ min: 1, max: 1000 }),
        firstDelay: seconds(1, 900),
        maxDelay: seconds(900, 43_200),
      }),
      retention: seconds(60, 1_209_600),
      visibilityTimeout: seconds(1, 43_200),
      maxMessageAge: seconds(1, 1_209_600),
      encryptionKey: fc.constant(new Key(scope, 'Key')),
      disposable: flag,
      queueProps: fc.record({ maxMessageSizeBytes: fc.integer({ min: 1024, max: 1_048_576 }) }),
    }),
    invalid: () => ({
      retry: [
        ...NOT_OBJECT, { maxAttempts: 0 }, { maxAttempts: '5' }, { firstDelay: 1 }, { maxDelay: null }, { firstDelay: Duration.days(1) },
        { firstDelay: Duration.minutes(2), maxDelay: Duration.minutes(1) },
      ],
      retention: [...NOT_DURATION, Duration.seconds(59), Duration.days(15)],
      visibilityTimeout: [...NOT_DURATION, Duration.seconds(0), Duration.hours(13), Duration.millis(1500)],
      maxMessageAge: [...NOT_DURATION, Duration.seconds(0)],
      encryptionKey: [null, 'arn:aws:kms:eu-west-1:111122223333:key/k', {}],
      disposable: NOT_FLAG,
      queueProps: [...NOT_OBJECT, { fifo: true }, { retentionPeriod: Duration.days(1) }],
      queue: [null, 'jobs', {}],
      deadLetterQueue: [null, 'jobs', {}],
    }),
    conflicting: (scope) => ({
      queue: [Queue.fromQueueArn(scope, 'Imported', 'arn:aws:sqs:eu-west-1:111122223333:jobs')],
      deadLetterQueue: [Queue.fromQueueArn(scope, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead')],
    }),
    build: (scope, props) => new WorkQueue(scope, 'Subject', props),
  } satisfies Subject<WorkQueueProps>,

  WorkQueueConsumer: {
    concept: 'WorkQueue',
    valid: () => fc.record({
      batchSize: fc.integer({ min: 1, max: 10_000 }),
      batchWindow: seconds(1, 300),
      maxConcurrency: fc.integer({ min: 2, max: 1000 }),
      name: fc.stringMatching(/^[a-z][A-Za-z0-9-]{0,20}$/),
    }, { requiredKeys: ['batchWindow'] }),
    invalid: () => ({
      batchSize: [...NOT_NUMBER, 0, 10_001, 1.5],
      batchWindow: [...NOT_DURATION, Duration.minutes(6), Duration.millis(500)],
      maxConcurrency: [...NOT_NUMBER, 1, 1001],
      name: NOT_TEXT,
    }),
    build: (scope, options) =>
      new WorkQueue(scope, 'Subject').consumedBy(new FunctionService(scope, 'Worker', { handler: HANDLER }), options),
  } satisfies Subject<ConsumerOptions>,
};
