import { CfnParameter, Duration, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Construct } from 'constructs';
import { Access, Alarms, Profile, TrafficEstimate } from '../../../lib/core';
import { FunctionService, type FunctionServiceProps } from '../../../lib/function-service';
import { type ConsumerOptions, WorkQueue, type WorkQueueProps } from '../../../lib/work-queue';
import { CONSUMER_RULES, WORK_QUEUE_RULES } from '../../../lib/work-queue/work-queue-rules';
import {
  codesOf, HANDLER, namesOf, onlyOne, plainFunction, refusedBy, resourcesOf, stackWith, statementsOf, templateOf,
} from '../../support/stacks';

const QUEUE = 'AWS::SQS::Queue';
const ALARM = 'AWS::CloudWatch::Alarm';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const FUNCTION = 'AWS::Lambda::Function';

const service = (stack: Construct, props: FunctionServiceProps = {}, id = 'Worker') =>
  new FunctionService(stack, id, { handler: HANDLER, ...props });
const queueOf = (stack: Stack) => resourcesOf(stack).JobsQueue!.Properties;

describe('the shortest call', () => {
  const onlyOverTls = (queue: string) => ({
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      PolicyDocument: {
        Statement: [{
          Action: 'sqs:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
        }],
        Version: '2012-10-17',
      },
      Queues: [{ Ref: queue }],
    },
  });
  const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
  const TEMPLATE = {
    JobsQueue: {
      Type: QUEUE,
      Properties: {
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['JobsDeadLetterQueue', 'Arn'] }, maxReceiveCount: 5 },
        SqsManagedSseEnabled: true,
      },
      ...kept,
    },
    JobsQueuePolicy: onlyOverTls('JobsQueue'),
    JobsDeadLetterQueue: { Type: QUEUE, Properties: { MessageRetentionPeriod: 1209600, SqsManagedSseEnabled: true }, ...kept },
    JobsDeadLetterQueuePolicy: onlyOverTls('JobsDeadLetterQueue'),
  };

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes two queues, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    new WorkQueue(stack, 'Jobs');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual(TEMPLATE);
  });

  test('under PRODUCTION adds two alarms', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new WorkQueue(stack, 'Jobs');
    const { JobsDeadLettersAlarm, JobsOldestMessageAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual(TEMPLATE);
    expect(JobsDeadLettersAlarm?.Properties).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Value: { 'Fn::GetAtt': ['JobsDeadLetterQueue', 'QueueName'] } }],
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
    expect(JobsOldestMessageAlarm?.Properties).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Value: { 'Fn::GetAtt': ['JobsQueue', 'QueueName'] } }],
      Threshold: 900,
      TreatMissingData: 'notBreaching',
    });
  });
});

test('every prop shapes the queue', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const queue = new WorkQueue(stack, 'Jobs', {
    retry: { maxAttempts: 3, firstDelay: Duration.seconds(2), maxDelay: Duration.minutes(1) },
    retention: Duration.days(1),
    visibilityTimeout: Duration.minutes(2),
    maxMessageAge: Duration.minutes(1),
    encryptionKey: new Key(stack, 'Key'),
    queueProps: { maxMessageSizeBytes: 2048 },
  });
  const { JobsQueue, JobsDeadLetterQueue, JobsOldestMessageAlarm } = resourcesOf(stack);
  expect(JobsQueue?.Properties).toEqual({
    KmsMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] },
    MaximumMessageSize: 2048,
    MessageRetentionPeriod: 86400,
    RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['JobsDeadLetterQueue', 'Arn'] }, maxReceiveCount: 3 },
    VisibilityTimeout: 120,
  });
  expect(JobsDeadLetterQueue?.Properties).toEqual({ KmsMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] }, MessageRetentionPeriod: 1209600 });
  expect(JobsOldestMessageAlarm?.Properties).toMatchObject({ Threshold: 60 });
  expect(queue.node.defaultChild).toBe(queue.queue);
});

