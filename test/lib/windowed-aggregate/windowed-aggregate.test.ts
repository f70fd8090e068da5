import { Duration, Lazy } from 'aws-cdk-lib';
import { Table, TableClass } from 'aws-cdk-lib/aws-dynamodb';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Access, Profile, StartAt } from '../../../lib/core';
import { wiresBelow } from '../../../lib/core/wires';
import { type ConsumerGroupOptions, EventStream, StreamEngine } from '../../../lib/event-stream';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { WindowedAggregate, type WindowedAggregateProps } from '../../../lib/windowed-aggregate';
import { FEED_RULES, WINDOWED_AGGREGATE_RULES } from '../../../lib/windowed-aggregate/windowed-aggregate-rules';
import { windowedSettings } from '../../../runtime/windowed-aggregate';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const window = Duration.minutes(1);
const variablesOf = ({ Environment }: Record<string, unknown>) =>
  (Environment as { readonly Variables: Record<string, unknown> }).Variables;

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table that forgets, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const aggregate = new WindowedAggregate(stack, 'Minutes', { window });
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      MinutesTable: pinnedTable({ partitionKey: 'series', sortKey: ['window', 'S'], expiresBy: 'expiresAt' }),
    });
    expect(aggregate.node.defaultChild).toBe(aggregate.table);
    expect(aggregate.store).toBeInstanceOf(KeyValueStore);
  });

  test('under PRODUCTION adds recovery, protection and an alarm', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new WindowedAggregate(stack, 'Minutes', { window });
    const { MinutesTable, MinutesThrottlesAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual({});
    expect(MinutesTable).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    });
    expect(MinutesThrottlesAlarm).toMatchObject({ Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 1 } });
  });
});

