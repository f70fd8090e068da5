import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AccountPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Access, Profile, TrafficEstimate } from '../../../lib/core';
import { StartAt } from '../../../lib/core/stream-worker';
import { FunctionService } from '../../../lib/function-service';
import { type ChangeConsumerOptions, KeyValueStore, type KeyValueStoreProps, ReplicaConsistency } from '../../../lib/key-value-store';
import { CHANGE_CONSUMER_RULES } from '../../../lib/key-value-store/key-value-store-rules';
import { ceilingsFor } from '../../../lib/key-value-store/sizing';
import { codesOf, HANDLER, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf } from '../../support/stacks';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const service = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });
const store = (props: KeyValueStoreProps = {}, stack = stackWith()) => ({ stack, store: new KeyValueStore(stack, 'Orders', { partitionKey: 'id', ...props }) });

describe('access patterns', () => {
  test('become indexes that answer all, some or none of the other attributes', () => {
    const { stack } = store({
      accessPatterns: [
        { name: 'byCustomer', partitionKey: 'customer', sortKey: 'placedAt', sortKeyType: AttributeType.NUMBER },
        { name: 'byState', partitionKey: 'state', attributes: ['total'] },
        { name: 'byCarrier', partitionKey: 'carrier', partitionKeyType: AttributeType.BINARY, attributes: [] },
      ],
    });
    expect(onlyOne(stack, TABLE)).toMatchObject({
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byCustomer', Projection: { ProjectionType: 'ALL' },
          KeySchema: [{ AttributeName: 'customer', KeyType: 'HASH' }, { AttributeName: 'placedAt', KeyType: 'RANGE' }],
        },
        { IndexName: 'byState', Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['total'] } },
        { IndexName: 'byCarrier', Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
      AttributeDefinitions: expect.arrayContaining([
        { AttributeName: 'placedAt', AttributeType: 'N' }, { AttributeName: 'carrier', AttributeType: 'B' },
      ]),
    });
  });

  test.each([
    [[{ name: 'byEmail', partitionKey: 'email' }, { name: 'byEmail', partitionKey: 'mail' }], 'KeyValueStore.AccessPatternName', 'accessPatterns has "byEmail" twice'],
    [[{ name: 'a', partitionKey: 'email' }], 'KeyValueStore.AccessPatternName', "access patterns named 'a'"],
    [[{ name: 'byEmail', partitionKey: '' }], 'KeyValueStore.AccessPatternKeys', "partitionKey of 'byEmail' is ''"],
    [[{ name: 'one', partitionKey: 'at' }, { name: 'two', partitionKey: 'x', sortKey: 'at', sortKeyType: AttributeType.NUMBER }],
      'KeyValueStore.KeyTypesDiffer', "'at' is of type S and of type N"],
  ])('that cannot be are refused: %j', (accessPatterns, code, given) => {
    expect(refusedBy(() => store({ accessPatterns }))).toEqual([{ code, given, allowed: expect.any(String) }]);
  });
});

describe('capacity', () => {
  const traffic = new TrafficEstimate({ requestsPerSecond: 100, peakFactor: 4, readRatio: 0.75, itemSize: Size.kibibytes(5) });

  test('gets ceilings from the traffic, and the store keeps the arithmetic', () => {
    const { stack, store: orders } = store({ traffic }, stackWith(Profile.SANDBOX, {}, SOMEWHERE));
    // 300 reads/s x 2 units of 4 KiB / 2 x 2; 100 writes/s x 5 units of 1 KiB x 2.
    expect(onlyOne(stack, TABLE)).toMatchObject({
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 1000 },
      Replicas: [{ ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 600 } }],
    });
    expect(orders.sizing).toEqual([
      { name: 'maxReads', value: 600, unit: 'read request units/s', arithmetic: '300 reads/s x 1 units = 300; x 2 for what the estimate misses -> 600' },
      { name: 'maxWrites', value: 1000, unit: 'write request units/s', arithmetic: '100 writes/s x 5 units = 500; x 2 for what the estimate misses -> 1000' },
    ]);
  });

  test.each([
    // bytes, reads, writes of one read and one write per second
    [1, 1, 2], [1024, 1, 2], [1025, 1, 4], [4096, 1, 8], [4097, 2, 10],
  ])('items of %d bytes need ceilings of %d and %d', (bytes, reads, writes) => {
    const each = new TrafficEstimate({ requestsPerSecond: 2, peakFactor: 1, itemSize: Size.bytes(bytes) });
    expect([ceilingsFor(each).reads.value, ceilingsFor(each).writes.value]).toEqual([reads, writes]);
  });

  test('has no ceilings without an estimate', () => {
    const { stack, store: orders } = store();
    expect(JSON.stringify(onlyOne(stack, TABLE))).not.toContain('RequestUnits');
    expect(orders.sizing).toEqual([]);
  });
});

