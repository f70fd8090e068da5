import { createSign, createVerify, generateKeyPairSync } from 'node:crypto';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Distribution, HeadersFrameOption, HeadersReferrerPolicy, HttpVersion, PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { HostedZone, type IHostedZone, PublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Cdn, CdnCertificate, type CdnCertificateProps, CdnOrigin, type CdnPathCache, type CdnProps } from '../../../lib/cdn';
import { CDN_CERTIFICATE_RULES, CDN_RULES } from '../../../lib/cdn/cdn-rules';
import { INVALIDATION_RULES } from '../../../lib/cdn/invalidation';
import { REWRITE } from '../../../lib/cdn/single-page-app';
import { Access, type ICdnOrigin, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { LoadBalancer, Scheme } from '../../../lib/load-balancer';
import { Network } from '../../../lib/network';
import { ObjectStore } from '../../../lib/object-store';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf } from '../../support/stacks';

const US = { account: '111122223333', region: 'us-east-1' };
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_EXCEPT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
const READ_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const CERTIFICATE = 'arn:aws:acm:us-east-1:111122223333:certificate/c';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
const api = CdnOrigin.http('api.example.com');
const zoneIn = (stack: Stack): IHostedZone => HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });

interface Behavior {
  readonly PathPattern?: string;
  readonly [property: string]: unknown;
}
interface Config {
  readonly DefaultCacheBehavior: Behavior;
  readonly CacheBehaviors?: Behavior[];
  readonly [property: string]: unknown;
}

const configOf = (stack: Stack) => onlyOne(stack, 'AWS::CloudFront::Distribution').DistributionConfig as Config;

/** A Cdn over an ObjectStore. */
function overStore(props: Partial<CdnProps> = {}, stack = stackWith()) {
  const cdn = new Cdn(stack, 'Cdn', { origin: new ObjectStore(stack, 'Site'), ...props });
  // Read when asked for, since a stack must not change once its template was made.
  return { stack, cdn, get config() { return configOf(stack); } };
}

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes five resources, under %s', (_, context) => {
    const { stack } = overStore({}, stackWith(Profile.SANDBOX, { context }));
    const { SiteBucket, SiteBucketPolicy, ...others } = resourcesOf(stack);
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(SiteBucket?.Type).toBe('AWS::S3::Bucket');
    expect(others).toEqual({
      CdnHeaders: {
        Type: 'AWS::CloudFront::ResponseHeadersPolicy',
        Properties: {
          ResponseHeadersPolicyConfig: {
            Name: expect.anything(),
            SecurityHeadersConfig: {
              ContentTypeOptions: { Override: true },
              FrameOptions: { FrameOption: 'DENY', Override: true },
              ReferrerPolicy: { Override: true, ReferrerPolicy: 'strict-origin-when-cross-origin' },
              StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: true },
            },
          },
        },
      },
      CdnDistributionOrigin1Access: {
        Type: 'AWS::CloudFront::OriginAccessControl',
        Properties: {
          OriginAccessControlConfig: {
            Name: expect.anything(), OriginAccessControlOriginType: 's3', SigningBehavior: 'always', SigningProtocol: 'sigv4',
          },
        },
      },
      CdnDistribution: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Enabled: true,
            DefaultRootObject: 'index.html',
            HttpVersion: 'http2and3',
            IPV6Enabled: true,
            PriceClass: 'PriceClass_All',
            DefaultCacheBehavior: {
              AllowedMethods: READ_METHODS,
              CachePolicyId: CACHING_OPTIMIZED,
              Compress: true,
              ResponseHeadersPolicyId: { Ref: 'CdnHeaders' },
              TargetOriginId: expect.stringMatching(/^StackCdnDistributionOrigin1/),
              ViewerProtocolPolicy: 'redirect-to-https',
            },
            Origins: [{
              Id: expect.stringMatching(/^StackCdnDistributionOrigin1/),
              DomainName: { 'Fn::GetAtt': ['SiteBucket', 'RegionalDomainName'] },
              OriginAccessControlId: { 'Fn::GetAtt': ['CdnDistributionOrigin1Access', 'Id'] },
              S3OriginConfig: { OriginAccessIdentity: '' },
            }],
          },
        },
      },
    });
    const own = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':cloudfront::', { Ref: 'AWS::AccountId' }, ':distribution/', { Ref: 'CdnDistribution' }]] };
    const Condition = { StringEquals: { 'aws:SourceArn': own } };
    const Principal = { Service: 'cloudfront.amazonaws.com' };
    const arn = { 'Fn::GetAtt': ['SiteBucket', 'Arn'] };
    expect(SiteBucketPolicy?.Properties.PolicyDocument).toMatchObject({
      Statement: [
        { Effect: 'Deny' },
        { Effect: 'Allow', Action: 's3:GetObject', Principal, Resource: { 'Fn::Join': ['', [arn, '/*']] }, Condition },
        { Effect: 'Allow', Action: 's3:ListBucket', Principal, Resource: arn, Condition },
      ],
    });
  });

  test('under PRODUCTION adds one alarm in us-east-1, and elsewhere a warning that says why not', () => {
    const { stack } = overStore({}, stackWith(Profile.PRODUCTION, {}, US));
    expect(onlyOne(stack, 'AWS::CloudWatch::Alarm')).toMatchObject({
      MetricName: '5xxErrorRate', Namespace: 'AWS/CloudFront', Threshold: 1, EvaluationPeriods: 3, TreatMissingData: 'notBreaching',
      Dimensions: [{ Name: 'DistributionId' }, { Name: 'Region', Value: 'Global' }],
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    const elsewhere = overStore({}, stackWith(Profile.PRODUCTION, {}, SOMEWHERE)).stack;
    expect(namesOf(elsewhere, 'AWS::CloudWatch::Alarm')).toEqual([]);
    Annotations.fromStack(elsewhere).hasWarning('/Stack/Cdn', Match.stringLikeRegexp('has no alarm: CloudFront counts in us-east-1'));
    Annotations.fromStack(overStore({}, stackWith(Profile.SANDBOX, {}, SOMEWHERE)).stack).hasNoWarning('*', Match.anyValue());
  });

  test('names nothing that another deployment of the same app would name as well', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    overStore({
      singlePageApp: true, immutableAssets: ['/assets/*'], signedUrls: { publicKeys: [keys.publicKey] },
      paths: { '/feed/*': { origin: api, cache: { ttl: Duration.minutes(1) } } },
    }, stack);
    const named = Object.values(resourcesOf(stack)).flatMap(({ Properties }) => {
      const config = Object.values(Properties).find((value) => typeof value === 'object' && value !== null && 'Name' in value) as { Name: unknown };
      return [Properties.Name ?? config?.Name].filter((name) => name !== undefined);
    });
    expect(named).toHaveLength(8);
    expect(new Set(named.map((name) => JSON.stringify(name))).size).toBe(8);
    expect(named.filter((name) => !JSON.stringify(name).includes('{"Fn::Select":[2,{"Fn::Split":["/",{"Ref":"AWS::StackId"}]}]}'))).toEqual([]);
    // 36 characters come at deployment, 64 are the most for functions and access controls.
    const fixed = named.map((name) => (name as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1][0] as string);
    expect(Math.max(...fixed.map((text) => text.length))).toBeLessThanOrEqual(28);
  });
});

