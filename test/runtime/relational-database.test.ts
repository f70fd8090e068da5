import { SignatureV4 } from '@smithy/signature-v4';
import {
  CommitUnknownError, connectDatabase, databaseConnection, databaseToken, isConnectionLost, isTransient, MissingSettingError,
  type PoolSettings, withTransaction,
} from '../../runtime';
import { systemClock } from '../../runtime/clock';
import { Sha256 } from '../support/sha256';

const WIRED = {
  ORDERS_HOST: 'writer', ORDERS_READER_HOST: 'reader', ORDERS_PORT: '5432', ORDERS_DATABASE: 'app', ORDERS_SECRET_ARN: 'arn:orders',
};
const POOLED = { ...WIRED, ORDERS_SECRET_ARN: undefined, ORDERS_USER: 'postgres' };
const LAMBDA = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret/+=', AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_NAME: 'f' };

describe('a connection', () => {
  test('is what the wiring tells', () => {
    expect(databaseConnection('ORDERS', WIRED)).toEqual({
      host: 'writer', readerHost: 'reader', port: 5432, database: 'app', readOnly: false, user: undefined, secretArn: 'arn:orders',
    });
    expect(databaseConnection('ORDERS', { ...POOLED, ORDERS_READ_ONLY: 'true' })).toMatchObject({ readOnly: true, user: 'postgres' });
  });

  test.each(['HOST', 'PORT', 'DATABASE'])('names the variable when %s is missing', (setting) => {
    const read = () => databaseConnection('ORDERS', { ...WIRED, [`ORDERS_${setting}`]: undefined });
    expect(read).toThrow(MissingSettingError);
    expect(read).toThrow(`ORDERS_${setting} is not set; it is set by compute.use(database, access, { name: 'ORDERS' })`);
  });
});

test('a token is signed as the SDK signs it', async () => {
  const now = Date.UTC(2026, 10, 22, 9, 5, 7, 123);
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'to+ken/=' };
  const host = 'orders.proxy-abc.eu-west-1.rds.amazonaws.com';
  const token = databaseToken({ credentials, host, port: 5432, user: 'app user', region: 'eu-west-1', clock: { ...systemClock, now: () => now } });
  const signer = new SignatureV4({ service: 'rds-db', region: 'eu-west-1', credentials, sha256: Sha256 as never });
  // As @aws-sdk/rds-signer does.
  const signed = await signer.presign({
    method: 'GET', protocol: 'https:', hostname: host, port: 5432, path: '/', headers: { host: `${host}:5432` },
    query: { Action: 'connect', DBUser: 'app user' },
  }, { expiresIn: 900, signingDate: new Date(now) });
  const sorted = ([...pairs]: Iterable<[string, string]>) => pairs.sort(([a], [b]) => a < b ? -1 : 1);
  expect(token.startsWith(`${host}:5432/?Action=connect&DBUser=app%20user&`)).toBe(true);
  expect(sorted(new URLSearchParams(token.slice(token.indexOf('?') + 1)))).toEqual(sorted(Object.entries(signed.query as Record<string, string>)));
});

