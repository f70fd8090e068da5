import type { ValkeyClient } from '../valkey';
import { cacheConnection, type CacheConnection } from './connection';
import { tokenSigner } from './token';

/** Options of a connection to one server, as iovalkey and ioredis name them. */
export interface NodeOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: object;
  readonly username?: string;
  readonly password?: string;
  readonly maxRetriesPerRequest: number;
  readonly connectTimeout: number;
}

/** Options of a connection to a cluster, as iovalkey and ioredis name them. */
export interface ClusterOptions {
  readonly redisOptions: NodeOptions;
  readonly dnsLookup: (address: string, callback: (error: null, address: string) => void) => void;
}

/** A client whose connections sign in again whenever they are made. */
interface Connected extends ValkeyClient {
  readonly options: object;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** The classes of iovalkey or ioredis: `import { Cluster, Redis } from 'iovalkey'`. */
export interface ValkeyClasses<Single extends Connected, Clustered extends Connected> {
  readonly Redis: new (options: NodeOptions) => Single;
  readonly Cluster: new (nodes: { host: string; port: number }[], options: ClusterOptions) => Clustered;
}

/**
 * Connects to a cache that is wired to this function: over TLS, by the cluster protocol where it is spoken, and signed in with a
 * token of IAM that is signed anew for every connection, since it lasts 15 minutes only. A connection ends after 12 hours; the
 * next one signs in again.
 *
 * @param cache the name under which the cache is wired: `SESSIONS`; or what `cacheConnection` made of it
 * @param classes the client: `{ Cluster, Redis }` of iovalkey or ioredis
 * @param password what to sign in with; by default a token of IAM, where the cache wants one
 * @throws MissingSettingError when the cache is not wired to this function
 */
export function connectCache<Single extends Connected, Clustered extends Connected>(
  cache: string | CacheConnection, classes: ValkeyClasses<Single, Clustered>, password?: () => string,
): Single | Clustered {
  const connection = typeof cache === 'string' ? cacheConnection(cache) : cache;
  const { host, port, tls, username, clusterMode } = connection;
  const signIn = password ?? tokenSigner(connection);
  const options: NodeOptions = {
    ...tls && { tls: {} },
    ...username !== undefined && { username },
    ...signIn && { password: signIn() },
    // Who asks has a deadline: better an error now than an answer later.
    maxRetriesPerRequest: 1,
    connectTimeout: 2000,
  };
  if (!clusterMode) {
    const client = new classes.Redis({ host, port, ...options });
    signsIn(client.options, signIn);
    return withoutNoise(client);
  }
  signsIn(options, signIn);
  const client = new classes.Cluster([{ host, port }], {
    redisOptions: options,
    // The certificate has the names of the nodes, not their addresses.
    dnsLookup: (address, callback) => callback(null, address),
  });
  client.on('+node', (node) => signsIn((node as Connected).options, signIn));
  return withoutNoise(client);
}

/** The client reads the password whenever it connects. */
function signsIn(options: object, password: (() => string) | undefined): void {
  if (password) {
    Object.defineProperty(options, 'password', { get: password, enumerable: true, configurable: true });
  }
}

/** A connection that breaks is made again. What was asked meanwhile fails, and says so to who asked. */
function withoutNoise<Client extends Connected>(client: Client): Client {
  client.on('error', () => undefined);
  return client;
}