test.each([
  [Profile.SANDBOX, undefined, 'Retain'],
  [Profile.SANDBOX, true, 'Delete'],
  [Profile.PRODUCTION, undefined, 'Retain'],
  [Profile.PRODUCTION, true, 'Retain'],
])('messages go with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
  const stack = stackWith(profile);
  new WorkQueue(stack, 'Jobs', { disposable });
  const queues = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === QUEUE);
  expect(queues.map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy]))
    .toEqual([[policy, policy], [policy, policy]]);
});

describe('it refuses', () => {
  const imports = new Stack();
  const queue = Queue.fromQueueArn(imports, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:jobs');
  const deadLetterQueue = Queue.fromQueueArn(imports, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead');
  const BROKEN: Record<string, WorkQueueProps> = {
    'WorkQueue.WrongType': { retention: 60 as unknown as Duration },
    'WorkQueue.AdoptOrShape': { queue, deadLetterQueue, retention: Duration.days(1) },
    'WorkQueue.AdoptedDeadLettersAlone': { queue },
    'WorkQueue.MaxAttempts': { retry: { maxAttempts: 0 } },
    'WorkQueue.FirstDelay': { retry: { firstDelay: Duration.millis(500) } },
    'WorkQueue.MaxDelay': { retry: { maxDelay: Duration.hours(13) } },
    'WorkQueue.DelaysInverted': { retry: { firstDelay: Duration.minutes(16) } },
    'WorkQueue.Retention': { retention: Duration.days(15) },
    'WorkQueue.VisibilityTimeout': { visibilityTimeout: Duration.seconds(0) },
    'WorkQueue.MaxMessageAge': { maxMessageAge: Duration.seconds(0) },
    'WorkQueue.OrderBy': { orderBy: '' },
    'WorkQueue.FairBy': { fairBy: 'x'.repeat(256) },
    'WorkQueue.OrderedOrFair': { orderBy: 'account', fairBy: 'tenant' },
    'WorkQueue.DeduplicationNeedsOrder': { deduplicateByContent: true },
    'WorkQueue.Delay': { delay: Duration.minutes(16) },
    'WorkQueue.MaxDepth': { maxDepth: 0 },
    'WorkQueue.SynchronousPath': { traffic: new TrafficEstimate({ requestsPerSecond: 1, p99: Duration.millis(499) }) },
    'WorkQueue.ManagedByTheConstruct': { queueProps: { fifo: true } },
  };

  test.each(WORK_QUEUE_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new WorkQueue(new Stack(), 'Jobs', BROKEN[code]))).toEqual([code]);
  });

  test('dead letters without the queue that they belong to', () => {
    expect(codesOf(() => new WorkQueue(new Stack(), 'Jobs', { deadLetterQueue }))).toEqual(['WorkQueue.AdoptedDeadLettersAlone']);
  });

  const BROKEN_CONSUMER: Record<string, ConsumerOptions> = {
    'WorkQueue.ConsumerWrongType': { idempotent: true, batchWindow: 5 as unknown as Duration },
    'WorkQueue.BatchWindow': { idempotent: true, batchWindow: Duration.minutes(6) },
    'WorkQueue.NotIdempotent': { idempotent: false },
    'WorkQueue.DrainRate': { idempotent: true, drainRate: 0, timePerMessage: Duration.seconds(1) },
    'WorkQueue.DrainRateAlone': { idempotent: true, drainRate: 5 },
    'WorkQueue.TimePerMessage': { idempotent: true, timePerMessage: Duration.millis(0) },
    'WorkQueue.MaxConcurrency': { idempotent: true, maxConcurrency: 1 },
    'WorkQueue.BatchSize': { idempotent: true, batchSize: 0 },
    'WorkQueue.BatchNeedsWindow': { idempotent: true, batchSize: 11 },
  };

  test.each(CONSUMER_RULES.map(({ code }) => [code]))('%s of a consumer', (code) => {
    const stack = stackWith();
    const jobs = new WorkQueue(stack, 'Jobs');
    expect(codesOf(() => jobs.consumedBy(service(stack), BROKEN_CONSUMER[code]!))).toEqual([code]);
  });

  test('a large batch with a window of nothing', () => {
    const stack = stackWith();
    const options = { idempotent: true, batchSize: 11, batchWindow: Duration.seconds(0) };
    expect(codesOf(() => new WorkQueue(stack, 'Jobs').consumedBy(service(stack), options))).toEqual(['WorkQueue.BatchNeedsWindow']);
  });

  test('everything at once, naming the construct and what was given', () => {
    const build = () => new WorkQueue(stackWith(), 'Jobs', {
      retry: { maxAttempts: 1.5, firstDelay: Duration.hours(24) },
      retention: Duration.seconds(59),
      queueProps: { fifo: true, retentionPeriod: Duration.days(1) },
    });
    expect(refusedBy(build)).toEqual([
      { code: 'WorkQueue.MaxAttempts', given: 'retry.maxAttempts is 1.5', allowed: 'a whole number from 1 to 1000' },
      { code: 'WorkQueue.FirstDelay', given: 'retry.firstDelay is 86400 s', allowed: 'whole seconds from 1 to 43200' },
      { code: 'WorkQueue.DelaysInverted', given: 'retry.firstDelay is 1 day, retry.maxDelay 15 minutes', allowed: expect.any(String) },
      { code: 'WorkQueue.Retention', given: 'retention is 59 s', allowed: 'whole seconds from 60 to 1209600' },
      { code: 'WorkQueue.ManagedByTheConstruct', given: 'queueProps has retentionPeriod, fifo', allowed: expect.stringContaining('retention') },
    ]);
    expect(build).toThrow(/^Stack\/Jobs was given what it cannot be:\n {2}WorkQueue\.MaxAttempts: /);
  });

  test('nothing that is known only at deployment', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const seconds = (id: string) => Duration.seconds(new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber);
    const attempts = new CfnParameter(stack, 'Attempts', { type: 'Number' }).valueAsNumber;
    const jobs = new WorkQueue(stack, 'Jobs', {
      retry: { maxAttempts: attempts, firstDelay: seconds('First'), maxDelay: seconds('Longest') },
      retention: seconds('Retention'),
      visibilityTimeout: seconds('Visibility'),
      maxMessageAge: seconds('Age'),
    });
    jobs.consumedBy(service(stack), { idempotent: true, batchSize: 100, batchWindow: seconds('Window') });
    const { JobsQueue, JobsOldestMessageAlarm, WorkerConsumesJobs, WorkerFunction } = resourcesOf(stack);
    expect(JobsQueue?.Properties).toMatchObject({
      MessageRetentionPeriod: { Ref: 'Retention' },
      RedrivePolicy: { maxReceiveCount: { Ref: 'Attempts' } },
      VisibilityTimeout: { Ref: 'Visibility' },
    });
    expect(JobsOldestMessageAlarm?.Properties.Threshold).toEqual({ Ref: 'Age' });
    expect(WorkerConsumesJobs?.Properties.MaximumBatchingWindowInSeconds).toEqual({ Ref: 'Window' });
    expect(WorkerFunction?.Properties.Environment).toMatchObject({
      Variables: {
        JOBS_RETRY: { 'Fn::Join': ['', [{ Ref: 'Attempts' }, ',', { Ref: 'First' }, ',', { Ref: 'Longest' }]] },
      },
    });
  });
});

