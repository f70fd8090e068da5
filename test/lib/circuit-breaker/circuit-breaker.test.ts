import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Table, TableClass } from 'aws-cdk-lib/aws-dynamodb';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Cache, CacheEngine } from '../../../lib/cache';
import { CircuitBreaker, type CircuitBreakerProps } from '../../../lib/circuit-breaker';
import { CIRCUIT_BREAKER_RULES } from '../../../lib/circuit-breaker/circuit-breaker-rules';
import { Access, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { CircuitBreaker as Breaker, circuitBreakerSettings } from '../../../runtime/circuit-breaker';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const DEFAULTS = '0.5,10,10000,5000,60000,3,10000,1000';
const variablesOf = (stack: Stack) =>
  (onlyOne(stack, 'AWS::Lambda::Function').Environment as { Variables: Record<string, string> }).Variables;

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const breaker = new CircuitBreaker(stack, 'Payments');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      PaymentsStateTable: pinnedTable({ partitionKey: 'name' }),
    });
    expect(breaker.node.defaultChild).toBe(breaker.table);
    expect(breaker.dependency).toBe('Payments');
  });

  test('under PRODUCTION adds recovery, protection and the alarm of its table', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new CircuitBreaker(stack, 'Payments');
    const { PaymentsStateTable, PaymentsStateThrottlesAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual({});
    expect(PaymentsStateThrottlesAlarm).toBeDefined();
    expect(PaymentsStateTable?.Properties).toMatchObject({
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });
});

test('every prop shapes what it should', () => {
  const stack = stackWith();
  const breaker = new CircuitBreaker(stack, 'Breaker', {
    dependency: 'psp.eu_1-b', failureThreshold: 0.25, minimumCalls: 7, window: Duration.minutes(1),
    openFor: Duration.seconds(2), maxOpenFor: Duration.seconds(30), probes: 1, timeout: Duration.millis(250),
    syncInterval: Duration.millis(500), disposable: true,
    tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
  });
  new FunctionService(stack, 'Checkout', { handler: HANDLER }).use(breaker, Access.READ_WRITE);
  expect(resourcesOf(stack).BreakerStateTable).toMatchObject({
    DeletionPolicy: 'Delete', Properties: { Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS' }] },
  });
  expect(variablesOf(stack).BREAKER_CIRCUIT_BREAKER).toBe('psp.eu_1-b,0.25,7,60000,2000,30000,1,250,500');
});

test('its defaults are those of the runtime, which reads them as they were told', () => {
  const stack = stackWith();
  new FunctionService(stack, 'Checkout', { handler: HANDLER }).use(new CircuitBreaker(stack, 'Payments'), Access.READ_WRITE);
  const told = circuitBreakerSettings('PAYMENTS', variablesOf(stack));
  const { policy } = new Breaker({ dependency: 'Payments' }) as unknown as { readonly policy: object };
  expect(told).toEqual({ dependency: 'Payments', ...policy });
});

test('a first opening that is longer than the longest makes that as long', () => {
  const stack = stackWith();
  const breaker = new CircuitBreaker(stack, 'Payments', { openFor: Duration.minutes(2) });
  new FunctionService(stack, 'Checkout', { handler: HANDLER }).use(breaker, Access.READ_WRITE);
  expect(variablesOf(stack).PAYMENTS_CIRCUIT_BREAKER).toBe('Payments,0.5,10,10000,120000,120000,3,10000,1000');
});

describe('it refuses', () => {
  const stack = stackWith();
  const table = Table.fromTableName(stack, 'Imported', 'circuits');
  const BROKEN: Record<string, CircuitBreakerProps> = {
    'CircuitBreaker.WrongType': { failureThreshold: 'half' as unknown as number },
    'CircuitBreaker.AdoptOrShape': { table, disposable: true },
    'CircuitBreaker.NoScripts': { cache: new Cache(stack, 'Memcached', { engine: CacheEngine.MEMCACHED }) },
    'CircuitBreaker.LateDuration': { timeout: Duration.seconds(Lazy.number({ produce: () => 1 })) },
    'CircuitBreaker.Dependency': { dependency: 'a,b' },
    'CircuitBreaker.FailureThreshold': { failureThreshold: 50 },
    'CircuitBreaker.MinimumCalls': { minimumCalls: 0 },
    'CircuitBreaker.Probes': { probes: 101 },
    'CircuitBreaker.Window': { window: Duration.hours(2) },
    'CircuitBreaker.OpenFor': { openFor: Duration.minutes(61), maxOpenFor: undefined },
    'CircuitBreaker.MaxOpenFor': { maxOpenFor: Duration.hours(2) },
    'CircuitBreaker.Timeout': { timeout: Duration.millis(9) },
    'CircuitBreaker.SyncInterval': { syncInterval: Duration.millis(99) },
    'CircuitBreaker.MaxBelowFirst': { openFor: Duration.seconds(10), maxOpenFor: Duration.seconds(9) },
    'CircuitBreaker.WindowBelowSync': { window: Duration.seconds(4), syncInterval: Duration.seconds(5) },
  };

  test('in every way that it has', () => {
    expect(Object.keys(BROKEN)).toEqual(CIRCUIT_BREAKER_RULES.map(({ code }) => code));
  });

  test.each(CIRCUIT_BREAKER_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new CircuitBreaker(new Stack(), 'Payments', BROKEN[code]!))).toEqual([code]);
  });

  test('everything at once, naming what was given', () => {
    const props = {
      dependency: '', failureThreshold: 0, window: Duration.millis(1500), timeout: Duration.hours(1), syncInterval: Duration.seconds(20),
    };
    expect(refusedBy(() => new CircuitBreaker(stackWith(), 'Payments', props))).toEqual([
      { code: 'CircuitBreaker.Dependency', given: "dependency is ''", allowed: '1 to 64 letters, digits, _, - and .' },
      { code: 'CircuitBreaker.FailureThreshold', given: 'failureThreshold is 0', allowed: 'a share above 0, up to 1' },
      { code: 'CircuitBreaker.Window', given: 'window is 1.5 s', allowed: 'whole seconds from 1 to 3600' },
      { code: 'CircuitBreaker.Timeout', given: 'timeout is 3600000 ms', allowed: 'whole milliseconds from 10 to 900000' },
      { code: 'CircuitBreaker.WindowBelowSync', given: 'window is 1 second 500 millis', allowed: 'at least syncInterval, 20 seconds' },
    ]);
    expect(codesOf(() => new CircuitBreaker(stackWith(), 'Payments', { syncInterval: Duration.seconds(11) })))
      .toEqual(['CircuitBreaker.WindowBelowSync']);
    expect(codesOf(() => new CircuitBreaker(stackWith(), 'Payments', { maxOpenFor: Duration.seconds(4) })))
      .toEqual(['CircuitBreaker.MaxBelowFirst']);
  });

  test('a table together with a cache', () => {
    const both = stackWith();
    const props = { table: Table.fromTableName(both, 'Imported', 'circuits'), cache: new Cache(both, 'Cache') };
    expect(refusedBy(() => new CircuitBreaker(both, 'Payments', props)))
      .toMatchObject([{ code: 'CircuitBreaker.AdoptOrShape', given: 'table together with cache' }]);
  });

  test.each([Access.READ, Access.WRITE])('use with %s', (access) => {
    const to = stackWith();
    const worker = new FunctionService(to, 'Checkout', { handler: HANDLER });
    expect(refusedBy(() => worker.use(new CircuitBreaker(to, 'Payments'), access))).toEqual([{
      code: 'CircuitBreaker.Access', given: `Access ${access} for Stack/Checkout`, allowed: expect.stringContaining('READ_WRITE'),
    }]);
  });

  test('nothing that is known only at deployment, where that is text or a number', () => {
    const to = stackWith();
    const minimumCalls = new CfnParameter(to, 'Calls', { type: 'Number' }).valueAsNumber;
    const breaker = new CircuitBreaker(to, 'Payments', { dependency: new CfnParameter(to, 'Name').valueAsString, minimumCalls });
    new FunctionService(to, 'Checkout', { handler: HANDLER }).use(breaker, Access.READ_WRITE);
    expect(variablesOf(to).PAYMENTS_CIRCUIT_BREAKER).toEqual({
      'Fn::Join': ['', [{ Ref: 'Name' }, ',0.5,', { Ref: 'Calls' }, ',10000,5000,60000,3,10000,1000']],
    });
  });
});

