import { Duration } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import * as fc from 'fast-check';
import { FunctionService } from '../../../lib/function-service';
import { type ConsumerOptions, PriorityWorkQueue, type PriorityWorkQueueProps, WorkQueue, type WorkQueueProps } from '../../../lib/work-queue';
import { TrafficEstimate } from '../../../lib/core';
import { HANDLER } from '../../support/stacks';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,40}$/);

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
      fairBy: name,
      delay: seconds(0, 900),
      maxDepth: fc.integer({ min: 1, max: 1_000_000_000 }),
      traffic: fc.integer({ min: 1, max: 1e6 }).map((requestsPerSecond) => new TrafficEstimate({ requestsPerSecond })),
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
      orderBy: [...NOT_TEXT, ''],
      fairBy: [...NOT_TEXT, '', 'x'.repeat(256)],
      deduplicateByContent: [...NOT_FLAG, true],
      delay: [...NOT_DURATION, Duration.seconds(901), Duration.millis(10)],
      maxDepth: [...NOT_NUMBER, 0, 1.5],
      traffic: [null, 5, {}, new TrafficEstimate({ requestsPerSecond: 1, p99: Duration.millis(100) })],
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

  OrderedWorkQueue: {
    concept: 'WorkQueue',
    valid: () => fc.record({
      orderBy: name, deduplicateByContent: flag, delay: seconds(0, 900), retention: seconds(60, 1_209_600),
    }, { requiredKeys: ['orderBy'] }),
    invalid: () => ({ deduplicateByContent: NOT_FLAG, fairBy: ['tenant'], queueProps: [{ fifo: false }] }),
    build: (scope, props) => new WorkQueue(scope, 'Subject', props),
  } satisfies Subject<WorkQueueProps>,

  PriorityWorkQueue: {
    concept: 'PriorityWorkQueue',
    madeOf: ['WorkQueue'],
    valid: () => fc.record({
      levels: fc.uniqueArray(fc.record({
        name: fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/), share: fc.double({ min: 0.1, max: 1000, noNaN: true }),
      }, { requiredKeys: ['name'] }), { minLength: 2, maxLength: 5, selector: (level) => level.name }),
      queue: fc.record({ delay: seconds(0, 900) }),
    }, { requiredKeys: ['levels'] }),
    invalid: () => ({
      levels: [null, 'urgent', [], ['urgent', 'bulk'], [{ name: 'a' }, { name: 'A' }], [{ name: 'a', share: -1 }, { name: 'b' }], [{}, {}]],
      queue: [...NOT_OBJECT, { delay: 5 }, { orderBy: '' }],
    }),
    build: (scope, props) => new PriorityWorkQueue(scope, 'Subject', props),
  } satisfies Subject<PriorityWorkQueueProps>,

  WorkQueueConsumer: {
    concept: 'WorkQueue',
    valid: () => fc.record({
      idempotent: fc.constant(true),
      timePerMessage: seconds(1, 900),
      batchSize: fc.integer({ min: 1, max: 10_000 }),
      batchWindow: seconds(1, 300),
      maxConcurrency: fc.integer({ min: 2, max: 1000 }),
      name: fc.stringMatching(/^[a-z][A-Za-z0-9-]{0,20}$/),
    }, { requiredKeys: ['idempotent', 'batchWindow'] }),
    invalid: () => ({
      idempotent: [...NOT_FLAG, false, undefined],
      drainRate: [...NOT_NUMBER, 0, -1],
      timePerMessage: [...NOT_DURATION, Duration.seconds(0)],
      batchSize: [...NOT_NUMBER, 0, 10_001, 1.5],
      batchWindow: [...NOT_DURATION, Duration.minutes(6), Duration.millis(500)],
      maxConcurrency: [...NOT_NUMBER, 1, 1001],
      name: NOT_TEXT,
    }),
    build: (scope, options) =>
      new WorkQueue(scope, 'Subject').consumedBy(new FunctionService(scope, 'Worker', { handler: HANDLER }), options),
  } satisfies Subject<ConsumerOptions>,
};