test('every prop shapes the distribution', () => {
  const { stack, config, cdn } = overStore({
    ttl: { min: Duration.seconds(5), default: Duration.hours(1), max: Duration.days(2) },
    securityHeaders: {
      contentSecurityPolicy: "default-src 'self'", httpsOnlyFor: Duration.days(30), frames: HeadersFrameOption.SAMEORIGIN,
      referrer: HeadersReferrerPolicy.NO_REFERRER,
    },
    countries: { allow: ['DE', 'FR'] },
    domainNames: ['www.example.com'],
    certificate: Certificate.fromCertificateArn(stackWith(), 'Certificate', CERTIFICATE),
    webAcl: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/mine/1',
    failoverOrigin: CdnOrigin.http('backup.example.com'),
    priceClass: PriceClass.PRICE_CLASS_100,
    distributionProps: { comment: 'ours', httpVersion: HttpVersion.HTTP2, enableIpv6: false },
  });
  expect(config).toMatchObject({
    Aliases: ['www.example.com'],
    ViewerCertificate: { AcmCertificateArn: CERTIFICATE, MinimumProtocolVersion: 'TLSv1.2_2021', SslSupportMethod: 'sni-only' },
    Restrictions: { GeoRestriction: { Locations: ['DE', 'FR'], RestrictionType: 'whitelist' } },
    WebACLId: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/mine/1',
    PriceClass: 'PriceClass_100',
    Comment: 'ours',
    HttpVersion: 'http2',
    IPV6Enabled: false,
    OriginGroups: { Items: [{ FailoverCriteria: { StatusCodes: { Items: [500, 502, 503, 504] } } }] },
    DefaultCacheBehavior: { CachePolicyId: { Ref: 'CdnContent' } },
  });
  expect(config.Origins).toMatchObject([{}, { DomainName: 'backup.example.com', CustomOriginConfig: { OriginProtocolPolicy: 'https-only' } }]);
  expect(onlyOne(stack, 'AWS::CloudFront::CachePolicy').CachePolicyConfig).toMatchObject({ MinTTL: 5, DefaultTTL: 3600, MaxTTL: 172_800 });
  expect(onlyOne(stack, 'AWS::CloudFront::ResponseHeadersPolicy').ResponseHeadersPolicyConfig).toMatchObject({
    SecurityHeadersConfig: {
      ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'self'" },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 2_592_000 },
      FrameOptions: { FrameOption: 'SAMEORIGIN' },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer' },
    },
  });
  expect(cdn.url).toBe('https://www.example.com');
  expect(cdn.node.defaultChild).toBe(cdn.distribution);
  expect(cdn.metricRequests()).toMatchObject({ metricName: 'Requests', region: 'us-east-1', statistic: 'Sum' });
  expect(cdn.metricCacheHitRate({ period: Duration.hours(1) })).toMatchObject({ metricName: 'CacheHitRate', period: Duration.hours(1) });
  expect(overStore({ countries: { deny: ['KP'] } }).config.Restrictions).toEqual({
    GeoRestriction: { Locations: ['KP'], RestrictionType: 'blacklist' },
  });
});

test.each([
  [{ max: Duration.minutes(1) }, [0, 60, 60]],
  [{ min: Duration.days(3) }, [259_200, 259_200, 31_536_000]],
  [{ default: Duration.days(500) }, [0, 43_200_000, 43_200_000]],
  [{}, [0, 86_400, 31_536_000]],
])('what a time to live %j leaves open follows what it says', (ttl, [MinTTL, DefaultTTL, MaxTTL]) => {
  expect(onlyOne(overStore({ ttl }).stack, 'AWS::CloudFront::CachePolicy').CachePolicyConfig).toMatchObject({ MinTTL, DefaultTTL, MaxTTL });
});

