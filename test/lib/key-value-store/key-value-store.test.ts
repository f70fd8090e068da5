import { Aws, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, Table, TableClass, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Access, Alarms, Profile, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore, type KeyValueStoreProps, ReplicaConsistency } from '../../../lib/key-value-store';
import { KEY_VALUE_STORE_RULES } from '../../../lib/key-value-store/key-value-store-rules';
import {
  codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf,
} from '../../support/stacks';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const ALARM = 'AWS::CloudWatch::Alarm';
const byEmail = { name: 'byEmail', partitionKey: 'email' };

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    new KeyValueStore(stack, 'Links', { partitionKey: 'slug' });
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      LinksTable: {
        Type: TABLE,
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'slug', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'slug', KeyType: 'HASH' }],
          Replicas: [{ DeletionProtectionEnabled: false, Region: { Ref: 'AWS::Region' } }],
        },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      },
    });
  });

  test('under PRODUCTION adds recovery, protection and an alarm', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new KeyValueStore(stack, 'Links', { partitionKey: 'slug' });
    const { LinksTable, LinksThrottlesAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual({});
    expect(LinksTable).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    });
    expect(LinksThrottlesAlarm?.Properties).toMatchObject({
      Threshold: 1,
      EvaluationPeriods: 2,
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Expression: 'reads + writes' },
        { MetricStat: { Metric: { MetricName: 'ReadThrottleEvents' }, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'WriteThrottleEvents' }, Stat: 'Sum' } },
      ],
    });
    expect(LinksThrottlesAlarm?.Properties.AlarmActions).toBeUndefined();
  });
});

test('every prop shapes the table', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const key = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k');
  const store = new KeyValueStore(stack, 'Orders', {
    partitionKey: 'customer',
    partitionKeyType: AttributeType.NUMBER,
    sortKey: 'placedAt',
    sortKeyType: AttributeType.NUMBER,
    timeToLive: 'expiresAt',
    accessPatterns: [byEmail],
    billing: Billing.onDemand({ maxReadRequestUnits: 50 }),
    encryption: TableEncryptionV2.customerManagedKey(key),
    stream: StreamViewType.NEW_IMAGE,
    tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS, deletionProtection: true },
  });
  expect(onlyOne(stack, TABLE)).toMatchObject({
    KeySchema: [{ AttributeName: 'customer', KeyType: 'HASH' }, { AttributeName: 'placedAt', KeyType: 'RANGE' }],
    AttributeDefinitions: [
      { AttributeName: 'customer', AttributeType: 'N' },
      { AttributeName: 'placedAt', AttributeType: 'N' },
      { AttributeName: 'email', AttributeType: 'S' },
    ],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    GlobalSecondaryIndexes: [{ IndexName: 'byEmail' }],
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    Replicas: [{
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
      DeletionProtectionEnabled: true,
      ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 50 },
    }],
  });
  expect(store.node.defaultChild).toBe(store.table);
});

test.each([
  [Profile.SANDBOX, undefined, 'Retain'],
  [Profile.SANDBOX, true, 'Delete'],
  [Profile.PRODUCTION, undefined, 'Retain'],
  [Profile.PRODUCTION, true, 'Retain'],
])('data goes with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
  const stack = stackWith(profile);
  new KeyValueStore(stack, 'Links', { partitionKey: 'slug', disposable });
  expect(resourcesOf(stack).LinksTable).toMatchObject({ DeletionPolicy: policy, UpdateReplacePolicy: policy });
});

