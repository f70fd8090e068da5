import { Duration, Lazy } from 'aws-cdk-lib';
import { Table, TableClass } from 'aws-cdk-lib/aws-dynamodb';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Cache, CacheEngine } from '../../../lib/cache';
import { Access, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Idempotency, type IdempotencyProps } from '../../../lib/idempotency';
import { IDEMPOTENCY_RULES } from '../../../lib/idempotency/idempotency-rules';
import { KeyValueStore } from '../../../lib/key-value-store';
import { idempotencySettings } from '../../../runtime/idempotency';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const TABLE = 'AWS::DynamoDB::GlobalTable';

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table that forgets, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const idempotency = new Idempotency(stack, 'Orders');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      OrdersTable: pinnedTable({ partitionKey: 'id', expiresBy: 'expiration' }),
    });
    expect(idempotency.node.defaultChild).toBe(idempotency.table);
    expect(idempotency.store).toBeInstanceOf(KeyValueStore);
  });

  test('under PRODUCTION adds recovery, protection and an alarm', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new Idempotency(stack, 'Orders');
    const { OrdersTable, OrdersThrottlesAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual({});
    expect(OrdersTable).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    });
    expect(OrdersThrottlesAlarm).toMatchObject({ Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 1 } });
  });
});

test('its table has the logical id that a KeyValueStore in its place would have', () => {
  const ids = [Idempotency, KeyValueStore].map((Concept) => {
    const stack = stackWith();
    new Concept(stack, 'Orders', Concept === KeyValueStore ? { partitionKey: 'id', timeToLive: 'expiration' } : {});
    return templateOf(stack);
  });
  expect(ids[0]).toEqual(ids[1]);
});

test('every prop shapes the table or the settings', () => {
  const stack = stackWith();
  const idempotency = new Idempotency(stack, 'Orders', {
    expiry: Duration.days(7), inProgressExpiry: Duration.seconds(5), disposable: true,
    tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
  });
  const service = new FunctionService(stack, 'Service', { handler: HANDLER });
  service.use(idempotency, Access.WRITE);
  expect(resourcesOf(stack).OrdersTable).toMatchObject({
    DeletionPolicy: 'Delete', Properties: { Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS' }] },
  });
  expect(variablesOf(onlyOne(stack, 'AWS::Lambda::Function'))).toMatchObject({ ORDERS_IDEMPOTENCY: '604800,5000' });
});

const variablesOf = ({ Environment }: Record<string, unknown>) =>
  (Environment as { readonly Variables: Record<string, unknown> }).Variables;

describe('wiring', () => {
  test('gives the table and the settings, which the runtime reads', () => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Service', { handler: HANDLER });
    service.use(new Idempotency(stack, 'PlaceOrder'), Access.WRITE);
    const variables = variablesOf(onlyOne(stack, 'AWS::Lambda::Function'));
    expect(variables).toMatchObject({ PLACE_ORDER_TABLE_NAME: { Ref: 'PlaceOrderTable' }, PLACE_ORDER_IDEMPOTENCY: '86400,60000' });
    expect(idempotencySettings('PLACE_ORDER', variables as Record<string, string>)).toEqual({ expirySeconds: 86_400, inProgressMilliseconds: 60_000 });
    expect(statementsOf(stack).flatMap(({ Action, Resource }) => JSON.stringify(Resource).includes('PlaceOrderTable') ? Action : [])).toEqual([
      'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:DescribeTable', 'dynamodb:PutItem', 'dynamodb:UpdateItem',
    ]);
  });

  test('under another name', () => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Service', { handler: HANDLER });
    service.use(new Idempotency(stack, 'A'), Access.READ_WRITE, { name: 'orders' });
    expect(Object.keys(variablesOf(onlyOne(stack, 'AWS::Lambda::Function')))).toEqual(expect.arrayContaining(['ORDERS_TABLE_NAME', 'ORDERS_IDEMPOTENCY']));
    expect(JSON.stringify(statementsOf(stack))).toContain('dynamodb:GetItem');
  });

  test('refuses to read only', () => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Service', { handler: HANDLER });
    expect(refusedBy(() => service.use(new Idempotency(stack, 'Orders'), Access.READ))).toEqual([{
      code: 'Idempotency.ReadOnly', given: 'Access.READ for Stack/Service', allowed: 'Access.WRITE or READ_WRITE: whoever asks writes the key',
    }]);
  });

  test('two of them in one stack, used by the same compute', () => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Service', { handler: HANDLER });
    ['Orders', 'Refunds'].forEach((id) => service.use(new Idempotency(stack, id), Access.WRITE));
    expect(namesOf(stack, TABLE)).toEqual(['OrdersTable', 'RefundsTable']);
    expect(Object.keys(variablesOf(onlyOne(stack, 'AWS::Lambda::Function')))).toEqual(expect.arrayContaining(['ORDERS_IDEMPOTENCY', 'REFUNDS_IDEMPOTENCY']));
  });
});

