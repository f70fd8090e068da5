import { Duration, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Table, TableClass, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ContainerService } from '../../../lib/container-service';
import { Access, type IStreamWorker, Profile, TrafficEstimate } from '../../../lib/core';
import { EventStore, type EventStoreProps, Projection, type ProjectionProps } from '../../../lib/event-store';
import { EVENT_STORE_RULES } from '../../../lib/event-store/event-store-rules';
import { PROJECTION_RULES } from '../../../lib/event-store/projection-rules';
import { FunctionService } from '../../../lib/function-service';
import { ObjectStore } from '../../../lib/object-store';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const BUCKET = 'AWS::S3::Bucket';
const ALARM = 'AWS::CloudWatch::Alarm';
const FILTER = '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"type":{"S":[{"exists":true}]}}}}';
const days = (amount: number) => Duration.days(amount);
const service = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });
const arnOf = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
/** What the role of a function was granted beyond its telemetry. */
const granted = (stack: Stack) => statementsOf(stack).filter(({ Action }) => !/^(logs|xray):/.test(String([Action].flat()[0])));
const importedTable = (stack: Stack, tableStreamArn?: string) => Table.fromTableAttributes(stack, 'Imported', {
  tableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/ledger', tableStreamArn,
});
const STREAM_ARN = 'arn:aws:dynamodb:eu-west-1:111122223333:table/ledger/stream/2026-11-22';

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const store = new EventStore(stack, 'Ledger');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      LedgerEventsTable: pinnedTable({ partitionKey: 'stream', sortKey: ['version', 'N'], stream: 'NEW_IMAGE' }),
    });
    expect([store.table, store.archive, store.node.defaultChild]).toEqual([store.events.table, undefined, store.events]);
  });

  test('under PRODUCTION adds recovery, protection and an alarm', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new EventStore(stack, 'Ledger');
    expect(Object.keys(resourcesOf(stack)).sort()).toEqual(['LedgerEventsTable', 'LedgerEventsThrottlesAlarm']);
    expect(onlyOne(stack, TABLE).Replicas).toMatchObject([{
      DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }]);
  });
});

test('every prop shapes the table', () => {
  const stack = stackWith(Profile.PRODUCTION, {}, { account: '111122223333', region: 'eu-west-1' });
  const key = new Key(stack, 'Key');
  const store = new EventStore(stack, 'Ledger', {
    traffic: new TrafficEstimate({ requestsPerSecond: 100 }),
    encryption: TableEncryptionV2.customerManagedKey(key),
    recoveryPeriod: days(7),
    tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
  });
  service(stack).use(store, Access.WRITE);
  expect(onlyOne(stack, TABLE)).toMatchObject({
    WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 300 },
    SSESpecification: { SSEType: 'KMS' },
    Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS', PointInTimeRecoverySpecification: { RecoveryPeriodInDays: 7 } }],
  });
  expect(granted(stack).find(({ Action }) => [Action].flat().includes('kms:Decrypt'))).toMatchObject({
    Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
    Resource: arnOf('Key'),
  });
  expect(store.metricThrottles()).toBeDefined();
});

test('events go with a sandbox stack only where that is said', () => {
  const policyOf = (profile: Profile, props: EventStoreProps) => {
    const stack = stackWith(profile);
    new EventStore(stack, 'Ledger', props);
    return resourcesOf(stack).LedgerEventsTable!.DeletionPolicy;
  };
  expect(policyOf(Profile.SANDBOX, { disposable: true })).toBe('Delete');
  expect(policyOf(Profile.SANDBOX, {})).toBe('Retain');
  expect(policyOf(Profile.PRODUCTION, { disposable: true })).toBe('Retain');
});

