import { Duration, type Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Access, Profile, TrafficEstimate } from '../../../lib/core';
import { FunctionService, type FunctionServiceProps } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { PriorityWorkQueue, type PriorityWorkQueueProps, WorkQueue, type WorkQueueProps } from '../../../lib/work-queue';
import { PRIORITY_WORK_QUEUE_RULES } from '../../../lib/work-queue/priority-work-queue-rules';
import { concurrencyForDrainRate, concurrencyForTraffic, depthForTraffic } from '../../../lib/work-queue/sizing';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith } from '../../support/stacks';

const MAPPING = 'AWS::Lambda::EventSourceMapping';

const service = (stack: Stack, id = 'Worker', props: FunctionServiceProps = {}) => new FunctionService(stack, id, { handler: HANDLER, ...props });
const jobs = (props: WorkQueueProps, stack = stackWith()) => ({ stack, queue: new WorkQueue(stack, 'Jobs', props) });
const environmentOf = (stack: Stack) => (onlyOne(stack, 'AWS::Lambda::Function').Environment as { Variables: Record<string, unknown> }).Variables;

describe('an ordered queue', () => {
  test('is a FIFO queue with high throughput, and so are its dead letters', () => {
    const { stack, queue } = jobs({ orderBy: 'account' });
    expect(queue.ordered).toBe(true);
    expect(resourcesOf(stack).JobsQueue!.Properties).toMatchObject({
      FifoQueue: true, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId', ContentBasedDeduplication: false,
    });
    expect(resourcesOf(stack).JobsDeadLetterQueue!.Properties).toMatchObject({ FifoQueue: true });
  });

  test('takes messages of the same content for one where it is told so', () => {
    const { stack } = jobs({ orderBy: 'account', deduplicateByContent: true });
    expect(resourcesOf(stack).JobsQueue!.Properties.ContentBasedDeduplication).toBe(true);
  });

  test('tells producers by what', () => {
    const { stack, queue } = jobs({ orderBy: 'account' });
    service(stack).use(queue, Access.WRITE, { name: 'incoming' });
    expect(environmentOf(stack)).toEqual({ INCOMING_QUEUE_URL: { Ref: 'JobsQueue' }, INCOMING_ORDER_BY: 'account' });
  });

  test('hands over one message at a time, so that one that fails costs those behind it no attempts', () => {
    const { stack, queue } = jobs({ orderBy: 'account' });
    queue.consumedBy(service(stack), { idempotent: true });
    expect(onlyOne(stack, MAPPING)).toMatchObject({ BatchSize: 1 });
  });

  test.each([
    [{ batchSize: 11, batchWindow: Duration.seconds(1) }, 'batchWindow of an ordered queue'],
    [{ batchWindow: Duration.seconds(1) }, 'batchWindow of an ordered queue'],
  ])('refuses what AWS Lambda does not do with FIFO queues: %j', (options, given) => {
    const { stack, queue } = jobs({ orderBy: 'account' });
    expect(refusedBy(() => queue.consumedBy(service(stack), { idempotent: true, ...options })))
      .toEqual([{ code: 'WorkQueue.OrderedBatch', given, allowed: expect.stringContaining('10 messages') }]);
  });

  test('may be adopted', () => {
    const stack = stackWith();
    const [queue, deadLetterQueue] = ['jobs', 'dead'].map((name) => Queue.fromQueueArn(stack, name, `arn:aws:sqs:eu-west-1:111122223333:${name}.fifo`));
    const adopted = new WorkQueue(stack, 'Jobs', { queue, deadLetterQueue });
    adopted.consumedBy(service(stack), { idempotent: true });
    expect(onlyOne(stack, MAPPING)).toMatchObject({ BatchSize: 1 });
  });
});

test('a fair queue is a standard queue that tells producers whose messages to name', () => {
  const { stack, queue } = jobs({ fairBy: 'tenant' });
  service(stack).use(queue, Access.WRITE);
  expect(resourcesOf(stack).JobsQueue!.Properties.FifoQueue).toBeUndefined();
  expect(environmentOf(stack)).toEqual({ JOBS_QUEUE_URL: { Ref: 'JobsQueue' }, JOBS_FAIR_BY: 'tenant' });
});

test('a delay holds every message back', () => {
  const { stack } = jobs({ delay: Duration.minutes(15) });
  expect(resourcesOf(stack).JobsQueue!.Properties.DelaySeconds).toBe(900);
});

