import { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, HttpMethods } from 'aws-cdk-lib/aws-s3';
import { Access } from '../../../lib/core';
import { ObjectEvent, ObjectStore } from '../../../lib/object-store';
import { WorkQueue } from '../../../lib/work-queue';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'ObjectStore, minimal', build: (stack) => { new ObjectStore(stack, 'Store'); } },
  {
    name: 'ObjectStore, maximal and used',
    build: (stack) => {
      const copy = Bucket.fromBucketAttributes(stack, 'PlainCopy', {
        bucketArn: 'arn:aws:s3:::copy', encryptionKey: Key.fromKeyArn(stack, 'PlainCopyKey', 'arn:aws:kms:us-east-1:111122223333:key/k'),
      });
      const store = new ObjectStore(stack, 'Store', {
        versioned: true,
        oldVersionsExpireAfter: Duration.days(30),
        tiering: { coldAfter: Duration.days(30), archiveAfter: Duration.days(90), deepArchiveAfter: Duration.days(180) },
        expireAfter: Duration.days(3650),
        abortUploadsAfter: Duration.days(2),
        encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
        cors: [{ allowedMethods: [HttpMethods.PUT], allowedOrigins: ['https://example.com'] }],
        replicateTo: copy,
        serverAccessLogs: Bucket.fromBucketName(stack, 'PlainLogs', 'logs'),
        events: true,
        requestMetrics: true,
        disposable: true,
        bucketProps: { transferAcceleration: true },
      });
      worker(stack).use(store, Access.READ_WRITE);
      store.grantRead(new Role(stack, 'PlainReader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
      store.on(ObjectEvent.CREATED, new WorkQueue(stack, 'Queue'), { prefix: 'in/', suffix: '.jpg' });
    },
  },
  {
    name: 'ObjectStore, adopted and used',
    build: (stack) => {
      const bucket = Bucket.fromBucketName(stack, 'PlainBucket', 'files');
      worker(stack).use(new ObjectStore(stack, 'Store', { bucket }), Access.READ_WRITE);
    },
  },
];