describe('compute', () => {
  const APPEND = ['dynamodb:ConditionCheckItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];
  const READ = [
    'dynamodb:BatchGetItem', 'dynamodb:ConditionCheckItem', 'dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan',
  ];

  test.each([
    [Access.WRITE, [APPEND]], [Access.READ, [READ]], [Access.READ_WRITE, [READ, APPEND]],
  ])('with %s may do that and never change what has happened', (access, actions) => {
    const stack = stackWith();
    service(stack).use(new EventStore(stack, 'BankLedger'), access);
    const found = granted(stack);
    // The CDK may write both as one statement.
    expect([...new Set(found.flatMap(({ Action }) => Action))].sort()).toEqual([...new Set(actions.flat())].sort());
    expect(found.every(({ Resource }) => JSON.stringify(Resource) === JSON.stringify(arnOf('BankLedgerEventsTable')))).toBe(true);
    expect(JSON.stringify(found)).not.toMatch(/Update|Delete|BatchWrite|PartiQL/);
    expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({
      Variables: { BANK_LEDGER_TABLE_NAME: { Ref: 'BankLedgerEventsTable' } },
    });
  });

  test('finds it under the name it is told', () => {
    const stack = stackWith();
    service(stack).use(new EventStore(stack, 'Ledger'), Access.READ_WRITE, { name: 'history' });
    expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({ Variables: { HISTORY_TABLE_NAME: { Ref: 'LedgerEventsTable' } } });
  });

  test('of other kinds is granted by hand', () => {
    const stack = stackWith();
    const store = new EventStore(stack, 'Ledger');
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    store.grantRead(role);
    store.grantAppend(role);
    expect(granted(stack).flatMap(({ Action }) => Action)).toContain('dynamodb:PutItem');
  });

  test('consumes new events from the first one on, and nothing else that happens', () => {
    const stack = stackWith();
    new EventStore(stack, 'Ledger').consumedBy(service(stack), { idempotent: true });
    expect(onlyOne(stack, MAPPING)).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': ['LedgerEventsTable', 'StreamArn'] },
      FilterCriteria: { Filters: [{ Pattern: FILTER }] },
      StartingPosition: 'TRIM_HORIZON',
    });
  });
});

