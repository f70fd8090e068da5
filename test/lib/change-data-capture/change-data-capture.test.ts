import { Duration, type Stack } from 'aws-cdk-lib';
import { StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Construct } from 'constructs';
import { ChangeDataCapture, type ChangeDataCaptureProps } from '../../../lib/change-data-capture';
import { CHANGE_DATA_CAPTURE_RULES } from '../../../lib/change-data-capture/change-data-capture-rules';
import { type Access, type IBackingService, type ICompute, Profile, type UseOptions } from '../../../lib/core';
import { wiresBelow } from '../../../lib/core/wires';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const TABLE = 'AWS::DynamoDB::GlobalTable';

/** Something that changes can be carried into. */
class Sink extends Construct implements IBackingService {
  public readonly attached: [ICompute, Access, UseOptions | undefined][] = [];

  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    this.attached.push([compute, access, options]);
  }
}

const service = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });

function made(props: Partial<ChangeDataCaptureProps> = {}, profile = Profile.SANDBOX, context = {}) {
  const stack = stackWith(profile, { context });
  const source = props.source ?? new KeyValueStore(stack, 'Items', { partitionKey: 'id' });
  const worker = props.worker ?? service(stack);
  return { stack, source, worker, capture: new ChangeDataCapture(stack, 'Capture', { source, worker, ...props }) };
}

test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('is a reader of the stream and a queue, under %s', (_, context) => {
  const { stack } = made({}, Profile.SANDBOX, context);
  expect(templateOf(stack).Outputs).toBeUndefined();
  const resources = resourcesOf(stack);
  expect(Object.keys(resources).filter((name) => !name.startsWith('Worker') || name.startsWith('WorkerReads')).sort()).toEqual([
    'ItemsChangesWorkerDeadLetterQueue', 'ItemsChangesWorkerDeadLetterQueuePolicy', 'ItemsTable', 'WorkerReadsItems',
  ]);
  expect(onlyOne(stack, MAPPING)).toEqual({
    BatchSize: 100,
    BisectBatchOnFunctionError: true,
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['ItemsChangesWorkerDeadLetterQueue', 'Arn'] } } },
    EventSourceArn: { 'Fn::GetAtt': ['ItemsTable', 'StreamArn'] },
    FunctionName: { Ref: 'WorkerFunction' },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MaximumRetryAttempts: 9999,
    StartingPosition: 'TRIM_HORIZON',
  });
  expect(onlyOne(stack, TABLE).StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
  expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({
    Variables: { CAPTURE_DEAD_LETTERS_URL: { Ref: 'ItemsChangesWorkerDeadLetterQueue' } },
  });
  expect(statementsOf(stack)).toContainEqual({
    Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': ['ItemsChangesWorkerDeadLetterQueue', 'Arn'] },
  });
});

test('under PRODUCTION watches how far it is behind, and what was set aside', () => {
  const { stack } = made({}, Profile.PRODUCTION);
  expect(namesOf(stack, 'AWS::CloudWatch::Alarm').filter((name) => name.startsWith('ItemsChanges')))
    .toEqual(['ItemsChangesWorkerDeadLettersAlarm', 'ItemsChangesWorkerAgeAlarm']);
  expect(resourcesOf(stack).ItemsChangesWorkerAgeAlarm!.Properties).toMatchObject({ MetricName: 'IteratorAge', Threshold: 60_000 });
});

test('takes every choice', () => {
  const { stack, capture } = made({
    consumerName: 'search', batchSize: 500, batchWindow: Duration.seconds(2), parallelization: 4, maxAttempts: 7, maxLag: Duration.seconds(20),
  }, Profile.PRODUCTION);
  expect(onlyOne(stack, MAPPING)).toMatchObject({
    BatchSize: 500, MaximumBatchingWindowInSeconds: 2, ParallelizationFactor: 4, MaximumRetryAttempts: 6,
  });
  expect(resourcesOf(stack).ItemsChangessearchAgeAlarm!.Properties).toMatchObject({ Threshold: 20_000 });
  expect(capture.metricLag().toMetricConfig().metricStat).toMatchObject({ metricName: 'IteratorAge' });
  expect(capture.metricDeadLetters({ statistic: 'Average' }).toMetricConfig().metricStat).toMatchObject({
    metricName: 'ApproximateNumberOfMessagesVisible', statistic: 'Average',
  });
});

