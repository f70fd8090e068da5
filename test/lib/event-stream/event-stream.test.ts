import { CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Construct } from 'constructs';
import { Access, Alarms, type INetwork, Profile, StartAt, TrafficEstimate } from '../../../lib/core';
import { type ConsumerGroupOptions, EventStream, type EventStreamProps, StreamEngine } from '../../../lib/event-stream';
import { CONSUMER_GROUP_RULES, REPLAY_RULES } from '../../../lib/event-stream/consumer-group-rules';
import { EVENT_STREAM_RULES } from '../../../lib/event-stream/event-stream-rules';
import { FunctionService, type FunctionServiceProps } from '../../../lib/function-service';
import {
  codesOf, HANDLER, namesOf, onlyOne, plainFunction, refusedBy, resourcesOf, stackWith, statementsOf, templateOf,
} from '../../support/stacks';

const STREAM = 'AWS::Kinesis::Stream';
const ALARM = 'AWS::CloudWatch::Alarm';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const FUNCTION = 'AWS::Lambda::Function';
const QUEUE = 'AWS::SQS::Queue';

const service = (stack: Construct, props: FunctionServiceProps = {}, id = 'Worker') =>
  new FunctionService(stack, id, { handler: HANDLER, ...props });
const clicks = (stack: Construct, props: Partial<EventStreamProps> = {}) => new EventStream(stack, 'Clicks', { partitionKey: 'slug', ...props });
const streamArn = { 'Fn::GetAtt': ['ClicksStream', 'Arn'] };
const READ = {
  Effect: 'Allow',
  Action: [
    'kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards',
  ],
  Resource: streamArn,
};
const WRITE = {
  Effect: 'Allow',
  Action: ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecord', 'kinesis:PutRecords'],
  Resource: streamArn,
};

describe('the shortest call', () => {
  const TEMPLATE = {
    ClicksStream: {
      Type: STREAM,
      Properties: {
        RetentionPeriodHours: 24,
        StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
        StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    },
  };

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a stream on demand, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const stream = clicks(stack);
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual(TEMPLATE);
    expect(stream.sizing).toEqual([]);
    expect(stream.partitionKey).toBe('slug');
    expect(stream.node.defaultChild).toBe(stream.stream);
  });

  test('under PRODUCTION adds two alarms', () => {
    const stack = stackWith(Profile.PRODUCTION);
    clicks(stack);
    const { ClicksWriteThrottlesAlarm, ClicksReadThrottlesAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual(TEMPLATE);
    const both = {
      Dimensions: [{ Name: 'StreamName', Value: { Ref: 'ClicksStream' } }],
      Statistic: 'Sum', Threshold: 1, EvaluationPeriods: 2, ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching',
    };
    expect(ClicksWriteThrottlesAlarm?.Properties).toMatchObject({ ...both, MetricName: 'WriteProvisionedThroughputExceeded' });
    expect(ClicksReadThrottlesAlarm?.Properties).toMatchObject({ ...both, MetricName: 'ReadProvisionedThroughputExceeded' });
  });
});

test('every prop shapes the stream', () => {
  const stack = stackWith(Profile.SANDBOX);
  clicks(stack, {
    engine: StreamEngine.KINESIS,
    shards: 3,
    retention: Duration.days(7),
    encryptionKey: new Key(stack, 'Key'),
    disposable: true,
    streamProps: { streamName: 'named' },
  });
  expect(resourcesOf(stack).ClicksStream).toEqual({
    Type: STREAM,
    Properties: {
      Name: 'named',
      RetentionPeriodHours: 168,
      ShardCount: 3,
      StreamEncryption: { EncryptionType: 'KMS', KeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
    },
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
  });
});

test.each([
  [Profile.SANDBOX, undefined, 'Retain'],
  [Profile.SANDBOX, true, 'Delete'],
  [Profile.PRODUCTION, true, 'Retain'],
])('records and dead letters go with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
  const stack = stackWith(profile);
  clicks(stack, { disposable }).consumedBy(service(stack), { idempotent: true });
  const data = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === QUEUE || Type === STREAM);
  expect(data.map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy]))
    .toEqual([[policy, policy], [policy, policy]]);
});

