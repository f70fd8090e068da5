import { CfnParameter, Duration, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Table, TableClass } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Cache, CacheCapacity, CacheEngine } from '../../../lib/cache';
import { Access, Profile, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { FailMode, RateLimitAlgorithm, RateLimiter, type RateLimiterProps } from '../../../lib/rate-limiter';
import { RATE_LIMITER_RULES } from '../../../lib/rate-limiter/rate-limiter-rules';
import { rateLimitSettings } from '../../../runtime/rate-limiter';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const LIMIT: RateLimiterProps = { requests: 100, window: Duration.minutes(1), whenUnavailable: FailMode.OPEN };
const made = (props: Partial<RateLimiterProps> = {}, stack = stackWith()) => ({ stack, limiter: new RateLimiter(stack, 'PerUser', { ...LIMIT, ...props }) });
const environmentOf = (stack: ReturnType<typeof stackWith>) =>
  (onlyOne(stack, 'AWS::Lambda::Function').Environment as { Variables: Record<string, unknown> }).Variables;

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table whose items expire, under %s', (_, context) => {
    const { stack, limiter } = made({}, stackWith(Profile.SANDBOX, { context }));
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      PerUserStateTable: pinnedTable({ partitionKey: 'key', expiresBy: 'expiresAt' }),
    });
    expect(limiter.node.defaultChild).toBe(limiter.store!.table);
    expect(limiter.cache).toBeUndefined();
  });

  test('under PRODUCTION adds recovery, protection and the alarm of the table', () => {
    const { stack } = made({}, stackWith(Profile.PRODUCTION));
    const { PerUserStateTable, PerUserStateThrottlesAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual({});
    expect(PerUserStateTable?.Properties.Replicas).toMatchObject([
      { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    ]);
    expect(PerUserStateThrottlesAlarm?.Type).toBe('AWS::CloudWatch::Alarm');
  });
});

test('every prop shapes the table or what the code is told', () => {
  const { stack, limiter } = made({
    requests: 30, window: Duration.hours(1), burst: 5, algorithm: RateLimitAlgorithm.TOKEN_BUCKET,
    whenUnavailable: FailMode.CLOSED,
    traffic: new TrafficEstimate({ requestsPerSecond: 100, peakFactor: 2, readRatio: 1 }), disposable: true,
    tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
  });
  expect(onlyOne(stack, TABLE)).toMatchObject({
    Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS' }],
    // Every request is one write: 200/s at peak, twice.
    WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 400 },
  });
  expect(Object.values(resourcesOf(stack))[0]!.DeletionPolicy).toBe('Delete');
  expect(limiter.store!.sizing.map(({ name, value }) => [name, value])).toContainEqual(['maxWrites', 400]);
});