describe('it refuses', () => {
  const stack = stackWith();
  const table = Table.fromTableName(stack, 'Imported', 'orders');
  const BROKEN: Record<string, KeyValueStoreProps> = {
    'KeyValueStore.WrongType': { partitionKey: 7 as unknown as string },
    'KeyValueStore.AdoptOrShape': { table, timeToLive: 'expiresAt' },
    'KeyValueStore.NoPartitionKey': {},
    'KeyValueStore.PartitionKeyName': { partitionKey: '' },
    'KeyValueStore.SortKeyName': { partitionKey: 'slug', sortKey: 'ü'.repeat(128) },
    'KeyValueStore.TimeToLiveName': { partitionKey: 'slug', timeToLive: 'x'.repeat(256) },
    'KeyValueStore.KeysDiffer': { partitionKey: 'slug', sortKey: 'slug' },
    'KeyValueStore.TimeToLiveIsKey': { partitionKey: 'slug', sortKey: 'placedAt', timeToLive: 'placedAt' },
    'KeyValueStore.AccessPatternName': { partitionKey: 'slug', accessPatterns: [{ name: 'by', partitionKey: 'email' }] },
    'KeyValueStore.AccessPatternKeys': { partitionKey: 'slug', accessPatterns: [{ name: 'byEmail', partitionKey: 'email', sortKey: 'email' }] },
    'KeyValueStore.AccessPatterns': {
      partitionKey: 'slug', accessPatterns: Array.from({ length: 21 }, (_, index) => ({ name: `by${index + 10}`, partitionKey: 'email' })),
    },
    'KeyValueStore.KeyTypesDiffer': {
      partitionKey: 'slug', accessPatterns: [{ name: 'bySlug', partitionKey: 'slug', partitionKeyType: AttributeType.NUMBER }],
    },
    'KeyValueStore.TrafficOrBilling': { partitionKey: 'slug', billing: Billing.onDemand(), traffic: new TrafficEstimate({ requestsPerSecond: 1 }) },
    'KeyValueStore.Replicas': { partitionKey: 'slug', replicas: ['europe'] },
    'KeyValueStore.Consistency': { partitionKey: 'slug', replicas: ['eu-west-2'], consistency: 'maybe' as ReplicaConsistency },
    'KeyValueStore.ConsistencyAlone': { partitionKey: 'slug', consistency: ReplicaConsistency.EVENTUAL },
    'KeyValueStore.StrongRegions': { partitionKey: 'slug', replicas: ['eu-west-2'], consistency: ReplicaConsistency.STRONG },
    'KeyValueStore.StrongWithoutExpiry': {
      partitionKey: 'slug', timeToLive: 'at', replicas: ['eu-west-2', 'eu-west-3'], consistency: ReplicaConsistency.STRONG,
    },
    'KeyValueStore.RecoveryPeriod': { partitionKey: 'slug', recoveryPeriod: Duration.days(36) },
    'KeyValueStore.SortKeyTypeAlone': { partitionKey: 'slug', sortKeyType: AttributeType.NUMBER },
  };

  test.each(KEY_VALUE_STORE_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new KeyValueStore(new Stack(), 'Links', BROKEN[code]!))).toEqual([code]);
  });

  test('everything at once, naming the construct and what was given', () => {
    const props = { sortKey: '', sortKeyType: undefined, timeToLive: '' };
    const build = () => new KeyValueStore(stackWith(), 'Links', props);
    expect(refusedBy(build)).toEqual([
      { code: 'KeyValueStore.NoPartitionKey', given: 'neither partitionKey nor table', allowed: expect.stringContaining('partitionKey') },
      { code: 'KeyValueStore.SortKeyName', given: "sortKey is ''", allowed: 'text of 1 to 255 bytes' },
      { code: 'KeyValueStore.TimeToLiveName', given: "timeToLive is ''", allowed: 'text of 1 to 255 bytes' },
      { code: 'KeyValueStore.TimeToLiveIsKey', given: "timeToLive is the key ''", allowed: expect.any(String) },
    ]);
    expect(build).toThrow(/^Stack\/Links was given what it cannot be:\n {2}KeyValueStore\.NoPartitionKey: neither/);
  });

  test('nothing that is known only at deployment', () => {
    const deployed = stackWith();
    const name = new CfnParameter(deployed, 'Name').valueAsString;
    new KeyValueStore(deployed, 'Links', { partitionKey: name, timeToLive: 'expiresAt' });
    expect(onlyOne(deployed, TABLE)).toMatchObject({ KeySchema: [{ AttributeName: { Ref: 'Name' } }] });
  });
});