describe('regions', () => {
  const inIreland = () => stackWith(Profile.PRODUCTION, {}, SOMEWHERE);
  const regionsOf = (stack: Stack) =>
    onlyOne(stack, TABLE).Replicas as { Region: unknown; DeletionProtectionEnabled: boolean }[];

  test('hold the same items, each protected', () => {
    const { stack } = store({ replicas: ['eu-central-1', 'us-east-1'], timeToLive: 'at' }, inIreland());
    expect(regionsOf(stack).map(({ Region }) => Region)).toEqual(expect.arrayContaining(['eu-west-1', 'eu-central-1', 'us-east-1']));
    expect(regionsOf(stack).every(({ DeletionProtectionEnabled }) => DeletionProtectionEnabled)).toBe(true);
    expect(onlyOne(stack, TABLE).MultiRegionConsistency).toBeUndefined();
  });

  test('agree at once where it is asked for, three of them or two and a witness', () => {
    const three = store({ replicas: ['eu-central-1', 'eu-west-2'], consistency: ReplicaConsistency.STRONG }, inIreland()).stack;
    expect(onlyOne(three, TABLE)).toMatchObject({ MultiRegionConsistency: 'STRONG' });
    const witness = { witnessRegion: 'eu-west-2', consistency: ReplicaConsistency.STRONG };
    const witnessed = store({ replicas: ['eu-central-1'], ...witness }, inIreland()).stack;
    expect(onlyOne(witnessed, TABLE)).toMatchObject({ GlobalTableWitnesses: [{ Region: 'eu-west-2' }] });
  });

  test.each([
    [() => inIreland(), ['eu-west-1'], 'a replica in eu-west-1'],
    [() => stackWith(), ['eu-west-1'], 'replicas of a stack without a region'],
  ])('must differ from that of the stack, which must be known', (stackOf, replicas, given) => {
    expect(refusedBy(() => store({ replicas }, stackOf()))).toEqual([{ code: 'KeyValueStore.ReplicaRegion', given, allowed: expect.any(String) }]);
  });

  test.each([
    [['eu-central-1'], ReplicaConsistency.STRONG, undefined, 'a strongly consistent store in 2 regions'],
    [['eu-central-1', 'eu-west-2', 'eu-west-3'], ReplicaConsistency.STRONG, undefined, 'a strongly consistent store in 4 regions'],
    [['eu-central-1'], undefined, 'eu-west-2', 'witnessRegion of an eventually consistent store'],
  ])('%j with consistency %s and witness %s are refused', (replicas, consistency, witnessRegion, given) => {
    expect(refusedBy(() => store({ replicas, consistency, witnessRegion }, inIreland())))
      .toEqual([{ code: 'KeyValueStore.StrongRegions', given, allowed: expect.any(String) }]);
  });
});

test('recovery goes back as far as is said, hot keys are found, and others may be let in', () => {
  const resourcePolicy = new PolicyDocument({
    statements: [new PolicyStatement({ actions: ['dynamodb:GetItem'], principals: [new AccountPrincipal('444455556666')], resources: ['*'] })],
  });
  const { stack } = store({ recoveryPeriod: Duration.days(7), findHotKeys: true, resourcePolicy }, stackWith(Profile.PRODUCTION));
  expect(onlyOne(stack, TABLE).Replicas).toMatchObject([{
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
    ContributorInsightsSpecification: { Enabled: true },
    ResourcePolicy: { PolicyDocument: { Statement: [{ Action: 'dynamodb:GetItem' }] } },
  }]);
});

