import { Duration } from 'aws-cdk-lib';
import { Table, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Access, TrafficEstimate } from '../../../lib/core';
import { EventStore, Projection } from '../../../lib/event-store';
import { ObjectStore } from '../../../lib/object-store';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'EventStore, minimal', build: (stack) => { new EventStore(stack, 'Store'); } },
  {
    name: 'EventStore, archived, encrypted and used',
    build: (stack) => {
      const key = new Key(stack, 'PlainKey', { enableKeyRotation: true });
      const store = new EventStore(stack, 'Store', {
        archive: { worm: Duration.days(3650), prefix: 'ledger' },
        traffic: new TrafficEstimate({ requestsPerSecond: 100 }),
        encryption: TableEncryptionV2.customerManagedKey(key),
        recoveryPeriod: Duration.days(7),
        disposable: true,
      });
      worker(stack).use(store, Access.READ_WRITE);
      store.grantAppend(new Role(stack, 'PlainAppender', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    },
  },
  {
    name: 'EventStore, archived into a given store',
    build: (stack) => {
      const bucket = Bucket.fromBucketAttributes(stack, 'PlainBucket', {
        bucketName: 'given', encryptionKey: Key.fromKeyArn(stack, 'PlainBucketKey', 'arn:aws:kms:us-east-1:111122223333:key/k'),
      });
      new EventStore(stack, 'Store', { archive: { store: new ObjectStore(stack, 'Objects', { bucket }), prefix: '' } });
    },
  },
  {
    name: 'EventStore, adopted and used',
    build: (stack) => {
      const tableArn = 'arn:aws:dynamodb:us-east-1:111122223333:table/ledger';
      const table = Table.fromTableAttributes(stack, 'Imported', { tableArn, tableStreamArn: `${tableArn}/stream/2026-11-22` });
      const store = new EventStore(stack, 'Store', { table });
      new Projection(stack, 'View', { store, worker: worker(stack) });
    },
  },
  {
    name: 'Projection, of an archived store, encrypted and read',
    build: (stack) => {
      const store = new EventStore(stack, 'Store', { archive: {} });
      const projection = new Projection(stack, 'View', {
        store,
        worker: worker(stack),
        batchSize: 10,
        batchWindow: Duration.seconds(1),
        parallelization: 2,
        maxAttempts: 3,
        maxLag: Duration.minutes(1),
        encryption: TableEncryptionV2.customerManagedKey(new Key(stack, 'PlainKey', { enableKeyRotation: true })),
      });
      projection.grantRead(new Role(stack, 'PlainReader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    },
  },
];
