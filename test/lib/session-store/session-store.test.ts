import { Duration, Lazy } from 'aws-cdk-lib';
import { Table, TableClass } from 'aws-cdk-lib/aws-dynamodb';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Cache, CacheEngine } from '../../../lib/cache';
import { Access, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { Network } from '../../../lib/network';
import { SecretStore } from '../../../lib/secret-store';
import { SessionStore, type SessionStoreProps } from '../../../lib/session-store';
import { SESSION_STORE_RULES } from '../../../lib/session-store/session-store-rules';
import { sessionSettings } from '../../../runtime/session-store';
import { codesOf, HANDLER, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const variablesOf = ({ Environment }: Record<string, unknown>) =>
  (Environment as { readonly Variables: Record<string, unknown> }).Variables;

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table that forgets and one key, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const sessions = new SessionStore(stack, 'Sessions');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(Object.values(resourcesOf(stack))).toEqual([
      {
        Type: 'AWS::SecretsManager::Secret',
        Properties: {
          Description: 'Kept for Stack/Sessions/CookieKey',
          GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 64 },
        },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      },
      pinnedTable({ partitionKey: 'id', expiresBy: 'expiresAt' }),
    ]);
    expect(sessions.node.defaultChild).toBe(sessions.table);
    expect(sessions.store).toBeInstanceOf(KeyValueStore);
  });

  test('under PRODUCTION adds recovery, protection and an alarm', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new SessionStore(stack, 'Sessions', { disposable: true });
    expect(Object.values(resourcesOf(stack))).toEqual([
      expect.objectContaining({ Type: 'AWS::SecretsManager::Secret', DeletionPolicy: 'Retain' }),
      expect.objectContaining({
        Type: 'AWS::DynamoDB::GlobalTable',
        DeletionPolicy: 'Retain',
        Properties: expect.objectContaining({
          Replicas: [expect.objectContaining({
            DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          })],
        }),
      }),
      expect.objectContaining({ Type: 'AWS::CloudWatch::Alarm' }),
    ]);
  });
});

test('every prop shapes the table, the key or the settings', () => {
  const stack = stackWith();
  const key = new SecretStore(stack, 'Key', { length: 40 });
  const sessions = new SessionStore(stack, 'Sessions', {
    idleTimeout: Duration.minutes(5), lifetime: Duration.days(7), cookieKey: key, disposable: true,
    tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
  });
  new FunctionService(stack, 'Service', { handler: HANDLER }).use(sessions, Access.READ_WRITE);
  const tables = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::DynamoDB::GlobalTable');
  expect(tables).toEqual([expect.objectContaining({ DeletionPolicy: 'Delete' })]);
  expect(JSON.stringify(tables)).toContain('"TableClass":"STANDARD_INFREQUENT_ACCESS"');
  onlyOne(stack, 'AWS::SecretsManager::Secret');
  expect(sessions.cookieKey).toBe(key);
  expect(variablesOf(onlyOne(stack, 'AWS::Lambda::Function'))).toMatchObject({ SESSIONS_SESSIONS: '300,604800' });
});

