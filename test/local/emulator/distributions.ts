/** An origin of our own, distributions in front of it, and viewers of them. */
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { World } from './plain-and-repaired';

// Managed policies.
export const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
export const ALL_VIEWER_EXCEPT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

/** What the origin was asked for, by its URL. */
export const asked = new Map<string, number>();

/** Two of them have room in the cache, and three have not. */
const LARGE_BYTES = 25 * 1024 * 1024;

/** Answers `/says/<Cache-Control>/...` so, `/status/<status>/...` with it, `/cookie/...` with one, `/large/...` at length. */
const origin = createServer(({ url = '', headers }, response) => {
  const times = (asked.get(url) ?? 0) + 1;
  asked.set(url, times);
  const [, what, how = ''] = url.split('/');
  response.statusCode = what === 'status' ? Number(how) : 200;
  if (what === 'says') {
    response.setHeader('cache-control', decodeURIComponent(how));
  }
  if (what === 'cookie') {
    response.setHeader('set-cookie', 'session=secret');
  }
  response.end(JSON.stringify({ url, times, cookie: headers.cookie ?? null }).padEnd(what === 'large' ? LARGE_BYTES : 0));
});

// Its port is known when the origin listens, which is before the templates are used.
const CUSTOM_ORIGIN = { HTTPPort: 0, OriginProtocolPolicy: 'http-only' };

export const behavior = (more: object) => ({ TargetOriginId: 'origin', ViewerProtocolPolicy: 'https-only', ...more });

export const distribution = (behaviors: readonly object[], first: object, origins: readonly object[] = []): object => ({
  Type: 'AWS::CloudFront::Distribution',
  Properties: {
    DistributionConfig: {
      Enabled: true,
      Origins: [{ Id: 'origin', DomainName: '127.0.0.1', CustomOriginConfig: CUSTOM_ORIGIN }, ...origins],
      DefaultCacheBehavior: behavior({ AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'], ...first }),
      CacheBehaviors: behaviors,
    },
  },
});

/** Call it before the templates are used. */
export function originAnswers(): void {
  beforeAll(async () => {
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    CUSTOM_ORIGIN.HTTPPort = (origin.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => origin.close(resolve)));
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks as plain ministack knows it: by the name of the distribution, as one who came by HTTPS. */
export function ask({ aws }: World, url: string, method = 'GET', more: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(aws.endpoint);
  const path = url.replace(/^https:\/\/[^/]*/, '');
  const headers = { 'host': new URL(url).host, 'x-forwarded-proto': 'https', ...more };
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => body += chunk)
        .on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    }).once('error', reject).end();
  });
}

/** The API of CloudFront; resolves to the id of what was made. */
export async function make({ aws }: World, what: string, xml: string): Promise<string> {
  const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudfront/aws4_request, SignedHeaders=host, Signature=x';
  const response = await fetch(`${aws.endpoint}/2020-05-31/${what}`, { method: 'POST', headers: { authorization }, body: xml });
  expect([response.status, what]).toEqual([201, what]);
  return response.headers.get('location')!.split('/').at(-1)!;
}
