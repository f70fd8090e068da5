import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Table, TableClass, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Cache, CacheCapacity, CacheEngine, CacheEviction } from '../../../lib/cache';
import { Access, Profile } from '../../../lib/core';
import { DistributedLock, type DistributedLockProps } from '../../../lib/distributed-lock';
import { DISTRIBUTED_LOCK_RULES } from '../../../lib/distributed-lock/distributed-lock-rules';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const LAMBDA = 'AWS::Lambda::Function';

/** A cache that can be one of several: one node that evicts nothing. */
const node = (stack: Stack, id: string) =>
  new Cache(stack, id, { capacity: CacheCapacity.nodes({ replicas: 0 }), eviction: CacheEviction.NO_EVICTION });

const nodes = (stack: Stack, count: number) => Array.from({ length: count }, (_, index) => node(stack, `Node${index + 1}`));

const worker = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER, network: Network.of(stack) });

const environmentOf = (stack: Stack) =>
  (onlyOne(stack, LAMBDA).Environment as { Variables: Record<string, unknown> }).Variables;

const warningsOf = (stack: Stack, id: string) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(id));

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    new DistributedLock(stack, 'Locks');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      LocksStateTable: pinnedTable({ partitionKey: 'name', expiresBy: 'ttl' }),
    });
  });

  test('under PRODUCTION adds what a KeyValueStore adds: recovery, protection and an alarm', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new DistributedLock(stack, 'Locks');
    expect(Object.keys(resourcesOf(stack))).toEqual(['LocksStateTable', 'LocksStateThrottlesAlarm']);
    expect(onlyOne(stack, TABLE)).toMatchObject({
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  test('has what it made as fields', () => {
    const locks = new DistributedLock(stackWith(), 'Locks');
    expect(locks.node.defaultChild).toBe(locks.table);
    expect(locks.stores.map(({ node: { id } }) => id)).toEqual(['State']);
    expect(locks.lease.toSeconds()).toBe(10);
  });
});

test('every prop of a table shapes it', () => {
  const stack = stackWith();
  new DistributedLock(stack, 'Locks', {
    lease: Duration.minutes(1), disposable: true, tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
  });
  expect(onlyOne(stack, TABLE)).toMatchObject({ Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS' }] });
  expect(resourcesOf(stack).LocksStateTable).toMatchObject({ DeletionPolicy: 'Delete' });
});

test('two of them live in one stack', () => {
  const stack = stackWith();
  new DistributedLock(stack, 'One');
  new DistributedLock(stack, 'Two');
  expect(namesOf(stack, TABLE)).toEqual(['OneStateTable', 'TwoStateTable']);
});

describe('in use', () => {
  test('a function may write the table and is told the table and the lease', () => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Worker', { handler: HANDLER });
    service.use(new DistributedLock(stack, 'SeatLocks', { lease: Duration.seconds(5) }), Access.WRITE);
    expect(environmentOf(stack)).toEqual({ SEAT_LOCKS_TABLE_NAME: { Ref: expect.any(String) }, SEAT_LOCKS_LOCK: '5000' });
    expect(statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('dynamodb'))).toEqual([{
      Effect: 'Allow',
      Action: ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:DescribeTable', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      Resource: { 'Fn::GetAtt': ['SeatLocksStateTable', 'Arn'] },
    }]);
  });

  test('under another name, and with reading', () => {
    const stack = stackWith();
    new FunctionService(stack, 'Worker', { handler: HANDLER }).use(new DistributedLock(stack, 'Locks'), Access.READ_WRITE, { name: 'seats' });
    expect(Object.keys(environmentOf(stack)).sort()).toEqual(['SEATS_LOCK', 'SEATS_TABLE_NAME']);
    expect(statementsOf(stack).some(({ Action }) => Action.includes('dynamodb:GetItem'))).toBe(true);
  });

  test('with a cache, nothing is made and its users get what the cache gives', () => {
    const stack = stackWith();
    const cache = new Cache(stack, 'Cache');
    const locks = new DistributedLock(stack, 'Locks', { cache });
    expect(locks.node.children).toEqual([]);
    expect(locks.table).toBeUndefined();
    expect(locks.stores).toEqual([cache]);
    worker(stack).use(locks, Access.READ_WRITE);
    expect(environmentOf(stack)).toMatchObject({ LOCKS_LOCK: '10000', LOCKS_ENDPOINT: expect.anything(), LOCKS_CLUSTER_MODE: 'true' });
    expect(statementsOf(stack).map(({ Action }) => Action)).toContain('elasticache:Connect');
  });

  test('with several caches, each is told by its number', () => {
    const stack = stackWith();
    worker(stack).use(new DistributedLock(stack, 'Locks', { caches: nodes(stack, 3) }), Access.READ_WRITE);
    expect(environmentOf(stack)).toMatchObject({
      LOCKS_LOCK: '10000,3', LOCKS_1_ENDPOINT: expect.anything(), LOCKS_2_ENDPOINT: expect.anything(), LOCKS_3_ENDPOINT: expect.anything(),
    });
    expect(Object.keys(environmentOf(stack))).not.toContain('LOCKS_4_ENDPOINT');
  });

  test('an adopted table is used as it is', () => {
    const stack = stackWith();
    const table = TableV2.fromTableName(stack, 'Imported', 'locks');
    const locks = new DistributedLock(stack, 'Locks', { table, lease: Duration.seconds(30) });
    expect(locks.table).toBe(table);
    new FunctionService(stack, 'Worker', { handler: HANDLER }).use(locks, Access.WRITE);
    expect(environmentOf(stack)).toEqual({ LOCKS_TABLE_NAME: 'locks', LOCKS_LOCK: '30000' });
    expect(namesOf(stack, TABLE)).toEqual([]);
  });

  test('reading alone is refused', () => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Worker', { handler: HANDLER });
    const locks = new DistributedLock(stack, 'Locks');
    expect(refusedBy(() => service.use(locks, Access.READ))).toEqual([{
      code: 'DistributedLock.ReadOnly', given: 'Access.READ for Stack/Worker',
      allowed: 'Access.WRITE or READ_WRITE: whoever takes a lock writes it',
    }]);
  });
});

