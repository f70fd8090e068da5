import { type App, CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import {
  Cache, CacheAuthentication, CacheCapacity, CacheEngine, CacheEviction, type CacheProps, CacheUse, type ExistingCache,
  type NodeOptions, type ServerlessLimits,
} from '../../../lib/cache';
import { CACHE_RULES } from '../../../lib/cache/cache-rules';
import { sizeNodes, sizeServerless } from '../../../lib/cache/sizing';
import { Access, Profile, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import {
  codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf,
} from '../../support/stacks';

const SERVERLESS = 'AWS::ElastiCache::ServerlessCache';
const GROUP = 'AWS::ElastiCache::ReplicationGroup';
const CLUSTER = 'AWS::ElastiCache::CacheCluster';
const USER = 'AWS::ElastiCache::User';
const ALARM = 'AWS::CloudWatch::Alarm';
const PARAMETERS = 'AWS::ElastiCache::ParameterGroup';
const NODES = CacheCapacity.nodes();
const MEMCACHED = CacheEngine.MEMCACHED;
const CONNECT = '+info +readonly +client|getname +client|id +client|setname +cluster|info +cluster|nodes +cluster|shards +cluster|slots';

/** A cache in a stack of its own, and what it consists of besides the network. */
function made(props: CacheProps = {}, profile = Profile.SANDBOX, context = {}) {
  const stack = stackWith(profile, { context });
  const cache = new Cache(stack, 'Sessions', props);
  return { stack, cache, resources: () => withoutNetwork(stack) };
}

const withoutNetwork = (stack: Stack) =>
  Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => !name.startsWith('Network')));

const unique = (suffix?: string) => {
  const name = ['-', [expect.stringMatching(/^stacksessions[0-9a-f]{8}$/), {
    'Fn::Select': [4, { 'Fn::Split': ['-', { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }] }],
  }]];
  return suffix === undefined ? { 'Fn::Join': name } : { 'Fn::Join': ['', [{ 'Fn::Join': name }, suffix]] };
};

const attribute = (name: string, of: string) => ({ 'Fn::GetAtt': [name, of] });
const ISOLATED = [{ Ref: 'NetworkVpcIsolatedSubnet1Subnet' }, { Ref: 'NetworkVpcIsolatedSubnet2Subnet' }];
const KEPT = { DeletionPolicy: 'Retain' };
const KEPT_FOR_EVER = { ...KEPT, UpdateReplacePolicy: 'Retain' };

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a serverless cache, under %s', (_, context) => {
    const { stack, cache, resources } = made({}, Profile.SANDBOX, context);
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resources()).toEqual({
      SessionsSecurityGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'Stack/Sessions',
          SecurityGroupEgress: [{ CidrIp: '255.255.255.255/32', Description: 'Disallow all traffic', IpProtocol: 'icmp', FromPort: 252, ToPort: 86 }],
          VpcId: { Ref: 'NetworkVpc' },
        },
        ...KEPT,
      },
      SessionsUser: {
        Type: USER,
        Properties: {
          Engine: 'valkey',
          UserId: unique(),
          UserName: unique(),
          AccessString: `on ~* &* +@all -@admin -@dangerous ${CONNECT}`,
          AuthenticationMode: { Type: 'iam' },
        },
        ...KEPT,
      },
      SessionsUserGroup: {
        Type: 'AWS::ElastiCache::UserGroup',
        Properties: { Engine: 'valkey', UserGroupId: { Ref: 'SessionsUser' }, UserIds: [{ Ref: 'SessionsUser' }] },
        ...KEPT,
      },
      SessionsCache: {
        Type: SERVERLESS,
        Properties: {
          Engine: 'valkey',
          MajorEngineVersion: '8',
          ServerlessCacheName: { Ref: 'SessionsUserGroup' },
          UserGroupId: { Ref: 'SessionsUserGroup' },
          SubnetIds: ISOLATED,
          SecurityGroupIds: [attribute('SessionsSecurityGroup', 'GroupId')],
        },
        ...KEPT_FOR_EVER,
      },
    });
    expect(cache.node.defaultChild).toBe(cache.cache);
    expect(cache.sizing).toEqual([]);
  });

  test('under PRODUCTION adds snapshots and alarms', () => {
    const { resources } = made({}, Profile.PRODUCTION);
    const { SessionsSecurityGroup, SessionsUser, SessionsUserGroup, SessionsCache, ...alarms } = resources();
    expect(SessionsCache).toMatchObject({ Properties: { SnapshotRetentionLimit: 15 }, ...KEPT_FOR_EVER });
    expect([SessionsSecurityGroup, SessionsUser, SessionsUserGroup].map((part) => part?.DeletionPolicy)).toEqual(['Retain', 'Retain', 'Retain']);
    expect(Object.fromEntries(Object.entries(alarms).map(([name, { Properties }]) =>
      [name, [Properties.MetricName, Properties.Statistic, Properties.Threshold, Properties.Dimensions]]))).toEqual({
      SessionsThrottledAlarm: ['ThrottledCmds', 'Sum', 0, [{ Name: 'clusterId', Value: { Ref: 'SessionsCache' } }]],
      SessionsEvictionsAlarm: ['Evictions', 'Sum', 0, [{ Name: 'clusterId', Value: { Ref: 'SessionsCache' } }]],
    });
    expect(Object.values(alarms)[0]?.Properties).toMatchObject({
      EvaluationPeriods: 3, TreatMissingData: 'notBreaching', ComparisonOperator: 'GreaterThanThreshold',
    });
  });
});

