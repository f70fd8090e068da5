import { Billing, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { adoptsOrShapes, text } from '../core/checks';
import type { Rule } from '../core/rules';
import { typed } from '../core/typed';
import type { KeyValueStoreProps } from './key-value-store';

/** What KeyValueStore refuses. Bounds: Amazon DynamoDB naming rules. */
export const KEY_VALUE_STORE_RULES: readonly Rule<KeyValueStoreProps>[] = [
  {
    code: 'KeyValueStore.WrongType',
    first: true,
    check: (props) => typed(props, {
      partitionKey: 'text',
      partitionKeyType: 'text',
      sortKey: 'text',
      sortKeyType: 'text',
      timeToLive: 'text',
      indexes: 'objects',
      billing: Billing,
      encryption: TableEncryptionV2,
      stream: 'text',
      disposable: 'flag',
      tableProps: 'object',
      table: 'construct',
    }),
  },
  { code: 'KeyValueStore.AdoptOrShape', check: (props) => adoptsOrShapes('table', props) },
  {
    code: 'KeyValueStore.NoPartitionKey',
    check: (props) => props.table || props.partitionKey !== undefined
      ? undefined
      : { given: 'neither partitionKey nor table', allowed: 'partitionKey, to create a table, or table, to adopt an existing one' },
  },
  { code: 'KeyValueStore.PartitionKeyName', check: (props) => text('partitionKey', props.partitionKey, 1, 255) },
  { code: 'KeyValueStore.SortKeyName', check: (props) => text('sortKey', props.sortKey, 1, 255) },
  { code: 'KeyValueStore.TimeToLiveName', check: (props) => text('timeToLive', props.timeToLive, 1, 255) },
  {
    code: 'KeyValueStore.KeysDiffer',
    check: ({ partitionKey, sortKey }) => partitionKey !== undefined && partitionKey === sortKey
      ? { given: `partitionKey and sortKey are both '${partitionKey}'`, allowed: 'two different attributes' }
      : undefined,
  },
  {
    code: 'KeyValueStore.TimeToLiveIsKey',
    check: ({ partitionKey, sortKey, timeToLive }) => timeToLive !== undefined && [partitionKey, sortKey].includes(timeToLive)
      ? { given: `timeToLive is the key '${timeToLive}'`, allowed: 'an attribute of its own: expiry changes, keys cannot' }
      : undefined,
  },
  {
    code: 'KeyValueStore.SortKeyTypeAlone',
    check: ({ sortKey, sortKeyType }) => sortKeyType !== undefined && sortKey === undefined
      ? { given: 'sortKeyType without sortKey', allowed: 'sortKeyType together with sortKey' }
      : undefined,
  },
];
