import { SignatureV4 } from '@smithy/signature-v4';
import { cacheConnection, cacheToken, connectCache, MissingSettingError, tokenSigner } from '../../runtime';
import { systemClock } from '../../runtime/clock';
import { Sha256 } from '../support/sha256';

const WIRED = {
  SESSIONS_ENDPOINT: 'sessions.serverless.euw1.cache.amazonaws.com', SESSIONS_PORT: '6379', SESSIONS_TLS: 'true', SESSIONS_CLUSTER_MODE: 'true',
  SESSIONS_READER_ENDPOINT: 'reader', SESSIONS_READER_PORT: '6380',
  SESSIONS_USER: 'stack-sessions', SESSIONS_CACHE_NAME: 'stack-sessions-1', SESSIONS_SERVERLESS: 'true',
};
const LAMBDA = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret/+=', AWS_SESSION_TOKEN: "to+ken/=!'()*", AWS_REGION: 'eu-west-1' };
const clock = (now: number) => ({ ...systemClock, now: () => now });

describe('a connection', () => {
  test('is what the wiring tells', () => {
    expect(cacheConnection('SESSIONS', WIRED)).toEqual({
      host: 'sessions.serverless.euw1.cache.amazonaws.com', port: 6379, tls: true, clusterMode: true, reader: { host: 'reader', port: 6380 },
      username: 'stack-sessions', cacheName: 'stack-sessions-1', serverless: true, secretArn: undefined,
    });
    const plain = { C_ENDPOINT: 'localhost', C_PORT: '7000', C_TLS: 'false', C_CLUSTER_MODE: 'false', C_SECRET_ARN: 'arn' };
    expect(cacheConnection('C', plain)).toEqual({
      host: 'localhost', port: 7000, tls: false, clusterMode: false, reader: undefined, username: undefined, cacheName: undefined,
      serverless: false, secretArn: 'arn',
    });
  });

  test.each(['ENDPOINT', 'PORT', 'TLS', 'CLUSTER_MODE', 'READER_PORT'])('names the variable when %s is missing', (setting) => {
    const read = () => cacheConnection('SESSIONS', { ...WIRED, [`SESSIONS_${setting}`]: undefined });
    expect(read).toThrow(MissingSettingError);
    expect(read).toThrow(`SESSIONS_${setting} is not set; it is set by compute.use(cache, access, { name: 'SESSIONS' })`);
  });
});

describe('a token', () => {
  const NOW = Date.UTC(2026, 10, 22, 9, 5, 7, 123);

  test.each([
    ['a serverless cache', true, 'with a role', 'session+/='],
    ['nodes', false, 'with a role', "to+ken/=!'()*"],
    ['nodes', false, 'with a user', undefined],
  ])('for %s (%s) is signed as the SDK signs it, %s', async (_, serverless, __, sessionToken) => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken };
    const token = cacheToken({ credentials, user: 'web-1', cacheName: 'sessions-1', serverless, region: 'eu-west-1', clock: clock(NOW) });
    const signer = new SignatureV4({ service: 'elasticache', region: 'eu-west-1', credentials, sha256: Sha256 as never });
    const signed = await signer.presign({
      method: 'GET', protocol: 'https:', hostname: 'sessions-1', path: '/', headers: { host: 'sessions-1' },
      query: { Action: 'connect', User: 'web-1', ...serverless && { ResourceType: 'ServerlessCache' } },
    }, { expiresIn: 900, signingDate: new Date(NOW) });
    const sorted = ([...pairs]: Iterable<[string, string]>) => pairs.sort(([a], [b]) => a < b ? -1 : 1);
    expect(token.startsWith('sessions-1/?Action=connect&')).toBe(true);
    expect(sorted(new URLSearchParams(token.slice(token.indexOf('?') + 1)))).toEqual(sorted(Object.entries(signed.query as Record<string, string>)));
  });

  test('is signed with what Lambda puts into the environment, anew every time', () => {
    const connection = cacheConnection('SESSIONS', WIRED);
    let now = NOW;
    const sign = tokenSigner(connection, LAMBDA, { ...clock(0), now: () => now })!;
    const first = sign();
    expect(first).toContain('stack-sessions-1/?Action=connect&ResourceType=ServerlessCache&User=stack-sessions&');
    expect(first).toContain('X-Amz-Security-Token=to%2Bken%2F%3D%21%27%28%29%2A&');
    now += 60_000;
    expect(sign()).not.toBe(first);
    expect(() => tokenSigner(connection, {})!()).toThrow('AWS_ACCESS_KEY_ID is not set; it is set by AWS Lambda');
    expect(tokenSigner({ serverless: false })).toBeUndefined();
  });
});

describe('connecting', () => {
  class Fake {
    public readonly options: Record<string, unknown>;
    public readonly listeners: Record<string, (...args: unknown[]) => void> = {};

    constructor(public readonly first: unknown, second?: object) {
      // As the clients do: the options are copied, getters become values.
      this.options = { ...(second ?? first) as object };
    }

    public on(event: string, listener: (...args: unknown[]) => void): void {
      this.listeners[event] = listener;
    }

    public call(): Promise<unknown> {
      return Promise.resolve();
    }
  }
  const classes = { Redis: Fake, Cluster: Fake } as never;
  const connect = (connection: object, password?: () => string) =>
    connectCache(connection as never, classes, password) as unknown as Fake;
  const single = { host: 'h', port: 6379, tls: true, clusterMode: false, username: 'u', serverless: false };

  test('to one server signs in anew whenever it connects', () => {
    let n = 0;
    const client = connect(single, () => `token-${n += 1}`);
    expect(client.first).toEqual({ host: 'h', port: 6379, tls: {}, username: 'u', password: 'token-1', maxRetriesPerRequest: 1, connectTimeout: 2000 });
    expect([client.options.password, client.options.password]).toEqual(['token-2', 'token-3']);
    expect({ ...client.options }.password).toBe('token-4');
    expect(() => client.listeners.error!(new Error('it breaks'))).not.toThrow();
  });

  test('to a cluster does so for every node, by the names of the nodes', () => {
    let n = 0;
    const client = connect({ ...single, clusterMode: true }, () => `token-${n += 1}`);
    expect(client.first).toEqual([{ host: 'h', port: 6379 }]);
    const { redisOptions, dnsLookup } = client.options as {
      redisOptions: { password: string }; dnsLookup: (...args: unknown[]) => void;
    };
    expect({ ...redisOptions }.password).not.toBe({ ...redisOptions }.password);
    const resolved = jest.fn();
    dnsLookup('node-1.cache', resolved);
    expect(resolved).toHaveBeenCalledWith(null, 'node-1.cache');
    const node = new Fake({ ...redisOptions });
    client.listeners['+node']!(node);
    expect(node.options.password).not.toBe(node.options.password);
  });

  test('needs neither TLS nor a user where the cache wants none', () => {
    const client = connect({ host: 'h', port: 1, tls: false, clusterMode: false, serverless: false });
    expect(client.first).toEqual({ host: 'h', port: 1, maxRetriesPerRequest: 1, connectTimeout: 2000 });
  });

  test('signs tokens for a cache that wants IAM, by the name it is wired under', () => {
    const before = process.env;
    process.env = { ...before, ...WIRED, ...LAMBDA };
    try {
      const client = connectCache('SESSIONS', classes) as unknown as Fake;
      const { password } = client.options.redisOptions as { password: string };
      expect(password).toMatch(/^stack-sessions-1\/\?Action=connect&.*&X-Amz-Signature=[\da-f]{64}$/);
    } finally {
      process.env = before;
    }
  });
});
