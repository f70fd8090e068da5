import { Duration } from 'aws-cdk-lib';
import { adoptsOrShapes, notManaged, wholeNumber, wholeSeconds } from '../core/checks';
import type { Rule } from '../core/rules';
import { typed } from '../core/typed';
import { completeRetryPolicy } from './retry-policy';
import type { ConsumerOptions, WorkQueueProps } from './work-queue';

const TWELVE_HOURS = 12 * 60 * 60;
const FOURTEEN_DAYS = 14 * 24 * 60 * 60;

/** What WorkQueue refuses. Bounds: Amazon SQS message and queue quotas. */
export const WORK_QUEUE_RULES: readonly Rule<WorkQueueProps>[] = [
  {
    code: 'WorkQueue.WrongType',
    first: true,
    check: (props) => typed(props, {
      retry: { maxAttempts: 'number', firstDelay: 'duration', maxDelay: 'duration' },
      retention: 'duration',
      visibilityTimeout: 'duration',
      maxMessageAge: 'duration',
      encryptionKey: 'construct',
      disposable: 'flag',
      queueProps: 'object',
      queue: 'construct',
      deadLetterQueue: 'construct',
    }),
  },
  { code: 'WorkQueue.AdoptOrShape', check: (props) => adoptsOrShapes('queue', props, ['deadLetterQueue', 'retry']) },
  {
    code: 'WorkQueue.AdoptedDeadLettersAlone',
    check: ({ queue, deadLetterQueue }) => (queue === undefined) === (deadLetterQueue === undefined)
      ? undefined
      : {
        given: queue ? 'queue without deadLetterQueue' : 'deadLetterQueue without queue',
        allowed: 'both, since the dead letters of an adopted queue are part of its own definition, or neither',
      },
  },
  { code: 'WorkQueue.MaxAttempts', check: ({ retry }) => wholeNumber('retry.maxAttempts', retry?.maxAttempts, 1, 1000) },
  { code: 'WorkQueue.FirstDelay', check: ({ retry }) => wholeSeconds('retry.firstDelay', retry?.firstDelay, 1, TWELVE_HOURS) },
  { code: 'WorkQueue.MaxDelay', check: ({ retry }) => wholeSeconds('retry.maxDelay', retry?.maxDelay, 1, TWELVE_HOURS) },
  {
    code: 'WorkQueue.DelaysInverted',
    check: ({ retry }) => {
      const { firstDelay, maxDelay } = completeRetryPolicy(retry);
      return !firstDelay.isUnresolved() && !maxDelay.isUnresolved() && firstDelay.toMilliseconds() > maxDelay.toMilliseconds()
        ? { given: `retry.firstDelay is ${firstDelay.toHumanString()}, retry.maxDelay ${maxDelay.toHumanString()}`, allowed: 'a first delay no longer than the longest' }
        : undefined;
    },
  },
  { code: 'WorkQueue.Retention', check: ({ retention }) => wholeSeconds('retention', retention, 60, FOURTEEN_DAYS) },
  { code: 'WorkQueue.VisibilityTimeout', check: ({ visibilityTimeout }) => wholeSeconds('visibilityTimeout', visibilityTimeout, 1, TWELVE_HOURS) },
  { code: 'WorkQueue.MaxMessageAge', check: ({ maxMessageAge }) => wholeSeconds('maxMessageAge', maxMessageAge, 1, FOURTEEN_DAYS) },
  {
    code: 'WorkQueue.ManagedByTheConstruct',
    check: ({ queueProps }) => notManaged('queueProps', queueProps,
      ['deadLetterQueue', 'visibilityTimeout', 'retentionPeriod', 'removalPolicy', 'fifo'],
      'retry, visibilityTimeout, retention and disposable of WorkQueue itself; ordered (FIFO) queues can be adopted'),
  },
];

/** What a consumer refuses. Bounds: event source mappings of AWS Lambda for Amazon SQS. */
export const CONSUMER_RULES: readonly Rule<ConsumerOptions>[] = [
  {
    code: 'WorkQueue.ConsumerWrongType',
    first: true,
    check: (options) => typed(options, { batchSize: 'number', batchWindow: 'duration', maxConcurrency: 'number', name: 'text' }),
  },
  { code: 'WorkQueue.BatchWindow', check: ({ batchWindow }) => wholeSeconds('batchWindow', batchWindow, 0, 300) },
  { code: 'WorkQueue.MaxConcurrency', check: ({ maxConcurrency }) => wholeNumber('maxConcurrency', maxConcurrency, 2, 1000) },
  { code: 'WorkQueue.BatchSize', check: ({ batchSize }) => wholeNumber('batchSize', batchSize, 1, 10_000) },
  {
    code: 'WorkQueue.BatchNeedsWindow',
    check: ({ batchSize = 10, batchWindow = Duration.seconds(0) }) =>
      batchSize > 10 && !batchWindow.isUnresolved() && batchWindow.toMilliseconds() === 0
        ? {
          given: `batchSize is ${batchSize} without batchWindow`,
          allowed: 'up to 10 messages at once, or a batchWindow of at least 1 s to collect more',
        }
        : undefined,
  },
];