describe('a producer', () => {
  const produce = (props: WorkQueueProps = {}, stack = stackWith()) => {
    service(stack, {}, 'Producer').use(new WorkQueue(stack, 'Jobs', props), Access.WRITE);
    return { stack, granted: statementsOf(stack).slice(2) };
  };
  const SEND = {
    Effect: 'Allow',
    Action: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
    Resource: { 'Fn::GetAtt': ['JobsQueue', 'Arn'] },
  };

  test('may put messages into the one queue, and finds it in its environment', () => {
    const { stack, granted } = produce();
    expect(granted).toEqual([SEND]);
    expect(onlyOne(stack, FUNCTION).Environment).toEqual({ Variables: { JOBS_QUEUE_URL: { Ref: 'JobsQueue' } } });
  });

  test('may use the key of the queue, without a wildcard in its actions', () => {
    const stack = stackWith();
    const { granted } = produce({ encryptionKey: new Key(stack, 'Key') }, stack);
    const Resource = { 'Fn::GetAtt': ['Key', 'Arn'] };
    expect(granted).toEqual([{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource }, SEND]);
  });

  test.each([Access.READ, Access.READ_WRITE])('that asks for %s is told how to consume', (access) => {
    const stack = stackWith();
    const [finding] = refusedBy(() => service(stack).use(new WorkQueue(stack, 'Jobs'), access));
    expect(finding).toEqual({
      code: 'WorkQueue.ReadByUse',
      given: `use(queue, ${access}) by Stack/Worker`,
      allowed: 'Access.WRITE to produce; queue.consumedBy(worker) to consume',
    });
  });
});