describe('nodes', () => {
  test('are one small encrypted node under SANDBOX', () => {
    const { cache, resources } = made({ capacity: NODES });
    expect(Object.keys(resources()).sort()).toEqual([
      'SessionsCache', 'SessionsSecurityGroup', 'SessionsSubnetGroup', 'SessionsUser', 'SessionsUserGroup',
    ]);
    expect(resources().SessionsSubnetGroup).toEqual({
      Type: 'AWS::ElastiCache::SubnetGroup', Properties: { Description: 'Stack/Sessions', SubnetIds: ISOLATED }, ...KEPT,
    });
    expect(resources().SessionsCache).toEqual({
      Type: GROUP,
      Properties: {
        ReplicationGroupDescription: 'Stack/Sessions',
        Engine: 'valkey',
        EngineVersion: '8.2',
        CacheNodeType: 'cache.t4g.micro',
        NumCacheClusters: 1,
        AutomaticFailoverEnabled: false,
        MultiAZEnabled: false,
        Port: 6379,
        TransitEncryptionEnabled: true,
        AtRestEncryptionEnabled: true,
        UserGroupIds: [{ Ref: 'SessionsUserGroup' }],
        CacheSubnetGroupName: { Ref: 'SessionsSubnetGroup' },
        SecurityGroupIds: [attribute('SessionsSecurityGroup', 'GroupId')],
        AutoMinorVersionUpgrade: true,
      },
      ...KEPT_FOR_EVER,
    });
    expect(cache.readerEndpoint).toBeUndefined();
  });

  test('have a replica in another zone, snapshots, logs and alarms under PRODUCTION', () => {
    const { stack, cache, resources } = made({ capacity: NODES }, Profile.PRODUCTION);
    expect(onlyOne(stack, GROUP)).toMatchObject({
      NumCacheClusters: 2,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      SnapshotRetentionLimit: 15,
      LogDeliveryConfigurations: ['SlowLogs', 'EngineLogs'].map((name) => ({
        LogType: name === 'SlowLogs' ? 'slow-log' : 'engine-log',
        LogFormat: 'json',
        DestinationType: 'cloudwatch-logs',
        DestinationDetails: { CloudWatchLogsDetails: { LogGroup: { Ref: `Sessions${name}` } } },
      })),
    });
    expect(namesOf(stack, ALARM)).toEqual([
      'SessionsCpuAlarm', 'SessionsMemoryAlarm', 'SessionsEvictionsAlarm', 'SessionsReplicationLagAlarm',
    ]);
    expect(resources().SessionsMemoryAlarm?.Properties).toMatchObject({
      Threshold: 80,
      Metrics: [
        { Expression: 'MAX(METRICS())' },
        ...['-001', '-002'].map((node) => ({
          MetricStat: {
            Stat: 'Maximum',
            Metric: {
              MetricName: 'DatabaseMemoryUsagePercentage',
              Dimensions: [{ Name: 'CacheClusterId', Value: { 'Fn::Join': ['', [{ Ref: 'SessionsCache' }, node]] } }],
            },
          },
        })),
      ],
    });
    expect(stack.resolve(cache.readerEndpoint)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'ReaderEndPoint.Address'] });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('in cluster mode are resharded online, and every ten of them share an alarm', () => {
    const { stack, cache, resources } = made({ capacity: CacheCapacity.nodes({ shards: 6 }) }, Profile.PRODUCTION);
    expect(onlyOne(stack, GROUP)).toMatchObject({
      NumNodeGroups: 6, ReplicasPerNodeGroup: 1, AutomaticFailoverEnabled: true, CacheParameterGroupName: { Ref: 'SessionsParameters' },
    });
    expect(onlyOne(stack, GROUP).NumCacheClusters).toBeUndefined();
    expect(onlyOne(stack, PARAMETERS)).toEqual({
      CacheParameterGroupFamily: 'valkey8', Description: 'Stack/Sessions', Properties: { 'cluster-enabled': 'yes' },
    });
    expect(templateOf(stack).Resources).toEqual(expect.objectContaining({
      [stack.resolve(cache.cache!.logicalId) as string]: expect.objectContaining({ UpdatePolicy: { UseOnlineResharding: true } }),
    }));
    const metrics = (name: string) => JSON.stringify(resources()[name]?.Properties.Metrics);
    expect(metrics('SessionsCpuAlarm')).toContain('-0001-001');
    expect(metrics('SessionsCpuAlarm')).not.toContain('-0006-002');
    expect(metrics('SessionsCpuAlarm2')).toContain('-0006-002');
  });

  test('in cluster mode can have one shard, and no replica', () => {
    const { stack, cache } = made({ capacity: CacheCapacity.nodes({ clusterMode: true, replicas: 0 }) });
    expect(onlyOne(stack, GROUP)).toMatchObject({
      NumNodeGroups: 1, ReplicasPerNodeGroup: 0, AutomaticFailoverEnabled: true, MultiAZEnabled: false,
    });
    expect(stack.resolve(cache.endpoint)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'ConfigurationEndPoint.Address'] });
  });

  test('that may lose any key are not watched for being full', () => {
    const { stack } = made({ capacity: NODES, eviction: CacheEviction.ALLKEYS_LFU }, Profile.PRODUCTION);
    expect(namesOf(stack, ALARM)).toEqual(['SessionsCpuAlarm', 'SessionsReplicationLagAlarm']);
  });

  test.each([
    [{ replicas: 0 }, /replicas is 0: when a node fails/],
    [{ shards: 60, replicas: 1 }, /120 nodes are more than the 90/],
  ])('%j warn under PRODUCTION', (options, warning) => {
    const { stack } = made({ capacity: CacheCapacity.nodes(options) }, Profile.PRODUCTION);
    Annotations.fromStack(stack).hasWarning('/Stack/Sessions', Match.stringLikeRegexp(warning.source));
  });
});

