import { CfnParameter, Duration, type Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Cache, CacheAuthentication, CacheCapacity, CacheEngine } from '../../../lib/cache';
import {
  CacheStrategy, type CacheStrategyProps, CachingStrategy, type InvalidationOptions, StampedeProtection,
} from '../../../lib/cache-strategy';
import { CACHE_STRATEGY_RULES, INVALIDATION_RULES } from '../../../lib/cache-strategy/cache-strategy-rules';
import { Access, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { Network } from '../../../lib/network';
import { WorkQueue } from '../../../lib/work-queue';
import { cacheSettings } from '../../../runtime';
import { codesOf, HANDLER, namesOf, refusedBy, resourcesOf, stackWith, statementsOf } from '../../support/stacks';

const ALARM = 'AWS::CloudWatch::Alarm';
const FUNCTION = 'AWS::Lambda::Function';

/** A strategy before a cache and a store of its own. */
function made(props: Partial<CacheStrategyProps> = {}, stack = stackWith()) {
  const cache = props.cache ?? new Cache(stack, 'Cache');
  const store = new KeyValueStore(stack, 'Items', { partitionKey: 'id' });
  return { stack, cache, store, strategy: new CacheStrategy(stack, 'Products', { store, ...props, cache }) };
}

const inside = (stack: Stack, id = 'Web') => new FunctionService(stack, id, { handler: HANDLER, network: Network.of(stack) });
const variablesOf = (stack: Stack, name: string) =>
  (resourcesOf(stack)[`${name}Function`]!.Properties.Environment as { Variables: Record<string, unknown> }).Variables;
const settingsOf = (stack: Stack, name = 'Web') => JSON.parse(variablesOf(stack, name).PRODUCTS_CACHE_STRATEGY as string) as object;
const actionsOf = (stack: Stack) => statementsOf(stack).flatMap(({ Action }) => Action)
  .filter((action) => /^(dynamodb|sqs|elasticache):/.test(action));
/** What a strategy adds to a stack with a cache and a store. */
function added(stack: Stack, before: Stack): Record<string, unknown> {
  const there = new Set(Object.keys(resourcesOf(before)));
  return Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => !there.has(name)));
}
function bare(profile = Profile.SANDBOX): Stack {
  const stack = stackWith(profile);
  new Cache(stack, 'Cache');
  new KeyValueStore(stack, 'Items', { partitionKey: 'id' });
  return stack;
}

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('adds nothing to the cache, under %s', (_, context) => {
    for (const profile of [Profile.SANDBOX, Profile.PRODUCTION]) {
      const stack = stackWith(profile, { context });
      const cache = new Cache(stack, 'Cache');
      const before = resourcesOf(stack);
      const strategy = new CacheStrategy(stack, 'Products', { cache });
      const again = stackWith(profile, { context });
      new CacheStrategy(again, 'Products', { cache: new Cache(again, 'Cache') });
      expect(resourcesOf(again)).toEqual(before);
      expect([strategy.cache, strategy.store, strategy.queue, strategy.namespace]).toEqual([cache, undefined, undefined, 'Stack/Products']);
    }
  });

  test('tells the code its settings, which the runtime reads', () => {
    const { stack, strategy } = made();
    inside(stack).use(strategy, Access.READ);
    const settings = { strategy: 'cache-aside', namespace: 'Stack/Products', ttlSeconds: 300, jitter: 0.1, stampede: 'coalesce' };
    expect(settingsOf(stack)).toEqual(settings);
    expect(cacheSettings('PRODUCTS', variablesOf(stack, 'Web') as Record<string, string>)).toEqual(settings);
  });
});

test('every prop reaches the code', () => {
  const { stack, strategy } = made({
    strategy: CachingStrategy.WRITE_AROUND, ttl: Duration.hours(1), negativeTtl: Duration.seconds(30), stale: Duration.minutes(5),
    jitter: 0.25, refreshAhead: 0.5, stampede: StampedeProtection.LOCK, lease: Duration.seconds(3), namespace: 'shop',
  });
  inside(stack).use(strategy, Access.READ_WRITE);
  expect(settingsOf(stack)).toEqual({
    strategy: 'write-around', namespace: 'shop', ttlSeconds: 3600, negativeTtlSeconds: 30, staleSeconds: 300, jitter: 0.25,
    refreshAhead: 0.5, stampede: 'lock', leaseMilliseconds: 3000,
  });
});