describe('a server as origin', () => {
  const over = (props: Partial<CdnProps> = {}) => {
    const stack = stackWith();
    new Cdn(stack, 'Cdn', { origin: api, ...props });
    return { stack, config: configOf(stack) };
  };

  test('answers itself: nothing is kept, every method passes, and it sees all but the host', () => {
    const { config } = over();
    expect(config.DefaultCacheBehavior).toMatchObject({
      AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
      CachePolicyId: CACHING_DISABLED,
      OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST,
      ViewerProtocolPolicy: 'https-only',
    });
    expect(config.DefaultRootObject).toBeUndefined();
    expect(config.Origins).toMatchObject([{
      DomainName: 'api.example.com', CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
    }]);
  });

  test('with a time to live is read only, kept by the whole URL, and sees nothing else', () => {
    const { stack, config } = over({ ttl: { default: Duration.minutes(5) } });
    expect(config.DefaultCacheBehavior).toMatchObject({ AllowedMethods: READ_METHODS, CachePolicyId: { Ref: 'CdnContent' } });
    expect(config.DefaultCacheBehavior.OriginRequestPolicyId).toBeUndefined();
    expect(onlyOne(stack, 'AWS::CloudFront::CachePolicy').CachePolicyConfig).toMatchObject({
      DefaultTTL: 300,
      ParametersInCacheKeyAndForwardedToOrigin: {
        QueryStringsConfig: { QueryStringBehavior: 'all' }, HeadersConfig: { HeaderBehavior: 'none' }, CookiesConfig: { CookieBehavior: 'none' },
      },
    });
  });

  test('can be any origin of the CDK, and serve several paths as one', () => {
    const origin = CdnOrigin.from(new HttpOrigin('other.example.com', { originPath: '/v1' }));
    const { config } = over({ origin, paths: { '/a/*': { origin }, '/b/*': { origin: CdnOrigin.http('b.example.com') } } });
    expect(config.Origins).toMatchObject([{ DomainName: 'other.example.com', OriginPath: '/v1' }, { DomainName: 'b.example.com' }]);
  });

  describe('inside a network', () => {
    const balancer = (stack: Stack, id = 'Inside') =>
      new LoadBalancer(stack, id, { scheme: Scheme.INTERNAL, network: new Network(stack, `${id}Net`, { publicTier: true }) });
    const letIn = (stack: Stack) => onlyOne(stack, 'AWS::EC2::SecurityGroupIngress');

    test('is an internal load balancer, reached over HTTP by CloudFront alone', () => {
      const stack = stackWith();
      const origin = balancer(stack);
      new Cdn(stack, 'Cdn', { origin, paths: { '/static/*': { origin, cache: { ttl: Duration.days(1) } } } });
      expect(onlyOne(stack, 'AWS::CloudFront::VpcOrigin')).toMatchObject({ VpcOriginEndpointConfig: {
        Arn: { Ref: 'InsideAlb' }, HTTPPort: 80, OriginProtocolPolicy: 'http-only',
        // In all regions an account has one of a name.
        Name: { 'Fn::Join': ['', [expect.stringMatching(/^PrivateOrigin-/), { 'Fn::Select': [2, expect.anything()] }]] },
      } });
      expect(configOf(stack).Origins).toMatchObject([{
        DomainName: { 'Fn::GetAtt': ['InsideAlb', 'DNSName'] },
        VpcOriginConfig: { VpcOriginId: { 'Fn::GetAtt': [expect.stringContaining('VpcOrigin'), 'Id'] } },
      }]);
      expect(letIn(stack)).toMatchObject({
        FromPort: 80, ToPort: 80, GroupId: { 'Fn::GetAtt': ['InsideAlbSecurityGroup', 'GroupId'] },
        SourcePrefixListId: { 'Fn::FindInMap': [expect.any(String), { Ref: 'AWS::Region' }, 'prefixList'] },
      });
      const { DependsOn } = resourcesOf(stack).InsideAlb as unknown as { DependsOn: string[] };
      expect(DependsOn).toContainEqual(expect.stringMatching(/DefaultRoute$/));
      const [mapping] = Object.values((Template.fromStack(stack).toJSON() as { Mappings: object }).Mappings);
      expect(mapping).toMatchObject({ 'us-east-1': { prefixList: 'pl-3b927c52' }, 'eu-central-1': { prefixList: 'pl-a3a144ca' } });
    });

    test('may stand behind two of them', () => {
      const stack = stackWith();
      const origin = balancer(stack);
      ['One', 'Two'].forEach((id) => new Cdn(stack, id, { origin }));
      expect(namesOf(stack, 'AWS::CloudFront::VpcOrigin')).toHaveLength(2);
      expect(letIn(stack)).toMatchObject({ FromPort: 80 });
    });

    test('lets in the CloudFront of its region, where that is known', () => {
      const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
      new Cdn(stack, 'Cdn', { origin: balancer(stack) });
      expect(letIn(stack)).toMatchObject({ SourcePrefixListId: 'pl-4fa04526' });
      expect(templateOf(stack)).not.toHaveProperty('Mappings');
    });

    test('is refused in a region of which it is not known', () => {
      const stack = stackWith(Profile.SANDBOX, {}, { account: '111122223333', region: 'mx-central-1' });
      expect(refusedBy(() => new Cdn(stack, 'Cdn', { origin: balancer(stack) }))).toMatchObject([
        { code: 'Cdn.PrivateOriginRegion', given: 'an internal load balancer in mx-central-1' },
      ]);
    });
  });

  test('is a domain name or an origin, nothing else', () => {
    expect(refusedBy(() => CdnOrigin.http('https://api.example.com/v1'))).toMatchObject([{ code: 'Cdn.OriginDomainName', given: "'https://api.example.com/v1'" }]);
    expect(refusedBy(() => CdnOrigin.from('api.example.com' as unknown as HttpOrigin))).toMatchObject([{ code: 'Cdn.NotAnOrigin', given: "'api.example.com'" }]);
  });
});