describe('it refuses', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const table = Table.fromTableName(stack, 'Imported', 'locks');
  const [first, second, third] = nodes(stack, 3) as [Cache, Cache, Cache];
  const serverless = new Cache(stack, 'Serverless');
  const replicated = new Cache(stack, 'Replicated', { capacity: CacheCapacity.nodes({ replicas: 1 }) });
  const sharded = new Cache(stack, 'Sharded', { capacity: CacheCapacity.nodes({ shards: 1, replicas: 0, clusterMode: true }) });
  const memcached = new Cache(stack, 'Memcached', { engine: CacheEngine.MEMCACHED });
  const memcachedServerless = new Cache(stack, 'MemcachedServerless', { engine: CacheEngine.MEMCACHED, capacity: CacheCapacity.serverless() });
  const late = Duration.seconds(new CfnParameter(stack, 'Late', { type: 'Number' }).valueAsNumber);
  const ONE_NODE = 'CacheCapacity.nodes({ shards: 1, replicas: 0, clusterMode: false }): a replica that takes over may not know of a lock';
  const BROKEN: [string, DistributedLockProps, string, string][] = [
    ['WrongType', { lease: 10 as never }, 'lease is 10', 'lease: a Duration'],
    ['WrongType', { caches: [first, 'second' as never, null as never] }, "caches has 'second', null", 'caches: a list of Cache'],
    ['AdoptOrShape', { table, disposable: true }, 'table together with disposable', 'table, lease alone, since an existing resource keeps its shape'],
    ['AdoptOrShape', { cache: first, table }, 'table together with cache', 'table, lease alone, since an existing resource keeps its shape'],
    ['AdoptOrShape', { cache: first, tableProps: {} }, 'cache together with tableProps',
      'cache, lease alone, since an existing resource keeps its shape'],
    ['AdoptOrShape', { cache: first, caches: [first, second, third] }, 'cache together with caches',
      'cache, lease alone, since an existing resource keeps its shape'],
    ['AdoptOrShape', { caches: [first, second, third], disposable: true }, 'caches together with disposable',
      'caches, lease alone, since an existing resource keeps its shape'],
    ['Lease', { lease: Duration.millis(999) }, 'lease is 0.999 s', 'whole seconds from 1 to 900'],
    ['Lease', { lease: Duration.minutes(16) }, 'lease is 960 s', 'whole seconds from 1 to 900'],
    ['Lease', { lease: late }, 'lease is known only at deployment', 'a Duration known at synthesis'],
    ['NoScripts', { cache: memcached }, 'a cache of Memcached', 'CacheEngine.VALKEY or REDIS, which run scripts'],
    ['NoScripts', { cache: memcachedServerless }, 'a cache of Memcached', 'CacheEngine.VALKEY or REDIS, which run scripts'],
    ['NoScripts', { caches: [first, second, memcached] }, 'a cache of Memcached', 'CacheEngine.VALKEY or REDIS, which run scripts'],
    ['Caches', { caches: [] }, 'the number of caches is 0', 'a whole number from 3 to 9'],
    ['Caches', { caches: [first, second] }, 'the number of caches is 2', 'a whole number from 3 to 9'],
    ['CacheTwice', { caches: [first, second, first] }, 'caches has Stack/Node1 twice', 'each once: a majority of one cache is none'],
    ['NotOneNode', { caches: [first, serverless, replicated] }, 'Stack/Serverless, Stack/Replicated with more than one node in caches', ONE_NODE],
    ['NotOneNode', { caches: [first, second, sharded] }, 'Stack/Sharded with more than one node in caches', ONE_NODE],
  ];

  test.each(BROKEN.map(([code, props, given, allowed], index) => [code, index, props, given, allowed] as const))(
    'DistributedLock.%s (%d)', (code, index, props, given, allowed) => {
      expect(refusedBy(() => new DistributedLock(stack, `Refused${index}`, props))).toEqual([{ code: `DistributedLock.${code}`, given, allowed }]);
    },
  );

  test('has a test for every rule', () => {
    expect([...new Set(BROKEN.map(([code]) => `DistributedLock.${code}`))].sort()).toEqual(DISTRIBUTED_LOCK_RULES.map(({ code }) => code).sort());
  });

  test('names all broken rules at once', () => {
    expect(codesOf(() => new DistributedLock(stack, 'All', { lease: Duration.hours(1), caches: [first, first] })))
      .toEqual(['DistributedLock.Lease', 'DistributedLock.Caches', 'DistributedLock.CacheTwice']);
  });
});