describe('a traffic estimate', () => {
  const traffic = new TrafficEstimate({ requestsPerSecond: 1000, peakFactor: 2, itemSize: Size.kibibytes(2) });

  test('gives the number of shards, and says how', () => {
    const stack = stackWith();
    const { sizing } = clicks(stack, { traffic });
    expect(onlyOne(stack, STREAM)).toMatchObject({ ShardCount: 5, StreamModeDetails: { StreamMode: 'PROVISIONED' } });
    expect(sizing).toEqual([{
      name: 'shards',
      value: 5,
      unit: 'shards',
      arithmetic: '2000 records/s at 1000 a shard = 2; 3.91 MiB/s in at 1 = 3.91; 1 shared readers x 3.91 MiB/s out at 2 = 1.95; the largest at 80 % load -> 5',
    }]);
  });

  test('counts the groups that share what a shard gives out, those wired later too', () => {
    const stack = stackWith();
    const stream = clicks(stack, { traffic });
    for (const id of ['A', 'B', 'C']) {
      stream.consumedBy(service(stack, {}, id), { idempotent: true });
    }
    stream.consumedBy(service(stack, {}, 'D'), { idempotent: true, dedicated: true });
    expect(stream.sizing[0]?.value).toBe(8);
    expect(onlyOne(stack, STREAM).ShardCount).toBe(8);
  });

  test('gives way to what was said', () => {
    const stack = stackWith();
    expect(clicks(stack, { traffic, shards: 2 }).sizing).toEqual([]);
    expect(onlyOne(stack, STREAM).ShardCount).toBe(2);
  });
});