describe('compute that uses it', () => {
  const wired = (props: Partial<RateLimiterProps> = {}, access = Access.WRITE, options = {}) => {
    const { stack, limiter } = made(props);
    new FunctionService(stack, 'Api', { handler: HANDLER }).use(limiter, access, options);
    return { stack, limiter };
  };

  test('may write the table and nothing else, and is told the limit as the runtime reads it', () => {
    const { stack } = wired({ requests: 30, burst: 5 });
    expect(statementsOf(stack).flatMap(({ Action }) => Action).filter((action) => action.startsWith('dynamodb:'))).toEqual([
      'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:DescribeTable', 'dynamodb:PutItem', 'dynamodb:UpdateItem',
    ]);
    const { PER_USER_TABLE_NAME, PER_USER_RATE_LIMIT, ...others } = environmentOf(stack);
    expect(PER_USER_TABLE_NAME).toEqual({ Ref: 'PerUserStateTable' });
    expect(PER_USER_RATE_LIMIT).toMatch(/^token-bucket,30,60,5,open,Stack-PerUser-?\w*$/);
    expect(Object.keys(others).filter((name) => name.startsWith('PER_USER'))).toEqual([]);
    expect(rateLimitSettings('PER_USER', { PER_USER_RATE_LIMIT: String(PER_USER_RATE_LIMIT) })).toEqual({
      limit: { algorithm: 'token-bucket', requests: 30, windowSeconds: 60, burst: 5 }, whenUnavailable: 'open',
      namespace: expect.stringMatching(/^Stack-PerUser/),
    });
  });

  test.each<[Partial<RateLimiterProps>, RegExp]>([
    [{}, /^token-bucket,100,60,100,open,/],
    [{ algorithm: RateLimitAlgorithm.SLIDING_WINDOW, whenUnavailable: FailMode.CLOSED }, /^sliding-window,100,60,closed,/],
  ])('is told %j', (props, value) => {
    const { stack } = wired(props, Access.READ_WRITE, { name: 'limit' });
    expect(environmentOf(stack).LIMIT_RATE_LIMIT).toMatch(value);
    expect(environmentOf(stack).LIMIT_TABLE_NAME).toBeDefined();
    expect(() => rateLimitSettings('LIMIT', environmentOf(stack) as Record<string, string>)).not.toThrow();
  });

  test('is told numbers that are known only at deployment', () => {
    const stack = stackWith();
    const requests = new CfnParameter(stack, 'Requests', { type: 'Number', default: 100 }).valueAsNumber;
    const { limiter } = made({ requests }, stack);
    new FunctionService(stack, 'Api', { handler: HANDLER }).use(limiter, Access.WRITE);
    expect(JSON.stringify(environmentOf(stack).PER_USER_RATE_LIMIT))
      .toMatch(/token-bucket,.*"Ref":"Requests".*,60,.*"Ref":"Requests".*,open,/);
  });

  test('must write', () => {
    expect(refusedBy(() => wired({}, Access.READ))).toEqual([{
      code: 'RateLimiter.ReadOnly', given: 'Access.READ for Stack/Api', allowed: 'Access.WRITE or READ_WRITE: whoever asks counts',
    }]);
  });

  test('and a principal of one\'s own may take', () => {
    const { stack, limiter } = made();
    limiter.grantTake(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    expect(statementsOf(stack)[0]).toMatchObject({ Action: expect.arrayContaining(['dynamodb:UpdateItem']) });
  });
});

describe('in a cache', () => {
  const inCache = () => {
    const stack = stackWith();
    const cache = new Cache(stack, 'Counts');
    return { ...made({ cache }, stack), cache };
  };

  test('it creates nothing', () => {
    const { stack, limiter, cache } = inCache();
    const without = stackWith();
    new Cache(without, 'Counts');
    expect(resourcesOf(stack)).toEqual(resourcesOf(without));
    expect([limiter.cache, limiter.store, limiter.node.defaultChild]).toEqual([cache, undefined, undefined]);
  });

  test('compute reaches and signs in to the cache, as the user that writes', () => {
    const { stack, limiter } = inCache();
    new FunctionService(stack, 'Api', { handler: HANDLER, network: Network.of(stack) }).use(limiter, Access.WRITE);
    const variables = environmentOf(stack);
    expect(variables).toMatchObject({
      PER_USER_ENDPOINT: expect.anything(), PER_USER_PORT: expect.anything(), PER_USER_TLS: 'true', PER_USER_CLUSTER_MODE: 'true',
      PER_USER_RATE_LIMIT: expect.stringMatching(/^token-bucket,/),
    });
    expect(variables.PER_USER_TABLE_NAME).toBeUndefined();
    expect(statementsOf(stack).map(({ Action }) => Action)).toContain('elasticache:Connect');
    expect(namesOf(stack, 'AWS::ElastiCache::User')).toEqual(['CountsUser']);
  });

  test('a principal of one\'s own may sign in', () => {
    const { stack, limiter } = inCache();
    limiter.grantTake(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    expect(statementsOf(stack).map(({ Action }) => Action)).toEqual(['elasticache:Connect']);
  });

  test('two limiters do not count for each other', () => {
    const { stack, limiter, cache } = inCache();
    const other = new RateLimiter(stack, 'PerAddress', { ...LIMIT, cache });
    const api = new FunctionService(stack, 'Api', { handler: HANDLER, network: Network.of(stack) });
    api.use(limiter, Access.WRITE);
    api.use(other, Access.WRITE);
    const namespaces = ['PER_USER', 'PER_ADDRESS'].map((name) => rateLimitSettings(name, environmentOf(stack) as Record<string, string>).namespace);
    expect(new Set(namespaces).size).toBe(2);
  });

  test.each([{}, { capacity: CacheCapacity.nodes() }, { capacity: CacheCapacity.serverless({}) }])('Memcached runs no scripts: %j', (props) => {
    const stack = stackWith();
    expect(codesOf(() => made({ cache: new Cache(stack, 'Counts', { engine: CacheEngine.MEMCACHED, ...props }) }, stack))).toEqual(['RateLimiter.NoScripts']);
  });
});

test('a table that exists is adopted', () => {
  const stack = stackWith();
  const { limiter } = made({ table: Table.fromTableName(stack, 'Imported', 'limits') }, stack);
  new FunctionService(stack, 'Api', { handler: HANDLER }).use(limiter, Access.WRITE);
  expect(namesOf(stack, TABLE)).toEqual([]);
  expect(environmentOf(stack)).toMatchObject({ PER_USER_TABLE_NAME: 'limits' });
});

test('two in one stack have tables of their own', () => {
  const { stack } = made();
  new RateLimiter(stack, 'PerAddress', LIMIT);
  expect(namesOf(stack, TABLE)).toEqual(['PerUserStateTable', 'PerAddressStateTable']);
});

describe('a limit that one item cannot carry', () => {
  const fast = { requests: 2000, window: Duration.seconds(1) };
  test('is warned of', () => {
    const { stack } = made(fast);
    Annotations.fromStack(stack).hasWarning('/Stack/PerUser', Match.stringLikeRegexp('one key may take 2000 requests a second'));
  });

  test('not in a cache, and not below', () => {
    const stack = stackWith();
    made({ ...fast, cache: new Cache(stack, 'Counts') }, stack);
    new RateLimiter(stack, 'Slow', { ...LIMIT, requests: 1000, window: Duration.seconds(1) });
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('requests a second'));
  });
});

describe('what is refused', () => {
  const adopted = () => Table.fromTableName(stackWith(), 'Imported', 'limits');
  const wrong = (props: Record<string, unknown>) => props as Partial<RateLimiterProps>;
  const BROKEN: Record<string, [Partial<RateLimiterProps>, string]> = {
    'RateLimiter.WrongType': [wrong({ requests: '100' }), "requests is '100'"],
    'RateLimiter.AdoptOrShape': [{ table: adopted(), disposable: true }, 'table together with disposable'],
    'RateLimiter.Requests': [{ requests: 0 }, 'requests is 0'],
    'RateLimiter.Window': [{ window: Duration.days(31) }, 'window is 2678400 s'],
    'RateLimiter.Rate': [{ requests: 10_001, window: Duration.seconds(1) }, '10001 requests a second'],
    'RateLimiter.Burst': [{ burst: 0 }, 'burst is 0'],
    'RateLimiter.BurstOfWindow': [{ burst: 5, algorithm: RateLimitAlgorithm.SLIDING_WINDOW }, 'burst with RateLimitAlgorithm.SLIDING_WINDOW'],
    'RateLimiter.Refill': [{ requests: 1, window: Duration.days(30), burst: 13 }, 'a burst that takes 390 days to come back'],
    'RateLimiter.Algorithm': [wrong({ algorithm: 'leaky' }), "algorithm is 'leaky'"],
    'RateLimiter.WhenUnavailable': [wrong({ whenUnavailable: undefined }), 'whenUnavailable is undefined'],
    'RateLimiter.NoScripts': [{}, 'a cache of Memcached'],
  };

  test.each(RATE_LIMITER_RULES.map(({ code }) => [code]))('%s', (code) => {
    const stack = stackWith();
    const cache = code === 'RateLimiter.NoScripts' ? { cache: new Cache(stack, 'Counts', { engine: CacheEngine.MEMCACHED }) } : {};
    const [props, given] = BROKEN[code]!;
    expect(refusedBy(() => made({ ...props, ...cache }, stack)))
      .toEqual([{ code, given, allowed: expect.stringMatching(/.{3}/) }]);
  });

  test.each<[Partial<RateLimiterProps>, string, string]>([
    [wrong({ requests: undefined }), 'RateLimiter.Requests', 'requests is undefined'],
    [wrong({ window: undefined }), 'RateLimiter.Window', 'window is undefined'],
    [{ window: Duration.seconds(Token.asNumber({ Ref: 'Seconds' })) }, 'RateLimiter.Window', 'window is known only at deployment'],
    [wrong({ whenUnavailable: 'maybe' }), 'RateLimiter.WhenUnavailable', "whenUnavailable is 'maybe'"],
  ])('%j', (props, code, given) => {
    expect(refusedBy(() => made(props))).toEqual([{ code, given, allowed: expect.any(String) }]);
  });

  test('a cache and a table together, and what would shape a table', () => {
    const stack = stackWith();
    const cache = new Cache(stack, 'Counts');
    expect(refusedBy(() => made({ cache, table: adopted() }, stack))[0]).toMatchObject({ given: 'table together with cache' });
    expect(codesOf(() => new RateLimiter(stack, 'Other', { ...LIMIT, cache, tableProps: {} }))).toEqual(['RateLimiter.AdoptOrShape']);
  });

  test('all at once', () => {
    expect(codesOf(() => made({ requests: 0, burst: 0 }))).toEqual(['RateLimiter.Requests', 'RateLimiter.Burst']);
  });

  test('a number known only at deployment is not', () => {
    const requests = Token.asNumber({ Ref: 'Requests' });
    expect(() => made({ requests, burst: Token.asNumber({ Ref: 'Burst' }) })).not.toThrow();
    expect(() => made({ burst: 5, requests })).not.toThrow();
  });
});