describe('a consumer', () => {
  const CONSUME = {
    Effect: 'Allow',
    Action: [
      'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes',
    ],
    Resource: { 'Fn::GetAtt': ['JobsQueue', 'Arn'] },
  };

  test('takes batches with partial failures and bounded concurrency, and is told the retry policy', () => {
    const stack = stackWith();
    new WorkQueue(stack, 'Jobs').consumedBy(service(stack), { idempotent: true });
    expect(statementsOf(stack).slice(2)).toEqual([CONSUME]);
    expect(onlyOne(stack, MAPPING)).toEqual({
      BatchSize: 10,
      EventSourceArn: { 'Fn::GetAtt': ['JobsQueue', 'Arn'] },
      FunctionName: { Ref: 'WorkerFunction' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    expect(onlyOne(stack, FUNCTION).Environment).toEqual({
      Variables: {
        JOBS_QUEUE_URL: { Ref: 'JobsQueue' },
        JOBS_RETRY: '5,1,900',
      },
    });
  });

  test('is shaped by its options', () => {
    const stack = stackWith();
    new WorkQueue(stack, 'Jobs', { retry: { maxAttempts: 2, maxDelay: Duration.minutes(1) } })
      .consumedBy(service(stack), { idempotent: true, batchSize: 500, batchWindow: Duration.seconds(20), maxConcurrency: 2, name: 'incoming' });
    expect(onlyOne(stack, MAPPING)).toMatchObject({
      BatchSize: 500, MaximumBatchingWindowInSeconds: 20, ScalingConfig: { MaximumConcurrency: 2 },
    });
    expect(onlyOne(stack, FUNCTION).Environment).toEqual({
      Variables: {
        INCOMING_QUEUE_URL: { Ref: 'JobsQueue' },
        INCOMING_RETRY: '2,1,60',
      },
    });
  });

  test('may decrypt with the key of the queue', () => {
    const stack = stackWith();
    new WorkQueue(stack, 'Jobs', { encryptionKey: new Key(stack, 'Key') }).consumedBy(service(stack), { idempotent: true });
    expect(statementsOf(stack).slice(2)).toEqual([
      CONSUME, { Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    ]);
  });

  test('may also produce, and may work two queues of the same id under two names', () => {
    const stack = stackWith();
    const worker = service(stack);
    const [a, b] = ['A', 'B'].map((id) => new WorkQueue(new Construct(stack, id), 'Jobs'));
    a!.consumedBy(worker, { idempotent: true, name: 'first' });
    b!.consumedBy(worker, { idempotent: true, name: 'second' });
    worker.use(a!, Access.WRITE, { name: 'first' });
    expect(namesOf(stack, MAPPING)).toEqual(['WorkerConsumesfirst', 'WorkerConsumessecond']);
  });

  test('that takes two queues for one name is refused', () => {
    const stack = stackWith();
    const worker = service(stack);
    new WorkQueue(new Construct(stack, 'A'), 'Jobs').consumedBy(worker, { idempotent: true });
    expect(codesOf(() => new WorkQueue(new Construct(stack, 'B'), 'Jobs').consumedBy(worker, { idempotent: true }))).toEqual(['FunctionService.EnvironmentTaken']);
  });
});

describe('a message stays hidden', () => {
  test('for six timeouts of the consumer plus its batch window', () => {
    const stack = stackWith();
    new WorkQueue(stack, 'Jobs').consumedBy(service(stack, { timeout: Duration.seconds(20) }), { idempotent: true, batchWindow: Duration.seconds(7) });
    expect(queueOf(stack).VisibilityTimeout).toBe(6 * 20 + 7);
  });

  test.each([[[3, 40]], [[40, 3]]])('for the larger of what two consumers need: timeouts %j', (timeouts) => {
    const stack = stackWith();
    const jobs = new WorkQueue(stack, 'Jobs');
    timeouts.forEach((timeout, index) => jobs.consumedBy(service(stack, { timeout: Duration.seconds(timeout) }, `Worker${index}`), { idempotent: true }));
    expect(queueOf(stack).VisibilityTimeout).toBe(240);
  });

  test('for less than the 30 s that SQS chooses, where the consumer is quick', () => {
    const stack = stackWith();
    new WorkQueue(stack, 'Jobs').consumedBy(service(stack, { timeout: Duration.seconds(3) }), { idempotent: true });
    expect(queueOf(stack).VisibilityTimeout).toBe(18);
  });

  test('for as long as was given, when that is enough', () => {
    const stack = stackWith();
    new WorkQueue(stack, 'Jobs', { visibilityTimeout: Duration.seconds(60) }).consumedBy(service(stack), { idempotent: true });
    expect(queueOf(stack).VisibilityTimeout).toBe(60);
  });

  test('and a time too short for the consumer is refused', () => {
    const stack = stackWith();
    const jobs = new WorkQueue(stack, 'Jobs', { visibilityTimeout: Duration.seconds(60) });
    expect(refusedBy(() => jobs.consumedBy(service(stack), { idempotent: true, batchWindow: Duration.seconds(1) }))).toEqual([{
      code: 'WorkQueue.VisibilityBelowWork',
      given: 'visibilityTimeout is 60 s',
      allowed: 'at least 61 s: 6 x the timeout of Stack/Worker plus the batch window',
    }]);
  });

  test.each([
    ['an adopted function that does not tell', (stack: Stack): FunctionServiceProps =>
      ({ handler: undefined, function: plainFunction(stack, 'Plain').currentVersion })],
    ['a parameter', (stack: Stack): FunctionServiceProps =>
      ({ timeout: Duration.seconds(new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber) })],
  ])('for the longest that a function can take when its timeout is known only to %s, with a warning', (_, props) => {
    const stack = stackWith();
    const worker = service(stack, props(stack));
    new WorkQueue(stack, 'Jobs').consumedBy(worker, { idempotent: true });
    expect(queueOf(stack).VisibilityTimeout).toBe(6 * 900);
    Annotations.fromStack(stack).hasWarning('/Stack/Jobs', Match.stringLikeRegexp('timeout of Stack/Worker is not known here'));
  });
});

describe('an existing queue', () => {
  const adopt = (profile = Profile.PRODUCTION) => {
    const stack = stackWith(profile);
    const queue = Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:jobs');
    const deadLetterQueue = Queue.fromQueueArn(stack, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead');
    const jobs = new WorkQueue(stack, 'Jobs', { queue, deadLetterQueue, retry: { maxAttempts: 2 } });
    return { stack, queue, deadLetterQueue, jobs };
  };

  test('is adopted: nothing is created', () => {
    const { stack, queue, deadLetterQueue, jobs } = adopt();
    expect([jobs.queue, jobs.deadLetterQueue]).toEqual([queue, deadLetterQueue]);
    expect(templateOf(stack).Resources).toBeUndefined();
  });

  test('is wired like a new one', () => {
    const { stack, jobs } = adopt();
    const worker = service(stack);
    worker.use(jobs, Access.WRITE);
    jobs.consumedBy(worker, { idempotent: true });
    expect(namesOf(stack, QUEUE)).toEqual([]);
    expect(onlyOne(stack, MAPPING)).toMatchObject({ EventSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:jobs' });
    expect(onlyOne(stack, FUNCTION).Environment).toMatchObject({ Variables: { JOBS_RETRY: '2,1,900' } });
    expect(statementsOf(stack).slice(2).map(({ Resource }) => Resource))
      .toEqual(['arn:aws:sqs:eu-west-1:111122223333:jobs', 'arn:aws:sqs:eu-west-1:111122223333:jobs']);
  });
});

test('two of them live in one stack, without physical names', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new WorkQueue(stack, 'A');
  new WorkQueue(stack, 'B');
  expect(namesOf(stack, QUEUE)).toEqual(['ADeadLetterQueue', 'AQueue', 'BDeadLetterQueue', 'BQueue']);
  expect(Object.values(resourcesOf(stack)).filter(({ Properties }) => Properties.QueueName ?? Properties.AlarmName)).toEqual([]);
});

test('its metrics are those of its queues, and can be asked for otherwise', () => {
  const jobs = new WorkQueue(stackWith(), 'Jobs');
  const nameOf = (queue: Queue | WorkQueue['queue']) => ({ QueueName: queue.queueName });
  expect(jobs.metricDepth()).toMatchObject({
    metricName: 'ApproximateNumberOfMessagesVisible', statistic: 'Maximum', dimensions: nameOf(jobs.queue),
  });
  expect(jobs.metricOldestMessageAge({ period: Duration.minutes(1) })).toMatchObject({
    metricName: 'ApproximateAgeOfOldestMessage', statistic: 'Maximum', period: Duration.minutes(1), dimensions: nameOf(jobs.queue),
  });
  expect(jobs.metricDeadLetters({ statistic: 'Average' })).toMatchObject({
    metricName: 'ApproximateNumberOfMessagesVisible', statistic: 'Average', dimensions: nameOf(jobs.deadLetterQueue),
  });
});

test('its alarms go to the topic of its scope', () => {
  const stack = stackWith(Profile.PRODUCTION);
  Alarms.notify(stack, Topic.fromTopicArn(stack, 'OnCall', 'arn:aws:sns:eu-west-1:111122223333:on-call'));
  new WorkQueue(stack, 'Jobs');
  const alarms = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === ALARM);
  expect(alarms.map(({ Properties }) => Properties.AlarmActions))
    .toEqual([['arn:aws:sns:eu-west-1:111122223333:on-call'], ['arn:aws:sns:eu-west-1:111122223333:on-call']]);
});

test('property injectors of the CDK reach both queues', () => {
  const injector = {
    constructUniqueId: Queue.PROPERTY_INJECTION_ID,
    inject: (props: object) => ({ ...props, maxMessageSizeBytes: 4096 }),
  };
  const stack = stackWith(Profile.SANDBOX, { propertyInjectors: [injector] });
  new WorkQueue(stack, 'Jobs');
  const queues = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === QUEUE);
  expect(queues.map(({ Properties }) => Properties.MaximumMessageSize)).toEqual([4096, 4096]);
});

test('nothing of it is a token that was calculated with', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const timeout = Duration.seconds(Token.asNumber({ Ref: 'AWS::NoValue' }));
  new WorkQueue(stack, 'Jobs').consumedBy(service(stack, { timeout }), { idempotent: true });
  expect(JSON.stringify(resourcesOf(stack))).not.toMatch(/e\+\d+/);
});
