import { Token } from 'aws-cdk-lib';
import { eachOnce, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { StartAt } from '../core/stream-worker';
import { typed } from '../core/typed';
import type { ConsumerGroupOptions, ReplayOptions, StreamReadOptions } from './consumer-group';

const DAY = 24 * 60 * 60;

/** The options that only Kinesis knows. */
export const KINESIS_OPTIONS: readonly (keyof StreamReadOptions)[] = [
  'dedicated', 'parallelization', 'bisectOnError', 'maxAttempts', 'maxAge', 'tumblingWindow', 'deadLetterBucket',
];

const READ_SHAPE = {
  idempotent: 'flag',
  group: 'text',
  dedicated: 'flag',
  batchSize: 'number',
  batchWindow: 'duration',
  parallelization: 'number',
  bisectOnError: 'flag',
  maxAttempts: 'number',
  maxAge: 'duration',
  tumblingWindow: 'duration',
  filters: 'objects',
  deadLetterQueue: 'construct',
  deadLetterBucket: 'construct',
  maxLag: 'duration',
  enabled: 'flag',
} as const;

/** What every reader of a stream refuses. Bounds: event source mappings of AWS Lambda for streams. */
const READ_RULES: readonly Rule<StreamReadOptions>[] = [
  {
    code: 'EventStream.NotIdempotent',
    check: ({ idempotent }) => idempotent === true
      ? undefined
      : { given: `idempotent is ${show(idempotent)}`, allowed: 'idempotent: true, once the code of the worker does no harm when it sees a record twice' },
  },
  {
    code: 'EventStream.GroupName',
    check: ({ group }) => group === undefined || /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(group)
      ? undefined
      : { given: `group is ${show(group)}`, allowed: '1 to 64 letters, digits, -, _ and ., known at synthesis' },
  },
  { code: 'EventStream.BatchSize', check: ({ batchSize }) => wholeNumber('batchSize', batchSize, 1, 10_000) },
  { code: 'EventStream.BatchWindow', check: ({ batchWindow }) => wholeSeconds('batchWindow', batchWindow, 0, 300) },
  { code: 'EventStream.Parallelization', check: ({ parallelization }) => wholeNumber('parallelization', parallelization, 1, 10) },
  {
    code: 'EventStream.MaxAttempts',
    // Lambda counts retries, one less than attempts; a token cannot be calculated with.
    check: ({ maxAttempts }) => maxAttempts !== undefined && Token.isUnresolved(maxAttempts)
      ? { given: 'maxAttempts that is known only at deployment', allowed: 'a number that is known at synthesis' }
      : wholeNumber('maxAttempts', maxAttempts, 1, 10_000),
  },
  { code: 'EventStream.MaxAge', check: ({ maxAge }) => wholeSeconds('maxAge', maxAge, 60, 7 * DAY) },
  { code: 'EventStream.TumblingWindow', check: ({ tumblingWindow }) => wholeSeconds('tumblingWindow', tumblingWindow, 0, 900) },
  {
    code: 'EventStream.WindowInOneBatch',
    check: ({ tumblingWindow, parallelization = 1, bisectOnError }) => tumblingWindow && (parallelization > 1 || bisectOnError)
      ? {
        given: `tumblingWindow with ${parallelization > 1 ? `parallelization ${parallelization}` : 'bisectOnError'}`,
        allowed: 'one batch of a shard at a time and whole: the state of a window goes from batch to batch',
      }
      : undefined,
  },
  {
    code: 'EventStream.Filters',
    check: ({ filters }) => filters === undefined || filters.length >= 1 && filters.length <= 10
      ? eachOnce('filters', filters)
      : { given: `${filters.length} filters`, allowed: '1 to 10 filters, or none for all records' },
  },
  {
    code: 'EventStream.DeadLettersTwice',
    check: ({ deadLetterQueue, deadLetterBucket }) => deadLetterQueue && deadLetterBucket
      ? { given: 'deadLetterQueue and deadLetterBucket', allowed: 'one of them: a mapping has one destination' }
      : undefined,
  },
  { code: 'EventStream.MaxLag', check: ({ maxLag }) => wholeSeconds('maxLag', maxLag, 1, 365 * DAY) },
];

/** What a consumer group refuses. */
export const CONSUMER_GROUP_RULES: readonly Rule<ConsumerGroupOptions>[] = [
  { code: 'EventStream.ConsumerWrongType', first: true, check: (options) => typed(options, { ...READ_SHAPE, startAt: StartAt }) },
  ...READ_RULES,
  { code: 'EventStream.StartTime', check: ({ startAt }) => startAt?.timestamp === undefined ? undefined : past('startAt', startAt.timestamp) },
];

/** What a replay refuses. */
export const REPLAY_RULES: readonly Rule<ReplayOptions>[] = [
  { code: 'EventStream.ConsumerWrongType', first: true, check: (options) => typed(options, { ...READ_SHAPE, from: Date }) },
  ...READ_RULES,
  { code: 'EventStream.StartTime', check: ({ from }) => past('from', from) },
];

/** Lambda takes no time that is still to come; a later synthesis never refuses what an earlier one took. */
function past(prop: string, time: unknown): Refusal | undefined {
  const known = time instanceof Date && !Number.isNaN(time.getTime());
  return known && time.getTime() >= 1000 && time.getTime() <= Date.now()
    ? undefined
    : { given: `${prop} is ${known ? time.toISOString() : show(time)}`, allowed: "a time in the past and after 1970, for example new Date('2026-11-01T00:00:00Z')" };
}
