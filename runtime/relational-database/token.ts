import type { Clock } from '../clock';
import { type AwsCredentials, presignedToken } from '../presigned-token';

/** What a token is signed for, and by whom. */
export interface DatabaseTokenOptions {
  readonly credentials: AwsCredentials;
  readonly host: string;
  readonly port: number;
  /** The user of the database to sign in as. */
  readonly user: string;
  /** The region of the database: `eu-west-1`. */
  readonly region: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * The password of a user who signs in to a database or its pool with IAM, valid for 15 minutes; a connection that is open stays
 * open. It is computed here: no request is made.
 */
export function databaseToken({ credentials, host, port, user, region, clock }: DatabaseTokenOptions): string {
  return presignedToken({ credentials, service: 'rds-db', host: `${host}:${port}`, query: { Action: 'connect', DBUser: user }, region, clock });
}