describe('wiring', () => {
  const READS = ['dynamodb:GetItem'];
  const WRITES = ['dynamodb:PutItem'];
  const SENDS = ['sqs:SendMessage'];
  test.each([
    [CachingStrategy.CACHE_ASIDE, Access.READ, READS, [...WRITES, ...SENDS]],
    [CachingStrategy.READ_THROUGH, Access.WRITE, WRITES, [...READS, ...SENDS]],
    [CachingStrategy.WRITE_THROUGH, Access.READ_WRITE, [...READS, ...WRITES], SENDS],
    [CachingStrategy.WRITE_BEHIND, Access.READ, READS, [...WRITES, ...SENDS]],
    [CachingStrategy.WRITE_BEHIND, Access.WRITE, SENDS, [...READS, ...WRITES]],
    [CachingStrategy.WRITE_BEHIND, Access.READ_WRITE, [...READS, ...SENDS], WRITES],
  ])('%s with %s gives the cache and what it needs of the store', (kind, access, given, kept) => {
    const { stack, strategy } = made({ strategy: kind });
    inside(stack).use(strategy, access);
    if (strategy.queue) {
      strategy.drainedBy(inside(stack, 'Drain'), { idempotent: true });
    }
    const mine = Object.entries(resourcesOf(stack)).filter(([name]) => name.startsWith('Web'));
    const text = JSON.stringify(mine);
    expect([...given, 'elasticache:Connect'].filter((action) => !text.includes(`"${action}"`))).toEqual([]);
    expect(kept.filter((action) => text.includes(`"${action}"`))).toEqual([]);
  });

  test('signs in as the user that writes, reaches the cache, and goes by the name that is given', () => {
    const { stack, strategy } = made({ strategy: CachingStrategy.WRITE_BEHIND });
    inside(stack).use(strategy, Access.READ_WRITE, { name: 'shopItems' });
    strategy.drainedBy(inside(stack, 'Drain'), { idempotent: true });
    expect(Object.keys(variablesOf(stack, 'Web')).sort()).toEqual([
      'CACHE_NAME', 'CACHE_STRATEGY', 'CLUSTER_MODE', 'ENDPOINT', 'ORDER_BY', 'PORT', 'QUEUE_URL', 'READER_ENDPOINT', 'READER_PORT',
      'SERVERLESS', 'TABLE_NAME', 'TLS', 'USER',
    ].map((setting) => `SHOP_ITEMS_${setting}`));
    expect(variablesOf(stack, 'Web').SHOP_ITEMS_USER).toEqual({ Ref: 'CacheUser' });
    expect(namesOf(stack, 'AWS::ElastiCache::User')).toEqual(['CacheUser']);
    expect(namesOf(stack, 'AWS::EC2::SecurityGroupIngress').length).toBeGreaterThan(0);
    expect(variablesOf(stack, 'Web').SHOP_ITEMS_ORDER_BY).toBe('key');
  });

  test('of compute outside a network is refused', () => {
    const { stack, strategy } = made();
    const web = new FunctionService(stack, 'Web', { handler: HANDLER });
    expect(codesOf(() => web.use(strategy, Access.READ))).toHaveLength(1);
  });

  test('leaves the store to the program where there is none', () => {
    const { stack, strategy } = made({ store: undefined });
    inside(stack).use(strategy, Access.READ_WRITE);
    expect(actionsOf(stack)).toEqual(['elasticache:Connect']);
  });

  test('of two strategies in one stack and one cache keeps them apart', () => {
    const { stack, cache, strategy } = made({ strategy: CachingStrategy.WRITE_BEHIND });
    const other = new CacheStrategy(stack, 'Prices', { cache, strategy: CachingStrategy.WRITE_BEHIND });
    expect(other.namespace).not.toBe(strategy.namespace);
    expect(other.queue).not.toBe(strategy.queue);
    const web = inside(stack);
    web.use(strategy, Access.READ);
    web.use(other, Access.READ);
    [strategy, other].forEach((each, index) => each.drainedBy(inside(stack, `Drain${index}`), { idempotent: true }));
    expect(Object.keys(variablesOf(stack, 'Web')).filter((name) => name.endsWith('_CACHE_STRATEGY')))
      .toEqual(['PRODUCTS_CACHE_STRATEGY', 'PRICES_CACHE_STRATEGY']);
  });

  test('of a cache that exists already works the same', () => {
    const stack = stackWith();
    const arn = 'arn:aws:elasticache:eu-west-1:111122223333';
    const cache = new Cache(stack, 'Cache', {
      cache: {
        endpoint: 'c.example.com', securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0'),
        cacheArn: `${arn}:replicationgroup:c`, userArn: `${arn}:user:web`,
      },
    });
    const { strategy } = made({ cache }, stack);
    inside(stack).use(strategy, Access.READ);
    expect(variablesOf(stack, 'Web')).toMatchObject({ PRODUCTS_ENDPOINT: 'c.example.com', PRODUCTS_USER: 'web' });
  });
});

