import { AttributeType, Billing, StreamViewType, Table, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { KeyValueStore, type KeyValueStoreProps } from '../../../lib/key-value-store';
import { attribute, flag, NOT_FLAG, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

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
        indexes: fc.uniqueArray(fc.stringMatching(/^[a-z]{3,10}$/), { maxLength: 3 }).map((names) =>
          names.map((indexName) => ({ indexName, partitionKey: { name: `i${indexName}`, type: AttributeType.STRING } }))),
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
      indexes: [null, 'byEmail', {}, [null], ['byEmail']],
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
};