describe('it refuses', () => {
  const imports = new Stack();
  const stream = Stream.fromStreamArn(imports, 'Stream', 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks');
  const BROKEN: Record<string, Partial<EventStreamProps>> = {
    'EventStream.WrongType': { shards: '2' as unknown as number },
    'EventStream.Engine': { engine: 'rabbits' as StreamEngine },
    'EventStream.AdoptOrShape': { stream, shards: 2 },
    'EventStream.NoPartitionKey': { partitionKey: undefined },
    'EventStream.PartitionKey': { partitionKey: '' },
    'EventStream.Shards': { shards: 0 },
    'EventStream.Retention': { retention: Duration.days(366) },
    'EventStream.RetentionInHours': { retention: Duration.minutes(24 * 60 + 1) },
    'EventStream.RecordTooLarge': { traffic: new TrafficEstimate({ requestsPerSecond: 1, itemSize: Size.mebibytes(2) }) },
    'EventStream.TooMuchTraffic': { traffic: new TrafficEstimate({ requestsPerSecond: 10_000_000 }) },
    'EventStream.KinesisOnly': { engine: StreamEngine.KAFKA, shards: 2 },
    'EventStream.KafkaOnly': { topic: 'clicks' },
    'EventStream.Topic': { engine: StreamEngine.KAFKA, topic: 'two words' },
    'EventStream.ManagedByTheConstruct': { streamProps: { shardCount: 2 } },
  };

  test.each(EVENT_STREAM_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => clicks(new Stack(), BROKEN[code]))).toEqual([code]);
  });

  test('everything at once, naming the construct and what was given', () => {
    const build = () => clicks(stackWith(), { partitionKey: undefined, shards: 1.5, retention: Duration.hours(23), topic: 'a b' });
    expect(refusedBy(build)).toEqual([
      { code: 'EventStream.NoPartitionKey', given: 'no partitionKey', allowed: expect.stringContaining('in order') },
      { code: 'EventStream.Shards', given: 'shards is 1.5', allowed: 'a whole number from 1 to 10000' },
      { code: 'EventStream.Retention', given: 'retention is 82800 s', allowed: 'whole seconds from 86400 to 31536000' },
      { code: 'EventStream.KafkaOnly', given: 'topic with engine kinesis', allowed: 'engine: StreamEngine.KAFKA' },
      { code: 'EventStream.Topic', given: "topic is 'a b'", allowed: '1 to 249 letters, digits, ., _ and -' },
    ]);
    expect(build).toThrow(/^Stack\/Clicks was given what it cannot be:\n {2}EventStream\.NoPartitionKey: /);
  });

  const bucket = Bucket.fromBucketName(imports, 'Bucket', 'failures');
  const queue = Queue.fromQueueArn(imports, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:dead');
  const BROKEN_READER: Record<string, Partial<ConsumerGroupOptions>> = {
    'EventStream.ConsumerWrongType': { batchWindow: 5 as unknown as Duration },
    'EventStream.NotIdempotent': { idempotent: false },
    'EventStream.GroupName': { group: 'two words' },
    'EventStream.BatchSize': { batchSize: 10_001 },
    'EventStream.BatchWindow': { batchWindow: Duration.minutes(6) },
    'EventStream.Parallelization': { parallelization: 11 },
    'EventStream.MaxAttempts': { maxAttempts: -1 },
    'EventStream.MaxAge': { maxAge: Duration.seconds(59) },
    'EventStream.TumblingWindow': { tumblingWindow: Duration.minutes(16) },
    'EventStream.WindowInOneBatch': { tumblingWindow: Duration.minutes(1), parallelization: 2 },
    'EventStream.Filters': { filters: [] },
    'EventStream.DeadLettersTwice': { deadLetterQueue: queue, deadLetterBucket: bucket },
    'EventStream.MaxLag': { maxLag: Duration.seconds(0) },
  };

  test.each(CONSUMER_GROUP_RULES.map(({ code }) => [code]))('%s of a consumer group', (code) => {
    const stack = stackWith();
    const startAt = code === 'EventStream.StartTime' ? StartAt.time(new Date(8.64e15)) : undefined;
    const options = { idempotent: true, startAt, ...BROKEN_READER[code] };
    expect(codesOf(() => clicks(stack).consumedBy(service(stack), options))).toEqual([code]);
  });

  test.each(REPLAY_RULES.map(({ code }) => [code]))('%s of a replay', (code) => {
    const stack = stackWith();
    const from = new Date(code === 'EventStream.StartTime' ? NaN : 1000);
    const options = { idempotent: true, from, ...BROKEN_READER[code] };
    expect(codesOf(() => clicks(stack).replay(service(stack), options))).toEqual([code]);
  });

  test('a consumer that does not say that it is idempotent, in words that help', () => {
    const stack = stackWith();
    expect(refusedBy(() => clicks(stack).consumedBy(service(stack), {} as ConsumerGroupOptions))).toEqual([{
      code: 'EventStream.NotIdempotent', given: 'idempotent is undefined', allowed: expect.stringContaining('sees a record twice'),
    }]);
  });

  test('a window together with halves of a batch', () => {
    const stack = stackWith();
    const options = { idempotent: true, tumblingWindow: Duration.minutes(1), bisectOnError: true };
    expect(refusedBy(() => clicks(stack).consumedBy(service(stack), options))[0]).toMatchObject({
      code: 'EventStream.WindowInOneBatch', given: 'tumblingWindow with bisectOnError',
    });
  });

  test('a time to come, and attempts known only at deployment', () => {
    const stack = stackWith();
    const maxAttempts = new CfnParameter(stack, 'Attempts', { type: 'Number' }).valueAsNumber;
    const startAt = StartAt.time(new Date('2999-01-01T00:00:00Z'));
    expect(refusedBy(() => clicks(stack).consumedBy(service(stack), { idempotent: true, maxAttempts, startAt }))).toEqual([
      { code: 'EventStream.MaxAttempts', given: 'maxAttempts that is known only at deployment', allowed: expect.any(String) },
      { code: 'EventStream.StartTime', given: 'startAt is 2999-01-01T00:00:00.000Z', allowed: expect.stringContaining('past') },
    ]);
  });

  test('nothing else that is known only at deployment', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const number = (id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;
    const seconds = (id: string) => Duration.seconds(number(id));
    clicks(stack, { partitionKey: new CfnParameter(stack, 'PartitionKey').valueAsString, shards: number('Shards') }).consumedBy(service(stack), {
      idempotent: true, batchSize: number('Batch'), batchWindow: seconds('Window'), parallelization: number('Parallel'), maxAge: seconds('Age'),
    });
    expect(onlyOne(stack, STREAM).ShardCount).toEqual({ Ref: 'Shards' });
    expect(onlyOne(stack, MAPPING)).toMatchObject({
      BatchSize: { Ref: 'Batch' }, MaximumBatchingWindowInSeconds: { Ref: 'Window' }, ParallelizationFactor: { Ref: 'Parallel' },
      MaximumRecordAgeInSeconds: { Ref: 'Age' },
    });
    expect(JSON.stringify(resourcesOf(stack))).not.toMatch(/e\+\d+/);
  });
});