describe('a path', () => {
  const path = (cache?: CdnPathCache, origin: ICdnOrigin = api) => {
    const { stack, config } = overStore({ paths: { '/api/*': { origin, cache } } });
    return { stack, behavior: config.CacheBehaviors![0]! };
  };
  const keyOf = (stack: Stack) => (onlyOne(stack, 'AWS::CloudFront::CachePolicy').CachePolicyConfig as Record<string, unknown>);

  test('of an API is passed through', () => {
    expect(path().behavior).toMatchObject({
      PathPattern: '/api/*', CachePolicyId: CACHING_DISABLED, OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST, ViewerProtocolPolicy: 'https-only',
      ResponseHeadersPolicyId: { Ref: 'CdnHeaders' },
    });
  });

  test('with shared answers is read only, and its origin sees only what the answers are shared by', () => {
    const varied = { varyByHeaders: ['Accept-Language'], varyByCookies: ['theme'], varyByQuery: ['page'] };
    const { stack, behavior } = path({ ttl: Duration.minutes(1), ...varied });
    const CachePolicyId = { Ref: expect.stringMatching(/^CdnSharedapi/) as string };
    expect(behavior).toMatchObject({ AllowedMethods: READ_METHODS, CachePolicyId });
    expect(behavior.OriginRequestPolicyId).toBeUndefined();
    expect(keyOf(stack)).toMatchObject({
      MinTTL: 0, DefaultTTL: 60, MaxTTL: 60,
      ParametersInCacheKeyAndForwardedToOrigin: {
        HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Accept-Language'] },
        CookiesConfig: { CookieBehavior: 'whitelist', Cookies: ['theme'] },
        QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['page'] },
      },
    });
  });

  test('keeps Authorization out of the key unless asked', () => {
    expect(JSON.stringify(keyOf(path({ ttl: Duration.minutes(1) }).stack))).not.toMatch(/authorization/i);
    expect(keyOf(path({ ttl: Duration.minutes(1), varyByAuthorization: true, varyByQuery: [] }).stack)).toMatchObject({
      ParametersInCacheKeyAndForwardedToOrigin: {
        HeadersConfig: { Headers: ['Authorization'] }, QueryStringsConfig: { QueryStringBehavior: 'none' },
      },
    });
  });

  test('of another store is content', () => {
    const stack = stackWith();
    const config = overStore({ paths: { '/media/*': { origin: new ObjectStore(stack, 'Media') } } }, stack).config;
    expect(config.CacheBehaviors).toMatchObject([{ CachePolicyId: CACHING_OPTIMIZED, AllowedMethods: READ_METHODS }]);
    expect(namesOf(stack, 'AWS::CloudFront::OriginAccessControl')).toHaveLength(2);
  });
});

test('immutable assets are kept for a year by browsers; what points at them a minute, and browsers ask again', () => {
  const { stack, config } = overStore({ immutableAssets: ['/assets/*'] });
  const policies = resourcesOf(stack);
  expect(config.CacheBehaviors).toMatchObject([{
    PathPattern: '/assets/*', CachePolicyId: CACHING_OPTIMIZED, ResponseHeadersPolicyId: { Ref: 'CdnAssetHeaders' },
  }]);
  const cacheControl = (name: string) =>
    (policies[name]?.Properties.ResponseHeadersPolicyConfig as { CustomHeadersConfig: unknown }).CustomHeadersConfig;
  expect(cacheControl('CdnAssetHeaders')).toEqual({
    Items: [{ Header: 'Cache-Control', Override: true, Value: 'public, max-age=31536000, immutable' }],
  });
  expect(cacheControl('CdnHeaders')).toEqual({ Items: [{ Header: 'Cache-Control', Override: false, Value: 'no-cache' }] });
  expect(policies.CdnContent?.Properties.CachePolicyConfig).toMatchObject({ MinTTL: 0, DefaultTTL: 60 });
});

describe('a single-page app', () => {
  const handler = new Function(`${REWRITE}\nreturn handler;`)() as (event: { request: { uri: string } }) => { uri: string };

  test.each([
    ['/', '/index.html'], ['/orders/17', '/index.html'], ['/orders/v1.2/edit', '/index.html'], ['/orders/', '/index.html'],
    ['/logo.svg', '/logo.svg'], ['/a/b.min.js', '/a/b.min.js'], ['/index.html', '/index.html'],
  ])('is served for %s as %s', (uri, served) => {
    expect(handler({ request: { uri } }).uri).toBe(served);
  });

  test('rewrites its own paths only, so that a 404 of an API stays one', () => {
    const { stack, config } = overStore({ singlePageApp: true, paths: { '/api/*': { origin: api } } });
    expect(config.DefaultCacheBehavior.FunctionAssociations).toMatchObject([{ EventType: 'viewer-request' }]);
    expect(config.CacheBehaviors![0]!.FunctionAssociations).toBeUndefined();
    expect(config.CustomErrorResponses).toBeUndefined();
    expect(onlyOne(stack, 'AWS::CloudFront::Function')).toMatchObject({ AutoPublish: true, FunctionConfig: { Runtime: 'cloudfront-js-2.0' } });
  });
});