test.each([
  ['a producer', true, false], ['a consumer', false, true], ['both together', true, true],
])('in a network, %s reaches SQS through one endpoint', (_, produces, consumes) => {
  const { stack, queue } = jobs({});
  const network = Network.of(stack);
  if (produces) {
    service(stack, 'Producer', { network }).use(queue, Access.WRITE);
  }
  if (consumes) {
    queue.consumedBy(service(stack, 'Worker', { network }), { idempotent: true });
  }
  const endpoints = Object.values(resourcesOf(stack)).filter(({ Type, Properties }) =>
    Type === 'AWS::EC2::VPCEndpoint' && JSON.stringify(Properties.ServiceName).includes('sqs'));
  expect(endpoints).toHaveLength(1);
});

describe('a consumer that says nothing of being idempotent', () => {
  test.each([[undefined], [false]])('is refused: %s', (idempotent) => {
    const { stack, queue } = jobs({});
    expect(refusedBy(() => queue.consumedBy(service(stack), { idempotent: idempotent as boolean }))).toEqual([{
      code: 'WorkQueue.NotIdempotent',
      given: `idempotent is ${idempotent}`,
      allowed: 'idempotent: true, once the code of the worker does no harm when it sees a message twice',
    }]);
  });
});

describe('sizes', () => {
  const traffic = (requestsPerSecond: number, peakFactor = 1) => new TrafficEstimate({ requestsPerSecond, peakFactor });
  const batch = (batchSize: number, ordered = false) => ({ batchSize, ordered });

  test.each([
    // rate, milliseconds a message, in hand, concurrency
    [200, 500, batch(10), 10],
    [199, 500, batch(10), 9],
    [200, 500, batch(1), 100],
    [200, 500, batch(10, true), 100],
    [1, 100, batch(10), 2],
    [1e6, 60_000, batch(1), 1000],
  ])('%d messages/s of %d ms with %j in hand are drained by %d at once', (rate, time, inHand, value) => {
    expect(concurrencyForDrainRate(rate, Duration.millis(time), inHand)).toMatchObject({ name: 'maxConcurrency', value });
  });

  test('traffic is rounded up where a drain rate is rounded down', () => {
    expect(concurrencyForTraffic(traffic(100, 1.99), Duration.millis(500), batch(10)))
      .toEqual({ name: 'maxConcurrency', value: 10, unit: 'batches at once', arithmetic: '199 messages/s x 0.5 s = 99.5 in hand; 10 a worker -> 9.95, rounded up' });
    expect(concurrencyForDrainRate(199, Duration.millis(500), batch(10)).arithmetic)
      .toBe('199 messages/s x 0.5 s = 99.5 in hand; 10 a worker -> 9.95, rounded down');
    expect(concurrencyForDrainRate(1, Duration.millis(100), batch(10)).arithmetic).toMatch(/; 2 is the least of AWS Lambda$/);
  });

  test('the depth that may wait follows from the age that it may reach', () => {
    expect(depthForTraffic(traffic(10, 3), Duration.minutes(15)))
      .toEqual({ name: 'maxDepth', value: 27_000, unit: 'messages', arithmetic: '30 messages/s x 15 minutes -> 27000' });
  });

  test('a drain rate bounds the consumer, and the queue keeps the arithmetic', () => {
    const { stack, queue } = jobs({});
    queue.consumedBy(service(stack), { idempotent: true, drainRate: 200, timePerMessage: Duration.millis(500) });
    expect(onlyOne(stack, MAPPING)).toMatchObject({ ScalingConfig: { MaximumConcurrency: 10 } });
    expect(queue.sizing).toMatchObject([{ name: 'maxConcurrency', value: 10 }]);
  });

  test('traffic sizes consumers that tell their time, and the depth alarm', () => {
    const { stack, queue } = jobs({ traffic: traffic(100, 3) }, stackWith(Profile.PRODUCTION));
    queue.consumedBy(service(stack), { idempotent: true, timePerMessage: Duration.seconds(1) });
    expect(onlyOne(stack, MAPPING)).toMatchObject({ ScalingConfig: { MaximumConcurrency: 30 } });
    expect(resourcesOf(stack).JobsDepthAlarm!.Properties).toMatchObject({ Threshold: 270_000, MetricName: 'ApproximateNumberOfMessagesVisible' });
    expect(queue.sizing.map(({ name, value }) => [name, value])).toEqual([['maxDepth', 270_000], ['maxConcurrency', 30]]);
  });

  test('what is said outweighs what follows', () => {
    const { stack, queue } = jobs({ traffic: traffic(100), maxDepth: 5 }, stackWith(Profile.PRODUCTION));
    queue.consumedBy(service(stack), { idempotent: true, timePerMessage: Duration.seconds(1), maxConcurrency: 3 });
    expect(onlyOne(stack, MAPPING)).toMatchObject({ ScalingConfig: { MaximumConcurrency: 3 } });
    expect(resourcesOf(stack).JobsDepthAlarm!.Properties.Threshold).toBe(5);
    expect(queue.sizing).toEqual([]);
  });

  test('a queue in a path where somebody waits less than half a second is refused', () => {
    const p99 = Duration.millis(200);
    expect(refusedBy(() => jobs({ traffic: new TrafficEstimate({ requestsPerSecond: 1, p99 }) })))
      .toMatchObject([{ code: 'WorkQueue.SynchronousPath', given: 'traffic.p99 is 200 ms' }]);
    expect(() => jobs({ traffic: new TrafficEstimate({ requestsPerSecond: 1, p99: Duration.millis(500) }) })).not.toThrow();
  });
});