describe('a producer', () => {
  test('may write to the one stream, and finds it and the key in its environment', () => {
    const stack = stackWith();
    service(stack).use(clicks(stack), Access.WRITE);
    expect(statementsOf(stack).slice(2)).toEqual([WRITE]);
    expect(onlyOne(stack, FUNCTION).Environment)
      .toEqual({ Variables: { CLICKS_STREAM_NAME: { Ref: 'ClicksStream' }, CLICKS_PARTITION_KEY: 'slug' } });
  });

  test('may encrypt with the key of the stream', () => {
    const stack = stackWith();
    service(stack).use(clicks(stack, { encryptionKey: new Key(stack, 'Key') }), Access.WRITE, { name: 'events' });
    expect(statementsOf(stack).slice(2)).toEqual([
      { Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } }, WRITE,
    ]);
    expect(onlyOne(stack, FUNCTION).Environment).toMatchObject({ Variables: { EVENTS_PARTITION_KEY: 'slug' } });
  });

  test('in a network has the network find the way', () => {
    const stack = stackWith();
    const producer = service(stack);
    const reach = jest.fn();
    Object.defineProperty(producer, 'network', { value: { reach } as unknown as INetwork });
    producer.use(clicks(stack), Access.WRITE);
    expect(reach.mock.calls).toEqual([['kinesis-streams', producer]]);
  });

  test.each([Access.READ, Access.READ_WRITE])('that asks for %s is told how to consume', (access) => {
    const stack = stackWith();
    expect(refusedBy(() => service(stack).use(clicks(stack), access))).toEqual([{
      code: 'EventStream.ReadByUse',
      given: `use(stream, ${access}) by Stack/Worker`,
      allowed: 'Access.WRITE to produce; stream.consumedBy(worker, options) to consume, once for each consumer group',
    }]);
  });
});

