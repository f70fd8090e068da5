import { Duration, Size } from 'aws-cdk-lib';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Access, StartAt, TrafficEstimate } from '../../../lib/core';
import { EventStream, StreamEngine } from '../../../lib/event-stream';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { HANDLER, plainFunction } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'EventStream, minimal', build: (stack) => { new EventStream(stack, 'Stream', { partitionKey: 'user' }); } },
  {
    name: 'EventStream, maximal and used',
    build: (stack) => {
      const stream = new EventStream(stack, 'Stream', {
        partitionKey: 'user',
        traffic: new TrafficEstimate({ requestsPerSecond: 500, itemSize: Size.kibibytes(2) }),
        retention: Duration.days(7),
        encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
        disposable: true,
      });
      const consumer = worker(stack);
      consumer.use(stream, Access.WRITE);
      stream.consumedBy(consumer, {
        idempotent: true,
        dedicated: true,
        batchSize: 500,
        batchWindow: Duration.seconds(5),
        parallelization: 2,
        maxAge: Duration.hours(1),
        filters: [{ data: { kind: ['purchase'] } }],
        startAt: StartAt.LATEST,
      });
      const bucket = new Bucket(stack, 'PlainBucket', { encryptionKey: new Key(stack, 'PlainBucketKey', { enableKeyRotation: true }) });
      stream.replay(new FunctionService(stack, 'Rebuild', { handler: HANDLER }), {
        idempotent: true, from: new Date('2026-11-01T00:00:00Z'), tumblingWindow: Duration.minutes(1), deadLetterBucket: bucket,
      });
      stream.archiveTo(bucket, { prefix: 'events' });
    },
  },
  {
    name: 'EventStream, adopted, with buckets and functions that are there',
    build: (stack) => {
      const stream = new EventStream(stack, 'Stream', {
        partitionKey: 'user',
        stream: Stream.fromStreamArn(stack, 'PlainStream', 'arn:aws:kinesis:eu-west-1:111122223333:stream/events'),
      });
      const bucket = Bucket.fromBucketName(stack, 'PlainBucket', 'events');
      stream.consumedBy(new FunctionService(stack, 'Adopted', { function: plainFunction(stack, 'Plain') }), { idempotent: true });
      stream.consumedBy(worker(stack), { idempotent: true, deadLetterBucket: bucket });
      stream.archiveTo(bucket);
    },
  },
  {
    name: 'EventStream, on Kafka',
    build: (stack) => {
      const stream = new EventStream(stack, 'Stream', { partitionKey: 'user', engine: StreamEngine.KAFKA, topic: 'events' });
      const network = Network.of(stack);
      new FunctionService(stack, 'Producer', { handler: HANDLER, network }).use(stream, Access.WRITE);
      stream.consumedBy(worker(stack), { idempotent: true });
    },
  },
];