describe('compute that uses it', () => {
  test('reads and writes the table, and finds it with its settings', () => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Checkout', { handler: HANDLER });
    worker.use(new CircuitBreaker(stack, 'Payment service (EU)'), Access.READ_WRITE, { name: 'psp' });
    expect(variablesOf(stack)).toEqual({
      PSP_CIRCUIT_BREAKER: `Payment-service--EU-,${DEFAULTS}`, PSP_TABLE_NAME: { Ref: namesOf(stack, TABLE)[0] },
    });
    const [, , ...granted] = statementsOf(stack);
    const Resource = { 'Fn::GetAtt': [namesOf(stack, TABLE)[0], 'Arn'] };
    expect(granted).toMatchObject([{ Resource }, { Resource }]);
    expect(granted.flatMap(({ Action }) => Action)).toEqual(expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:UpdateItem']));
  });

  test('is told the construct id as name of the table, not that of the inner store', () => {
    const stack = stackWith();
    new FunctionService(stack, 'Checkout', { handler: HANDLER }).use(new CircuitBreaker(stack, 'Payments'), Access.READ_WRITE);
    expect(Object.keys(variablesOf(stack)).sort()).toEqual(['PAYMENTS_CIRCUIT_BREAKER', 'PAYMENTS_TABLE_NAME']);
  });

  test('finds the state in a cache', () => {
    const stack = stackWith();
    const cache = new Cache(stack, 'Cache');
    const breaker = new CircuitBreaker(stack, 'Payments', { cache, dependency: 'psp', probes: 1 });
    const worker = new FunctionService(stack, 'Checkout', { handler: HANDLER, network: Network.of(stack) });
    worker.use(breaker, Access.READ_WRITE);
    expect(breaker).toMatchObject({ store: cache, table: undefined });
    expect(namesOf(stack, TABLE)).toEqual([]);
    expect(variablesOf(stack)).toMatchObject({
      PAYMENTS_CIRCUIT_BREAKER: 'psp,0.5,10,10000,5000,60000,1,10000,1000', PAYMENTS_ENDPOINT: expect.anything(),
    });
  });
});

test('an existing table is adopted: nothing is created, and two circuits may share it', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const table = Table.fromTableName(stack, 'Imported', 'circuits');
  const breakers = ['Payments', 'Search'].map((id) => new CircuitBreaker(stack, id, { table, minimumCalls: 20 }));
  expect(breakers.map((breaker) => breaker.table)).toEqual([table, table]);
  expect(templateOf(stack).Resources).toBeUndefined();
});

test('two of them live in one stack, without physical names', () => {
  const stack = stackWith();
  new CircuitBreaker(stack, 'A');
  new CircuitBreaker(stack, 'B');
  expect(namesOf(stack, TABLE)).toEqual(['AStateTable', 'BStateTable']);
});