describe('an archive', () => {
  test('copies every event, with the permission to add copies and nothing else', () => {
    const stack = stackWith();
    const { archive } = new EventStore(stack, 'Ledger', { archive: {} });
    expect(namesOf(stack, BUCKET)).toEqual(['LedgerArchiveObjectsBucket']);
    expect(onlyOne(stack, 'AWS::Lambda::Function')).toMatchObject({
      Environment: { Variables: { ARCHIVE_PREFIX: 'events/', ARCHIVE_BUCKET_NAME: { Ref: 'LedgerArchiveObjectsBucket' } } },
    });
    expect(granted(stack).filter(({ Action }) => String(Action).startsWith('s3:'))).toEqual([{
      Effect: 'Allow', Action: 's3:PutObject', Resource: { 'Fn::Join': ['', [arnOf('LedgerArchiveObjectsBucket'), '/events/*']] },
    }]);
    // What has changed in a history must reach it too.
    expect(onlyOne(stack, MAPPING).FilterCriteria).toBeUndefined();
    expect(onlyOne(stack, MAPPING).StartingPosition).toBe('TRIM_HORIZON');
    expect([archive!.prefix, archive!.archivist.node.id, archive!.consumer.deadLetterQueue.node.id])
      .toEqual(['events/', 'Archivist', 'DeadLetterQueue']);
    expect(onlyOne(stack, BUCKET).ObjectLockEnabled).toBeUndefined();
  });

  test('can be written once and read many times', () => {
    const stack = stackWith();
    new EventStore(stack, 'Ledger', { archive: { worm: days(3650), prefix: 'ledger' } });
    expect(onlyOne(stack, BUCKET)).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3650 } } },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    expect(JSON.stringify(granted(stack))).toContain('/ledger/*');
  });

  test('can be in a store that is there already, with its key', () => {
    const stack = stackWith();
    const bucket = Bucket.fromBucketAttributes(stack, 'Given', {
      bucketName: 'given', encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k'),
    });
    const objects = new ObjectStore(stack, 'Objects', { bucket });
    const store = new EventStore(stack, 'Ledger', { archive: { store: objects, prefix: '' } });
    expect(namesOf(stack, BUCKET)).toEqual([]);
    expect(store.archive!.objects).toBe(objects);
    expect(granted(stack)).toEqual(expect.arrayContaining([
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: 'arn:aws:kms:eu-west-1:111122223333:key/k' },
      { Effect: 'Allow', Action: 's3:PutObject', Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::given/*']] } },
    ]));
  });
});

describe('an adopted table', () => {
  test('makes nothing, and is wired and consumed', () => {
    const stack = stackWith();
    const store = new EventStore(stack, 'Ledger', { table: importedTable(stack, STREAM_ARN), archive: {} });
    service(stack).use(store, Access.WRITE);
    expect(namesOf(stack, TABLE)).toEqual([]);
    expect(onlyOne(stack, MAPPING)).toMatchObject({ EventSourceArn: STREAM_ARN });
    expect(granted(stack).find(({ Action }) => [Action].flat().includes('dynamodb:PutItem'))!.Resource)
      .toEqual(['arn:aws:dynamodb:eu-west-1:111122223333:table/ledger']);
  });

  test('without a stream has no archive and no projection', () => {
    const stack = stackWith();
    expect(codesOf(() => new EventStore(stack, 'Ledger', { table: importedTable(stack), archive: {} }))).toEqual(['KeyValueStore.NoStream']);
  });
});

describe('refused', () => {
  const stack = stackWith();
  const BROKEN: Record<string, [object, string]> = {
    'EventStore.WrongType': [{ disposable: 'no', archive: { prefix: 5 } }, "archive.prefix is 5, disposable is 'no'"],
    'EventStore.AdoptOrShape': [{ table: importedTable(stack), disposable: true }, 'table together with disposable'],
    'EventStore.RecoveryPeriod': [{ recoveryPeriod: Duration.hours(30) }, 'recoveryPeriod is not a number of days known at synthesis'],
    'EventStore.ArchiveStore': [{ archive: { store: stack } }, expect.stringContaining('archive.store is')],
    'EventStore.ArchivePrefix': [{ archive: { prefix: 'x'.repeat(101) } }, expect.stringContaining('archive.prefix is')],
    'EventStore.Worm': [{ archive: { worm: days(36_501) } }, 'archive.worm in days is 36501'],
    'EventStore.WormOfGivenStore': [
      { archive: { worm: days(1), store: new ObjectStore(stack, 'Objects') } }, 'archive.worm beside archive.store',
    ],
  };

  test.each(EVENT_STORE_RULES.map(({ code }) => [code]))('%s', (code) => {
    const [props, given] = BROKEN[code]!;
    expect(refusedBy(() => new EventStore(stackWith(), 'Ledger', props))).toEqual([{ code, given, allowed: expect.any(String) }]);
  });

  test.each([
    ['recoveryPeriod', { recoveryPeriod: days(36) }, 'recoveryPeriod in days is 36'],
    ['archive.worm', { archive: { worm: Duration.hours(1) } }, 'archive.worm is not a number of days known at synthesis'],
  ])('%s', (_, props, given) => {
    expect(refusedBy(() => new EventStore(stackWith(), 'Ledger', props))[0]!.given).toBe(given);
  });
});

describe('a projection', () => {
  const projected = (props: Partial<ProjectionProps> = {}, profile = Profile.SANDBOX) => {
    const stack = stackWith(profile);
    const store = new EventStore(stack, 'Ledger');
    const worker = service(stack);
    return { stack, store, worker, projection: new Projection(stack, 'Balances', { store, worker, ...props }) };
  };

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a view, and has its worker keep it, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const store = new EventStore(stack, 'Ledger');
    new Projection(stack, 'Balances', { store, worker: service(stack) });
    expect(Object.keys(resourcesOf(stack)).sort()).toEqual([
      'BalancesViewTable', 'LedgerEventsChangesLedgerBalancesDeadLetterQueue', 'LedgerEventsChangesLedgerBalancesDeadLetterQueuePolicy',
      'LedgerEventsTable', 'WorkerFunction', 'WorkerLogs', 'WorkerReadsEventsLedgerBalances', 'WorkerRole', 'WorkerRoleDefaultPolicy',
    ]);
    expect(resourcesOf(stack).BalancesViewTable).toEqual({
      Type: TABLE,
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'sk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
        Replicas: [{ DeletionProtectionEnabled: false, Region: { Ref: 'AWS::Region' } }],
      },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
    expect(onlyOne(stack, MAPPING)).toEqual({
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: arnOf('LedgerEventsChangesLedgerBalancesDeadLetterQueue') } },
      EventSourceArn: { 'Fn::GetAtt': ['LedgerEventsTable', 'StreamArn'] },
      FilterCriteria: { Filters: [{ Pattern: FILTER }] },
      FunctionName: { Ref: 'WorkerFunction' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 9,
      StartingPosition: 'TRIM_HORIZON',
    });
    expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({
      Variables: { BALANCES_TABLE_NAME: { Ref: 'BalancesViewTable' }, LEDGER_TABLE_NAME: { Ref: 'LedgerEventsTable' } },
    });
    const onLedger = granted(stack).filter(({ Resource }) => JSON.stringify(Resource).includes('"LedgerEventsTable","Arn"'));
    expect(JSON.stringify(onLedger)).not.toMatch(/Put|Update|Delete/);
    expect(onLedger.length).toBeGreaterThan(0);
  });

  test('is watched under PRODUCTION, where the view stays', () => {
    const { stack, projection } = projected({}, Profile.PRODUCTION);
    expect(namesOf(stack, ALARM)).toEqual(expect.arrayContaining([
      'BalancesViewThrottlesAlarm', 'LedgerEventsChangesLedgerBalancesAgeAlarm', 'LedgerEventsChangesLedgerBalancesDeadLettersAlarm',
    ]));
    expect(resourcesOf(stack).LedgerEventsChangesLedgerBalancesAgeAlarm!.Properties).toMatchObject({ Threshold: 300_000 });
    expect(resourcesOf(stack).BalancesViewTable).toMatchObject({ DeletionPolicy: 'Retain' });
    expect(projection.metricLag({ period: Duration.minutes(5) })).toMatchObject({ metricName: 'IteratorAge', period: Duration.minutes(5) });
    expect(projection.metricDeadLetters()).toMatchObject({ metricName: 'ApproximateNumberOfMessagesVisible' });
  });

  test('is shaped by its props', () => {
    const { stack } = projected({
      batchSize: 5, batchWindow: Duration.seconds(2), parallelization: 3, maxAttempts: 2, maxLag: Duration.minutes(1),
      disposable: false, encryption: TableEncryptionV2.awsManagedKey(),
      tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
    }, Profile.PRODUCTION);
    expect(onlyOne(stack, MAPPING)).toMatchObject({
      BatchSize: 5, MaximumBatchingWindowInSeconds: 2, ParallelizationFactor: 3, MaximumRetryAttempts: 1,
    });
    expect(resourcesOf(stack).BalancesViewTable!.Properties).toMatchObject({
      SSESpecification: { SSEType: 'KMS' }, Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS' }],
    });
    expect(resourcesOf(stack).LedgerEventsChangesLedgerBalancesAgeAlarm!.Properties).toMatchObject({ Threshold: 60_000 });
    const kept = projected({ disposable: false }).stack;
    expect(resourcesOf(kept).BalancesViewTable!.DeletionPolicy).toBe('Retain');
  });

  test('is read by who is let in', () => {
    const { stack, projection } = projected();
    service(stack, 'Api').use(projection, Access.READ, { name: 'view' });
    projection.grantRead(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    expect(resourcesOf(stack).ApiFunction!.Properties.Environment).toEqual({ Variables: { VIEW_TABLE_NAME: { Ref: 'BalancesViewTable' } } });
    const policy = JSON.stringify(resourcesOf(stack).ApiRoleDefaultPolicy!.Properties.PolicyDocument);
    expect(policy).toContain('BatchGetItem');
    expect(policy).not.toMatch(/Put|Update|Delete/);
  });

  test('may have a table that is there already', () => {
    const stack = stackWith();
    const store = new EventStore(stack, 'Ledger');
    const projection = new Projection(stack, 'Balances', { store, worker: service(stack), table: importedTable(stack), batchSize: 5 });
    expect(namesOf(stack, TABLE)).toEqual(['LedgerEventsTable']);
    expect([projection.table, projection.view.table].every((table) => table.tableName === 'ledger')).toBe(true);
  });

  test('is one of two that a store feeds well; a third is warned of', () => {
    const { stack, store } = projected();
    new Projection(stack, 'Statements', { store, worker: service(stack, 'Second') });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    const again = projected();
    for (const id of ['Two', 'Three']) {
      new Projection(again.stack, id, { store: again.store, worker: service(again.stack, `Worker${id}`) });
    }
    Annotations.fromStack(again.stack).hasWarning('/Stack/Ledger/Events', Match.stringLikeRegexp('3 consumers read one stream'));
  });

  const container = (stack: Stack) => new ContainerService(stack, 'Container', {
    image: ContainerImage.fromEcrRepository(Repository.fromRepositoryName(stack, 'Images', 'images')), port: 80,
  });
  const BROKEN: Record<string, [(stack: Stack) => Partial<ProjectionProps>, string]> = {
    'Projection.WrongType': [() => ({ batchSize: '5' as unknown as number }), "batchSize is '5'"],
    'Projection.AdoptOrShape': [(stack) => ({ table: importedTable(stack), disposable: true }), 'table together with disposable'],
    'Projection.NoStore': [(stack) => ({ store: stack as unknown as EventStore }), expect.stringContaining('store is')],
    'Projection.NoStreamWorker': [(stack) => ({ worker: container(stack) as unknown as IStreamWorker }), expect.stringContaining('worker is')],
  };

  test.each(PROJECTION_RULES.map(({ code }) => [code]))('is refused: %s', (code) => {
    const stack = stackWith();
    const [props, given] = BROKEN[code]!;
    expect(refusedBy(() => new Projection(stack, 'Balances', { store: new EventStore(stack, 'Ledger'), worker: service(stack), ...props(stack) })))
      .toEqual([{ code, given, allowed: expect.any(String) }]);
  });

  test('without a store or a worker is refused', () => {
    expect(codesOf(() => new Projection(stackWith(), 'Balances', {} as ProjectionProps))).toEqual(['Projection.NoStore', 'Projection.NoStreamWorker']);
  });
});

test('one worker reads several stores, whatever they are called', () => {
  const stack = stackWith();
  const worker = service(stack);
  const stores = ['Ledger', 'Audit log', '1st'].map((id) => new EventStore(stack, id));
  stores.forEach((store) => store.consumedBy(worker, { idempotent: true }));
  new Projection(stack, 'My_View', { store: stores[1]!, worker });
  expect(namesOf(stack, MAPPING)).toEqual([
    'WorkerReadsEventsLedgerWorker', 'WorkerReadsEventsAuditlogWorker', 'WorkerReadsEventsOf1stWorker', 'WorkerReadsEventsAuditlogMyView',
  ]);
});

test('two of each live in one stack', () => {
  const stack = stackWith(Profile.PRODUCTION);
  for (const name of ['Ledger', 'Audit']) {
    const store = new EventStore(stack, name, { archive: {} });
    new Projection(stack, `${name}View`, { store, worker: service(stack, `${name}Worker`) });
  }
  expect(namesOf(stack, TABLE).length).toBe(4);
});