describe('signed URLs', () => {
  const trusted = (behavior?: Behavior) => behavior?.TrustedKeyGroups;

  test('open everything but paths of others, unless paths are named', () => {
    const all = overStore({
      signedUrls: { publicKeys: [keys.publicKey] }, immutableAssets: ['/assets/*'],
      paths: { '/api/*': { origin: api }, '/more/*': { origin: api, signed: true } },
    }).config;
    const group = [{ Ref: 'CdnSigners' }];
    expect([all.DefaultCacheBehavior, ...all.CacheBehaviors!].map(trusted)).toEqual([group, undefined, group, group]);
    const some = overStore({ signedUrls: { publicKeys: [keys.publicKey], paths: ['/downloads/*'] } }).config;
    expect(trusted(some.DefaultCacheBehavior)).toBeUndefined();
    expect(some.CacheBehaviors).toMatchObject([{ PathPattern: '/downloads/*', TrustedKeyGroups: group }]);
  });

  test('signed with the private key verify with the public key of the template, and others do not', () => {
    const { stack } = overStore({ signedUrls: { publicKeys: [keys.publicKey] } });
    const { EncodedKey: published } = onlyOne(stack, 'AWS::CloudFront::PublicKey').PublicKeyConfig as { EncodedKey: string };
    // The canned policy, as CloudFront rebuilds it from the URL (Developer Guide, "Create a signature for a signed URL").
    const policy = (url: string) => `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]}`;
    const signature = createSign('RSA-SHA1').update(policy('https://d1.cloudfront.net/a.pdf')).sign(keys.privateKey);
    expect(createVerify('RSA-SHA1').update(policy('https://d1.cloudfront.net/a.pdf')).verify(published, signature)).toBe(true);
    expect(createVerify('RSA-SHA1').update(policy('https://d1.cloudfront.net/b.pdf')).verify(published, signature)).toBe(false);
  });

  test('take a new key beside the old one, which keeps its resource', () => {
    const next = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const before = overStore({ signedUrls: { publicKeys: [keys.publicKey] } });
    const after = overStore({ signedUrls: { publicKeys: [next, keys.publicKey] } });
    const [old] = Object.keys(templateOf(before.stack).Resources!).filter((name) => name.startsWith('CdnKey'));
    expect(Object.keys(templateOf(after.stack).Resources!).filter((name) => name.startsWith('CdnKey'))).toHaveLength(2);
    expect(Object.keys(templateOf(after.stack).Resources!)).toContain(old);
    expect(after.stack.resolve(after.cdn.signingKey!.publicKeyRef.publicKeyId)).not.toEqual({ Ref: old });
  });
});

describe('protection', () => {
  test('makes a firewall in us-east-1, with a rate, known attacks and blocked addresses', () => {
    const { stack, config } = overStore({ protection: { blockedIps: ['192.0.2.0/24'] } }, stackWith(Profile.SANDBOX, {}, US));
    expect(config.WebACLId).toEqual({ 'Fn::GetAtt': ['CdnFirewall', 'Arn'] });
    expect(onlyOne(stack, 'AWS::WAFv2::IPSet')).toMatchObject({ Addresses: ['192.0.2.0/24'], Scope: 'CLOUDFRONT' });
    expect(onlyOne(stack, 'AWS::WAFv2::WebACL')).toMatchObject({
      Scope: 'CLOUDFRONT',
      DefaultAction: { Allow: {} },
      Rules: [
        { Name: 'BlockedIps', Priority: 0, Action: { Block: {} } },
        { Name: 'Rate', Priority: 1, Action: { Block: {} }, Statement: { RateBasedStatement: { Limit: 2000, AggregateKeyType: 'IP' } } },
        { Name: 'CommonAttacks', Priority: 2, Statement: { ManagedRuleGroupStatement: { Name: 'AWSManagedRulesCommonRuleSet' } } },
      ],
    });
  });

  test('and access logs are refused elsewhere, since they live in us-east-1', () => {
    expect(refusedBy(() => overStore({ protection: {} }, stackWith(Profile.SANDBOX, {}, SOMEWHERE)))).toMatchObject([
      { code: 'Cdn.ProtectionRegion', given: 'protection in a stack in eu-west-1' },
    ]);
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    expect(refusedBy(() => overStore({ accessLog: new Bucket(stack, 'Logs') }, stack))).toMatchObject([
      { code: 'Cdn.AccessLogRegion', given: 'accessLog in a stack in eu-west-1' },
    ]);
  });
});