describe('compute that uses it', () => {
  const READ = [
    'dynamodb:BatchGetItem', 'dynamodb:ConditionCheckItem', 'dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan',
  ];
  const WRITE = [
    'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:DescribeTable', 'dynamodb:PutItem', 'dynamodb:UpdateItem',
  ];

  const used = (access: Access, props: Partial<KeyValueStoreProps> = {}, stack = stackWith()) => {
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    worker.use(new KeyValueStore(stack, 'Links', { partitionKey: 'slug', ...props }), access);
    const [logs, traces, ...granted] = statementsOf(stack);
    expect([logs?.Action, traces?.Action]).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'], ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ]);
    return { stack, granted };
  };
  const Resource = { 'Fn::GetAtt': ['LinksTable', 'Arn'] };

  test.each([
    [Access.READ, [READ]],
    [Access.WRITE, [WRITE]],
    [Access.READ_WRITE, [READ, WRITE]],
  ])('gets permission to %s, on the one table', (access, actions) => {
    expect(used(access).granted).toEqual(actions.map((Action) => ({ Effect: 'Allow', Action, Resource })));
  });

  test('finds the table in its environment', () => {
    expect(onlyOne(used(Access.READ).stack, 'AWS::Lambda::Function').Environment).toEqual({
      Variables: { LINKS_TABLE_NAME: { Ref: 'LinksTable' } },
    });
  });

  test('reaches the indexes of the table', () => {
    const { granted } = used(Access.READ, { accessPatterns: [byEmail] });
    expect(granted).toEqual([{ Effect: 'Allow', Action: READ, Resource: [Resource, { 'Fn::Join': ['', [Resource, '/index/*']] }] }]);
  });

  test('may use the key of the table, without a wildcard in its actions', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const key = new Key(stack, 'Key');
    const { granted } = used(Access.READ_WRITE, { encryption: TableEncryptionV2.customerManagedKey(key) }, stack);
    expect(granted.filter(({ Action }) => JSON.stringify(Action).includes('kms:'))).toEqual([
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:DescribeKey'], Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } },
      {
        Effect: 'Allow',
        Action: [
          'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext',
          'kms:ReEncryptFrom', 'kms:ReEncryptTo',
        ],
        Resource: { 'Fn::GetAtt': ['Key', 'Arn'] },
      },
    ]);
  });

  test('can be any principal', () => {
    const stack = stackWith();
    const store = new KeyValueStore(stack, 'Links', { partitionKey: 'slug', accessPatterns: [byEmail] });
    const grant = store.grantRead(new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    expect(grant.success).toBe(true);
    expect(statementsOf(stack).map(({ Action }) => Action)).toEqual([READ]);
  });
});

describe('an existing table', () => {
  const adopt = (stack: Stack) => {
    const table = Table.fromTableAttributes(stack, 'Imported', { tableName: 'orders', globalIndexes: ['byEmail'] });
    return { table, store: new KeyValueStore(stack, 'Orders', { table }) };
  };

  test('is adopted: nothing is created', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const { store, table } = adopt(stack);
    expect(store.table).toBe(table);
    expect(templateOf(stack).Resources).toBeUndefined();
  });

  test('is wired like a new one', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    worker.use(adopt(stack).store, Access.READ, { name: 'orderBook' });
    expect(namesOf(stack, TABLE)).toEqual([]);
    expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({ Variables: { ORDER_BOOK_TABLE_NAME: 'orders' } });
    expect(JSON.stringify(statementsOf(stack))).toContain(':table/orders/index/*');
  });
});

test('two of them live in one stack, without physical names', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new KeyValueStore(stack, 'A', { partitionKey: 'id' });
  new KeyValueStore(stack, 'B', { partitionKey: 'id' });
  expect(namesOf(stack, TABLE)).toEqual(['ATable', 'BTable']);
  expect(Object.values(resourcesOf(stack)).filter(({ Properties }) => Properties.TableName ?? Properties.AlarmName)).toEqual([]);
});

test('its metrics are those of the table, and can be asked for otherwise', () => {
  const stack = stackWith();
  const store = new KeyValueStore(stack, 'Links', { partitionKey: 'slug' });
  expect(store.metricConsumedReads()).toMatchObject({ metricName: 'ConsumedReadCapacityUnits', statistic: 'Sum' });
  expect(store.metricConsumedWrites({ statistic: 'Maximum' })).toMatchObject({ metricName: 'ConsumedWriteCapacityUnits', statistic: 'Maximum' });
  expect(store.metricThrottles().toMetricConfig().mathExpression?.expression).toBe('reads + writes');
});

test('its alarm goes to the topic of the nearest scope that names one', () => {
  const stack = stackWith(Profile.PRODUCTION);
  Alarms.notify(stack.node.root, Topic.fromTopicArn(stack, 'Everybody', `arn:aws:sns:${Aws.REGION}:111122223333:everybody`));
  Alarms.notify(stack, Topic.fromTopicArn(stack, 'OnCall', 'arn:aws:sns:eu-west-1:111122223333:on-call'));
  new KeyValueStore(stack, 'Links', { partitionKey: 'slug' });
  expect(onlyOne(stack, ALARM).AlarmActions).toEqual(['arn:aws:sns:eu-west-1:111122223333:on-call']);
});

test('property injectors of the CDK reach the table', () => {
  const injector = {
    constructUniqueId: TableV2.PROPERTY_INJECTION_ID,
    inject: (props: object) => ({ ...props, tableClass: TableClass.STANDARD_INFREQUENT_ACCESS }),
  };
  const stack = stackWith(Profile.SANDBOX, { propertyInjectors: [injector] });
  new KeyValueStore(stack, 'Links', { partitionKey: 'slug' });
  expect(onlyOne(stack, TABLE)).toMatchObject({ Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS' }] });
});
