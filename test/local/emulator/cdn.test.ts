/** Repairs of CloudFront: how a distribution is reached, and what it keeps. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

import type { Template } from './cloudformation';
import { type Answer, ask, asked, behavior, CACHING_DISABLED, distribution, make, originAnswers } from './distributions';
import { PlainAndRepaired, type World } from './plain-and-repaired';

const policy = (Name: string, parameters: object, seconds: object = { DefaultTTL: 600, MaxTTL: 3600 }): object => ({
  Type: 'AWS::CloudFront::CachePolicy',
  Properties: {
    CachePolicyConfig: {
      Name, MinTTL: 0, ...seconds,
      ParametersInCacheKeyAndForwardedToOrigin: {
        EnableAcceptEncodingGzip: false,
        CookiesConfig: { CookieBehavior: 'none' }, HeadersConfig: { HeaderBehavior: 'none' }, QueryStringsConfig: { QueryStringBehavior: 'all' },
        ...parameters,
      },
    },
  },
});

const TEMPLATE: Template = {
  Resources: {
    Kept: policy('kept', {}),
    KeptByCookie: policy('kept-by-cookie', { CookiesConfig: { CookieBehavior: 'whitelist', Cookies: ['language'] } }),
    KeptBriefly: policy('kept-briefly', {}, { DefaultTTL: 1, MaxTTL: 1 }),
    KeptByPath: policy('kept-by-path', { QueryStringsConfig: { QueryStringBehavior: 'none' } }),
    Bucket: { Type: 'AWS::S3::Bucket' },
    OverTlsOnly: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Bucket' },
        PolicyDocument: {
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' }, Action: 's3:GetObject', Resource: '*' },
            {
              Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    },
    Access: {
      Type: 'AWS::CloudFront::OriginAccessControl',
      Properties: {
        OriginAccessControlConfig: { Name: 'access', OriginAccessControlOriginType: 's3', SigningBehavior: 'always', SigningProtocol: 'sigv4' },
      },
    },
    Distribution: distribution([
      behavior({ PathPattern: '/objects/*', TargetOriginId: 'bucket', CachePolicyId: CACHING_DISABLED }),
      behavior({ PathPattern: '/never/*', CachePolicyId: CACHING_DISABLED }),
      behavior({ PathPattern: '/says/*/briefly', CachePolicyId: { Ref: 'KeptBriefly' } }),
      behavior({ PathPattern: '/by-path/*', CachePolicyId: { Ref: 'KeptByPath' } }),
      behavior({ PathPattern: '/by-cookie/*', CachePolicyId: { Ref: 'KeptByCookie' } }),
    ], { CachePolicyId: { Ref: 'Kept' } }, [{
      Id: 'bucket', DomainName: { 'Fn::GetAtt': ['Bucket', 'RegionalDomainName'] }, S3OriginConfig: { OriginAccessIdentity: '' },
      OriginAccessControlId: { 'Fn::GetAtt': ['Access', 'Id'] },
    }]),
  },
  Outputs: {
    Bucket: { Value: { Ref: 'Bucket' } },
    Id: { Value: { Ref: 'Distribution' } },
    Host: { Value: { 'Fn::GetAtt': ['Distribution', 'DomainName'] } },
  },
};

originAnswers();
const both = new PlainAndRepaired('Cdn', TEMPLATE);

describe('by path', () => {
  both.test('a distribution is reached without its name, and the origin gets the same bytes', async ({ aws, out }) => {
    const seen = await Promise.all(['/a%2Fb/c%20d?e=%20f&g', '', '/health'].map(async (rest) => {
      const response = await fetch(aws.urlOf(`https://${out.Host}${rest}`));
      const text = await response.text();
      return response.headers.has('x-amz-cf-id') ? (JSON.parse(text) as { url: string }).url : 'no distribution';
    }));
    return seen;
  }, { plain: ['no distribution', 'no distribution', 'no distribution'], repaired: ['/a%2Fb/c%20d?e=%20f&g', '/', '/health'] });

  both.test('a bucket sees that the viewer came by TLS', async ({ aws, out, client }) => {
    await new S3Client({ ...client, forcePathStyle: true }).send(new PutObjectCommand({ Bucket: out.Bucket, Key: 'objects/1', Body: 'bytes' }));
    const response = await fetch(aws.urlOf(`https://${out.Host}/objects/1`));
    return [response.status, (await response.text()).slice(0, 5)];
  }, { plain: [404, '<?xml'], repaired: [200, 'bytes'] });

  both.test('one that does not exist', async ({ aws }) => {
    const { status, headers } = await fetch(aws.urlOf('https://dnone.cloudfront.net/'));
    return [status, headers.get('x-cache')];
  }, { plain: [404, null], repaired: [404, 'Error from cloudfront'] });
});