test('carries changes into sinks, and says so for pictures', () => {
  const { stack, capture, worker } = made();
  const [one, other] = [new Sink(stack, 'One'), new Sink(stack, 'Other')];
  capture.into(one, { name: 'Events' });
  capture.into(other);
  expect([one.attached, other.attached]).toEqual([[[worker, 'read-write', { name: 'Events' }]], [[worker, 'read-write', undefined]]]);
  expect(wiresBelow(stack).filter(({ label }) => label === 'documents').map(({ from, to }) => [from, to])).toEqual([[worker, one], [worker, other]]);
  expect(codesOf(() => capture.into(one))).toEqual(['ChangeDataCapture.SinkTaken']);
  expect(codesOf(() => capture.into(stack as never))).toEqual(['ChangeDataCapture.NoSink']);
});

test('a reindexer may read the store and write every sink, whichever comes first', () => {
  const { stack, capture } = made();
  const [before, after] = [new Sink(stack, 'Before'), new Sink(stack, 'After')];
  const reindexer = service(stack, 'Reindexer');
  capture.into(before);
  capture.reindexedBy(reindexer, { name: 'Source' });
  capture.into(after, { name: 'Later' });
  expect(before.attached[1]).toEqual([reindexer, 'read-write', undefined]);
  expect(after.attached[1]).toEqual([reindexer, 'read-write', { name: 'Later' }]);
  const { Environment } = resourcesOf(stack).ReindexerFunction!.Properties as { Environment: { Variables: object } };
  expect(Environment.Variables).toEqual({ SOURCE_TABLE_NAME: { Ref: 'ItemsTable' } });
  expect(statementsOf(stack).find(({ Action }) => Action.includes('dynamodb:Scan'))!.Resource).toBeDefined();
});

test('two captures of one store have names and queues of their own', () => {
  const { stack, source } = made();
  new ChangeDataCapture(stack, 'Second', { source, worker: service(stack, 'Other') });
  expect(namesOf(stack, 'AWS::SQS::Queue')).toEqual(['ItemsChangesWorkerDeadLetterQueue', 'ItemsChangesOtherDeadLetterQueue']);
});

test('an adopted table is captured by the stream that it shows', () => {
  const stack = stackWith();
  const table = Table.fromTableAttributes(stack, 'Imported', {
    tableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/items',
    tableStreamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/items/stream/2026-11-22',
  });
  new ChangeDataCapture(stack, 'Capture', { source: new KeyValueStore(stack, 'Items', { table }), worker: service(stack) });
  expect(onlyOne(stack, MAPPING).EventSourceArn).toContain('stream/2026-11-22');
});

describe('is refused:', () => {
  const refusals: readonly (readonly [code: string, props: object, given: string])[] = [
    ['WrongType', { batchSize: '100' }, 'batchSize is \'100\''],
    ['WrongType', { source: 'items' }, 'source is \'items\''],
    ['NoSource', { source: undefined }, 'source is undefined'],
    ['NoStreamWorker', { worker: undefined }, 'worker is undefined'],
  ];

  test.each(refusals)('%s %j', (code, props, given) => {
    const stack = stackWith();
    const whole = { source: new KeyValueStore(stack, 'Items', { partitionKey: 'id' }), worker: service(stack), ...props };
    expect(refusedBy(() => new ChangeDataCapture(stack, 'Capture', whole as ChangeDataCaptureProps)))
      .toEqual([{ code: `ChangeDataCapture.${code}`, given, allowed: expect.any(String) as string }]);
  });

  test('a store that has no old images', () => {
    const stack = stackWith();
    const source = new KeyValueStore(stack, 'Items', { partitionKey: 'id', stream: StreamViewType.NEW_IMAGE });
    expect(refusedBy(() => new ChangeDataCapture(stack, 'Capture', { source, worker: service(stack) }))).toEqual([{
      code: 'ChangeDataCapture.HalfImages', given: 'a store with a stream of NEW_IMAGE', allowed: 'stream: StreamViewType.NEW_AND_OLD_IMAGES, or none',
    }]);
  });

  test('reading that the store refuses', () => {
    expect(codesOf(() => made({ batchSize: 0 }))).toEqual(['KeyValueStore.BatchSize']);
  });

  test('every rule', () => {
    const tested = new Set(refusals.map(([code]) => `ChangeDataCapture.${code}`));
    expect(CHANGE_DATA_CAPTURE_RULES.map(({ code }) => code).filter((code) => !tested.has(code))).toEqual([]);
  });
});