describe('adoption', () => {
  test('of a table', () => {
    const stack = stackWith();
    const table = Table.fromTableName(stack, 'Imported', 'answers');
    const service = new FunctionService(stack, 'Service', { handler: HANDLER });
    const idempotency = new Idempotency(stack, 'Orders', { table, expiry: Duration.hours(1) });
    service.use(idempotency, Access.WRITE);
    expect(idempotency.table).toBe(table);
    expect(namesOf(stack, TABLE)).toEqual([]);
    expect(variablesOf(onlyOne(stack, 'AWS::Lambda::Function'))).toMatchObject({ ORDERS_TABLE_NAME: 'answers', ORDERS_IDEMPOTENCY: '3600,60000' });
    expect(JSON.stringify(statementsOf(stack))).toContain(':table/answers');
  });

  test('of a cache', () => {
    const stack = stackWith();
    const cache = new Cache(stack, 'Cache');
    const service = new FunctionService(stack, 'Service', { handler: HANDLER });
    const attached = jest.spyOn(cache, 'attach').mockReturnValue();
    const idempotency = new Idempotency(stack, 'Orders', { cache });
    service.use(idempotency, Access.WRITE);
    expect(idempotency.store).toBe(cache);
    expect(idempotency.table).toBeUndefined();
    expect(namesOf(stack, TABLE)).toEqual([]);
    expect(attached).toHaveBeenCalledWith(service, Access.WRITE, { name: 'Orders' });
    expect(variablesOf(onlyOne(stack, 'AWS::Lambda::Function'))).toMatchObject({ ORDERS_IDEMPOTENCY: '86400,60000' });
  });
});

describe('it refuses', () => {
  const stack = stackWith();
  const table = Table.fromTableName(stack, 'Imported', 'answers');
  const cache = new Cache(stackWith(), 'Cache');
  const late = Duration.seconds(Lazy.number({ produce: () => 5 }));
  const BROKEN: readonly [string, IdempotencyProps, string][] = [
    ['Idempotency.WrongType', { expiry: 5 as unknown as Duration }, 'expiry is 5'],
    ['Idempotency.AdoptOrShape', { table, disposable: true }, 'table together with disposable'],
    ['Idempotency.AdoptOrShape', { cache, table }, 'table together with cache'],
    ['Idempotency.AdoptOrShape', { cache, tableProps: {} }, 'cache together with tableProps'],
    ['Idempotency.NoScripts', { cache: new Cache(stackWith(), 'Cache', { engine: CacheEngine.MEMCACHED }) }, 'a cache of Memcached'],
    ['Idempotency.Expiry', { expiry: Duration.days(366) }, 'expiry is 31622400 s'],
    ['Idempotency.Expiry', { expiry: Duration.seconds(0) }, 'expiry is 0 s'],
    ['Idempotency.Expiry', { expiry: late }, 'expiry is known only at deployment'],
    ['Idempotency.InProgressExpiry', { inProgressExpiry: Duration.millis(1500) }, 'inProgressExpiry is 1.5 s'],
    ['Idempotency.InProgressExpiry', { inProgressExpiry: Duration.hours(25) }, 'inProgressExpiry is 90000 s'],
    ['Idempotency.InProgressExpiry', { inProgressExpiry: late }, 'inProgressExpiry is known only at deployment'],
  ];

  test.each(BROKEN)('%s', (code, props, given) => {
    const findings = refusedBy(() => new Idempotency(stackWith(), 'Orders', props));
    expect(findings).toEqual([{ code, given, allowed: expect.any(String) as string }]);
  });

  test('in every way that it has', () => {
    expect(new Set(BROKEN.map(([code]) => code))).toEqual(new Set(IDEMPOTENCY_RULES.map(({ code }) => code)));
  });

  test('everything at once', () => {
    const wrong = { expiry: Duration.days(366), inProgressExpiry: Duration.days(2), table, disposable: false };
    expect(codesOf(() => new Idempotency(stackWith(), 'Orders', wrong))).toEqual([
      'Idempotency.AdoptOrShape', 'Idempotency.Expiry', 'Idempotency.InProgressExpiry',
    ]);
  });
});
