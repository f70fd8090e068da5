import { Token } from 'aws-cdk-lib';
import { Billing, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { adoptsOrShapes, eachOnce, text, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { StartAt } from '../core/stream-worker';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import type { AccessPattern } from './access-pattern';
import type { ChangeConsumerOptions } from './change-consumer';
import { type KeyValueStoreProps, ReplicaConsistency } from './key-value-store';

const DAY = 24 * 60 * 60;

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
      accessPatterns: 'objects',
      traffic: TrafficEstimate,
      billing: Billing,
      encryption: TableEncryptionV2,
      stream: 'text',
      replicas: 'list',
      consistency: 'text',
      witnessRegion: 'text',
      recoveryPeriod: 'duration',
      findHotKeys: 'flag',
      resourcePolicy: PolicyDocument,
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
  {
    code: 'KeyValueStore.AccessPatternName',
    check: ({ accessPatterns = [] }) => {
      const names = accessPatterns.map(({ name }) => name);
      const wrong = names.filter((name) => typeof name !== 'string' || !/^[A-Za-z0-9_.-]{3,255}$/.test(name));
      return wrong.length === 0
        ? eachOnce('accessPatterns', names)
        : { given: `access patterns named ${wrong.map(show).join(', ')}`, allowed: '3 to 255 letters, digits, _, - and .' };
    },
  },
  { code: 'KeyValueStore.AccessPatternKeys', check: ({ accessPatterns = [] }) => first(accessPatterns, wrongKeys) },
  {
    code: 'KeyValueStore.AccessPatterns',
    check: ({ accessPatterns = [] }) => wholeNumber('accessPatterns', accessPatterns.length, 0, 20),
  },
  { code: 'KeyValueStore.KeyTypesDiffer', check: (props) => differentTypes(props) },
  {
    code: 'KeyValueStore.TrafficOrBilling',
    check: ({ traffic, billing }) => traffic && billing
      ? { given: 'traffic together with billing', allowed: 'one of them: traffic gives on-demand capacity its ceilings' }
      : undefined,
  },
  {
    code: 'KeyValueStore.Replicas',
    check: ({ replicas }) => {
      const wrong = replicas?.filter((region) => typeof region !== 'string' || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) ?? [];
      return wrong.length > 0 || replicas?.length === 0
        ? { given: `replicas are ${wrong.map(show).join(', ') || 'none'}`, allowed: "regions, for example ['eu-west-1']" }
        : eachOnce('replicas', replicas);
    },
  },
  {
    code: 'KeyValueStore.Consistency',
    check: ({ consistency }) => consistency === undefined || Object.values(ReplicaConsistency).includes(consistency)
      ? undefined
      : { given: `consistency is ${show(consistency)}`, allowed: 'ReplicaConsistency.EVENTUAL or STRONG' },
  },
  {
    code: 'KeyValueStore.ConsistencyAlone',
    check: ({ replicas, consistency, witnessRegion }) => replicas === undefined && (consistency ?? witnessRegion) !== undefined
      ? { given: `${consistency === undefined ? 'witnessRegion' : 'consistency'} without replicas`, allowed: 'together with replicas' }
      : undefined,
  },
  {
    code: 'KeyValueStore.StrongRegions',
    check: ({ replicas = [], consistency, witnessRegion }) => {
      const strong = consistency === ReplicaConsistency.STRONG;
      const regions = 1 + replicas.length + (witnessRegion === undefined ? 0 : 1);
      return replicas.length === 0 || strong && regions === 3 || !strong && witnessRegion === undefined
        ? undefined
        : {
          given: strong ? `a strongly consistent store in ${regions} regions` : 'witnessRegion of an eventually consistent store',
          allowed: strong ? 'exactly three: two replicas, or one replica and a witnessRegion' : 'witnessRegion with ReplicaConsistency.STRONG only',
        };
    },
  },
  {
    code: 'KeyValueStore.StrongWithoutExpiry',
    check: ({ consistency, timeToLive }) => consistency === ReplicaConsistency.STRONG && timeToLive !== undefined
      ? { given: 'timeToLive of a strongly consistent store', allowed: 'no timeToLive: DynamoDB does not expire items there (Developer Guide, "Multi-Region strong consistency")' }
      : undefined,
  },
  {
    code: 'KeyValueStore.RecoveryPeriod',
    check: ({ recoveryPeriod }) => recoveryPeriod?.isUnresolved() || (recoveryPeriod?.toSeconds() ?? DAY) % DAY !== 0
      ? { given: 'recoveryPeriod is not a number of days known at synthesis', allowed: 'whole days from 1 to 35' }
      : wholeNumber('recoveryPeriod in days', recoveryPeriod?.toDays(), 1, 35),
  },
];

/** What a consumer of changes refuses. Bounds: event source mappings of AWS Lambda for DynamoDB streams. */
export const CHANGE_CONSUMER_RULES: readonly Rule<ChangeConsumerOptions>[] = [
  {
    code: 'KeyValueStore.ConsumerWrongType',
    first: true,
    check: (options) => typed(options, {
      idempotent: 'flag', name: 'text', batchSize: 'number', batchWindow: 'duration', parallelization: 'number', maxAttempts: 'number',
      filters: 'objects', startAt: StartAt, deadLetterQueue: 'construct', maxLag: 'duration',
    }),
  },
  {
    code: 'KeyValueStore.NotIdempotent',
    check: ({ idempotent }) => idempotent === true
      ? undefined
      : { given: `idempotent is ${show(idempotent)}`, allowed: 'idempotent: true, once the code of the worker does no harm when it sees a change twice' },
  },
  {
    code: 'KeyValueStore.ConsumerName',
    check: ({ name }) => name === undefined || /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name)
      ? undefined
      : { given: `name is ${show(name)}`, allowed: 'a letter, then up to 63 letters, digits and -' },
  },
  { code: 'KeyValueStore.BatchSize', check: ({ batchSize }) => wholeNumber('batchSize', batchSize, 1, 10_000) },
  { code: 'KeyValueStore.BatchWindow', check: ({ batchWindow }) => wholeSeconds('batchWindow', batchWindow, 0, 300) },
  { code: 'KeyValueStore.Parallelization', check: ({ parallelization }) => wholeNumber('parallelization', parallelization, 1, 10) },
  {
    code: 'KeyValueStore.MaxAttempts',
    // Lambda counts retries, one less than attempts; a token cannot be calculated with.
    check: ({ maxAttempts }) => maxAttempts !== undefined && Token.isUnresolved(maxAttempts)
      ? { given: 'maxAttempts that is known only at deployment', allowed: 'a number that is known at synthesis' }
      : wholeNumber('maxAttempts', maxAttempts, 1, 10_000),
  },
  {
    code: 'KeyValueStore.Filters',
    check: ({ filters }) => filters === undefined || filters.length >= 1 && filters.length <= 10
      ? eachOnce('filters', filters)
      : { given: `${filters.length} filters`, allowed: '1 to 10 filters, or none for all changes' },
  },
  {
    code: 'KeyValueStore.StartTime',
    check: ({ startAt }) => startAt?.timestamp === undefined
      ? undefined
      : { given: 'startAt is a time', allowed: 'StartAt.LATEST or StartAt.TRIM_HORIZON: change streams know no times' },
  },
  { code: 'KeyValueStore.MaxLag', check: ({ maxLag }) => wholeSeconds('maxLag', maxLag, 1, DAY) },
];