describe('it accepts', () => {
  test.each([Duration.seconds(1), Duration.minutes(15)])('a lease at the bound: %s', (lease) => {
    expect(() => new DistributedLock(stackWith(), 'Locks', { lease })).not.toThrow();
  });

  test('caches that were made elsewhere, of which nobody knows how many nodes they have', () => {
    const stack = stackWith();
    const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0');
    const caches = ['a', 'b', 'c'].map((name) => new Cache(stack, name, { cache: { endpoint: `${name}.example.com`, securityGroup } }));
    expect(new DistributedLock(stack, 'Locks', { caches }).stores).toEqual(caches);
    expect(warningsOf(stack, 'DistributedLock')).toEqual([]);
  });
});

describe('it warns', () => {
  test('of nodes that may evict locks', () => {
    const stack = stackWith();
    new DistributedLock(stack, 'Locks', { cache: new Cache(stack, 'Evicting', { capacity: CacheCapacity.nodes() }) });
    expect(warningsOf(stack, 'DistributedLock.Eviction').map(({ entry }) => entry.data)).toEqual([expect.stringContaining('Stack/Evicting may evict locks')]);
  });

  test('of an even number of caches', () => {
    const stack = stackWith();
    new DistributedLock(stack, 'Locks', { caches: nodes(stack, 4) });
    expect(warningsOf(stack, 'DistributedLock').map(({ entry }) => entry.data)).toEqual([expect.stringContaining('4 caches outlive the loss of no more of them than 3 do')]);
  });

  test('not of what is as it should be', () => {
    const stack = stackWith();
    new DistributedLock(stack, 'OfTable');
    new DistributedLock(stack, 'OfCache', { cache: new Cache(stack, 'Serverless') });
    new DistributedLock(stack, 'OfCaches', { caches: nodes(stack, 3) });
    expect(warningsOf(stack, 'DistributedLock')).toEqual([]);
  });
});

describe('metrics', () => {
  test('contention is what the table refuses', () => {
    const stack = stackWith();
    const locks = new DistributedLock(stack, 'Locks');
    expect(stack.resolve(locks.metricContention({ period: Duration.minutes(1) }).toMetricConfig().metricStat)).toMatchObject({
      namespace: 'AWS/DynamoDB', metricName: 'ConditionalCheckFailedRequests', statistic: 'Sum', period: { amount: 1 },
    });
  });

  test('caches count none', () => {
    const stack = stackWith();
    const locks = new DistributedLock(stack, 'Locks', { cache: new Cache(stack, 'Cache') });
    expect(refusedBy(() => locks.metricContention())).toEqual([
      { code: 'DistributedLock.NoSuchMetric', given: 'metricContention', allowed: 'a lock that is kept in a table' },
    ]);
  });
});
