import { Duration } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, HttpMethods } from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { ObjectEvent, type ObjectFilter, ObjectStore, type ObjectStoreProps } from '../../../lib/object-store';
import { WorkQueue } from '../../../lib/work-queue';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const days = (min: number, max: number) => fc.integer({ min, max }).map((amount) => Duration.days(amount));
const NOT_DAYS: readonly unknown[] = [...NOT_DURATION, Duration.days(0), Duration.hours(30)];
const NOT_BUCKET: readonly unknown[] = [null, 'files', {}];

export const SUBJECTS: Record<string, Subject<object>> = {
  ObjectStore: {
    concept: 'ObjectStore',
    valid: (scope) => optional<ObjectStoreProps>({
      versioned: fc.constant(true),
      oldVersionsExpireAfter: days(1, 1000),
      tiering: fc.oneof(
        optional({ coldAfter: days(30, 60), archiveAfter: days(90, 200), deepArchiveAfter: days(201, 500) }),
        fc.record({ intelligent: flag }),
      ),
      expireAfter: days(501, 10_000),
      abortUploadsAfter: days(1, 30),
      encryptionKey: fc.constant(new Key(scope, 'Key')),
      cors: fc.array(fc.record({
        allowedMethods: fc.subarray(Object.values(HttpMethods), { minLength: 1 }),
        allowedOrigins: fc.constant(['https://example.com']),
      }), { minLength: 1, maxLength: 1 }),
      replicateTo: fc.constant(Bucket.fromBucketAttributes(scope, 'Copy', {
        bucketArn: 'arn:aws:s3:::copy', encryptionKey: Key.fromKeyArn(scope, 'CopyKey', 'arn:aws:kms:us-east-1:111122223333:key/k'),
      })),
      serverAccessLogs: fc.constant(Bucket.fromBucketName(scope, 'Logs', 'logs')),
      events: flag,
      requestMetrics: flag,
      disposable: flag,
      bucketProps: fc.record({ transferAcceleration: flag }),
    }),
    invalid: () => ({
      versioned: NOT_FLAG,
      oldVersionsExpireAfter: NOT_DAYS,
      tiering: [
        ...NOT_OBJECT, { coldAfter: Duration.days(29) }, { coldAfter: 30 }, { archiveAfter: Duration.days(0) },
        { coldAfter: Duration.days(30), archiveAfter: Duration.days(40) }, { deepArchiveAfter: Duration.days(1.5) },
        { archiveAfter: Duration.days(90), deepArchiveAfter: Duration.days(90) }, { intelligent: 'yes' },
        { intelligent: true, coldAfter: Duration.days(30) },
      ],
      expireAfter: NOT_DAYS,
      abortUploadsAfter: NOT_DAYS,
      encryptionKey: [null, 'arn:aws:kms:eu-west-1:111122223333:key/k', {}],
      cors: [null, 'all', {}, [null], ['all']],
      replicateTo: NOT_BUCKET,
      serverAccessLogs: NOT_BUCKET,
      events: NOT_FLAG,
      requestMetrics: NOT_FLAG,
      disposable: NOT_FLAG,
      bucketProps: [...NOT_OBJECT, { autoDeleteObjects: true }, { versioned: true }],
      bucket: NOT_BUCKET,
    }),
    build: (scope, props) => new ObjectStore(scope, 'Subject', props),
  } satisfies Subject<ObjectStoreProps>,

  ObjectStoreEvents: {
    concept: 'ObjectStore',
    valid: () => optional<ObjectFilter>({
      prefix: fc.string({ minLength: 1, maxLength: 40 }),
      suffix: fc.string({ minLength: 1, maxLength: 40 }),
    }),
    invalid: () => ({ prefix: [...NOT_TEXT, '', 'x'.repeat(1025)], suffix: [...NOT_TEXT, '', 'ü'.repeat(513)] }),
    build: (scope, filter) => new ObjectStore(scope, 'Subject').on(ObjectEvent.CREATED, new WorkQueue(scope, 'Queue'), filter),
  } satisfies Subject<ObjectFilter>,
};