describe('wiring', () => {
  test('gives the table, the key and the settings, which the runtime reads', () => {
    const stack = stackWith();
    new FunctionService(stack, 'Service', { handler: HANDLER }).use(new SessionStore(stack, 'UserSessions'), Access.READ_WRITE);
    const variables = variablesOf(onlyOne(stack, 'AWS::Lambda::Function'));
    expect(Object.keys(variables).sort()).toEqual(expect.arrayContaining([
      'USER_SESSIONS_COOKIE_KEY_SECRET_ARN', 'USER_SESSIONS_SESSIONS', 'USER_SESSIONS_TABLE_NAME',
    ]));
    expect(sessionSettings('USER_SESSIONS', variables as Record<string, string>)).toEqual({ idleSeconds: 1800, lifetimeSeconds: 43_200 });
    const actions = statementsOf(stack).flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:UpdateItem', 'secretsmanager:GetSecretValue']));
    expect(actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('of another name renames all of it', () => {
    const stack = stackWith();
    new FunctionService(stack, 'Service', { handler: HANDLER }).use(new SessionStore(stack, 'A'), Access.READ_WRITE, { name: 'LOGIN' });
    const variables = variablesOf(onlyOne(stack, 'AWS::Lambda::Function'));
    expect(Object.keys(variables).filter((name) => name.startsWith('LOGIN_')).sort()).toEqual([
      'LOGIN_COOKIE_KEY_SECRET_ARN', 'LOGIN_SESSIONS', 'LOGIN_TABLE_NAME',
    ]);
  });

  test('of a cache gives its endpoint, and makes no table', () => {
    const stack = stackWith();
    const network = new Network(stack, 'Network');
    const cache = new Cache(stack, 'Cache', { network });
    const sessions = new SessionStore(stack, 'Sessions', { cache });
    new FunctionService(stack, 'Service', { handler: HANDLER, network }).use(sessions, Access.READ_WRITE);
    expect(Object.values(resourcesOf(stack)).map(({ Type }) => Type)).not.toContain('AWS::DynamoDB::GlobalTable');
    expect(variablesOf(onlyOne(stack, 'AWS::Lambda::Function'))).toMatchObject({
      SESSIONS_ENDPOINT: expect.anything(), SESSIONS_PORT: '6379', SESSIONS_SESSIONS: '1800,43200',
      SESSIONS_COOKIE_KEY_SECRET_ARN: expect.anything(),
    });
    expect([sessions.table, sessions.store]).toEqual([undefined, cache]);
  });

  test.each([[Access.READ, 'READ'], [Access.WRITE, 'WRITE']])('refuses %s alone', (access, name) => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Service', { handler: HANDLER });
    expect(refusedBy(() => service.use(new SessionStore(stack, 'Sessions'), access))).toEqual([{
      code: 'SessionStore.OneAccess', given: `Access.${name} for Stack/Service`,
      allowed: 'Access.READ_WRITE: whoever looks at a session lets it live on',
    }]);
  });
});

test('an existing table is adopted, with settings and a key of its own', () => {
  const stack = stackWith();
  const table = Table.fromTableName(stack, 'Imported', 'sessions');
  const sessions = new SessionStore(stack, 'Sessions', { table, idleTimeout: Duration.minutes(1), disposable: true });
  expect(sessions.table).toBe(table);
  expect(Object.values(resourcesOf(stack)).map(({ Type }) => Type)).toEqual(['AWS::SecretsManager::Secret']);
});

test('two in one stack', () => {
  const stack = stackWith();
  new SessionStore(stack, 'One');
  new SessionStore(stack, 'Two');
  expect(Object.keys(resourcesOf(stack))).toHaveLength(4);
});

describe('it refuses', () => {
  const table = Table.fromTableName(stackWith(), 'Imported', 'sessions');
  const cache = new Cache(stackWith(), 'Cache');
  const late = Duration.seconds(Lazy.number({ produce: () => 5 }));
  const BROKEN: readonly [string, SessionStoreProps, string][] = [
    ['SessionStore.WrongType', { idleTimeout: 30 as unknown as Duration }, 'idleTimeout is 30'],
    ['SessionStore.AdoptOrShape', { table, tableProps: {} }, 'table together with tableProps'],
    ['SessionStore.AdoptOrShape', { cache, table }, 'table together with cache'],
    ['SessionStore.NoScripts', { cache: new Cache(stackWith(), 'Cache', { engine: CacheEngine.MEMCACHED }) }, 'a cache of Memcached'],
    ['SessionStore.IdleTimeout', { idleTimeout: Duration.seconds(0) }, 'idleTimeout is 0 s'],
    ['SessionStore.IdleTimeout', { idleTimeout: Duration.days(31), lifetime: Duration.days(40) }, 'idleTimeout is 2678400 s'],
    ['SessionStore.IdleTimeout', { idleTimeout: late }, 'idleTimeout is known only at deployment'],
    ['SessionStore.Lifetime', { lifetime: Duration.days(366) }, 'lifetime is 31622400 s'],
    ['SessionStore.Lifetime', { lifetime: late }, 'lifetime is known only at deployment'],
    ['SessionStore.IdleLongerThanLifetime', { lifetime: Duration.minutes(10) }, 'idleTimeout of 1800 s, lifetime of 600 s'],
    ['SessionStore.IdleLongerThanLifetime', { idleTimeout: Duration.days(1) }, 'idleTimeout of 86400 s, lifetime of 43200 s'],
  ];

  test.each(BROKEN)('%s', (code, props, given) => {
    const findings = refusedBy(() => new SessionStore(stackWith(), 'Sessions', props));
    expect(findings).toEqual([{ code, given, allowed: expect.any(String) as string }]);
  });

  test('in every way that it has', () => {
    expect(new Set(BROKEN.map(([code]) => code))).toEqual(new Set(SESSION_STORE_RULES.map(({ code }) => code)));
  });

  test('everything at once', () => {
    const wrong = { idleTimeout: Duration.days(31), lifetime: Duration.days(366), table, tableProps: {} };
    expect(codesOf(() => new SessionStore(stackWith(), 'Sessions', wrong))).toEqual([
      'SessionStore.AdoptOrShape', 'SessionStore.IdleTimeout', 'SessionStore.Lifetime',
    ]);
  });
});