describe('priorities', () => {
  const LEVELS = [{ name: 'urgent', share: 3 }, { name: 'bulk' }];
  const prioritised = (props: Partial<PriorityWorkQueueProps> = {}, stack = stackWith()) =>
    ({ stack, queue: new PriorityWorkQueue(stack, 'Jobs', { levels: LEVELS, ...props }) });

  test('are a queue for each level, each as told', () => {
    const { stack, queue } = prioritised({ queue: { delay: Duration.seconds(7) } });
    expect(queue.queues.map(({ node }) => node.id)).toEqual(['urgent', 'bulk']);
    expect(namesOf(stack, 'AWS::SQS::Queue').sort())
      .toEqual(['JobsbulkDeadLetterQueue', 'JobsbulkQueue', 'JobsurgentDeadLetterQueue', 'JobsurgentQueue']);
    expect(resourcesOf(stack).JobsbulkQueue!.Properties.DelaySeconds).toBe(7);
  });

  test('share the concurrency, and no level is left without', () => {
    const { stack, queue } = prioritised({ levels: [{ name: 'urgent', share: 90 }, { name: 'normal', share: 9 }, { name: 'bulk', share: 1 }] });
    queue.consumedBy(service(stack), { idempotent: true, maxConcurrency: 100 });
    const mappings = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === MAPPING);
    expect(mappings.map(({ Properties }) => Properties.ScalingConfig)).toEqual([
      { MaximumConcurrency: 90 }, { MaximumConcurrency: 9 }, { MaximumConcurrency: 2 },
    ]);
  });

  test('are told to producers and consumers under the names of the levels', () => {
    const { stack, queue } = prioritised();
    const worker = service(stack);
    worker.use(queue, Access.WRITE, { name: 'work' });
    queue.consumedBy(worker, { idempotent: true, name: 'work' });
    expect(environmentOf(stack)).toMatchObject({
      WORK_URGENT_QUEUE_URL: { Ref: 'JobsurgentQueue' },
      WORK_BULK_QUEUE_URL: { Ref: 'JobsbulkQueue' },
      WORK_URGENT_RETRY: '5,1,900',
      WORK_BULK_RETRY: '5,1,900',
    });
  });

  test('refuse what a single queue refuses', () => {
    const { stack, queue } = prioritised();
    expect(codesOf(() => queue.consumedBy(service(stack), { idempotent: false }))).toEqual(['WorkQueue.NotIdempotent']);
    expect(codesOf(() => service(stack, 'Reader').use(queue, Access.READ))).toEqual(['WorkQueue.ReadByUse']);
  });

  const stack = stackWith();
  const BROKEN: Record<string, PriorityWorkQueueProps> = {
    'PriorityWorkQueue.WrongType': { levels: ['urgent'] as unknown as PriorityWorkQueueProps['levels'] },
    'PriorityWorkQueue.Levels': { levels: [{ name: 'one' }] },
    'PriorityWorkQueue.LevelName': { levels: [{ name: 'urgent' }, { name: '1' }] },
    'PriorityWorkQueue.LevelTwice': { levels: [{ name: 'urgent' }, { name: 'URGENT' }] },
    'PriorityWorkQueue.Share': { levels: [{ name: 'urgent', share: 0 }, { name: 'bulk' }] },
    'PriorityWorkQueue.AdoptsOneQueue': { levels: LEVELS, queue: { queue: new Queue(stack, 'Plain') } },
  };

  test.each(PRIORITY_WORK_QUEUE_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => prioritised(BROKEN[code]))).toEqual([code]);
  });
});
