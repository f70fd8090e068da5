import { Duration, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, notManaged, text, wholeNumber, wholeSeconds } from '../core/checks';
import type { Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import { completeRetryPolicy } from './retry-policy';
import type { ConsumerOptions } from './consumer-options';
import type { WorkQueueProps } from './work-queue-props';

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
      orderBy: 'text',
      deduplicateByContent: 'flag',
      fairBy: 'text',
      delay: 'duration',
      traffic: TrafficEstimate,
      maxDepth: 'number',
      maxMessageAge: 'duration',
      encryptionKey: 'construct',
      disposable: 'flag',
      queueProps: 'object',
      queue: 'construct',
      deadLetterQueue: 'construct',
    }),
  },
  { code: 'WorkQueue.AdoptOrShape', check: (props) => adoptsOrShapes('queue', props, ['deadLetterQueue', 'retry', 'traffic']) },
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
  { code: 'WorkQueue.OrderBy', check: ({ orderBy }) => text('orderBy', orderBy, 1, 255) },
  { code: 'WorkQueue.FairBy', check: ({ fairBy }) => text('fairBy', fairBy, 1, 255) },
  {
    code: 'WorkQueue.OrderedOrFair',
    check: ({ orderBy, fairBy }) => orderBy !== undefined && fairBy !== undefined
      ? { given: 'orderBy together with fairBy', allowed: 'one of them: the group of a message either orders it or names its tenant' }
      : undefined,
  },
  {
    code: 'WorkQueue.DeduplicationNeedsOrder',
    check: ({ orderBy, deduplicateByContent }) => deduplicateByContent !== undefined && orderBy === undefined
      ? { given: 'deduplicateByContent without orderBy', allowed: 'both: only FIFO queues deduplicate' }
      : undefined,
  },
  { code: 'WorkQueue.Delay', check: ({ delay }) => wholeSeconds('delay', delay, 0, 900) },
  { code: 'WorkQueue.MaxDepth', check: ({ maxDepth }) => wholeNumber('maxDepth', maxDepth, 1, 1_000_000_000) },
  {
    code: 'WorkQueue.SynchronousPath',
    check: ({ traffic }) => traffic?.p99 !== undefined && traffic.p99.toMilliseconds() < 500
      ? {
        given: `traffic.p99 is ${traffic.p99.toMilliseconds()} ms`,
        allowed: 'at least 500 ms, or no p99 since nobody waits: polling and batching alone may take longer. Call what must answer at once directly',
      }
      : undefined,
  },
  {
    code: 'WorkQueue.ManagedByTheConstruct',
    check: ({ queueProps }) => notManaged('queueProps', queueProps,
      ['deadLetterQueue', 'visibilityTimeout', 'retentionPeriod', 'removalPolicy', 'deliveryDelay', 'fifo', 'contentBasedDeduplication'],
      'retry, visibilityTimeout, retention, disposable, delay, orderBy and deduplicateByContent of WorkQueue itself'),
  },
];

/** What a consumer refuses. Bounds: event source mappings of AWS Lambda for Amazon SQS. */
export const CONSUMER_RULES: readonly Rule<ConsumerOptions>[] = [
  {
    code: 'WorkQueue.ConsumerWrongType',
    first: true,
    check: (options) => typed(options, {
      idempotent: 'flag', batchSize: 'number', batchWindow: 'duration', maxConcurrency: 'number', drainRate: 'number',
      timePerMessage: 'duration', name: 'text',
    }),
  },
  {
    code: 'WorkQueue.NotIdempotent',
    check: ({ idempotent }) => idempotent === true
      ? undefined
      : { given: `idempotent is ${show(idempotent)}`, allowed: 'idempotent: true, once the code of the worker does no harm when it sees a message twice' },
  },
  {
    code: 'WorkQueue.DrainRate',
    check: ({ drainRate }) => drainRate === undefined || Token.isUnresolved(drainRate) || drainRate > 0 && drainRate <= 1e6
      ? undefined
      : { given: `drainRate is ${show(drainRate)}`, allowed: 'a number above 0, up to 1000000 messages per second, known at synthesis' },
  },
  {
    code: 'WorkQueue.DrainRateAlone',
    check: ({ drainRate, timePerMessage, maxConcurrency }) => drainRate === undefined || timePerMessage && !maxConcurrency
      ? undefined
      : {
        given: timePerMessage ? 'drainRate together with maxConcurrency' : 'drainRate without timePerMessage',
        allowed: 'drainRate with timePerMessage, from which the concurrency follows, or maxConcurrency',
      },
  },
  {
    code: 'WorkQueue.TimePerMessage',
    check: ({ timePerMessage }) => timePerMessage && (timePerMessage.isUnresolved() || timePerMessage.toMilliseconds() <= 0)
      ? { given: `timePerMessage is ${timePerMessage.isUnresolved() ? 'known only at deployment' : '0'}`, allowed: 'a time above 0, known at synthesis' }
      : undefined,
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

/** What a consumer of an ordered queue refuses besides. Bounds: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS". */
export const ORDERED_CONSUMER_RULES: readonly Rule<ConsumerOptions>[] = [
  {
    code: 'WorkQueue.OrderedBatch',
    check: ({ batchSize = 1, batchWindow }) => batchSize > 10 || batchWindow !== undefined
      ? { given: batchWindow ? 'batchWindow of an ordered queue' : `batchSize is ${batchSize}`, allowed: 'up to 10 messages at once, without a window: FIFO queues have none' }
      : undefined,
  },
];