describe('connecting', () => {
  class Pool {
    public readonly listeners: Record<string, (...args: never[]) => void> = {};

    constructor(public readonly settings: PoolSettings) {}

    public on(event: string, listener: (...args: never[]) => void): void {
      this.listeners[event] = listener;
    }
  }

  const secrets = (password = 'one') => {
    const answer = { password };
    return {
      answer,
      reads: [] as string[],
      async getSecretValue({ SecretId }: { SecretId: string }) {
        this.reads.push(SecretId);
        return { SecretString: JSON.stringify({ username: 'postgres', ...answer }) };
      },
    };
  };

  test('signs in with the secret, over TLS', async () => {
    const pool = await connectDatabase('ORDERS', { Pool, secrets: secrets(), environment: WIRED });
    expect(pool.settings).toMatchObject({ host: 'writer', port: 5432, database: 'app', user: 'postgres', max: 10, ssl: {} });
    expect(pool.settings.ssl).not.toHaveProperty('rejectUnauthorized');
    expect(await pool.settings.password()).toBe('one');
    expect(() => (pool.listeners.error as (error: Error) => void)(new Error('broken'))).not.toThrow();
    // A connection that breaks while it is used says so to who uses it, and ends no process.
    const heard: string[] = [];
    (pool.listeners.connect as (client: object) => void)({ on: (event: string) => heard.push(event) });
    expect(heard).toEqual(['error']);
  });

  test('signs in to a pool with a token of its own for each host', async () => {
    const environment = { ...POOLED, ...LAMBDA };
    const pool = await connectDatabase('ORDERS', { Pool, environment });
    expect(pool.settings).toMatchObject({ user: 'postgres', max: 2 });
    expect(await pool.settings.password()).toMatch(/^writer:5432\/\?Action=connect&DBUser=postgres&/);
    const reader = await connectDatabase('ORDERS', { Pool, environment, reader: true });
    expect(await reader.settings.password()).toMatch(/^reader:5432\//);
  });

  test('signs with the credentials that a container has found, anew for each connection', async () => {
    let key = 'AKIAFIRST';
    const credentials = async () => ({ accessKeyId: key, secretAccessKey: 'secret' });
    const pool = await connectDatabase('ORDERS', { Pool, credentials, environment: { ...POOLED, AWS_REGION: 'eu-west-1' } });
    expect(await pool.settings.password()).toContain('AKIAFIRST%2F');
    key = 'AKIASECOND';
    expect(await pool.settings.password()).toMatch(/^writer:5432\/.*AKIASECOND%2F\d+%2Feu-west-1%2Frds-db/);
  });

  test('refuses to write where access is READ, before anything else', async () => {
    const pool = await connectDatabase('ORDERS', { Pool, secrets: secrets(), environment: { ...WIRED, ORDERS_READ_ONLY: 'true' } });
    const asked: string[] = [];
    (pool.listeners.connect as (client: object) => void)({ query: async (statement: string) => { asked.push(statement); } });
    expect(asked).toEqual(['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY']);
  });

  test('says what is missing to read the secret', async () => {
    await expect(connectDatabase('ORDERS', { Pool, environment: WIRED })).rejects.toThrow('secrets: new SecretsManager({})');
  });
});

test.each([
  [{ code: '40001' }, true, false],
  [{ code: '40P01' }, true, false],
  [{ code: '57P01' }, true, true],
  [{ code: '08006' }, true, true],
  [{ code: '25006' }, true, true],
  [{ code: 'ECONNRESET' }, true, true],
  [new Error('Connection terminated unexpectedly'), true, true],
  [{ code: '23505' }, false, false],
  [{ code: '42P01' }, false, false],
  [new Error('my own'), false, false],
  [undefined, false, false],
])('%o: again %s, connection lost %s', (error, again, lost) => {
  expect([isTransient(error), isConnectionLost(error)]).toEqual([again, lost]);
});

describe('a transaction', () => {
  /** A pool whose clients answer statements as told, and that remembers what was asked. */
  function scripted(answer: (statement: string, attempt: number) => unknown) {
    const asked: string[] = [];
    const released: (boolean | undefined)[] = [];
    let attempt = 0;
    const pool = {
      async connect() {
        attempt += 1;
        return {
          async query(statement: string) {
            asked.push(statement);
            const error = answer(statement, attempt);
            if (error !== undefined) {
              throw error;
            }
            return { rows: [], rowCount: 0 };
          },
          release: (destroy?: boolean) => released.push(destroy),
        };
      },
    };
    return { pool, asked, released };
  }
  const retry = { clock: { sleep: async () => undefined } };

  test('asks for nothing but what it takes', async () => {
    const { pool, asked, released } = scripted(() => undefined);
    await withTransaction(pool, (client) => client.query('INSERT'), { isolation: 'serializable', readOnly: true });
    expect(asked).toEqual(['BEGIN ISOLATION LEVEL serializable READ ONLY', 'INSERT', 'COMMIT']);
    expect(released).toEqual([false]);
  });

  test('is done again on a connection that still holds, after another one was in its way', async () => {
    const { pool, asked, released } = scripted((statement, attempt) => statement === 'COMMIT' && attempt === 1 ? { code: '40001' } : undefined);
    await withTransaction(pool, (client) => client.query('INSERT'), { retry });
    expect(asked.filter((statement) => statement === 'INSERT')).toHaveLength(2);
    expect(released).toEqual([false, false]);
  });

  test('is not done again when nobody knows whether it was', async () => {
    const { pool, released } = scripted((statement) => statement === 'COMMIT' ? { code: 'ECONNRESET' } : undefined);
    await expect(withTransaction(pool, (client) => client.query('INSERT'), { retry })).rejects.toBeInstanceOf(CommitUnknownError);
    expect(released).toEqual([true]);
  });

  test('gives a broken connection away, and undoes what failed', async () => {
    const broken = scripted((statement, attempt) => statement === 'INSERT' && attempt === 1 ? { code: '57P01' } : undefined);
    await withTransaction(broken.pool, (client) => client.query('INSERT'), { retry });
    expect(broken.released).toEqual([true, false]);
    const refused = scripted((statement) => statement === 'INSERT' ? { code: '23505' } : undefined);
    await expect(withTransaction(refused.pool, (client) => client.query('INSERT'), { retry })).rejects.toEqual({ code: '23505' });
    expect(refused.asked).toEqual(['BEGIN ISOLATION LEVEL read committed', 'INSERT', 'ROLLBACK']);
    expect(refused.released).toEqual([false]);
  });
});