function first<Item>(items: readonly Item[], check: (item: Item) => Refusal | undefined): Refusal | undefined {
  return items.map(check).find((refusal) => refusal !== undefined);
}

function wrongKeys({ name, partitionKey, sortKey, attributes }: AccessPattern): Refusal | undefined {
  if (partitionKey === undefined) {
    return { given: `access pattern ${show(name)} without partitionKey`, allowed: 'the attribute whose value is asked for' };
  }
  if (attributes !== undefined && !(Array.isArray(attributes) && attributes.every((attribute) => typeof attribute === 'string' && attribute))) {
    return { given: `attributes of ${show(name)} are ${show(attributes)}`, allowed: 'a list of attributes' };
  }
  if (sortKey !== undefined && sortKey === partitionKey) {
    return { given: `both keys of ${show(name)} are ${show(sortKey)}`, allowed: 'two different attributes' };
  }
  return text(`partitionKey of ${show(name)}`, partitionKey, 1, 255) ?? text(`sortKey of ${show(name)}`, sortKey, 1, 255);
}

/** An attribute has one type, whatever keys it takes part in. */
function differentTypes(props: KeyValueStoreProps): Refusal | undefined {
  const types = new Map<string, string>();
  const keys = [props, ...props.accessPatterns ?? []].flatMap(({ partitionKey, partitionKeyType, sortKey, sortKeyType }) =>
    [[partitionKey, partitionKeyType], [sortKey, sortKeyType]] as const);
  for (const [name, type = 'S'] of keys) {
    if (name !== undefined && types.has(name) && types.get(name) !== type) {
      return { given: `${show(name)} is of type ${types.get(name)} and of type ${type}`, allowed: 'one type for each attribute' };
    }
    types.set(name ?? '', type);
  }
  return undefined;
}