test('access logs are delivered to a bucket that lets them in', () => {
  const stack = stackWith(Profile.SANDBOX, {}, US);
  overStore({ accessLog: new Bucket(stack, 'Logs') }, stack);
  const { CdnAccessLog, CdnAccessLogSource, CdnAccessLogDestination, LogsPolicy } = resourcesOf(stack);
  expect(CdnAccessLogSource?.Properties).toMatchObject({ LogType: 'ACCESS_LOGS', Name: { Ref: 'CdnDistribution' } });
  expect(CdnAccessLogDestination?.Properties).toMatchObject({ DestinationResourceArn: { 'Fn::GetAtt': ['Logs', 'Arn'] } });
  expect(CdnAccessLog?.Properties).toEqual({
    DeliverySourceName: { Ref: 'CdnAccessLogSource' }, DeliveryDestinationArn: { 'Fn::GetAtt': ['CdnAccessLogDestination', 'Arn'] },
  });
  expect(LogsPolicy?.Properties.PolicyDocument).toMatchObject({
    Statement: [{ Action: 's3:PutObject', Principal: { Service: 'delivery.logs.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } }],
  });
});

describe('its own domain', () => {
  test('in us-east-1 gets its certificate and records in the same stack', () => {
    const stack = stackWith(Profile.SANDBOX, {}, US);
    overStore({ domainNames: ['example.com', 'www.example.com'], hostedZone: zoneIn(stack) }, stack);
    expect(onlyOne(stack, 'AWS::CertificateManager::Certificate')).toMatchObject({
      DomainName: 'example.com', SubjectAlternativeNames: ['www.example.com'], ValidationMethod: 'DNS',
      DomainValidationOptions: [{ HostedZoneId: 'Z1' }, { HostedZoneId: 'Z1' }],
    });
    const records = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Route53::RecordSet');
    expect(records.map(({ Properties }) => `${String(Properties.Name)} ${String(Properties.Type)}`)).toEqual([
      'example.com. A', 'example.com. AAAA', 'www.example.com. A', 'www.example.com. AAAA',
    ]);
  });

  test('elsewhere gets its certificate from a stack beside, without a custom resource', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const cdn = new Cdn(stack, 'Cdn', { origin: api, domainNames: ['www.example.com'], hostedZone: zoneIn(stack) });
    new CdnCertificate(stack, 'Another', { domainNames: ['api.example.com'], hostedZone: zoneIn(new Stack(stack.node.root, 'Zones', { env: SOMEWHERE })) });
    const config = configOf(stack);
    expect(cdn.url).toBe('https://www.example.com');
    const beside = stack.node.root.node.findChild('Stack-us-east-1') as Stack;
    expect([beside.region, beside.account, beside.stackName]).toEqual(['us-east-1', SOMEWHERE.account, 'Stack-us-east-1']);
    const { Resources, Outputs } = Template.fromStack(beside).toJSON() as {
      Resources: Record<string, { Type: string }>; Outputs: Record<string, { Value: { Ref: string } }>;
    };
    expect(Object.values(Resources).map(({ Type }) => Type)).toEqual(['AWS::CertificateManager::Certificate', 'AWS::CertificateManager::Certificate']);
    const { 'Fn::GetStackOutput': read } = (config.ViewerCertificate as { AcmCertificateArn: Record<string, { OutputName: string }> }).AcmCertificateArn;
    expect(read).toEqual({ StackName: 'Stack-us-east-1', OutputName: expect.any(String) as string, Region: 'us-east-1' });
    expect(Outputs[read!.OutputName]?.Value.Ref).toMatch(/^StackCdnCertificate/);
    expect(stack.dependencies).toEqual([beside]);
    expect(Object.values(resourcesOf(stack)).filter(({ Type }) => /^Custom::|Lambda|CertificateManager/.test(Type))).toEqual([]);
  });

  test('needs to know where the stack is, and a zone that is there before', () => {
    const unknown = stackWith();
    expect(refusedBy(() => new CdnCertificate(unknown, 'C', { domainNames: ['www.example.com'], hostedZone: zoneIn(unknown) }))).toMatchObject([
      { code: 'Cdn.CertificateNeedsRegion', given: 'a stack without a region' },
    ]);
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const hostedZone = new PublicHostedZone(stack, 'Made', { zoneName: 'example.com' });
    expect(refusedBy(() => new CdnCertificate(stack, 'C', { domainNames: ['www.example.com'], hostedZone }))).toMatchObject([
      { code: 'Cdn.CertificateNeedsZone', given: 'the hosted zone Stack/Made of the same stack' },
    ]);
  });

  const BROKEN: Record<string, [unknown, string]> = {
    'Cdn.CertificateWrongType': [{ domainNames: 'www.example.com' }, "domainNames is 'www.example.com'"],
    'Cdn.CertificateIncomplete': [{ domainNames: ['www.example.com'] }, 'domainNames is a list, hostedZone undefined'],
    'Cdn.CertificateDomainNames': [{ domainNames: ['www'], hostedZone: zoneIn(stackWith()) }, "domainNames has 'www'"],
    'Cdn.CertificateOutsideZone': [{ domainNames: ['www.example.org'], hostedZone: zoneIn(stackWith()) }, "domainNames has 'www.example.org'"],
  };
  test.each(CDN_CERTIFICATE_RULES.map(({ code }) => [code]))('is refused: %s', (code) => {
    const [props, given] = BROKEN[code]!;
    expect(refusedBy(() => new CdnCertificate(stackWith(), 'C', props as CdnCertificateProps))).toContainEqual(expect.objectContaining({ code, given }));
  });
});

describe('a private bucket', () => {
  test('of another stack lets the distributions of the account in, without a cycle', () => {
    const app = new App({ analyticsReporting: false });
    Profile.set(app, Profile.SANDBOX);
    const [data, edge] = ['Data', 'Edge'].map((name) => new Stack(app, name, { env: SOMEWHERE })) as [Stack, Stack];
    new Cdn(edge, 'Cdn', { origin: new ObjectStore(data, 'Site') });
    app.synth();
    const { Statement } = onlyOne(data, 'AWS::S3::BucketPolicy').PolicyDocument as { Statement: { Condition: unknown }[] };
    expect(Statement[1]!.Condition).toEqual({
      ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':cloudfront::111122223333:distribution/*']] } },
    });
  });

  test('with a key of its own lets CloudFront decrypt', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    new Cdn(stack, 'Cdn', { origin: new ObjectStore(stack, 'Site', { encryptionKey: new Key(stack, 'Key') }) });
    expect(onlyOne(stack, 'AWS::KMS::Key').KeyPolicy).toMatchObject({
      Statement: [{}, { Action: 'kms:Decrypt', Principal: { Service: 'cloudfront.amazonaws.com' }, Condition: { ArnLike: {} } }],
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('that was imported, with its key, comes with the statements to add', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const bucket = Bucket.fromBucketAttributes(stack, 'Imported', {
      bucketName: 'site', encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k'),
    });
    new Cdn(stack, 'Cdn', { origin: new ObjectStore(stack, 'Site', { bucket }) });
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain('"Action":"s3:GetObject"');
    expect(warnings[0]).toMatch(/"arn:<AWS::Partition>:cloudfront::111122223333:distribution\/<CdnDistribution\w+>"/);
    expect(warnings[2]).toContain('"Action":"kms:Decrypt"');
  });
});