test('every prop shapes the table or the settings', () => {
  const stack = stackWith();
  const aggregate = new WindowedAggregate(stack, 'Hours', {
    window: Duration.hours(1), allowedLateness: Duration.minutes(5), retention: Duration.days(400), generation: 'v2', disposable: true,
    tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
  });
  new FunctionService(stack, 'Service', { handler: HANDLER }).use(aggregate, Access.READ);
  expect(resourcesOf(stack).HoursTable).toMatchObject({
    DeletionPolicy: 'Delete', Properties: { Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS' }] },
  });
  expect(variablesOf(onlyOne(stack, 'AWS::Lambda::Function'))).toMatchObject({ HOURS_WINDOWS: '3600000,300000,34560000,v2' });
});

describe('wiring', () => {
  const READ = ['BatchGetItem', 'ConditionCheckItem', 'DescribeTable', 'GetItem', 'Query', 'Scan'];
  const WRITE = ['BatchWriteItem', 'DeleteItem', 'DescribeTable', 'PutItem', 'UpdateItem'];
  const actionsOnTable = (stack: ReturnType<typeof stackWith>) => statementsOf(stack)
    .flatMap(({ Action, Resource }) => JSON.stringify(Resource).includes('MinutesTable') ? Action : [])
    .map((action) => String(action).replace('dynamodb:', ''));

  test.each([[Access.READ, READ], [Access.WRITE, [...READ, ...WRITE]], [Access.READ_WRITE, [...READ, ...WRITE]]])(
    'with %s gives the settings, and what that takes', (access, actions) => {
      const stack = stackWith();
      new FunctionService(stack, 'Service', { handler: HANDLER }).use(new WindowedAggregate(stack, 'Minutes', { window }), access);
      const variables = variablesOf(onlyOne(stack, 'AWS::Lambda::Function'));
      expect(variables).toMatchObject({ MINUTES_TABLE_NAME: { Ref: 'MinutesTable' }, MINUTES_WINDOWS: '60000,30000,2592000,1' });
      expect(windowedSettings('MINUTES', variables as Record<string, string>)).toEqual({
        windowMilliseconds: 60_000, latenessMilliseconds: 30_000, retentionSeconds: 2_592_000, generation: '1',
      });
      expect(new Set(actionsOnTable(stack))).toEqual(new Set(actions));
    });

  test('under another name', () => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Service', { handler: HANDLER });
    service.use(new WindowedAggregate(stack, 'A', { window }), Access.READ, { name: 'minutes' });
    expect(Object.keys(variablesOf(onlyOne(stack, 'AWS::Lambda::Function')))).toEqual(expect.arrayContaining(['MINUTES_TABLE_NAME', 'MINUTES_WINDOWS']));
  });

  test('to a stream makes a group of its own, whose worker reads and writes', () => {
    const stack = stackWith();
    const stream = new EventStream(stack, 'Clicks', { partitionKey: 'post' });
    const worker = new FunctionService(stack, 'Count', { handler: HANDLER });
    const minutes = new WindowedAggregate(stack, 'Minutes', { window });
    const group = minutes.fedBy(stream, worker, { idempotent: true, group: 'dashboard', batchSize: 500, startAt: StartAt.LATEST });
    expect(group.group).toBe('dashboard');
    expect(onlyOne(stack, 'AWS::Lambda::EventSourceMapping')).toMatchObject({
      BatchSize: 500, StartingPosition: 'LATEST', BisectBatchOnFunctionError: true, FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(onlyOne(stack, 'AWS::Lambda::EventSourceMapping').ParallelizationFactor).toBeUndefined();
    expect(new Set(actionsOnTable(stack))).toEqual(new Set([...READ, ...WRITE]));
    expect(wiresBelow(stack).some(({ from, to }) => from === worker && to === minutes)).toBe(true);
  });

  test('two of them in one stack, fed by one stream through one worker each', () => {
    const stack = stackWith();
    const stream = new EventStream(stack, 'Clicks', { partitionKey: 'post' });
    ['Minutes', 'Hours'].forEach((id) => new WindowedAggregate(stack, id, { window })
      .fedBy(stream, new FunctionService(stack, `Count${id}`, { handler: HANDLER }), { idempotent: true }));
    expect(namesOf(stack, TABLE)).toEqual(['MinutesTable', 'HoursTable']);
    expect(namesOf(stack, 'AWS::Lambda::EventSourceMapping')).toHaveLength(2);
  });

  describe('refuses', () => {
    const feed = (options: object, more: object = {}) => refusedBy(() => {
      const stack = stackWith();
      const stream = new EventStream(stack, 'Clicks', { partitionKey: 'post', ...more });
      const worker = new FunctionService(stack, 'Count', { handler: HANDLER });
      new WindowedAggregate(stack, 'Minutes', { window }).fedBy(stream, worker, options as ConsumerGroupOptions);
    });

    test.each([
      ['WindowedAggregate.OutOfOrder', { parallelization: 2 }, 'parallelization is 2'],
      ['WindowedAggregate.TumblingWindow', { tumblingWindow: window }, 'tumblingWindow'],
    ])('%s', (code, options, given) => {
      expect(feed({ idempotent: true, ...options })).toEqual([{ code, given, allowed: expect.any(String) as string }]);
    });

    test('in every way that it has', () => {
      expect(FEED_RULES.map(({ code }) => code)).toEqual(['WindowedAggregate.OutOfOrder', 'WindowedAggregate.TumblingWindow']);
    });

    test('Kafka, whose batches have several partitions', () => {
      expect(feed({ idempotent: true }, { engine: StreamEngine.KAFKA })).toEqual([{
        code: 'WindowedAggregate.KinesisOnly', given: 'the stream Stack/Clicks of Kafka', allowed: 'one of Kinesis, whose batches have the records of one shard',
      }]);
    });

    test('what is no stream', () => {
      const stack = stackWith();
      const worker = new FunctionService(stack, 'Count', { handler: HANDLER });
      const feedBy = (stream: unknown) => refusedBy(() =>
        new WindowedAggregate(stackWith(), 'Minutes', { window }).fedBy(stream as EventStream, worker, { idempotent: true }));
      expect(feedBy('clicks')).toEqual([{ code: 'WindowedAggregate.NoStream', given: "stream is 'clicks'", allowed: 'an EventStream' }]);
    });

    test('what the stream refuses', () => {
      expect(feed({}).map(({ code }) => code)).toEqual(['EventStream.NotIdempotent']);
      expect(feed(null as never).length).toBeGreaterThan(0);
    });
  });
});

test('adoption of a table', () => {
  const stack = stackWith();
  const table = Table.fromTableName(stack, 'Imported', 'windows');
  const aggregate = new WindowedAggregate(stack, 'Minutes', { window, table, generation: 'v2' });
  new FunctionService(stack, 'Service', { handler: HANDLER }).use(aggregate, Access.WRITE);
  expect(aggregate.table).toBe(table);
  expect(namesOf(stack, TABLE)).toEqual([]);
  expect(variablesOf(onlyOne(stack, 'AWS::Lambda::Function'))).toMatchObject({ MINUTES_TABLE_NAME: 'windows' });
});

describe('it refuses', () => {
  const table = Table.fromTableName(stackWith(), 'Imported', 'windows');
  const late = Duration.seconds(Lazy.number({ produce: () => 5 }));
  const BROKEN: readonly [string, Partial<WindowedAggregateProps>, string][] = [
    ['WindowedAggregate.WrongType', { window: 60 as unknown as Duration }, 'window is 60'],
    ['WindowedAggregate.AdoptOrShape', { table, disposable: true }, 'table together with disposable'],
    ['WindowedAggregate.Window', { window: undefined }, 'no window'],
    ['WindowedAggregate.Window', { window: Duration.millis(500) }, 'window is 0.5 s'],
    ['WindowedAggregate.Window', { window: Duration.hours(25) }, 'window is 90000 s'],
    ['WindowedAggregate.Window', { window: late }, 'window is known only at deployment'],
    ['WindowedAggregate.AllowedLateness', { allowedLateness: Duration.days(2) }, 'allowedLateness is 172800 s'],
    ['WindowedAggregate.AllowedLateness', { allowedLateness: late }, 'allowedLateness is known only at deployment'],
    ['WindowedAggregate.Retention', { retention: Duration.hours(1) }, 'retention is 3600 s'],
    ['WindowedAggregate.Generation', { generation: 'a/b' }, "generation is 'a/b'"],
  ];

  test.each(BROKEN)('%s', (code, props, given) => {
    const findings = refusedBy(() => new WindowedAggregate(stackWith(), 'Minutes', { window, ...props }));
    expect(findings).toEqual([{ code, given, allowed: expect.any(String) as string }]);
  });

  test('in every way that it has', () => {
    expect(new Set(BROKEN.map(([code]) => code))).toEqual(new Set(WINDOWED_AGGREGATE_RULES.map(({ code }) => code)));
  });

  test('everything at once', () => {
    const wrong = { window: Duration.days(2), retention: Duration.days(4000), table, disposable: false };
    expect(codesOf(() => new WindowedAggregate(stackWith(), 'Minutes', wrong))).toEqual([
      'WindowedAggregate.AdoptOrShape', 'WindowedAggregate.Window', 'WindowedAggregate.Retention',
    ]);
  });
});