describe('writing behind', () => {
  const behind = (props: Partial<CacheStrategyProps> = {}, stack = stackWith()) =>
    made({ strategy: CachingStrategy.WRITE_BEHIND, ...props }, stack);

  test('adds an ordered queue with its dead letters, and under PRODUCTION their alarms', () => {
    const { stack, strategy } = behind();
    strategy.drainedBy(inside(stack, 'Drain'), { idempotent: true });
    const queues = Object.entries(added(stack, bare())).filter(([name]) => name.startsWith('Products'));
    expect(queues.map(([name]) => name)).toEqual([
      'ProductsWritesDeadLetterQueue', 'ProductsWritesDeadLetterQueuePolicy', 'ProductsWritesQueue', 'ProductsWritesQueuePolicy',
    ]);
    expect(resourcesOf(stack).ProductsWritesQueue).toMatchObject({
      Properties: { FifoQueue: true, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId', SqsManagedSseEnabled: true },
      DeletionPolicy: 'Retain',
    });
    const guarded = behind({}, stackWith(Profile.PRODUCTION));
    guarded.strategy.drainedBy(inside(guarded.stack, 'Drain'), { idempotent: true });
    expect(namesOf(guarded.stack, ALARM).filter((name) => name.startsWith('Products')))
      .toEqual(['ProductsWritesDeadLettersAlarm', 'ProductsWritesOldestMessageAlarm']);
  });

  test('may lose its writes with the stack where that was said, under SANDBOX', () => {
    const policy = (profile: Profile) => {
      const { stack, strategy } = behind({ disposable: true }, stackWith(profile));
      strategy.drainedBy(inside(stack, 'Drain'), { idempotent: true });
      return resourcesOf(stack).ProductsWritesQueue!.DeletionPolicy;
    };
    expect([policy(Profile.SANDBOX), policy(Profile.PRODUCTION)]).toEqual(['Delete', 'Retain']);
  });

  test('is drained by a worker that writes the store, drops from the cache, and knows the policy of retries', () => {
    const { stack, strategy } = behind();
    const reader = strategy.drainedBy(inside(stack, 'Drain'), { idempotent: true, batchSize: 5 });
    expect(reader.node.path).toContain('Drain');
    expect(Object.keys(variablesOf(stack, 'Drain')).filter((name) => !/ENDPOINT|PORT|USER|TLS|MODE|SERVERLESS|CACHE_NAME/.test(name)).sort())
      .toEqual(['PRODUCTS_CACHE_STRATEGY', 'PRODUCTS_QUEUE_URL', 'PRODUCTS_RETRY', 'PRODUCTS_TABLE_NAME']);
    expect(actionsOf(stack)).toEqual(expect.arrayContaining(['sqs:ReceiveMessage', 'dynamodb:PutItem', 'elasticache:Connect']));
    expect(actionsOf(stack)).not.toContain('dynamodb:GetItem');
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 5, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  });

  test('by nobody is an error of the app, unless the queue is somebody else\'s', () => {
    const { strategy } = behind();
    expect(strategy.node.validate()).toEqual([expect.stringContaining('CacheStrategy.NotDrained')]);
    const stack = stackWith();
    const queue = new WorkQueue(stack, 'Queue', { orderBy: 'key' });
    const adopting = behind({ queue }, stack).strategy;
    expect(adopting.node.validate()).toEqual([]);
    expect(adopting.queue).toBe(queue);
    strategy.drainedBy(inside(strategy.node.scope as Stack, 'Drain'), { idempotent: true });
    expect(strategy.node.validate()).toEqual([]);
  });

  test('refuses a drain where nothing is behind, and a worker that is not idempotent', () => {
    const { stack, strategy } = made();
    expect(refusedBy(() => strategy.drainedBy(inside(stack), { idempotent: true }))).toEqual([{
      code: 'CacheStrategy.NothingToDrain', given: 'drainedBy of cache-aside', allowed: 'CachingStrategy.WRITE_BEHIND, which alone has a queue',
    }]);
    const other = behind();
    expect(codesOf(() => other.strategy.drainedBy(inside(other.stack), { idempotent: false }))).toEqual(['WorkQueue.NotIdempotent']);
    expect(other.strategy.node.validate()).toHaveLength(1);
  });
});

describe('invalidation on changes', () => {
  const told = (stack: Stack) =>
    JSON.parse(variablesOf(stack, 'ProductsInvalidationItemsWorker').CACHE_INVALIDATION as string) as object;

  test('is a function in the network of the cache that reads the changes of the store', () => {
    const { stack, store, strategy } = made();
    const { worker, consumer } = strategy.invalidateOn(store);
    expect(worker.node.path).toBe('Stack/Products/Invalidation-Items/Worker');
    expect(told(stack)).toEqual({ namespace: 'Stack/Products', keys: ['id'] });
    expect(variablesOf(stack, 'ProductsInvalidationItemsWorker')).toMatchObject({ CACHE_USER: { Ref: 'CacheUser' }, CACHE_SERVERLESS: 'true' });
    const [mapping] = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping');
    expect(mapping!.Properties).toMatchObject({
      MaximumRetryAttempts: 999, BisectBatchOnFunctionError: true, StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(consumer.reader).toBeDefined();
    expect(actionsOf(stack).filter((action) => action.startsWith('dynamodb:'))).toEqual([
      'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams',
    ]);
    expect(Object.values(resourcesOf(stack)).filter(({ Type }) => Type.startsWith('Custom::'))).toEqual([]);
  });

  test('has its alarms under PRODUCTION', () => {
    const { stack, store, strategy } = made({}, stackWith(Profile.PRODUCTION));
    strategy.invalidateOn(store, { maxLag: Duration.minutes(1) });
    expect(namesOf(stack, ALARM).filter((name) => /Invalidation/.test(name))).toHaveLength(5);
    const alarms = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === ALARM);
    const thresholds = alarms.map(({ Properties }) => Properties.Threshold);
    expect(thresholds).toContain(60_000);
  });

  test('knows the keys of the store, and is told those of an adopted one', () => {
    const stack = stackWith();
    const { strategy } = made({}, stack);
    const two = new KeyValueStore(stack, 'Two', { partitionKey: 'id', sortKey: 'at' });
    strategy.invalidateOn(two, { versionAttribute: 'rev' });
    const table = Table.fromTableAttributes(stack, 'Imported', {
      tableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/t', tableStreamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s',
    });
    const adopted = new KeyValueStore(stack, 'Adopted', { table });
    expect(refusedBy(() => strategy.invalidateOn(adopted))).toEqual([{
      code: 'CacheStrategy.UnknownKeys', given: 'the store Stack/Adopted, whose table does not show its keys', allowed: "keys, for example ['id']",
    }]);
    const again = new KeyValueStore(stack, 'Again', { table });
    strategy.invalidateOn(again, { keys: ['a', 'b'] });
    expect(JSON.parse(variablesOf(stack, 'ProductsInvalidationTwoWorker').CACHE_INVALIDATION as string))
      .toEqual({ namespace: 'Stack/Products', keys: ['id', 'at'], versionAttribute: 'rev' });
    expect(JSON.parse(variablesOf(stack, 'ProductsInvalidationAgainWorker').CACHE_INVALIDATION as string)).toMatchObject({ keys: ['a', 'b'] });
  });

  test('serves several strategies of one store, and takes a network', () => {
    const { stack, cache, store, strategy } = made();
    const other = new CacheStrategy(stack, 'Other', { cache });
    const network = Network.of(stack);
    strategy.invalidateOn(store, { network });
    other.invalidateOn(store);
    expect(namesOf(stack, FUNCTION)).toHaveLength(2);
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('ManyConsumers'));
  });

  test('refuses a second one of a store, a cache with a password, and late writes without versions', () => {
    const { store, strategy } = made();
    strategy.invalidateOn(store);
    expect(refusedBy(() => strategy.invalidateOn(store))[0]).toMatchObject({
      code: 'CacheStrategy.InvalidatedTwice', given: 'a second invalidateOn of a store Items',
    });
    const stack = stackWith();
    const cache = new Cache(stack, 'Cache', { authentication: CacheAuthentication.PASSWORD });
    const withPassword = made({ cache }, stack);
    expect(refusedBy(() => withPassword.strategy.invalidateOn(withPassword.store))[0]).toMatchObject({
      code: 'CacheStrategy.InvalidationSignIn', given: 'the cache Stack/Cache, which wants a password',
    });
    const behind = made({ strategy: CachingStrategy.WRITE_BEHIND });
    expect(refusedBy(() => behind.strategy.invalidateOn(behind.store))[0]).toMatchObject({
      code: 'CacheStrategy.VersionNeeded', given: 'invalidateOn of write-behind without versionAttribute',
    });
    expect(() => behind.strategy.invalidateOn(behind.store, { versionAttribute: 'version' })).not.toThrow();
  });

  test.each<[Record<string, unknown>, string, string]>([
    [{ keys: 'id' }, 'CacheStrategy.InvalidationWrongType', "keys is 'id'"],
    [{ versionAttribute: 5 }, 'CacheStrategy.InvalidationWrongType', 'versionAttribute is 5'],
    [{ network: {} }, 'CacheStrategy.InvalidationWrongType', 'network is an object'],
    [{ maxLag: 5 }, 'CacheStrategy.InvalidationWrongType', 'maxLag is 5'],
    [{ keys: [] }, 'CacheStrategy.InvalidationKeys', 'keys are none'],
    [{ keys: ['a', 'b', 'c'] }, 'CacheStrategy.InvalidationKeys', "keys are 'a', 'b', 'c'"],
    [{ keys: [''] }, 'CacheStrategy.InvalidationKeys', "keys are ''"],
    [{ versionAttribute: '' }, 'CacheStrategy.InvalidationVersion', "versionAttribute is ''"],
  ])('refuses %j', (options, code, given) => {
    const { store, strategy } = made();
    expect(refusedBy(() => strategy.invalidateOn(store, options as InvalidationOptions)))
      .toEqual([{ code, given, allowed: expect.any(String) }]);
  });
});

describe('refusals', () => {
  const BEHIND = CachingStrategy.WRITE_BEHIND;
  const REFUSED: [Record<string, unknown> | ((stack: Stack) => object), string, string][] = [
    [{ ttl: 5 }, 'CacheStrategy.WrongType', 'ttl is 5'],
    [{ store: {} }, 'CacheStrategy.WrongType', 'store is an object'],
    [(stack) => ({ cache: new KeyValueStore(stack, 'K', { partitionKey: 'id' }) }), 'CacheStrategy.WrongType', 'cache is another construct'],
    [(stack) => ({ store: new WorkQueue(stack, 'K') }), 'CacheStrategy.WrongType', 'store is another construct'],
    [(stack) => ({ queue: new Cache(stack, 'K') }), 'CacheStrategy.WrongType', 'queue is another construct'],
    [{ strategy: 'write-back' }, 'CacheStrategy.UnknownChoice', "strategy is 'write-back'"],
    [{ stampede: 'all' }, 'CacheStrategy.UnknownChoice', "stampede is 'all'"],
    [{ cache: undefined }, 'CacheStrategy.NoCache', 'no cache'],
    [(stack) => ({ cache: new Cache(stack, 'M', { engine: CacheEngine.MEMCACHED }) }), 'CacheStrategy.NoScripts', 'a cache of Memcached'],
    [(stack) => ({ cache: new Cache(stack, 'S', { engine: CacheEngine.MEMCACHED, capacity: CacheCapacity.serverless() }) }),
      'CacheStrategy.NoScripts', 'a cache of Memcached'],
    [(stack) => ({ ttl: Duration.seconds(new CfnParameter(stack, 'P', { type: 'Number' }).valueAsNumber) }),
      'CacheStrategy.NotKnown', 'ttl known only at deployment'],
    [() => ({ jitter: Token.asNumber({ Ref: 'J' }), namespace: Token.asString({ Ref: 'N' }) }),
      'CacheStrategy.NotKnown', 'jitter, namespace known only at deployment'],
    [{ ttl: Duration.millis(1500) }, 'CacheStrategy.Ttl', 'ttl is 1.5 s'],
    [{ ttl: Duration.days(31) }, 'CacheStrategy.Ttl', 'ttl is 2678400 s'],
    [{ negativeTtl: Duration.seconds(0) }, 'CacheStrategy.NegativeTtl', 'negativeTtl is 0 s'],
    [{ negativeTtl: Duration.seconds(301) }, 'CacheStrategy.NegativeTtl', 'negativeTtl is 301 s'],
    [{ ttl: Duration.seconds(5), negativeTtl: Duration.seconds(6) }, 'CacheStrategy.NegativeTtl', 'negativeTtl is 6 s'],
    [{ stale: Duration.seconds(0) }, 'CacheStrategy.Stale', 'stale is 0 s'],
    [{ lease: Duration.hours(1) }, 'CacheStrategy.Lease', 'lease is 3600 s'],
    [{ jitter: -0.1 }, 'CacheStrategy.Jitter', 'jitter is -0.1'],
    [{ jitter: 0.95 }, 'CacheStrategy.Jitter', 'jitter is 0.95'],
    [{ jitter: NaN }, 'CacheStrategy.Jitter', 'jitter is NaN'],
    [{ refreshAhead: 0 }, 'CacheStrategy.RefreshAhead', 'refreshAhead is 0 with a jitter of 0.1'],
    [{ refreshAhead: 1 }, 'CacheStrategy.RefreshAhead', 'refreshAhead is 1 with a jitter of 0.1'],
    [{ refreshAhead: 0.6, jitter: 0.4 }, 'CacheStrategy.RefreshAhead', 'refreshAhead is 0.6 with a jitter of 0.4'],
    [{ namespace: 'a{b' }, 'CacheStrategy.Namespace', "namespace is 'a{b'"],
    [{ namespace: '' }, 'CacheStrategy.Namespace', "namespace is ''"],
    [{ disposable: true }, 'CacheStrategy.QueueUnused', 'disposable with cache-aside'],
    [(stack) => ({ queue: new WorkQueue(stack, 'Q', { orderBy: 'key' }), strategy: CachingStrategy.WRITE_AROUND }),
      'CacheStrategy.QueueUnused', 'queue with write-around'],
    [(stack) => ({ queue: new WorkQueue(stack, 'Q', { orderBy: 'key' }), disposable: true, strategy: BEHIND }),
      'CacheStrategy.QueueOrShape', 'queue together with disposable'],
    [(stack) => ({ queue: new WorkQueue(stack, 'Q'), strategy: BEHIND }), 'CacheStrategy.QueueNotOrdered', 'the queue Stack/Q, which keeps no order'],
  ];

  test.each(REFUSED)('of %j are coded', (given, code, text) => {
    const stack = stackWith();
    const props = typeof given === 'function' ? given(stack) : given;
    expect(refusedBy(() => new CacheStrategy(stack, 'Products', { cache: new Cache(stack, 'Cache'), ...props } as CacheStrategyProps)))
      .toEqual([{ code, given: text, allowed: expect.any(String) }]);
  });

  test('of nothing at all, and of several at once', () => {
    const stack = stackWith();
    expect(codesOf(() => new CacheStrategy(stack, 'A', undefined as never))).toContain('CacheStrategy.WrongType');
    const cache = new Cache(stack, 'Cache');
    expect(codesOf(() => new CacheStrategy(stack, 'B', { cache, ttl: Duration.days(60), jitter: 2, namespace: '' })))
      .toEqual(['CacheStrategy.Ttl', 'CacheStrategy.Jitter', 'CacheStrategy.Namespace']);
  });

  test('have a test each', () => {
    const tested = new Set(REFUSED.map(([, code]) => code));
    expect(CACHE_STRATEGY_RULES.map(({ code }) => code).filter((code) => !tested.has(code))).toEqual([]);
    expect(INVALIDATION_RULES.map(({ code }) => code)).toEqual([
      'CacheStrategy.InvalidationWrongType', 'CacheStrategy.InvalidationKeys', 'CacheStrategy.InvalidationVersion',
    ]);
  });

  test('are none for what is at the bounds', () => {
    const { stack, cache } = made();
    const month = Duration.days(30);
    const bounds = { ttl: month, negativeTtl: month, stale: month, lease: Duration.minutes(15), jitter: 0.9 };
    expect(() => new CacheStrategy(stack, 'Most', { cache, ...bounds, refreshAhead: 0.09 })).not.toThrow();
    expect(() => new CacheStrategy(stack, 'Least', { cache, ttl: Duration.seconds(1), jitter: 0, refreshAhead: 0.999 })).not.toThrow();
  });
});

test('a stream that the store has already is read as it is', () => {
  const stack = stackWith();
  const cache = new Cache(stack, 'Cache');
  const store = new KeyValueStore(stack, 'Items', { partitionKey: 'id', stream: StreamViewType.KEYS_ONLY });
  new CacheStrategy(stack, 'Products', { cache }).invalidateOn(store);
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', { StreamSpecification: { StreamViewType: 'KEYS_ONLY' } });
});