describe('a consumer group', () => {
  const deadLetters = { 'Fn::GetAtt': ['ClicksGroupWorkerDeadLetterQueue', 'Arn'] };

  test('reads from the oldest record on, tries five times, and sets aside what fails', () => {
    const stack = stackWith();
    const group = clicks(stack).consumedBy(service(stack), { idempotent: true });
    expect(statementsOf(stack).slice(2)).toEqual([READ, { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: deadLetters }]);
    const { Properties, ...mapping } = resourcesOf(stack).WorkerReadsClicks!;
    expect(Properties).toEqual({
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: deadLetters } },
      EventSourceArn: streamArn,
      FunctionName: { Ref: 'WorkerFunction' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 4,
      StartingPosition: 'TRIM_HORIZON',
    });
    expect(mapping).toMatchObject({ DependsOn: ['WorkerRoleDefaultPolicy'] });
    expect(onlyOne(stack, QUEUE)).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
    expect(onlyOne(stack, FUNCTION).Environment).toBeUndefined();
    expect([group.group, group.node.path, group.reader.node.path]).toEqual(['Worker', 'Stack/Clicks/Group-Worker', 'Stack/Worker/ReadsClicks']);
    expect(Object.keys(resourcesOf(stack))).toHaveLength(8);
  });

  test('under PRODUCTION has alarms for its dead letters and for falling behind', () => {
    const stack = stackWith(Profile.PRODUCTION);
    Alarms.notify(stack, Topic.fromTopicArn(stack, 'OnCall', 'arn:aws:sns:eu-west-1:111122223333:on-call'));
    clicks(stack).consumedBy(service(stack), { idempotent: true });
    const { ClicksGroupWorkerDeadLettersAlarm, ClicksGroupWorkerAgeAlarm } = resourcesOf(stack);
    expect(ClicksGroupWorkerDeadLettersAlarm?.Properties).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1, AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:on-call'],
      Dimensions: [{ Value: { 'Fn::GetAtt': ['ClicksGroupWorkerDeadLetterQueue', 'QueueName'] } }],
    });
    expect(ClicksGroupWorkerAgeAlarm?.Properties).toMatchObject({
      MetricName: 'IteratorAge', Statistic: 'Maximum', Threshold: 900_000, Dimensions: [{ Value: { Ref: 'WorkerFunction' } }],
    });
  });

  test('is shaped by its options', () => {
    const stack = stackWith(Profile.PRODUCTION);
    clicks(stack).consumedBy(service(stack), {
      idempotent: true,
      group: 'dashboard',
      batchSize: 500,
      batchWindow: Duration.seconds(20),
      parallelization: 4,
      bisectOnError: false,
      maxAttempts: 1,
      maxAge: Duration.hours(1),
      filters: [{ data: { kind: ['purchase'] } }],
      maxLag: Duration.minutes(1),
      enabled: false,
      startAt: StartAt.time(new Date('2026-11-01T00:00:00.900Z')),
    });
    expect(onlyOne(stack, MAPPING)).toMatchObject({
      BatchSize: 500,
      BisectBatchOnFunctionError: false,
      Enabled: false,
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["purchase"]}}' }] },
      MaximumBatchingWindowInSeconds: 20,
      MaximumRecordAgeInSeconds: 3600,
      MaximumRetryAttempts: 0,
      ParallelizationFactor: 4,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: Date.UTC(2026, 10, 1) / 1000,
    });
    expect(resourcesOf(stack).ClicksGroupdashboardAgeAlarm?.Properties.Threshold).toBe(60_000);
  });

  test('that aggregates over a window gets whole batches', () => {
    const stack = stackWith();
    clicks(stack).consumedBy(service(stack), { idempotent: true, tumblingWindow: Duration.minutes(1), startAt: StartAt.LATEST });
    expect(onlyOne(stack, MAPPING)).toMatchObject({ TumblingWindowInSeconds: 60, BisectBatchOnFunctionError: false, StartingPosition: 'LATEST' });
  });

  test('with a throughput of its own reads through a consumer of the stream', () => {
    const stack = stackWith();
    clicks(stack).consumedBy(service(stack), { idempotent: true, dedicated: true });
    const consumerArn = { 'Fn::GetAtt': ['ClicksGroupWorkerConsumer', 'ConsumerARN'] };
    expect(onlyOne(stack, 'AWS::Kinesis::StreamConsumer')).toEqual({ ConsumerName: 'Worker', StreamARN: streamArn });
    expect(onlyOne(stack, MAPPING).EventSourceArn).toEqual(consumerArn);
    expect(statementsOf(stack).slice(2, 4)).toEqual([
      READ, { Effect: 'Allow', Action: ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'], Resource: consumerArn },
    ]);
  });

  test('may decrypt with the key of the stream', () => {
    const stack = stackWith();
    clicks(stack, { encryptionKey: new Key(stack, 'Key') }).consumedBy(service(stack), { idempotent: true });
    expect(statementsOf(stack)).toContainEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } });
  });

  test('can tell its failures to a queue that is there', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const deadLetterQueue = new Queue(stack, 'Dead', { encryptionMasterKey: new Key(stack, 'Key') });
    const group = clicks(stack).consumedBy(service(stack), { idempotent: true, deadLetterQueue });
    expect(group.deadLetterQueue).toBe(deadLetterQueue);
    expect(namesOf(stack, QUEUE)).toEqual(['Dead']);
    expect(namesOf(stack, ALARM)).not.toContain('ClicksGroupWorkerDeadLettersAlarm');
    expect(statementsOf(stack)).toContainEqual({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } });
  });

  test('can keep its failures with their records in a bucket', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const deadLetterBucket = Bucket.fromBucketName(stack, 'Failures', 'failures');
    const group = clicks(stack).consumedBy(service(stack), { idempotent: true, deadLetterBucket });
    expect(namesOf(stack, QUEUE)).toEqual([]);
    const arn = (below: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::failures${below}`]] });
    expect(onlyOne(stack, MAPPING).DestinationConfig).toEqual({ OnFailure: { Destination: arn('') } });
    expect(statementsOf(stack).slice(3)).toEqual([
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: arn('') },
      { Effect: 'Allow', Action: 's3:PutObject', Resource: arn('/aws/lambda/*') },
    ]);
    expect(codesOf(() => group.metricDeadLetters())).toEqual(['EventStream.NoDeadLetterQueue']);
  });

  test('and another one have mappings and dead letters of their own; one worker may be both', () => {
    const stack = stackWith();
    const stream = clicks(stack);
    const worker = service(stack);
    stream.consumedBy(worker, { idempotent: true });
    stream.consumedBy(worker, { idempotent: true, group: 'history', enabled: false });
    stream.consumedBy(service(stack, {}, 'Other'), { idempotent: true });
    expect(namesOf(stack, MAPPING)).toEqual(['WorkerReadsClicks', 'WorkerReadsClickshistory', 'OtherReadsClicks']);
    expect(namesOf(stack, QUEUE)).toEqual([
      'ClicksGroupWorkerDeadLetterQueue', 'ClicksGrouphistoryDeadLetterQueue', 'ClicksGroupOtherDeadLetterQueue',
    ]);
    expect(codesOf(() => stream.consumedBy(worker, { idempotent: true }))).toEqual(['EventStream.GroupTaken']);
  });

  test('of two streams with one name is refused until it is named', () => {
    const stack = stackWith();
    const worker = service(stack);
    const [a, b] = ['A', 'B'].map((id) => clicks(new Construct(stack, id)));
    a!.consumedBy(worker, { idempotent: true });
    expect(refusedBy(() => b!.consumedBy(worker, { idempotent: true }))).toEqual([{
      code: 'FunctionService.ReadsTwice', given: 'a second stream under the name Clicks', allowed: expect.stringContaining('{ group }'),
    }]);
  });

  test('too many that share are warned of, with the arithmetic; twenty-one dedicated ones are refused', () => {
    const stack = stackWith();
    const stream = clicks(stack);
    const worker = service(stack);
    const add = (group: string, dedicated?: boolean) => stream.consumedBy(worker, { idempotent: true, group, dedicated });
    [1, 2, 3, 4, 5].forEach((index) => add(`shared${index}`));
    Annotations.fromStack(stack).hasNoWarning('/Stack/Clicks', Match.anyValue());
    const crowd = stackWith();
    const crowded = clicks(crowd);
    const other = service(crowd);
    [1, 2, 3, 4, 5, 6, 7].forEach((index) => crowded.consumedBy(other, { idempotent: true, group: `shared${index}` }));
    Annotations.fromStack(crowd).hasWarning('/Stack/Clicks', Match.stringLikeRegexp('6 shared readers x 1 read/s = 6 reads/s of each shard'));
    const many = stackWith();
    const dedicated = clicks(many);
    const reader = service(many);
    const group = (index: number) => dedicated.consumedBy(reader, { idempotent: true, group: `own${index}`, dedicated: true });
    Array.from({ length: 20 }, (_, index) => group(index));
    expect(codesOf(() => group(20))).toEqual(['EventStream.TooManyDedicated']);
  });

  test('works with an adopted function', () => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Worker', { function: plainFunction(stack, 'Plain') });
    clicks(stack).consumedBy(worker, { idempotent: true });
    expect(onlyOne(stack, MAPPING).FunctionName).toEqual({ Ref: 'Plain' });
    expect(statementsOf(stack)).toEqual([READ, { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: deadLetters }]);
  });
});

test('a replay is a group of its own that starts at a time and that no alarm watches for being behind', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const stream = clicks(stack, { retention: Duration.days(7) });
  const worker = service(stack);
  stream.consumedBy(worker, { idempotent: true });
  stream.replay(worker, { idempotent: true, from: new Date('2026-11-20T10:00:00Z'), enabled: false });
  expect(resourcesOf(stack)['WorkerReadsClicksReplayWorker']?.Properties).toMatchObject({
    StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: Date.UTC(2026, 10, 20, 10) / 1000, Enabled: false,
  });
  expect(namesOf(stack, ALARM).filter((name) => name.startsWith('ClicksGroup'))).toEqual([
    'ClicksGroupWorkerDeadLettersAlarm', 'ClicksGroupWorkerAgeAlarm', 'ClicksGroupReplayWorkerDeadLettersAlarm',
  ]);
});

describe('an existing stream', () => {
  const adopt = (profile = Profile.PRODUCTION) => {
    const stack = stackWith(profile);
    const stream = Stream.fromStreamArn(stack, 'Plain', 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks');
    return { stack, stream, adopted: clicks(stack, { stream }) };
  };

  test('is adopted: nothing is created', () => {
    const { stack, stream, adopted } = adopt();
    expect(adopted.stream).toBe(stream);
    expect(templateOf(stack).Resources).toBeUndefined();
  });

  test('is wired like a new one', () => {
    const { stack, adopted } = adopt(Profile.SANDBOX);
    const worker = service(stack);
    worker.use(adopted, Access.WRITE);
    adopted.consumedBy(worker, { idempotent: true });
    expect(namesOf(stack, STREAM)).toEqual([]);
    expect(onlyOne(stack, MAPPING).EventSourceArn).toBe('arn:aws:kinesis:eu-west-1:111122223333:stream/clicks');
    expect(onlyOne(stack, FUNCTION).Environment).toEqual({ Variables: { CLICKS_STREAM_NAME: 'clicks', CLICKS_PARTITION_KEY: 'slug' } });
  });
});

test('two of them live in one stack, without physical names', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new EventStream(stack, 'A', { partitionKey: 'id' });
  new EventStream(stack, 'B', { partitionKey: 'id' });
  expect(namesOf(stack, STREAM)).toEqual(['AStream', 'BStream']);
  expect(Object.values(resourcesOf(stack)).filter(({ Properties }) => Properties.Name ?? Properties.AlarmName)).toEqual([]);
});

test('its metrics are those of the stream, and can be asked for otherwise', () => {
  const stack = stackWith();
  const stream = clicks(stack);
  const group = stream.consumedBy(service(stack), { idempotent: true });
  const dimensions = { StreamName: stream.stream!.streamName };
  expect(stream.metricIncomingRecords()).toMatchObject({ metricName: 'IncomingRecords', statistic: 'Sum', dimensions });
  expect(stream.metricIncomingBytes({ statistic: 'Average' })).toMatchObject({ metricName: 'IncomingBytes', statistic: 'Average', dimensions });
  expect(stream.metricWriteThrottles()).toMatchObject({ metricName: 'WriteProvisionedThroughputExceeded', statistic: 'Sum' });
  expect(stream.metricReadThrottles()).toMatchObject({ metricName: 'ReadProvisionedThroughputExceeded', statistic: 'Sum' });
  expect(group.metricAge({ period: Duration.minutes(5) })).toMatchObject({ metricName: 'IteratorAge', statistic: 'Maximum', period: Duration.minutes(5) });
  expect(group.metricDeadLetters()).toMatchObject({ dimensions: { QueueName: group.deadLetterQueue!.queueName } });
});

test('property injectors of the CDK reach the stream', () => {
  const injector = {
    constructUniqueId: Stream.PROPERTY_INJECTION_ID,
    inject: (props: object) => ({ ...props, retentionPeriod: Duration.days(3) }),
  };
  const stack = stackWith(Profile.SANDBOX, { propertyInjectors: [injector] });
  clicks(stack);
  expect(onlyOne(stack, STREAM).RetentionPeriodHours).toBe(72);
});