describe('compute that uses it', () => {
  const used = (access: Access, props: Partial<CdnProps> = {}) => {
    const { stack, cdn } = overStore(props);
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    worker.use(cdn, access);
    const { Variables } = onlyOne(stack, 'AWS::Lambda::Function').Environment as { Variables: object };
    return { granted: statementsOf(stack).slice(2), Variables };
  };
  const CDN_URL = { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': ['CdnDistribution', 'DomainName'] }]] };

  test('finds its address, and may do nothing', () => {
    expect(used(Access.READ)).toEqual({ granted: [], Variables: { CDN_URL } });
  });

  test('finds the key to sign with', () => {
    expect(used(Access.READ, { signedUrls: { publicKeys: [keys.publicKey] } }).Variables).toEqual({
      CDN_URL, CDN_KEY_PAIR_ID: { Ref: expect.stringMatching(/^CdnKey/) as string },
    });
  });

  test('may drop copies of the one distribution when it writes', () => {
    const { granted, Variables } = used(Access.WRITE);
    expect(Variables).toMatchObject({ CDN_DISTRIBUTION_ID: { Ref: 'CdnDistribution' } });
    expect(granted).toEqual([{
      Effect: 'Allow',
      Action: ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':cloudfront::', { Ref: 'AWS::AccountId' }, ':distribution/', { Ref: 'CdnDistribution' }]] },
    }]);
  });

  test('gets the same of an adopted distribution', () => {
    const stack = stackWith();
    const distribution = Distribution.fromDistributionAttributes(stack, 'Imported', { distributionId: 'E1', domainName: 'd1.cloudfront.net' });
    const cdn = new Cdn(stack, 'Cdn', { distribution });
    cdn.grantInvalidate(new Role(stack, 'Deployer', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') }));
    expect(cdn.url).toBe('https://d1.cloudfront.net');
    expect(statementsOf(stack)[0]?.Resource).toEqual({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':cloudfront::', { Ref: 'AWS::AccountId' }, ':distribution/E1']],
    });
    expect(Object.values(resourcesOf(stack)).map(({ Type }) => Type)).toEqual(['AWS::IAM::Role', 'AWS::IAM::Policy']);
  });
});

describe('invalidation on events', () => {
  test('is a rule and a state machine, which may do just that, and no code', () => {
    const { stack, cdn } = overStore({}, stackWith(Profile.PRODUCTION, {}, US));
    cdn.invalidateOn('Deployed', { source: ['deployment'] });
    cdn.invalidateOn('Priced', { source: ['prices'] }, ['/prices/*', '/index.html']);
    const arn = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':cloudfront::111122223333:distribution/', { Ref: 'CdnDistribution' }]] };
    expect(statementsOf(stack)).toEqual([
      { Effect: 'Allow', Action: 'cloudfront:CreateInvalidation', Resource: arn },
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: { 'Fn::GetAtt': ['CdnInvalidation', 'Arn'] } },
    ]);
    const machine = onlyOne(stack, 'AWS::StepFunctions::StateMachine');
    expect(machine.StateMachineType).toBe('STANDARD');
    const text = (machine.DefinitionString as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map((part) => typeof part === 'string' ? part : 'X').join('');
    expect(JSON.parse(text)).toMatchObject({
      QueryLanguage: 'JSONata',
      States: {
        Invalidate: {
          Resource: 'arn:X:states:::aws-sdk:cloudfront:createInvalidation',
          Arguments: { DistributionId: 'X', InvalidationBatch: { CallerReference: '{% $states.input.id %}', Paths: { Items: '{% $states.input.paths[] %}' } } },
          Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 6 }],
        },
      },
    });
    const rules = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Events::Rule');
    expect(rules.map(({ Properties }) => Properties)).toMatchObject([
      {
        EventPattern: { source: ['deployment'] },
        Targets: [{ InputTransformer: { InputPathsMap: { id: '$.id' }, InputTemplate: '{"id":<id>,"paths":["/*"]}' } }],
      },
      { Targets: [{ InputTransformer: { InputTemplate: '{"id":<id>,"paths":["/prices/*","/index.html"]}' } }] },
    ]);
    expect(namesOf(stack, 'AWS::CloudWatch::Alarm')).toEqual(['CdnServerErrorsAlarm', 'CdnInvalidationFailuresAlarm']);
    expect(namesOf(stack, 'AWS::Lambda::Function')).toEqual([]);
  });

  const WRONG: Record<string, [object, string[], string]> = {
    'Cdn.InvalidationEvent': [{}, ['/*'], 'event is an object'],
    'Cdn.InvalidationPaths': [{ source: ['x'] }, ['assets/*'], "paths is 'assets/*'"],
  };
  test.each(INVALIDATION_RULES.map(({ code }) => [code]))('is refused: %s', (code) => {
    const [event, paths, given] = WRONG[code]!;
    expect(refusedBy(() => overStore().cdn.invalidateOn('Rule', event, paths))).toMatchObject([{ code, given }]);
  });
});

