import { Duration, Size } from 'aws-cdk-lib';
import { ShardLevelMetrics, Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import * as fc from 'fast-check';
import { StartAt, TrafficEstimate } from '../../../lib/core';
import {
  ArchiveCompression, type ArchiveOptions, type ConsumerGroupOptions, EventStream, type EventStreamProps, type ReplayOptions,
  StreamEngine,
} from '../../../lib/event-stream';
import { FunctionService } from '../../../lib/function-service';
import { HANDLER } from '../../support/stacks';
import {
  attribute, flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, type Replacements, seconds, type Subject,
} from '../subject';

const stream = (scope: Construct) => new EventStream(scope, 'Subject', { partitionKey: 'key' });
const worker = (scope: Construct) => new FunctionService(scope, 'Worker', { handler: HANDLER });
const queue = (scope: Construct) => Queue.fromQueueArn(scope, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:dead');
const bucket = (scope: Construct) => Bucket.fromBucketName(scope, 'Bucket', 'failures');
const past = fc.integer({ min: 1000, max: Date.UTC(2026, 10, 1) }).map((time) => new Date(time));
const group = fc.stringMatching(/^[a-z][A-Za-z0-9_.-]{0,20}$/);
const kind = fc.record({ kind: fc.array(fc.string(), { minLength: 1, maxLength: 3 }) });
const NOT_ADOPTABLE = [null, 'name', {}];

/** What groups and replays have in common. */
const READING = {
  idempotent: fc.constant(true),
  group,
  dedicated: flag,
  batchSize: fc.integer({ min: 1, max: 10_000 }),
  batchWindow: seconds(0, 300),
  maxAttempts: fc.integer({ min: 1, max: 10_000 }),
  maxAge: seconds(60, 604_800),
  filters: fc.array(fc.record({ data: kind }), { minLength: 1, maxLength: 5 }),
  maxLag: seconds(1, 86_400),
  enabled: flag,
};
const MISREADING: Replacements<ConsumerGroupOptions> = {
  idempotent: [...NOT_FLAG, false, undefined],
  group: [...NOT_TEXT, '', 'two words', '-x', 'x'.repeat(65)],
  dedicated: NOT_FLAG,
  batchSize: [...NOT_NUMBER, 0, 10_001, 1.5],
  batchWindow: [...NOT_DURATION, Duration.minutes(6), Duration.millis(500)],
  parallelization: [...NOT_NUMBER, 0, 11, 1.5],
  bisectOnError: NOT_FLAG,
  maxAttempts: [...NOT_NUMBER, 0, -1, 10_001],
  maxAge: [...NOT_DURATION, Duration.seconds(59), Duration.days(8)],
  tumblingWindow: [...NOT_DURATION, Duration.minutes(16)],
  filters: [null, 'x', 5, {}, [], [null], ['x'], Array(11).fill({})],
  deadLetterQueue: NOT_ADOPTABLE,
  deadLetterBucket: NOT_ADOPTABLE,
  maxLag: [...NOT_DURATION, Duration.seconds(0), Duration.days(366)],
  enabled: NOT_FLAG,
};

export const SUBJECTS: Record<string, Subject<object>> = {
  EventStream: {
    concept: 'EventStream',
    valid: (scope) => fc.record({
      partitionKey: attribute,
      engine: fc.constant(StreamEngine.KINESIS),
      shards: fc.integer({ min: 1, max: 10_000 }),
      traffic: fc.record({
        requestsPerSecond: fc.integer({ min: 1, max: 2000 }),
        itemSize: fc.integer({ min: 1, max: 1024 }).map((size) => Size.kibibytes(size)),
      }).map((numbers) => new TrafficEstimate(numbers)),
      retention: fc.integer({ min: 24, max: 8760 }).map((hours) => Duration.hours(hours)),
      encryptionKey: fc.constant(new Key(scope, 'Key')),
      disposable: flag,
      streamProps: fc.record({ shardLevelMetrics: fc.constant([ShardLevelMetrics.INCOMING_BYTES]) }),
    }, { requiredKeys: ['partitionKey'] }),
    invalid: () => ({
      partitionKey: [...NOT_TEXT, '', 'x'.repeat(256)],
      engine: [...NOT_TEXT, 'rabbits', StreamEngine.KAFKA.toUpperCase()],
      shards: [...NOT_NUMBER, 0, 10_001, 1.5],
      traffic: [
        ...NOT_OBJECT, { requestsPerSecond: 5 }, new TrafficEstimate({ requestsPerSecond: 1, itemSize: Size.mebibytes(2) }),
      ],
      retention: [...NOT_DURATION, Duration.hours(23), Duration.days(366), Duration.minutes(1441)],
      encryptionKey: NOT_ADOPTABLE,
      disposable: NOT_FLAG,
      streamProps: [...NOT_OBJECT, { shardCount: 2 }],
      stream: NOT_ADOPTABLE,
      topic: [...NOT_TEXT, 'clicks'],
      network: NOT_ADOPTABLE,
    }),
    build: (scope, props) => new EventStream(scope, 'Subject', props),
  } satisfies Subject<EventStreamProps>,

  EventStreamAdopted: {
    concept: 'EventStream',
    valid: (scope) => fc.record({
      partitionKey: attribute,
      stream: fc.constant(Stream.fromStreamArn(scope, 'Imported', 'arn:aws:kinesis:eu-west-1:111122223333:stream/events')),
    }),
    invalid: () => ({
      partitionKey: NOT_TEXT, stream: NOT_ADOPTABLE, shards: [2], retention: [Duration.days(2)], disposable: [true],
    }),
    build: (scope, props) => {
      new EventStream(scope, 'Subject', props);
      // A template without resources is none.
      queueOf(scope);
    },
  } satisfies Subject<EventStreamProps>,

  EventStreamOnKafka: {
    concept: 'EventStream',
    valid: () => fc.record({
      partitionKey: attribute,
      topic: fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/),
      disposable: flag,
    }, { requiredKeys: ['partitionKey'] }),
    invalid: () => ({
      partitionKey: [...NOT_TEXT, ''],
      topic: [...NOT_TEXT, '', 'two words', 'x'.repeat(250)],
      network: NOT_ADOPTABLE,
      shards: [2],
      retention: [Duration.days(2)],
    }),
    build: (scope, props) => new EventStream(scope, 'Subject', props && !Array.isArray(props) && typeof props === 'object'
      ? { ...props, engine: StreamEngine.KAFKA }
      : props),
  } satisfies Subject<EventStreamProps>,

  EventStreamConsumerGroup: {
    concept: 'EventStream',
    valid: (scope) => fc.oneof(
      fc.record({
        ...READING,
        deadLetterQueue: fc.constant(queue(scope)),
        parallelization: fc.integer({ min: 1, max: 10 }),
        bisectOnError: flag,
        startAt: fc.oneof(fc.constantFrom(StartAt.LATEST, StartAt.TRIM_HORIZON), past.map((time) => StartAt.time(time))),
      }, { requiredKeys: ['idempotent'] }),
      fc.record({ idempotent: fc.constant(true), tumblingWindow: seconds(1, 900) }),
    ) as fc.Arbitrary<ConsumerGroupOptions>,
    invalid: () => ({
      ...MISREADING,
      startAt: [null, 'LATEST', new Date(0), {}, StartAt.time(new Date(8.64e15)), StartAt.time(new Date(NaN))],
    }),
    build: (scope, options) => stream(scope).consumedBy(worker(scope), options),
  } satisfies Subject<ConsumerGroupOptions>,

  EventStreamReplay: {
    concept: 'EventStream',
    valid: (scope) => fc.record({
      ...READING,
      deadLetterBucket: fc.constant(bucket(scope)),
      from: past,
    }, { requiredKeys: ['idempotent', 'from'] }),
    invalid: () => ({ ...MISREADING, from: [null, 5, '2026-11-01', {}, new Date(8.64e15), new Date(NaN), new Date(0)] }),
    build: (scope, options) => stream(scope).replay(worker(scope), options),
  } satisfies Subject<ReplayOptions>,

  EventStreamArchive: {
    concept: 'EventStream',
    valid: () => optional<ArchiveOptions>({
      prefix: fc.stringMatching(/^[a-z0-9/-]{0,40}$/),
      bufferInterval: seconds(0, 900),
      bufferSize: fc.integer({ min: 1, max: 128 }).map((size) => Size.mebibytes(size)),
      compression: fc.constantFrom(...Object.values(ArchiveCompression)),
    }),
    invalid: () => ({
      prefix: [...NOT_TEXT, 'x'.repeat(901)],
      bufferInterval: [...NOT_DURATION, Duration.minutes(16), Duration.millis(500)],
      bufferSize: [null, 5, '5', {}, Size.mebibytes(129), Size.kibibytes(1)],
      compression: [...NOT_TEXT, 'ZIP'],
    }),
    build: (scope, options) => stream(scope).archiveTo(bucket(scope), options),
  } satisfies Subject<ArchiveOptions>,
};

function queueOf(scope: Construct): Queue {
  return new Queue(scope, 'Other');
}