describe('copies', () => {
  /** Asks twice; what the second answer tells. */
  const twice = async (world: World, path: string, method = 'GET', headers: Record<string, string> = {}) => {
    const url = `https://${world.out.Host}${path}`;
    await ask(world, url, method, headers);
    return ask(world, url, method, headers);
  };
  const timesOf = ({ body }: Answer) => (JSON.parse(body) as { times: number }).times;

  both.test('an answer is kept', async (world) => {
    const second = await twice(world, `/kept?${String(world.plain)}`);
    return [second.status, timesOf(second), second.headers['x-cache'], /^\d+$/.test(String(second.headers.age))];
  }, { plain: [200, 2, 'Miss from cloudfront', false], repaired: [200, 1, 'Hit from cloudfront', true] });

  test.each([
    ['what must not be stored', '/says/no-store/1', 'GET', {}],
    ['what is private', `/says/${encodeURIComponent('private, max-age=60')}/1`, 'GET', {}],
    ['what is over at once', '/says/max-age=0/1', 'GET', {}],
    ['what sets a cookie', '/cookie/1', 'GET', {}],
    ['an error', '/status/404/1', 'GET', {}],
    ['an answer to a POST', '/posted', 'POST', {}],
    ['a part', '/part', 'GET', { range: 'bytes=0-1' }],
    ['what a policy without times is for', '/never/1', 'GET', {}],
  ])('%s is not kept', async (_, path, method, headers) => {
    const second = await twice(both.repaired, path, method, headers as Record<string, string>);
    expect([timesOf(second), second.headers['x-cache']]).toEqual([2, 'Miss from cloudfront']);
  });

  test('what is not in the key makes no other answer, and what is does', async () => {
    const of = async (path: string, cookie: string) => ask(both.repaired, `https://${both.repaired.out.Host}${path}`, 'GET', { cookie });
    const told = async (path: string, cookie = 'language=en') => {
      const { body } = await of(path, cookie);
      const { url, cookie: seen } = JSON.parse(body) as { url: string; cookie: string | null };
      return [url, seen];
    };
    expect(await told('/by-path/1?a=1')).toEqual(['/by-path/1', null]);
    expect(await told('/by-path/1?a=2')).toEqual(['/by-path/1', null]);
    expect(asked.get('/by-path/1')).toBe(1);
    expect(await told('/of?a=1')).toEqual(['/of?a=1', null]);
    expect(await told('/of?a=2')).toEqual(['/of?a=2', null]);
    expect(await told('/by-cookie/1', 'language=en; session=1')).toEqual(['/by-cookie/1', 'language=en']);
    expect(await told('/by-cookie/1', 'language=de')).toEqual(['/by-cookie/1', 'language=de']);
    expect(await told('/by-cookie/1', 'session=2; language=en')).toEqual(['/by-cookie/1', 'language=en']);
    expect(asked.get('/by-cookie/1')).toBe(2);
  });

  test.each([
    ['the origin has said so', '/says/max-age=1/end'],
    ['the cache policy says so, though the origin gave it longer', '/says/max-age=60/briefly'],
  ])('a copy ends when %s', async (_, path) => {
    for (let times = 1; times < 3;) {
      times = timesOf(await ask(both.repaired, `https://${both.repaired.out.Host}${path}`));
    }
    expect(asked.get(path)).toBe(3);
  });

  test('when there is no room left, the oldest go', async () => {
    const large = async (name: string) => timesOf(await ask(both.repaired, `https://${both.repaired.out.Host}/large/${name}`));
    expect([await large('1'), await large('2'), await large('1'), await large('3'), await large('3')]).toEqual([1, 1, 1, 1, 1]);
    expect([await large('2'), await large('1')]).toEqual([1, 2]);
  });

  test('an invalidation drops the copies of its paths', async () => {
    const { repaired } = both;
    const xml = (path: string) => '<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths><Quantity>1</Quantity>'
      + `<Items><Path>${path}</Path></Items></Paths><CallerReference>${path}</CallerReference></InvalidationBatch>`;
    const times = () => Promise.all(['/old/1', '/old/1?a=1', '/older', '/new'].map(async (path) =>
      timesOf(await ask(repaired, `https://${repaired.out.Host}${path}`))));
    const invalidate = (path: string) => make(repaired, `distribution/${repaired.out.Id}/invalidation`, xml(path));
    expect([await times(), await times()]).toEqual([[1, 1, 1, 1], [1, 1, 1, 1]]);
    await invalidate('/old/1');
    expect(await times()).toEqual([2, 1, 1, 1]);
    await invalidate('/old/*');
    expect(await times()).toEqual([3, 2, 1, 1]);
    await invalidate('/*');
    expect(await times()).toEqual([4, 3, 2, 2]);
  });
});
