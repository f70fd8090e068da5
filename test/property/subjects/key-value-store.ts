import { Duration } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, Table, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { StartAt } from '../../../lib/core/stream-worker';
import { FunctionService } from '../../../lib/function-service';
import { type ChangeConsumerOptions, KeyValueStore, type KeyValueStoreProps, ReplicaConsistency } from '../../../lib/key-value-store';
import { HANDLER } from '../../support/stacks';
import {
  attribute, flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject,
} from '../subject';

// Names that differ from the keys of the table, since an attribute has one type.
const accessPattern = fc.stringMatching(/^[a-z]{3,10}$/).chain((name) => fc.record({
  name: fc.constant(name),
  partitionKey: fc.constant(`i${name}`),
  partitionKeyType: fc.constantFrom(...Object.values(AttributeType)),
  sortKey: fc.constant(`j${name}`),
  attributes: fc.uniqueArray(fc.stringMatching(/^k[a-z]{1,5}$/), { maxLength: 3 }),
}, { requiredKeys: ['name', 'partitionKey'] }));

export const SUBJECTS: Record<string, Subject<object>> = {
  KeyValueStore: {
    concept: 'KeyValueStore',
    valid: (scope) => fc.record({
      partitionKey: attribute.map((name) => `p${name}`.slice(0, 60)),
      rest: optional<KeyValueStoreProps>({
        partitionKeyType: fc.constantFrom(...Object.values(AttributeType)),
        timeToLive: attribute.map((name) => `t${name}`.slice(0, 60)),
        billing: fc.integer({ min: 1, max: 1000 }).map((maxReadRequestUnits) => Billing.onDemand({ maxReadRequestUnits })),
        encryption: fc.constantFrom(
          TableEncryptionV2.dynamoOwnedKey(), TableEncryptionV2.awsManagedKey(), TableEncryptionV2.customerManagedKey(new Key(scope, 'Key')),
        ),
        stream: fc.constantFrom(...Object.values(StreamViewType)),
        disposable: flag,
        accessPatterns: fc.uniqueArray(accessPattern, { maxLength: 3, selector: ({ name }) => name }),
        findHotKeys: flag,
        recoveryPeriod: fc.integer({ min: 1, max: 35 }).map((days) => Duration.days(days)),
        tableProps: fc.record({ deletionProtection: flag }),
      }),
      sort: fc.option(fc.record({
        sortKey: attribute.map((name) => `s${name}`.slice(0, 60)),
        sortKeyType: fc.constantFrom(...Object.values(AttributeType)),
      })),
    }).map(({ partitionKey, rest, sort }) => ({ partitionKey, ...rest, ...sort })),
    invalid: () => ({
      partitionKey: [...NOT_TEXT, '', 'ü'.repeat(128)],
      partitionKeyType: NOT_TEXT,
      sortKey: [...NOT_TEXT, '', 'x'.repeat(256)],
      sortKeyType: NOT_TEXT,
      timeToLive: [...NOT_TEXT, '', 'x'.repeat(256)],
      accessPatterns: [
        null, 'byEmail', {}, [null], ['byEmail'], [{}], [{ name: 'x', partitionKey: 'email' }], [{ name: 'byEmail' }],
        [{ name: 'byEmail', partitionKey: '' }], [{ name: 'byEmail', partitionKey: 'e', sortKey: 'e' }],
        [{ name: 'byEmail', partitionKey: 'e', attributes: 'all' }],
      ],
      traffic: [null, 100, {}],
      replicas: [null, 'eu-west-1', [], ['europe'], [5]],
      consistency: [...NOT_TEXT, 'sometimes', ReplicaConsistency.STRONG],
      witnessRegion: [...NOT_TEXT, 'eu-west-3'],
      recoveryPeriod: [...NOT_DURATION, Duration.days(36), Duration.hours(30)],
      findHotKeys: NOT_FLAG,
      resourcePolicy: [...NOT_OBJECT, {}],
      billing: [...NOT_OBJECT, {}, 'PAY_PER_REQUEST'],
      encryption: [...NOT_OBJECT, {}],
      stream: NOT_TEXT,
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'orders', {}],
    }),
    conflicting: (scope) => ({ table: [Table.fromTableName(scope, 'Imported', 'orders')] }),
    build: (scope, props) => new KeyValueStore(scope, 'Subject', props),
  } satisfies Subject<KeyValueStoreProps>,

  KeyValueStoreConsumer: {
    concept: 'KeyValueStore',
    madeOf: ['FunctionService'],
    valid: () => fc.record({
      idempotent: fc.constant(true),
      name: fc.stringMatching(/^[a-z][A-Za-z0-9-]{0,20}$/),
      batchSize: fc.integer({ min: 1, max: 10_000 }),
      batchWindow: seconds(1, 300),
      parallelization: fc.integer({ min: 1, max: 10 }),
      maxAttempts: fc.integer({ min: 1, max: 10_000 }),
      filters: fc.uniqueArray(fc.constantFrom('INSERT', 'MODIFY', 'REMOVE'), { minLength: 1 }).map((names) =>
        names.map((name) => ({ eventName: [name] }))),
      startAt: fc.constantFrom(StartAt.LATEST, StartAt.TRIM_HORIZON),
      maxLag: seconds(1, 86_400),
    }, { requiredKeys: ['idempotent', 'batchWindow'] }),
    invalid: () => ({
      idempotent: [...NOT_FLAG, false, undefined],
      name: [...NOT_TEXT, '', '1', 'a b'],
      batchSize: [...NOT_NUMBER, 0, 10_001],
      batchWindow: [...NOT_DURATION, Duration.minutes(6)],
      parallelization: [...NOT_NUMBER, 0, 11],
      maxAttempts: [...NOT_NUMBER, 0, 10_001],
      filters: [null, [], 'all', ['x'], {}, [{ eventName: ['INSERT'] }, { eventName: ['INSERT'] }]],
      startAt: [null, 'LATEST', {}, StartAt.time(new Date(0))],
      deadLetterQueue: [null, 'dead', {}],
      maxLag: [...NOT_DURATION, Duration.days(2)],
    }),
    build: (scope, options) => new KeyValueStore(scope, 'Subject', { partitionKey: 'id' })
      .consumedBy(new FunctionService(scope, 'Worker', { handler: HANDLER }), options),
  } satisfies Subject<ChangeConsumerOptions>,
};