describe('a consumer of changes', () => {
  const STREAM = { 'Fn::GetAtt': ['OrdersTable', 'StreamArn'] };

  test('switches the stream on, may read it and nothing else, and has what fails set aside', () => {
    const { stack, store: orders } = store();
    const consumer = orders.consumedBy(service(stack), { idempotent: true });
    expect(onlyOne(stack, TABLE)).toMatchObject({ StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } });
    expect(onlyOne(stack, MAPPING)).toEqual({
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['OrdersChangesWorkerDeadLetterQueue', 'Arn'] } } },
      EventSourceArn: STREAM,
      FunctionName: { Ref: 'WorkerFunction' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 4,
      StartingPosition: 'LATEST',
    });
    expect(statementsOf(stack).slice(2)).toEqual([
      {
        Effect: 'Allow',
        Action: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
        Resource: STREAM,
      },
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': ['OrdersChangesWorkerDeadLetterQueue', 'Arn'] } },
    ]);
    expect(consumer.metricDeadLetters()).toMatchObject({ metricName: 'ApproximateNumberOfMessagesVisible' });
  });

  test('reads before Lambda may look at its permissions', () => {
    const { stack, store: orders } = store();
    orders.consumedBy(service(stack), { idempotent: true });
    const mapping = Object.values(resourcesOf(stack)).find(({ Type }) => Type === MAPPING) as unknown as { DependsOn: string[] };
    expect(mapping.DependsOn).toEqual(['WorkerRoleDefaultPolicy']);
  });

  test('leaves a stream as it was told to be', () => {
    const { stack, store: orders } = store({ stream: StreamViewType.KEYS_ONLY });
    orders.consumedBy(service(stack), { idempotent: true });
    expect(onlyOne(stack, TABLE)).toMatchObject({ StreamSpecification: { StreamViewType: 'KEYS_ONLY' } });
  });

  test('is shaped by its options', () => {
    const { stack, store: orders } = store({}, stackWith(Profile.PRODUCTION));
    const deadLetterQueue = Queue.fromQueueArn(stack, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead');
    const consumer = orders.consumedBy(service(stack), {
      idempotent: true, name: 'index', batchSize: 5, batchWindow: Duration.seconds(2), parallelization: 3, maxAttempts: 2,
      filters: [{ eventName: ['INSERT'] }], startAt: StartAt.TRIM_HORIZON, deadLetterQueue, maxLag: Duration.minutes(1),
    });
    expect(onlyOne(stack, MAPPING)).toMatchObject({
      BatchSize: 5, MaximumBatchingWindowInSeconds: 2, ParallelizationFactor: 3, MaximumRetryAttempts: 1,
      StartingPosition: 'TRIM_HORIZON',
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:111122223333:dead' } },
    });
    expect(consumer.deadLetterQueue).toBe(deadLetterQueue);
    expect(resourcesOf(stack).OrdersChangesindexAgeAlarm!.Properties).toMatchObject({ MetricName: 'IteratorAge', Threshold: 60_000 });
    expect(resourcesOf(stack).OrdersChangesindexDeadLettersAlarm).toBeUndefined();
  });

  test('is watched under PRODUCTION', () => {
    const { stack, store: orders } = store({}, stackWith(Profile.PRODUCTION));
    orders.consumedBy(service(stack), { idempotent: true });
    const alarms = Object.entries(resourcesOf(stack)).flatMap(([name, { Type }]) => Type === 'AWS::CloudWatch::Alarm' ? [name] : []);
    expect(alarms).toEqual(expect.arrayContaining(['OrdersChangesWorkerAgeAlarm', 'OrdersChangesWorkerDeadLettersAlarm']));
  });

  test('is one of two at most: a third is warned of', () => {
    const { stack, store: orders } = store();
    ['A', 'B'].forEach((id) => orders.consumedBy(service(stack, id), { idempotent: true }));
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    const again = store();
    ['A', 'B', 'C'].forEach((id) => again.store.consumedBy(service(again.stack, id), { idempotent: true }));
    Annotations.fromStack(again.stack).hasWarning('/Stack/Orders', Match.stringLikeRegexp('3 consumers read one stream'));
  });

  test('of an adopted table reads its stream, where it shows one', () => {
    const stack = stackWith();
    const tableArn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/orders';
    const tableStreamArn = `${tableArn}/stream/2026-11-22`;
    new KeyValueStore(stack, 'Orders', { table: Table.fromTableAttributes(stack, 'With', { tableArn, tableStreamArn }) })
      .consumedBy(service(stack), { idempotent: true });
    expect(onlyOne(stack, MAPPING)).toMatchObject({ EventSourceArn: tableStreamArn });
    const without = new KeyValueStore(stack, 'Others', { table: Table.fromTableArn(stack, 'Without', tableArn) });
    expect(codesOf(() => without.consumedBy(service(stack, 'Other'), { idempotent: true }))).toEqual(['KeyValueStore.NoStream']);
  });

  test('has a name of its own', () => {
    const { stack, store: orders } = store();
    const worker = service(stack);
    orders.consumedBy(worker, { idempotent: true });
    expect(codesOf(() => orders.consumedBy(worker, { idempotent: true }))).toEqual(['KeyValueStore.ConsumerTaken']);
    expect(() => orders.consumedBy(worker, { idempotent: true, name: 'again' })).not.toThrow();
    worker.use(orders, Access.READ);
  });

  const BROKEN: Record<string, ChangeConsumerOptions> = {
    'KeyValueStore.ConsumerWrongType': { idempotent: true, batchSize: '5' as unknown as number },
    'KeyValueStore.NotIdempotent': { idempotent: false },
    'KeyValueStore.ConsumerName': { idempotent: true, name: '1' },
    'KeyValueStore.BatchSize': { idempotent: true, batchSize: 0 },
    'KeyValueStore.BatchWindow': { idempotent: true, batchWindow: Duration.minutes(6) },
    'KeyValueStore.Parallelization': { idempotent: true, parallelization: 11 },
    'KeyValueStore.MaxAttempts': { idempotent: true, maxAttempts: 0 },
    'KeyValueStore.Filters': { idempotent: true, filters: [] },
    'KeyValueStore.StartTime': { idempotent: true, startAt: StartAt.time(new Date(0)) },
    'KeyValueStore.MaxLag': { idempotent: true, maxLag: Duration.days(2) },
  };

  test.each(CHANGE_CONSUMER_RULES.map(({ code }) => [code]))('is refused: %s', (code) => {
    const { stack, store: orders } = store();
    expect(codesOf(() => orders.consumedBy(service(stack), BROKEN[code]!))).toEqual([code]);
  });
});
