import { type Clock, systemClock } from './clock';
import { type AwsCredentials, presignedQuery } from './sigv4';

export { type AwsCredentials, signerOf } from './sigv4';

/** What a token is signed for, and by whom. */
export interface PresignedTokenOptions {
  readonly credentials: AwsCredentials;
  /** The service as signatures name it: `elasticache`, `rds-db`. */
  readonly service: string;
  /** What is connected to, with its port where the service asks for it. */
  readonly host: string;
  /** What is asked for: `{ Action: 'connect', User: 'web' }`. */
  readonly query: Readonly<Record<string, string>>;
  readonly region: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

const LIFETIME_SECONDS = 900;

/** A password of IAM: a request to connect that is signed and valid for 15 minutes. It is computed here: no request is made. */
export function presignedToken(options: PresignedTokenOptions): string {
  const { credentials, service, host, query, region, clock = systemClock } = options;
  return `${host}/?${presignedQuery({ credentials, service, region, now: clock.now() }, host, query, LIFETIME_SECONDS)}`;
}
