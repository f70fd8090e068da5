import { Duration } from 'aws-cdk-lib';
import { Table, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { TrafficEstimate } from '../../../lib/core';
import { EventStore, type EventStoreProps, Projection, type ProjectionProps } from '../../../lib/event-store';
import { FunctionService } from '../../../lib/function-service';
import { ObjectStore } from '../../../lib/object-store';
import { HANDLER } from '../../support/stacks';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, optional, seconds, type Subject } from '../subject';

const days = (max: number) => fc.integer({ min: 1, max }).map((amount) => Duration.days(amount));

export const SUBJECTS: Record<string, Subject<object>> = {
  EventStore: {
    concept: 'EventStore',
    madeOf: ['KeyValueStore', 'ObjectStore', 'FunctionService'],
    valid: (scope) => optional<EventStoreProps>({
      archive: fc.oneof(
        optional({ worm: days(36_500), prefix: fc.stringMatching(/^[a-z/]{0,20}$/) }),
        fc.constant({ store: new ObjectStore(scope, 'Objects') }),
      ),
      traffic: fc.integer({ min: 1, max: 1000 }).map((requestsPerSecond) => new TrafficEstimate({ requestsPerSecond })),
      encryption: fc.constantFrom(TableEncryptionV2.dynamoOwnedKey(), TableEncryptionV2.customerManagedKey(new Key(scope, 'Key'))),
      recoveryPeriod: days(35),
      disposable: flag,
      tableProps: fc.record({ deletionProtection: flag }),
    }),
    invalid: (scope) => ({
      archive: [
        null, true, 'bucket', { store: 'bucket' }, { store: scope }, { worm: Duration.days(0) }, { worm: Duration.hours(5) }, { worm: 5 },
        { prefix: 5 }, { prefix: 'x'.repeat(101) },
      ],
      traffic: [null, 100, {}],
      encryption: [...NOT_OBJECT, {}],
      recoveryPeriod: [...NOT_DURATION, Duration.days(36), Duration.hours(30)],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'ledger', {}],
    }),
    conflicting: (scope) => ({ table: [Table.fromTableName(scope, 'Imported', 'ledger')] }),
    build: (scope, props) => new EventStore(scope, 'Subject', props),
  } satisfies Subject<EventStoreProps>,

  Projection: {
    concept: 'Projection',
    madeOf: ['KeyValueStore', 'EventStore', 'FunctionService'],
    valid: (scope) => fc.record({
      store: fc.constant(new EventStore(scope, 'Store')),
      worker: fc.constant(new FunctionService(scope, 'Worker', { handler: HANDLER })),
      batchSize: fc.integer({ min: 1, max: 10_000 }),
      batchWindow: seconds(1, 300),
      parallelization: fc.integer({ min: 1, max: 10 }),
      maxAttempts: fc.integer({ min: 1, max: 10_000 }),
      maxLag: seconds(1, 86_400),
      encryption: fc.constant(TableEncryptionV2.awsManagedKey()),
      disposable: flag,
      tableProps: fc.record({ deletionProtection: flag }),
    }, { requiredKeys: ['store', 'worker', 'batchWindow'] }),
    invalid: (scope) => ({
      store: [null, undefined, 'store', {}, scope],
      worker: [null, undefined, 'worker', {}, scope],
      batchSize: [...NOT_NUMBER, 0, 10_001],
      batchWindow: [...NOT_DURATION, Duration.minutes(6)],
      parallelization: [...NOT_NUMBER, 0, 11],
      maxAttempts: [...NOT_NUMBER, 0, 10_001],
      maxLag: [...NOT_DURATION, Duration.days(2)],
      encryption: [...NOT_OBJECT, {}],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'view', {}],
    }),
    conflicting: (scope) => ({ table: [Table.fromTableName(scope, 'Imported', 'view')] }),
    build: (scope, props) => new Projection(scope, 'Subject', props),
  } satisfies Subject<ProjectionProps>,
};
