import { createHash, createHmac } from 'node:crypto';
import { type Environment, readSetting } from './environment';

/** Credentials of a role or a user. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Who signs, for what, and when. */
export interface Signer {
  readonly credentials: AwsCredentials;
  /** As signatures name it: `es`, `elasticache`, `rds-db`. */
  readonly service: string;
  /** `eu-west-1` */
  readonly region: string;
  /** Milliseconds of the epoch. */
  readonly now: number;
}

/** A request that is to be sent with its signature in a header. */
export interface RequestToSign {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * The query of a URL that is signed as AWS Signature Version 4 asks for (IAM User Guide, "Create a signed AWS API request"). It
 * is computed here: no request is made.
 *
 * @param host the host that the signature covers, with its port where the service wants it
 */
export function presignedQuery(
  signer: Signer, host: string, parameters: Readonly<Record<string, string>>, lifetimeSeconds: number,
): string {
  const { credentials } = signer;
  const { time, scope } = scopeOf(signer);
  const query = canonicalQuery({
    ...parameters,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': [credentials.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(lifetimeSeconds),
    ...credentials.sessionToken !== undefined && { 'X-Amz-Security-Token': credentials.sessionToken },
    'X-Amz-SignedHeaders': 'host',
  });
  const request = ['GET', '/', query, `host:${host}`, '', 'host', sha256('')].join('\n');
  return `${query}&X-Amz-Signature=${signatureOf(signer, request)}`;
}

/** All headers of a request, with its signature. */
export function signedHeaders(signer: Signer, { method, url, headers, body }: RequestToSign): Record<string, string> {
  const { credentials } = signer;
  const { time, scope } = scopeOf(signer);
  const all: Record<string, string> = {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    'host': url.host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': time,
    ...credentials.sessionToken !== undefined && { 'x-amz-security-token': credentials.sessionToken },
  };
  const names = Object.keys(all).sort();
  const request = [
    method, url.pathname.split('/').map(encode).join('/'), canonicalQuery(Object.fromEntries(url.searchParams)),
    ...names.map((name) => `${name}:${all[name]!.trim()}`), '', names.join(';'), all['x-amz-content-sha256'],
  ].join('\n');
  const credential = [credentials.accessKeyId, ...scope].join('/');
  all.authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signatureOf(signer, request)}`;
  // The client sends the host by itself.
  delete all.host;
  return all;
}

/**
 * The credentials and the region that a Lambda function finds in its environment, which change while it runs.
 *
 * @param elsewhere what to do where there are none, for the message
 * @throws MissingSettingError when there are none
 */
export function signerOf(elsewhere: string, environment: Environment = process.env): Pick<Signer, 'credentials' | 'region'> {
  const setting = (name: string) => readSetting(name, `AWS Lambda; elsewhere ${elsewhere}`, environment);
  return {
    credentials: {
      accessKeyId: setting('AWS_ACCESS_KEY_ID'),
      secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
    region: setting('AWS_REGION'),
  };
}

function scopeOf({ now, region, service }: Signer): { readonly time: string; readonly scope: string[] } {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  return { time, scope: [time.slice(0, 8), region, service, 'aws4_request'] };
}

function signatureOf(signer: Signer, request: string): string {
  const { time, scope } = scopeOf(signer);
  const key = scope.reduce<string | Buffer>((signed, part) => hmac(signed, part).digest(), `AWS4${signer.credentials.secretAccessKey}`);
  return hmac(key, [ALGORITHM, time, scope.join('/'), sha256(request)].join('\n')).digest('hex');
}

/** In the order of their names, which the signature covers. */
const canonicalQuery = (parameters: Readonly<Record<string, string>>) => Object.keys(parameters).sort()
  .map((name) => `${encode(name)}=${encode(parameters[name]!)}`).join('&');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text);
const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