test('every prop shapes a serverless cache', () => {
  const stack = stackWith(Profile.PRODUCTION, {}, SOMEWHERE);
  const network = new Network(stack, 'Other', { additional: true, availabilityZones: 2 });
  new Cache(stack, 'Sessions', {
    engineVersion: '7.2',
    capacity: CacheCapacity.serverless({
      minStorage: Size.gibibytes(1), maxStorage: Size.gibibytes(10), minRequestUnits: 1000, maxRequestUnits: 50_000,
    }),
    eviction: CacheEviction.VOLATILE_LRU,
    snapshotRetention: Duration.days(3),
    network,
    encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k'),
  });
  expect(onlyOne(stack, SERVERLESS)).toMatchObject({
    MajorEngineVersion: '7',
    CacheUsageLimits: { DataStorage: { Unit: 'GB', Minimum: 1, Maximum: 10 }, ECPUPerSecond: { Minimum: 1000, Maximum: 50_000 } },
    SnapshotRetentionLimit: 3,
    KmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/k',
    SubnetIds: [{ Ref: 'OtherVpcIsolatedSubnet1Subnet' }, { Ref: 'OtherVpcIsolatedSubnet2Subnet' }],
  });
  expect(resourcesOf(stack).SessionsMemoryAlarm?.Properties).toMatchObject({ MetricName: 'BytesUsedForCache', Threshold: 8 * 1024 ** 3 });
  expect(stack.node.tryFindChild('Network')).toBeUndefined();
});

test('every prop shapes nodes', () => {
  const { stack } = made({
    engine: CacheEngine.REDIS,
    engineVersion: '7.0',
    capacity: CacheCapacity.nodes({ nodeType: 'cache.r7g.large', replicas: 2 }),
    authentication: CacheAuthentication.IAM,
    eviction: CacheEviction.ALLKEYS_LRU,
    reservedMemoryPercent: 10,
    snapshotRetention: Duration.days(1),
    logs: true,
    port: 7000,
    encryptionKey: Key.fromKeyArn(new Stack(), 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k'),
    disposable: true,
  });
  expect(onlyOne(stack, GROUP)).toMatchObject({
    Engine: 'redis', EngineVersion: '7.0', CacheNodeType: 'cache.r7g.large', NumCacheClusters: 3, MultiAZEnabled: true, Port: 7000,
    SnapshotRetentionLimit: 1, KmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/k', LogDeliveryConfigurations: [{}, {}],
  });
  expect(onlyOne(stack, PARAMETERS)).toMatchObject({
    CacheParameterGroupFamily: 'redis7', Properties: { 'maxmemory-policy': 'allkeys-lru', 'reserved-memory-percent': '10' },
  });
  expect(stack.node.findAll().filter(({ node }) => node.path === 'Stack/Sessions/SecurityGroup')).toHaveLength(1);
});

describe('Redis OSS', () => {
  test('shuts out whoever does not sign in', () => {
    const { resources } = made({ engine: CacheEngine.REDIS });
    expect(resources().SessionsDefaultUser?.Properties).toEqual({
      Engine: 'redis', UserId: unique('-d'), UserName: 'default', AccessString: 'off ~* -@all', AuthenticationMode: { Type: 'no-password-required' },
    });
    expect(resources().SessionsUserGroup?.Properties).toMatchObject({
      Engine: 'redis', UserIds: [{ Ref: 'SessionsUser' }, { Ref: 'SessionsDefaultUser' }],
    });
  });

  test('of version 6 has parameters of a family of its own', () => {
    const { stack } = made({
      engine: CacheEngine.REDIS, engineVersion: '6.2', authentication: CacheAuthentication.PASSWORD, reservedMemoryPercent: 30,
    });
    expect(onlyOne(stack, PARAMETERS).CacheParameterGroupFamily).toBe('redis6.x');
  });
});

describe('Memcached', () => {
  test('runs on encrypted nodes without users', () => {
    const { cache, resources } = made({ engine: MEMCACHED });
    expect(Object.keys(resources()).sort()).toEqual(['SessionsCache', 'SessionsSecurityGroup', 'SessionsSubnetGroup']);
    expect(resources().SessionsCache).toMatchObject({
      Type: CLUSTER,
      Properties: { Engine: 'memcached', EngineVersion: '1.6.22', NumCacheNodes: 1, Port: 11_211, TransitEncryptionEnabled: true },
    });
    expect([cache.users, cache.secrets, cache.userGroup]).toEqual([[], [], undefined]);
  });

  test('stands in two zones under PRODUCTION', () => {
    const { stack } = made({ engine: MEMCACHED }, Profile.PRODUCTION);
    expect(onlyOne(stack, CLUSTER)).toMatchObject({ NumCacheNodes: 2, AZMode: 'cross-az' });
    expect(onlyOne(stack, ALARM)).toMatchObject({
      MetricName: 'CPUUtilization', Dimensions: [{ Name: 'CacheClusterId', Value: { Ref: 'SessionsCache' } }],
    });
  });

  test('can be serverless, with a name of its own and snapshots', () => {
    const capacity = CacheCapacity.serverless();
    const { stack, cache } = made({ engine: MEMCACHED, capacity, snapshotRetention: Duration.days(2) });
    expect(onlyOne(stack, SERVERLESS)).toMatchObject({
      Engine: 'memcached', MajorEngineVersion: '1.6', ServerlessCacheName: unique(), SnapshotRetentionLimit: 2,
    });
    expect(cache.readerEndpoint).toBeUndefined();
    expect(stack.resolve(cache.metricHitRate().toMetricConfig().mathExpression?.expression)).toBe('100 * hits / (hits + misses)');
  });
});

test('a broker runs on one shard, evicts nothing and takes a password', () => {
  const { stack, cache, resources } = made({ use: CacheUse.BROKER });
  expect(onlyOne(stack, GROUP)).toMatchObject({ NumCacheClusters: 1, CacheParameterGroupName: { Ref: 'SessionsParameters' } });
  expect(onlyOne(stack, PARAMETERS).Properties).toEqual({ 'maxmemory-policy': 'noeviction' });
  expect(resources().SessionsUserSecret).toMatchObject({
    Type: 'AWS::SecretsManager::Secret',
    Properties: { GenerateSecretString: { GenerateStringKey: 'password', PasswordLength: 64, ExcludePunctuation: true } },
    ...KEPT_FOR_EVER,
  });
  expect(resources().SessionsUser?.Properties.AuthenticationMode).toEqual({
    Type: 'password',
    Passwords: [{ 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'SessionsUserSecret' }, ':SecretString:password::}}']] }],
  });
  expect(cache.secrets).toHaveLength(1);
});

