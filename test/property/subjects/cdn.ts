import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Distribution, HeadersFrameOption, HeadersReferrerPolicy, HttpVersion, PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { Cdn, CdnOrigin, type CdnProps } from '../../../lib/cdn';
import { ObjectStore } from '../../../lib/object-store';
import { PUBLIC_KEY } from '../../support/cases/cdn';
import { flag, NOT_FLAG, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const word = fc.stringMatching(/^[a-z]{3,8}$/);
const words = fc.uniqueArray(word, { minLength: 1, maxLength: 3 });
const country = fc.constantFrom('DE', 'FR', 'JP', 'BR', 'KE');
const countries = fc.uniqueArray(country, { minLength: 1 });
const NOT_LIST: readonly unknown[] = [null, 'x', 5, {}, true, [5], [null], ['']];

export const SUBJECTS: Record<string, Subject<object>> = {
  Cdn: {
    concept: 'Cdn',
    valid: (scope) => {
      const store = new ObjectStore(scope, 'Site');
      const server = CdnOrigin.http('api.example.com');
      const cache = fc.record({
        ttl: seconds(1, 86_400),
        varyByQuery: words,
        varyByHeaders: words.map((names) => names.map((name) => `x-${name}`)),
        varyByCookies: words,
        varyByAuthorization: flag,
      }, { requiredKeys: ['ttl'] });
      const path = fc.record({ origin: fc.constantFrom(store, server), cache, signed: fc.constant(false) }, { requiredKeys: ['origin'] });
      return fc.record({
        rest: optional<CdnProps>({
          failoverOrigin: fc.constant(CdnOrigin.http('backup.example.com')),
          paths: fc.dictionary(word.map((name) => `/p${name}/*`), path, { maxKeys: 4 }),
          immutableAssets: words.map((names) => names.map((name) => `/a${name}/*`)),
          singlePageApp: flag,
          ttl: optional({ min: seconds(0, 10), default: seconds(10, 1000), max: seconds(1000, 10_000) }),
          securityHeaders: optional({
            contentSecurityPolicy: fc.constant("default-src 'self'"),
            httpsOnlyFor: seconds(0, 100_000_000),
            frames: fc.constantFrom(...Object.values(HeadersFrameOption)),
            referrer: fc.constantFrom(...Object.values(HeadersReferrerPolicy)),
          }),
          signedUrls: fc.record({
            publicKeys: fc.constant([PUBLIC_KEY]), paths: words.map((names) => names.map((name) => `/s${name}/*`)),
          }, { requiredKeys: ['publicKeys'] }),
          countries: fc.oneof(countries.map((allow) => ({ allow })), countries.map((deny) => ({ deny }))),
          webAcl: fc.constant('arn:aws:wafv2:us-east-1:111122223333:global/webacl/mine/1a2b'),
          priceClass: fc.constantFrom(...Object.values(PriceClass)),
          distributionProps: optional({
            comment: fc.string({ maxLength: 100 }), enableIpv6: flag, httpVersion: fc.constantFrom(...Object.values(HttpVersion)),
          }),
        }),
        domain: fc.option(fc.constant<Pick<CdnProps, 'domainNames' | 'certificate'>>({
          domainNames: ['www.example.com', '*.example.org'],
          certificate: Certificate.fromCertificateArn(scope, 'Certificate', 'arn:aws:acm:us-east-1:111122223333:certificate/c'),
        })),
      }).map(({ rest, domain }) => ({ origin: store, ...rest, ...domain }));
    },
    invalid: (scope) => ({
      origin: [null, 'x', 5, {}, new Bucket(scope, 'Plain')],
      failoverOrigin: [null, 'x', 5, {}],
      paths: [
        ...NOT_OBJECT, { 'api/*': { origin: CdnOrigin.http('api.example.com') } }, { '/api/*': {} }, { '/api/*': null },
        { '/api/*': { origin: CdnOrigin.http('api.example.com'), cache: { ttl: Duration.minutes(1), varyByHeaders: ['Authorization'] } } },
        { '/api/*': { origin: CdnOrigin.http('api.example.com'), cache: { ttl: Duration.seconds(0) } } },
      ],
      immutableAssets: [...NOT_LIST, ['assets'], ['/a/*', '/a/*']],
      singlePageApp: NOT_FLAG,
      ttl: [...NOT_OBJECT, { min: 5 }, { min: Duration.hours(2), max: Duration.hours(1) }, { default: Duration.millis(5) }],
      securityHeaders: [...NOT_OBJECT, { contentSecurityPolicy: '' }, { httpsOnlyFor: 1 }],
      signedUrls: [...NOT_OBJECT, {}, { publicKeys: [] }, { publicKeys: ['key'] }, { publicKeys: [PUBLIC_KEY, PUBLIC_KEY] }],
      countries: [...NOT_OBJECT, {}, { allow: [] }, { allow: ['de'] }, { allow: ['DE'], deny: ['FR'] }],
      domainNames: [null, 'x', [], ['-x.com'], ['https://example.com']],
      certificate: [null, 'arn', {}],
      hostedZone: [null, 'Z1', {}],
      webAcl: [...NOT_TEXT, 'mine'],
      protection: [...NOT_OBJECT, { requestsPerFiveMinutes: 9 }, { requestsPerFiveMinutes: '2000' }, { blockedIps: ['192.0.2.1'] }],
      accessLog: [null, 'logs', {}],
      priceClass: NOT_TEXT,
      distributionProps: NOT_OBJECT,
      distribution: [null, 'E1', {}],
    }),
    conflicting: (scope) => ({
      distribution: [Distribution.fromDistributionAttributes(scope, 'Imported', { distributionId: 'E1', domainName: 'd1.cloudfront.net' })],
      protection: [{}],
    }),
    build: (scope, props) => new Cdn(scope, 'Subject', props),
  } satisfies Subject<CdnProps>,
};