describe('it refuses', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const origin = new ObjectStore(stack, 'Site');
  const distribution = Distribution.fromDistributionAttributes(stack, 'Imported', { distributionId: 'E1', domainName: 'd1.cloudfront.net' });
  const ttl = Duration.minutes(1);
  const at = (cache: CdnPathCache) => ({ origin, paths: { '/api/*': { origin: api, cache } } });
  const certificate = (region: string) => Certificate.fromCertificateArn(stack, `Certificate${region}`, CERTIFICATE.replace('us-east-1', region));
  const named = { origin, domainNames: ['www.example.com'], certificate: certificate('us-east-1') };
  const BROKEN: Record<string, [unknown, string]> = {
    'Cdn.WrongType': [{ origin, countries: { allow: 'DE' } }, "countries.allow is 'DE'"],
    'Cdn.NotAnOrigin': [{ origin: new Bucket(stack, 'Plain') }, 'origin is an object'],
    'Cdn.PathWrongType': [{ origin, paths: { '/api/*': { origin: api, cache: {} } } }, '/api/*: cache without ttl'],
    'Cdn.AdoptOrShape': [{ distribution, singlePageApp: true }, 'distribution together with singlePageApp'],
    'Cdn.NoOrigin': [{}, 'neither origin nor distribution'],
    'Cdn.FailoverOfAnswers': [{ origin: api, failoverOrigin: origin }, 'failoverOrigin behind a server whose answers are passed through'],
    'Cdn.PathPattern': [{ origin, immutableAssets: ['assets/*'] }, "path has 'assets/*'"],
    'Cdn.PathTaken': [{ origin, immutableAssets: ['/a/*'], paths: { '/a/*': { origin: api } } }, "path has '/a/*'"],
    'Cdn.PathTtl': [at({ ttl: Duration.days(366) }), 'ttl of /api/* is 31622400 s'],
    'Cdn.AuthorizationInKey': [at({ ttl, varyByHeaders: ['authorization'] }), 'varyByHeaders of /api/* has Authorization'],
    'Cdn.HeadersInKey': [at({ ttl, varyByHeaders: ['Host'] }), "varyByHeaders of /api/* has 'host'"],
    'Cdn.NamesInKey': [at({ ttl, varyByCookies: ['*'] }), "varyByCookies of /api/* has '*'"],
    'Cdn.MinTtl': [{ origin, ttl: { min: Duration.millis(5) } }, 'ttl.min is 0.005 s'],
    'Cdn.DefaultTtl': [{ origin, ttl: { default: Duration.millis(5) } }, 'ttl.default is 0.005 s'],
    'Cdn.MaxTtl': [{ origin, ttl: { max: Duration.seconds(0) } }, 'ttl.max is 0 s'],
    'Cdn.TtlInverted': [{ origin, ttl: { min: ttl, max: Duration.seconds(5) } }, 'ttl is 60 s, 5 s'],
    'Cdn.ContentSecurityPolicy': [{ origin, securityHeaders: { contentSecurityPolicy: '' } }, "securityHeaders.contentSecurityPolicy is ''"],
    'Cdn.HttpsOnlyFor': [{ origin, securityHeaders: { httpsOnlyFor: Duration.millis(5) } }, 'securityHeaders.httpsOnlyFor is 0.005 s'],
    'Cdn.PublicKeys': [{ origin, signedUrls: { publicKeys: [keys.privateKey] } }, 'signedUrls.publicKeys[0] is no such key'],
    'Cdn.SignedWithoutKeys': [{ origin, paths: { '/a/*': { origin, signed: true } } }, '/a/* is signed, and there is no signedUrls'],
    'Cdn.Countries': [{ origin, countries: { allow: ['Germany'] } }, "countries has 'Germany'"],
    'Cdn.DomainNames': [{ ...named, domainNames: ['https://example.com'] }, "domainNames has 'https://example.com'"],
    'Cdn.CertificateOrZone': [{ origin, domainNames: ['www.example.com'] }, 'domainNames without certificate or hostedZone'],
    'Cdn.CertificateRegion': [{ ...named, certificate: certificate('eu-west-1') }, 'a certificate in eu-west-1'],
    'Cdn.DomainOutsideZone': [{ ...named, domainNames: ['www.example.org'], hostedZone: zoneIn(stack) }, "domainNames has 'www.example.org'"],
    'Cdn.WebAclOrProtection': [
      { origin, protection: {}, webAcl: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/mine/1' }, 'webAcl and protection',
    ],
    'Cdn.WebAclArn': [
      { origin, webAcl: 'arn:aws:wafv2:eu-west-1:1:regional/webacl/mine/1' }, "webAcl is 'arn:aws:wafv2:eu-west-1:1:regional/webacl/mine/1'",
    ],
    'Cdn.RequestsPerFiveMinutes': [{ origin, protection: { requestsPerFiveMinutes: 9 } }, 'protection.requestsPerFiveMinutes is 9'],
    'Cdn.BlockedIps': [{ origin, protection: { blockedIps: ['192.0.2.1'] } }, "protection.blockedIps has '192.0.2.1'"],
  };

  test.each(CDN_RULES.map(({ code }) => [code]))('%s', (code) => {
    const [props, given] = BROKEN[code]!;
    expect(refusedBy(() => new Cdn(new Stack(), 'Cdn', props as CdnProps)).map((finding) => [finding.code, finding.given])).toEqual([[code, given]]);
  });

  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;

  test.each([
    ['a certificate made elsewhere', () => ({ ...named, certificate: new Certificate(stack, 'Made', { domainName: 'www.example.com' }) }), 'Cdn.CertificateRegion'],
    ['a certificate without names', () => ({ origin, certificate: named.certificate }), 'Cdn.CertificateOrZone'],
    ['names twice', () => ({ ...named, domainNames: ['www.example.com', 'www.example.com'] }), 'Cdn.DomainNames'],
    ['both lists of countries', () => ({ origin, countries: { allow: ['DE'], deny: ['FR'] } }), 'Cdn.Countries'],
    ['no key', () => ({ origin, signedUrls: { publicKeys: [] } }), 'Cdn.PublicKeys'],
    ['a weak key', () => ({ origin, signedUrls: { publicKeys: [weak] } }), 'Cdn.PublicKeys'],
    ['ten headers', () => at({ ttl, varyByHeaders: Array.from({ length: 10 }, (_, index) => `X-${index}`) }), 'Cdn.HeadersInKey'],
  ])('%s', (_, props, code) => {
    expect(codesOf(() => new Cdn(new Stack(), 'Cdn', props()))).toEqual([code]);
  });

  test('a private key without showing it', () => {
    const build = () => new Cdn(new Stack(), 'Cdn', { origin, signedUrls: { publicKeys: [keys.privateKey] } });
    expect(JSON.stringify(refusedBy(build))).not.toContain('PRIVATE');
  });
});

test('two live in one stack', () => {
  const stack = stackWith();
  const origin = new ObjectStore(stack, 'Site');
  ['One', 'Two'].forEach((name) => new Cdn(stack, name, { origin, singlePageApp: true, immutableAssets: ['/assets/*'] }));
  expect(namesOf(stack, 'AWS::CloudFront::Distribution')).toEqual(['OneDistribution', 'TwoDistribution']);
});