test.each([
  [Profile.SANDBOX, undefined, 'Retain'],
  [Profile.SANDBOX, true, 'Delete'],
  [Profile.PRODUCTION, undefined, 'Retain'],
  [Profile.PRODUCTION, true, 'Retain'],
])('data, and what it stands on, goes with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
  const { resources } = made({ use: CacheUse.BROKER, disposable }, profile);
  expect(resources().SessionsCache).toMatchObject({ DeletionPolicy: policy, UpdateReplacePolicy: policy });
  expect(resources().SessionsUserSecret).toMatchObject({ DeletionPolicy: policy, UpdateReplacePolicy: policy });
  const parts = ['User', 'UserGroup', 'SubnetGroup', 'Parameters', 'SecurityGroup'].map((part) => resources()[`Sessions${part}`]?.DeletionPolicy ?? 'Delete');
  expect(new Set(parts)).toEqual(new Set([policy]));
});

describe('sizes', () => {
  const traffic = new TrafficEstimate({ requestsPerSecond: 1000, itemSize: Size.kibibytes(2) });

  test.each([
    [100_000, 25, 'cache.t4g.micro', 1],
    [200_000, 25, 'cache.t4g.small', 1],
    [200_000, 0, 'cache.t4g.micro', 1],
    [10_000_000, 25, 'cache.r7g.2xlarge', 1],
    [200_000_000, 25, 'cache.r7g.12xlarge', 2],
  ])('%d items of 2 KiB with %d %% reserved fit %s x %d', (items, reserved, nodeType, shards) => {
    expect(sizeNodes(items, traffic, reserved)).toMatchObject({ nodeType, shards });
  });

  test('read aloud', () => {
    expect(sizeNodes(1_000_000, traffic, 25).sizing).toEqual([
      { name: 'nodeMemory', value: 3.09, unit: 'GiB', arithmetic: '1000000 items x (2048 + 100 B) = 2 GiB; 2.32 GiB a cache.t4g.medium without 25 % reserved' },
      { name: 'shards', value: 1, unit: 'shards', arithmetic: '1000000 items x (2048 + 100 B) = 2 GiB; 2.32 GiB a cache.t4g.medium without 25 % reserved -> 1' },
    ]);
    expect(sizeServerless(traffic, 1_000_000)).toEqual([
      { name: 'storage', value: 2.1, unit: 'GiB', arithmetic: '1000000 items x (2048 + 100 B) = 2 GiB' },
      { name: 'requestUnits', value: 6144, unit: 'ECPU/s', arithmetic: '3000 requests/s at peak x 2.05 kB -> 6144' },
    ]);
    expect(sizeServerless(new TrafficEstimate({ requestsPerSecond: 10 }))).toMatchObject([{ name: 'requestUnits', value: 31 }]);
  });

  test('lead to nodes, unless nodes are given', () => {
    const sized = made({ capacity: NODES, items: 10_000_000, traffic });
    expect(onlyOne(sized.stack, GROUP)).toMatchObject({ CacheNodeType: 'cache.r7g.2xlarge' });
    expect(sized.cache.sizing.map(({ name }) => name)).toEqual(['nodeMemory', 'shards']);
    const given = made({ capacity: CacheCapacity.nodes({ nodeType: 'cache.m7g.large', shards: 3 }), items: 10_000_000, traffic });
    expect(onlyOne(given.stack, GROUP)).toMatchObject({ CacheNodeType: 'cache.m7g.large', NumNodeGroups: 3 });
    expect(made({ traffic }).cache.sizing.map(({ name }) => name)).toEqual(['requestUnits']);
  });
});

