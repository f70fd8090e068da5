import { existsSync, readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { type Environment, MissingSettingError, readSetting } from '../environment';
import { type AwsCredentials, signerOf } from '../presigned-token';
import { SecretReader, type Secrets } from '../secret';
import { databaseConnection, type DatabaseConnection } from './connection';
import type { DatabaseClient } from './sql';
import { databaseToken } from './token';

/** What a pool is made with, as `pg` names it. */
export interface PoolSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Asked whenever a connection is made: tokens end, and passwords are rotated. */
  readonly password: () => string | Promise<string>;
  readonly ssl: { readonly ca?: string[] };
  readonly max: number;
  readonly connectionTimeoutMillis: number;
  readonly keepAlive: boolean;
  readonly allowExitOnIdle: boolean;
}

/** The class `Pool` of `pg`. */
export type PoolClass<Pool> = new (settings: PoolSettings) => Pool;

interface Listening {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'connect', listener: (client: DatabaseClient & { on(event: 'error', listener: () => void): unknown }) => void): unknown;
}

/** How a pool of connections is made. */
export interface ConnectOptions<Pool> {
  /** `Pool` of `pg`. */
  readonly Pool: PoolClass<Pool>;
  /**
   * What reads the secret: `new SecretsManager({})`.
   * @default - none is needed to sign in with IAM
   */
  readonly secrets?: Secrets;
  /**
   * Who signs tokens of IAM, asked for each connection. In a container what the SDK found: `client.config.credentials`.
   * @default - the credentials in the environment, which functions have
   */
  readonly credentials?: () => Promise<AwsCredentials>;
  /**
   * Connects to where reads may go.
   * @default false
   */
  readonly reader?: boolean;
  /**
   * How many connections there are at most.
   * @default - 2 in a function, which answers one caller at a time; 10 elsewhere
   */
  readonly max?: number;
  /**
   * How long a connection may take, in milliseconds. A database that has paused takes about 15 seconds.
   * @default 20000
   */
  readonly connectionTimeoutMilliseconds?: number;
  /** @default process.env */
  readonly environment?: Environment;
}

/** The certificates of Amazon RDS, which AWS Lambda has at hand and Node.js does not trust by itself. */
const CERTIFICATES_IN_LAMBDA = '/var/runtime/ca-cert.pem';

/**
 * Connects to a database that is wired to this function: over TLS that checks whom it talks to, signed in with a token of IAM
 * or the secret, both asked for anew with each connection. In a container image, have `NODE_EXTRA_CA_CERTS` name the
 * certificates of Amazon RDS.
 *
 * @param database the name under which it is wired: `ORDERS`; or what `databaseConnection` made of it
 * @throws MissingSettingError when it is not wired to this function, or there is nothing to read its secret with
 */
export async function connectDatabase<Pool extends Listening>(
  database: string | DatabaseConnection, options: ConnectOptions<Pool>,
): Promise<Pool> {
  const { environment = process.env, Pool } = options;
  const connection = typeof database === 'string' ? databaseConnection(database, environment) : database;
  const host = options.reader ? connection.readerHost ?? connection.host : connection.host;
  const pool = new Pool({
    host,
    port: connection.port,
    database: connection.database,
    ...await signIn(connection, host, options),
    ssl: existsSync(CERTIFICATES_IN_LAMBDA) ? { ca: [...rootCertificates, readFileSync(CERTIFICATES_IN_LAMBDA, 'utf8')] } : {},
    max: options.max ?? (environment.AWS_LAMBDA_FUNCTION_NAME ? 2 : 10),
    connectionTimeoutMillis: options.connectionTimeoutMilliseconds ?? 20_000,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // A connection that breaks while nobody uses it is replaced by the next one.
  pool.on('error', () => undefined);
  // One that breaks between two statements fails the second one; nobody has to hear of it twice.
  pool.on('connect', (client) => client.on('error', () => undefined));
  if (connection.readOnly) {
    // Asked before anything else on that connection, so that nothing is written where there is no reader but the writer.
    pool.on('connect', (client) => {
      client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY').catch(() => undefined);
    });
  }
  return pool;
}

async function signIn(
  { user, port, secretArn }: DatabaseConnection, host: string, { secrets, credentials, environment }: ConnectOptions<unknown>,
): Promise<Pick<PoolSettings, 'user' | 'password'>> {
  if (user !== undefined && credentials) {
    const region = readSetting('AWS_REGION', 'the platform', environment);
    return { user, password: async () => databaseToken({ credentials: await credentials(), region, host, port, user }) };
  }
  if (user !== undefined) {
    return { user, password: () => databaseToken({ ...signerOf('give a password of your own', environment), host, port, user }) };
  }
  if (secretArn === undefined || secrets === undefined) {
    throw new MissingSettingError('the database signs in with a secret; connectDatabase(name, { Pool, secrets: new SecretsManager({}) }) reads it');
  }
  const secret = new SecretReader({ secrets, secretArn });
  const { username } = await secret.json();
  return { user: username!, password: async () => (await secret.json()).password! };
}
