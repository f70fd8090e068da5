import { type Environment, readSetting, wiredBy } from '../environment';

/** How a cache is reached, as its wiring tells. */
export interface CacheConnection {
  readonly host: string;
  readonly port: number;
  /** Whether connections are encrypted. */
  readonly tls: boolean;
  /** Whether the client has to speak the cluster protocol. */
  readonly clusterMode: boolean;
  /** Where reads may go, a moment behind; undefined where there is no such address. */
  readonly reader?: { readonly host: string; readonly port: number };
  /** As whom to sign in; undefined when nobody has to, or when the secret says. */
  readonly username?: string;
  /** What tokens of IAM are signed for; undefined when clients do not sign in with IAM. */
  readonly cacheName?: string;
  /** Whether it is a serverless cache, whose tokens say so. */
  readonly serverless: boolean;
  /** The secret with `username` and `password`; undefined when clients do not sign in with a password. */
  readonly secretArn?: string;
}

/**
 * How a cache is reached, from `<NAME>_ENDPOINT` and the other variables that its wiring sets.
 *
 * @param name what the cache is wired under, for example `SESSIONS`
 * @throws MissingSettingError when the cache is not wired to this function
 */
export function cacheConnection(name: string, environment: Environment = process.env): CacheConnection {
  const required = (setting: string) => readSetting(`${name}_${setting}`, wiredBy('cache', name), environment);
  const optional = (setting: string) => environment[`${name}_${setting}`];
  const readerHost = optional('READER_ENDPOINT');
  return {
    host: required('ENDPOINT'),
    port: Number(required('PORT')),
    tls: required('TLS') === 'true',
    clusterMode: required('CLUSTER_MODE') === 'true',
    reader: readerHost ? { host: readerHost, port: Number(required('READER_PORT')) } : undefined,
    username: optional('USER'),
    cacheName: optional('CACHE_NAME'),
    serverless: optional('SERVERLESS') === 'true',
    secretArn: optional('SECRET_ARN'),
  };
}