describe('it refuses', () => {
  const stack = stackWith();
  const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Imported', 'sg-0123456789abcdef0');
  const existing: ExistingCache = { endpoint: 'cache.example.com', securityGroup };
  const nodes = (options: NodeOptions): CacheProps => ({ capacity: CacheCapacity.nodes(options) });
  const serverless = (limits: ServerlessLimits): CacheProps => ({ capacity: CacheCapacity.serverless(limits) });
  const REDIS = CacheEngine.REDIS;
  const BROKEN: Record<string, readonly (readonly [CacheProps, string])[]> = {
    'Cache.WrongType': [
      [{ engine: 7 as never, disposable: 'no' as never }, 'engine is 7, disposable is \'no\''],
      [{ capacity: {} as never }, 'capacity is an object'],
      [serverless({ maxStorage: 5 as never }), 'maxStorage is 5'],
      [nodes({ shards: '3' as never }), 'shards is \'3\''],
      [{ cache: { endpoint: 5, securityGroup: 'sg' } as never }, 'cache.endpoint is 5, cache.securityGroup is \'sg\''],
    ],
    'Cache.UnknownChoice': [
      [{ engine: 'keydb' as never }, 'engine is \'keydb\''],
      [{ use: 'queue' as never }, 'use is \'queue\''],
      [{ authentication: 'none' as never }, 'authentication is \'none\''],
      [{ eviction: 'fifo' as never }, 'eviction is \'fifo\''],
    ],
    'Cache.AdoptOrShape': [[{ cache: existing, engine: REDIS }, 'cache together with engine']],
    'Cache.NoEndpoint': [[{ cache: { securityGroup } as never }, 'cache without endpoint'], [{ cache: {} as never }, 'cache without endpoint, securityGroup']],
    'Cache.ExistingSignIn': [
      [{ cache: { ...existing, cacheArn: 'arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:a' } }, 'cache has cacheArn'],
      [{ cache: { ...existing, userArn: 'arn', cacheArn: 'arn', secret: Secret.fromSecretNameV2(stack, 'S', 's') } }, 'cache has cacheArn, userArn, secret'],
    ],
    'Cache.Port': [
      [{ ...nodes({}), port: 80 }, 'port is 80'],
      [{ cache: { ...existing, port: 70_000 } }, 'cache.port is 70000'],
      [{ cache: { ...existing, readerPort: 0 } }, 'cache.readerPort is 0'],
    ],
    'Cache.EngineVersion': [
      [{ engineVersion: '5.0' }, 'engineVersion is \'5.0\''],
      [{ engine: REDIS, engineVersion: '8.2' }, 'engineVersion is \'8.2\''],
      [{ engine: MEMCACHED, engineVersion: '1.6.6' }, 'engineVersion is \'1.6.6\''],
      [{ engineVersion: new CfnParameter(stack, 'Version').valueAsString }, 'engineVersion is known only at deployment'],
    ],
    'Cache.IamVersion': [[{ engine: REDIS, engineVersion: '6.2' }, 'engineVersion is \'6.2\' with CacheAuthentication.IAM']],
    'Cache.SnapshotRetention': [
      [{ snapshotRetention: Duration.days(36) }, 'snapshotRetention is 36 days'],
      [{ snapshotRetention: Duration.hours(36) }, 'snapshotRetention is 1.5 days'],
    ],
    'Cache.Storage': [
      [serverless({ maxStorage: Size.mebibytes(100) }), 'maxStorage is 0.09765625 GiB'],
      [serverless({ minStorage: Size.gibibytes(5001) }), 'minStorage is 5001 GiB'],
      [serverless({ minStorage: Size.gibibytes(3), maxStorage: Size.gibibytes(2) }), 'minStorage is 3, maxStorage 2'],
    ],
    'Cache.RequestUnits': [
      [serverless({ maxRequestUnits: 999 }), 'maxRequestUnits is 999'],
      [serverless({ minRequestUnits: 15_000_001 }), 'minRequestUnits is 15000001'],
      [serverless({ minRequestUnits: 3000, maxRequestUnits: 2000 }), 'minRequestUnits is 3000, maxRequestUnits 2000'],
    ],
    'Cache.NodeType': [
      [nodes({ nodeType: 'cache.t2.micro' }), 'nodeType is \'cache.t2.micro\''],
      [nodes({ nodeType: 't4g.micro' }), 'nodeType is \'t4g.micro\''],
    ],
    'Cache.Shards': [
      [nodes({ shards: 0 }), 'shards is 0'],
      [nodes({ shards: 501, replicas: 0 }), 'shards is 501'],
      [{ engine: MEMCACHED, ...nodes({ shards: 61 }) }, 'shards is 61'],
      [nodes({ shards: new CfnParameter(stack, 'Shards', { type: 'Number' }).valueAsNumber }), 'shards is known only at deployment'],
    ],
    'Cache.Replicas': [[nodes({ replicas: 6 }), 'replicas is 6'], [nodes({ replicas: -1 }), 'replicas is -1']],
    'Cache.TooManyNodes': [[nodes({ shards: 251, replicas: 1 }), '251 shards with 1 replicas each are 502 nodes']],
    'Cache.ShardsNeedClusterMode': [[nodes({ shards: 2, clusterMode: false }), 'clusterMode is false with 2 shards']],
    'Cache.Items': [[{ items: 0 }, 'items is 0']],
    'Cache.ReservedMemory': [[{ ...nodes({}), reservedMemoryPercent: 80 }, 'reservedMemoryPercent is 80']],
    'Cache.ItemsAlone': [[{ items: 5 }, 'items without traffic']],
    'Cache.NotWithMemcached': [
      [{ engine: MEMCACHED, authentication: CacheAuthentication.IAM }, 'authentication with CacheEngine.MEMCACHED'],
      [{ engine: MEMCACHED, snapshotRetention: Duration.days(1) }, 'snapshotRetention with CacheEngine.MEMCACHED'],
      [{ engine: MEMCACHED, eviction: CacheEviction.ALLKEYS_LRU }, 'eviction with CacheEngine.MEMCACHED'],
      [{ engine: MEMCACHED, logs: true, reservedMemoryPercent: 10 }, 'reservedMemoryPercent, logs with CacheEngine.MEMCACHED'],
      [{ engine: MEMCACHED, encryptionKey: Key.fromKeyArn(stack, 'K', 'arn:aws:kms:eu-west-1:1:key/k') }, 'encryptionKey with CacheEngine.MEMCACHED'],
      [{ engine: MEMCACHED, ...nodes({ replicas: 1, clusterMode: true }) }, 'nodes.replicas, nodes.clusterMode with CacheEngine.MEMCACHED'],
    ],
    'Cache.NotServerless': [
      [{ eviction: CacheEviction.ALLKEYS_LFU }, 'eviction with a serverless cache'],
      [{ reservedMemoryPercent: 10, logs: true, port: 7000 }, 'reservedMemoryPercent, logs, port with a serverless cache'],
    ],
    'Cache.BrokerNeedsOneShard': [
      [{ use: CacheUse.BROKER, capacity: CacheCapacity.serverless() }, 'CacheUse.BROKER with CacheCapacity.serverless()'],
      [{ use: CacheUse.BROKER, ...nodes({ clusterMode: true }) }, 'CacheUse.BROKER with cluster mode'],
      [{ use: CacheUse.BROKER, ...nodes({ shards: 2 }) }, 'CacheUse.BROKER with cluster mode'],
    ],
    'Cache.BrokerEvicts': [[{ use: CacheUse.BROKER, eviction: CacheEviction.ALLKEYS_LRU }, 'CacheUse.BROKER with eviction \'allkeys-lru\'']],
    'Cache.BrokerEngine': [[{ use: CacheUse.BROKER, engine: MEMCACHED }, 'CacheUse.BROKER with CacheEngine.MEMCACHED']],
  };

  test.each(CACHE_RULES.map(({ code }) => [code]))('%s', (code) => {
    const cases = BROKEN[code] ?? [];
    expect(cases.length).toBeGreaterThan(0);
    for (const [props, given] of cases) {
      expect(refusedBy(() => new Cache(new Stack(), 'Sessions', props))).toEqual([{ code, given, allowed: expect.stringMatching(/.{5}/) }]);
    }
  });

  test('everything at once, naming the construct', () => {
    const build = () => new Cache(stackWith(), 'Sessions', { items: 5, snapshotRetention: Duration.days(40), port: 80 });
    expect(codesOf(build)).toEqual(['Cache.Port', 'Cache.SnapshotRetention', 'Cache.ItemsAlone', 'Cache.NotServerless']);
    expect(build).toThrow(/^Stack\/Sessions was given what it cannot be:\n/);
  });

  test('nothing that is known only at deployment and leads to nothing else', () => {
    const deployed = stackWith();
    const number = (id: string) => new CfnParameter(deployed, id, { type: 'Number' }).valueAsNumber;
    new Cache(deployed, 'Sessions', {
      capacity: CacheCapacity.nodes({ nodeType: new CfnParameter(deployed, 'Type').valueAsString }),
      port: number('Port'),
      snapshotRetention: Duration.days(number('Days')),
    });
    expect(onlyOne(deployed, GROUP)).toMatchObject({ CacheNodeType: { Ref: 'Type' }, Port: { Ref: 'Port' }, SnapshotRetentionLimit: { Ref: 'Days' } });
  });
});

