import { createHash, createHmac } from 'node:crypto';
import { type Clock, systemClock } from '../clock';
import { type Environment, readSetting } from '../environment';
import type { CacheConnection } from './connection';

/** Credentials of a role or a user. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a token is signed for, and by whom. */
export interface CacheTokenOptions {
  readonly credentials: AwsCredentials;
  /** The user of ElastiCache to sign in as. */
  readonly user: string;
  /** The name of the cache. */
  readonly cacheName: string;
  /** Whether it is a serverless cache. */
  readonly serverless: boolean;
  /** The region of the cache: `eu-west-1`. */
  readonly region: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

const LIFETIME_SECONDS = 900;

/**
 * The password of a user who signs in with IAM: a request to connect, signed as AWS Signature Version 4 asks for (IAM User Guide,
 * "Create a signed AWS API request") and valid for 15 minutes. It is computed here: no request is made.
 */
export function cacheToken({ credentials, user, cacheName, serverless, region, clock = systemClock }: CacheTokenOptions): string {
  const time = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, 'elasticache', 'aws4_request'];
  // In the order of their names, which the signature covers.
  const query = Object.entries({
    'Action': 'connect',
    ...serverless && { ResourceType: 'ServerlessCache' },
    'User': user,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [credentials.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(LIFETIME_SECONDS),
    ...credentials.sessionToken !== undefined && { 'X-Amz-Security-Token': credentials.sessionToken },
    'X-Amz-SignedHeaders': 'host',
  }).map(([name, value]) => `${name}=${encode(value)}`).join('&');
  const request = ['GET', '/', query, `host:${cacheName}`, '', 'host', sha256('')].join('\n');
  const key = scope.reduce<string | Buffer>((signed, part) => hmac(signed, part).digest(), `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(request)].join('\n')).digest('hex');
  return `${cacheName}/?${query}&X-Amz-Signature=${signature}`;
}

/**
 * What signs tokens with the credentials that a Lambda function finds in its environment; undefined for a cache without IAM.
 *
 * @throws MissingSettingError when there are no credentials in the environment
 */
export function tokenSigner(
  connection: Pick<CacheConnection, 'username' | 'cacheName' | 'serverless'>, environment: Environment = process.env, clock?: Clock,
): (() => string) | undefined {
  const { username: user, cacheName, serverless } = connection;
  if (user === undefined || cacheName === undefined) {
    return undefined;
  }
  const setting = (name: string) => readSetting(name, 'AWS Lambda; elsewhere sign with cacheToken({ credentials, ... })', environment);
  return () => cacheToken({
    credentials: {
      accessKeyId: setting('AWS_ACCESS_KEY_ID'),
      secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
    user, cacheName, serverless, region: setting('AWS_REGION'), clock,
  });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text);
const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
