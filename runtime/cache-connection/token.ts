import type { Clock } from '../clock';
import type { Environment } from '../environment';
import { type AwsCredentials, presignedToken, signerOf } from '../presigned-token';
import type { CacheConnection } from './connection';

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

/** The password of a user who signs in to a cache with IAM, valid for 15 minutes. It is computed here: no request is made. */
export function cacheToken({ credentials, user, cacheName, serverless, region, clock }: CacheTokenOptions): string {
  const query = { Action: 'connect', ...serverless && { ResourceType: 'ServerlessCache' }, User: user };
  return presignedToken({ credentials, service: 'elasticache', host: cacheName, query, region, clock });
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
  return () => cacheToken({ ...signerOf('sign with cacheToken({ credentials, ... })', environment), user, cacheName, serverless, clock });
}