describe('compute that uses it', () => {
  const used = (access: Access, props: CacheProps = {}, profile = Profile.SANDBOX) => {
    const stack = stackWith(profile);
    const network = Network.of(stack);
    const cache = new Cache(stack, 'Sessions', props);
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER, network });
    worker.use(cache, access);
    const granted = statementsOf(stack).filter(({ Action }) => /elasticache|secretsmanager/.test(String(Action)));
    const environment = onlyOne(stack, 'AWS::Lambda::Function').Environment as { Variables: Record<string, unknown> };
    return { stack, cache, granted, environment: environment.Variables, ingress: () => onlyOne(stack, 'AWS::EC2::SecurityGroupIngress') };
  };

  test('signs in with IAM, reaches both ports and finds the way', () => {
    const { granted, environment, ingress } = used(Access.READ_WRITE);
    expect(granted).toEqual([{
      Effect: 'Allow', Action: 'elasticache:Connect', Resource: [attribute('SessionsCache', 'ARN'), attribute('SessionsUser', 'Arn')],
    }]);
    expect(environment).toEqual({
      SESSIONS_ENDPOINT: attribute('SessionsCache', 'Endpoint.Address'),
      SESSIONS_PORT: '6379',
      SESSIONS_READER_ENDPOINT: attribute('SessionsCache', 'ReaderEndpoint.Address'),
      SESSIONS_READER_PORT: '6380',
      SESSIONS_TLS: 'true',
      SESSIONS_CLUSTER_MODE: 'true',
      SESSIONS_USER: { Ref: 'SessionsUser' },
      SESSIONS_CACHE_NAME: { Ref: 'SessionsCache' },
      SESSIONS_SERVERLESS: 'true',
    });
    expect(ingress()).toMatchObject({
      FromPort: 6379,
      ToPort: 6380,
      IpProtocol: 'tcp',
      GroupId: attribute('SessionsSecurityGroup', 'GroupId'),
      SourceSecurityGroupId: attribute('WorkerFunctionSecurityGroup', 'GroupId'),
    });
  });

  test('signs in as a user that cannot write when it only reads', () => {
    const { stack, granted, environment } = used(Access.READ);
    expect(granted[0]?.Resource).toEqual([attribute('SessionsCache', 'ARN'), attribute('SessionsReader', 'Arn')]);
    expect(environment.SESSIONS_USER).toEqual({ Ref: 'SessionsReader' });
    expect(resourcesOf(stack).SessionsReader).toMatchObject({
      Properties: {
        UserId: unique('-r'),
        UserName: unique('-r'),
        AccessString: `on ~* -@all +@read +@connection -@dangerous ${CONNECT}`,
      },
      ...KEPT,
    });
    expect(resourcesOf(stack).SessionsUserGroup?.Properties.UserIds).toEqual([{ Ref: 'SessionsUser' }, { Ref: 'SessionsReader' }]);
  });

  test('shares the user that cannot write with others', () => {
    const { stack, cache } = made();
    for (const id of ['First', 'Second']) {
      new FunctionService(stack, id, { handler: HANDLER, network: Network.of(stack) }).use(cache, Access.READ);
    }
    expect(namesOf(stack, USER)).toEqual(['SessionsUser', 'SessionsReader']);
  });

  test('signs in as the user that reads and writes when it writes', () => {
    const { stack, environment } = used(Access.WRITE);
    expect(environment.SESSIONS_USER).toEqual({ Ref: 'SessionsUser' });
    expect(namesOf(stack, USER)).toEqual(['SessionsUser']);
  });

  test('finds the reader of nodes with replicas, and no cluster', () => {
    const { stack, granted, environment, ingress } = used(Access.WRITE, { capacity: NODES }, Profile.PRODUCTION);
    expect(environment).toEqual({
      SESSIONS_ENDPOINT: attribute('SessionsCache', 'PrimaryEndPoint.Address'),
      SESSIONS_PORT: '6379',
      SESSIONS_READER_ENDPOINT: attribute('SessionsCache', 'ReaderEndPoint.Address'),
      SESSIONS_READER_PORT: '6379',
      SESSIONS_TLS: 'true',
      SESSIONS_CLUSTER_MODE: 'false',
      SESSIONS_USER: { Ref: 'SessionsUser' },
      SESSIONS_CACHE_NAME: { Ref: 'SessionsCache' },
      SESSIONS_SERVERLESS: 'false',
    });
    expect(granted[0]?.Resource).toEqual([
      { 'Fn::Join': ['', [
        'arn:', { Ref: 'AWS::Partition' }, ':elasticache:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':replicationgroup:', { Ref: 'SessionsCache' },
      ]] },
      attribute('SessionsUser', 'Arn'),
    ]);
    expect(ingress()).toMatchObject({ FromPort: 6379, ToPort: 6379 });
    expect(namesOf(stack, 'AWS::EC2::VPCEndpoint').filter((name) => name.includes('secretsmanager'))).toEqual([]);
  });

  test('reads the password, which needs a way to Secrets Manager', () => {
    const { stack, cache, granted, environment } = used(Access.READ_WRITE, { authentication: CacheAuthentication.PASSWORD });
    expect(granted).toEqual([{
      Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], Resource: { Ref: 'SessionsUserSecret' },
    }]);
    expect(environment).toMatchObject({ SESSIONS_SECRET_ARN: { Ref: 'SessionsUserSecret' }, SESSIONS_USER: { Ref: 'SessionsUser' } });
    expect(environment.SESSIONS_CACHE_NAME).toBeUndefined();
    expect(JSON.stringify(resourcesOf(stack))).toContain('.secretsmanager"');
    expect(codesOf(() => cache.grantConnect(new Role(stack, 'R', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') })))).toEqual(['Cache.NoIam']);
  });

  test('needs no permission for Memcached, but the port', () => {
    const { granted, environment, ingress } = used(Access.READ_WRITE, { engine: MEMCACHED });
    expect(granted).toEqual([]);
    expect(environment).toEqual({
      SESSIONS_ENDPOINT: attribute('SessionsCache', 'ConfigurationEndpoint.Address'),
      SESSIONS_PORT: '11211',
      SESSIONS_TLS: 'true',
      SESSIONS_CLUSTER_MODE: 'false',
    });
    expect(ingress()).toMatchObject({ FromPort: 11_211, ToPort: 11_211 });
  });

  test('has to run in a network', () => {
    const stack = stackWith();
    const outside = new FunctionService(stack, 'Worker', { handler: HANDLER });
    expect(codesOf(() => outside.use(new Cache(stack, 'Sessions'), Access.READ))).toEqual(['Wiring.NoNetworkPath']);
  });

  test('can be any principal, opened by hand', () => {
    const { stack, cache } = made();
    const role = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    expect(cache.grantConnect(role, Access.READ).success).toBe(true);
    cache.connections.allowDefaultPortFrom(new SecurityGroup(stack, 'Other', { vpc: Network.of(stack).vpc }));
    expect(onlyOne(stack, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({ FromPort: 6379, ToPort: 6380 });
    expect(statementsOf(stack)).toEqual([expect.objectContaining({ Action: 'elasticache:Connect' })]);
  });
});

describe('an existing cache', () => {
  const ARN = 'arn:aws:elasticache:eu-west-1:111122223333';
  const adopt = (props: Partial<ExistingCache> = {}, mutable = true) => {
    const stack = stackWith(Profile.PRODUCTION, {}, SOMEWHERE);
    const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Imported', 'sg-0123456789abcdef0', { mutable });
    const cache = new Cache(stack, 'Sessions', { cache: { endpoint: 'cache.example.com', securityGroup, ...props } });
    const use = () => {
      const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a', 'b'], isolatedSubnetIds: ['s-1', 's-2'] });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network: new Network(stack, 'Net', { vpc }) }).use(cache, Access.READ);
      return (onlyOne(stack, 'AWS::Lambda::Function').Environment as { Variables: object }).Variables;
    };
    return { stack, cache, use };
  };

  test('is adopted: nothing is created', () => {
    const { stack, cache } = adopt();
    expect(templateOf(stack).Resources).toBeUndefined();
    expect(cache).toMatchObject({ endpoint: 'cache.example.com', port: 6379, sizing: [], users: [], secrets: [] });
    expect(cache.cache).toBeUndefined();
  });

  test('is wired like a new one', () => {
    const { stack, use } = adopt({ port: 7000, readerEndpoint: 'reader.example.com', clusterMode: true, tls: false });
    expect(use()).toEqual({
      SESSIONS_ENDPOINT: 'cache.example.com', SESSIONS_PORT: '7000', SESSIONS_TLS: 'false', SESSIONS_CLUSTER_MODE: 'true',
      SESSIONS_READER_ENDPOINT: 'reader.example.com', SESSIONS_READER_PORT: '7000',
    });
    expect(onlyOne(stack, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({ GroupId: 'sg-0123456789abcdef0', FromPort: 7000, ToPort: 7000 });
    Annotations.fromStack(stack).hasNoWarning('/Stack/Sessions', Match.anyValue());
  });

  test('with a reader port apart has both opened', () => {
    const { stack, use } = adopt({ readerEndpoint: 'reader.example.com', readerPort: 7001 });
    use();
    const ports = Object.values(resourcesOf(stack)).filter(({ Type }) => Type.endsWith('Ingress')).map(({ Properties }) => Properties.FromPort);
    expect(ports).toEqual([6379, 7001]);
  });

  test('can be signed in to with IAM', () => {
    const { stack, use } = adopt({ cacheArn: `${ARN}:serverlesscache:sessions-1`, userArn: `${ARN}:user:web` });
    expect(use()).toMatchObject({ SESSIONS_USER: 'web', SESSIONS_CACHE_NAME: 'sessions-1', SESSIONS_SERVERLESS: 'true' });
    expect(statementsOf(stack)).toContainEqual({
      Effect: 'Allow', Action: 'elasticache:Connect', Resource: [`${ARN}:serverlesscache:sessions-1`, `${ARN}:user:web`],
    });
  });

  test('can be signed in to with a password', () => {
    const stack = stackWith();
    const secret = Secret.fromSecretNameV2(stack, 'Secret', 'sessions');
    expect(adopt({ secret }).use()).toMatchObject({ SESSIONS_SECRET_ARN: expect.anything() });
  });

  test('with a security group that takes no rules says what to open', () => {
    const { stack, use } = adopt({}, false);
    use();
    Annotations.fromStack(stack).hasWarning('/Stack/Sessions', Match.stringLikeRegexp('imported as immutable: open 6379 to Stack/Worker'));
  });

  test('of another stack, opened from there, warns of nothing', () => {
    const { stack, cache } = adopt();
    const other = new Stack(stack.node.root as App, 'Other', { env: SOMEWHERE });
    new FunctionService(other, 'Worker', { handler: HANDLER, network: Network.of(other) }).use(cache, Access.READ);
    expect(onlyOne(other, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({ GroupId: 'sg-0123456789abcdef0' });
    Annotations.fromStack(stack).hasNoWarning('/Stack/Sessions', Match.anyValue());
  });

  test('is watched where it is defined', () => {
    expect(codesOf(() => adopt().cache.metricEvictions())).toEqual(['Cache.NoSuchMetric']);
  });
});

test('compute of another stack depends on the stack of the cache, not the other way round', () => {
  const { stack, cache } = made();
  const other = new Stack(stack.node.root as App, 'Other');
  new FunctionService(other, 'Worker', { handler: HANDLER, network: Network.of(stack) }).use(cache, Access.READ);
  expect(onlyOne(other, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({ FromPort: 6379, ToPort: 6380 });
  expect(other.dependencies).toEqual([stack]);
  expect(stack.dependencies).toEqual([]);
});

test('two of them live in one stack and share its network, without physical names', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new Cache(stack, 'A');
  new Cache(stack, 'B', { capacity: NODES });
  expect([...namesOf(stack, SERVERLESS), ...namesOf(stack, GROUP)]).toEqual(['ACache', 'BCache']);
  expect(namesOf(stack, 'AWS::EC2::VPC')).toHaveLength(1);
  const names = Object.values(resourcesOf(stack)).flatMap(({ Properties }) => Object.entries(Properties)
    .filter(([property, value]) => /(UserId|UserGroupId|CacheName|UserName)$/.test(property) && typeof value === 'string'));
  expect(names).toEqual([]);
});

describe('metrics', () => {
  test('of a serverless cache have its one name', () => {
    const { stack, cache } = made();
    expect(cache.metricThrottled({ period: Duration.minutes(1) })).toMatchObject({ metricName: 'ThrottledCmds', statistic: 'Sum' });
    expect(cache.metricMemory()).toMatchObject({ metricName: 'BytesUsedForCache', statistic: 'Maximum' });
    expect(cache.metricHitRate()).toMatchObject({ metricName: 'CacheHitRate', statistic: 'Average' });
    expect(cache.metricConnections({ statistic: 'Average' })).toMatchObject({ metricName: 'CurrConnections', statistic: 'Average' });
    expect(stack.resolve(cache.metricEvictions().toMetricConfig().metricStat?.dimensions)).toEqual([
      { name: 'clusterId', value: { Ref: expect.stringContaining('SessionsCache') } },
    ]);
    expect(codesOf(() => cache.metricCpu())).toEqual(['Cache.NoSuchMetric']);
    expect(codesOf(() => cache.metricReplicationLag())).toEqual(['Cache.NoSuchMetric']);
  });

  test('of nodes are those of all nodes together', () => {
    const { cache } = made({ capacity: CacheCapacity.nodes({ replicas: 1 }) });
    const expression = (metric: ReturnType<Cache['metricCpu']>) => metric.toMetricConfig().mathExpression?.expression;
    const metrics = [cache.metricCpu(), cache.metricEvictions(), cache.metricHitRate(), cache.metricReplicationLag()];
    expect(metrics.map(expression)).toEqual([
      'MAX(METRICS())', 'SUM(METRICS())', 'AVG(METRICS())', 'MAX(METRICS())',
    ]);
    expect(codesOf(() => cache.metricThrottled())).toEqual(['Cache.NoSuchMetric']);
    expect(codesOf(() => made({ capacity: NODES }).cache.metricReplicationLag())).toEqual(['Cache.NoSuchMetric']);
  });
});
