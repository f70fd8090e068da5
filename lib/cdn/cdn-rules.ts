import { createPublicKey } from 'node:crypto';
import { Stack, Token } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { adoptsOrShapes, text, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { isObject, show } from '../core/show';
import { typed } from '../core/typed';
import type { CdnPath } from './caching';
import type { CdnCertificateProps } from './cdn-certificate';
import type { CdnProps } from './cdn-props';
import { isDomainName } from './domain-name';
import { US_EAST_1 } from './region';

const A_YEAR = 365 * 24 * 60 * 60;
/** The most that fits into what CloudFront counts seconds with. */
const MOST_SECONDS = 2_147_483_647;
const WEB_ACL = /^arn:[^:]+:wafv2:us-east-1:\d{12}:global\/webacl\/.+$/;

/** What Cdn refuses. Bounds: Amazon CloudFront and AWS WAF quotas. */
export const CDN_RULES: readonly Rule<CdnProps>[] = [
  {
    code: 'Cdn.WrongType',
    first: true,
    check: (props) => typed(props, {
      origin: 'object',
      failoverOrigin: 'object',
      paths: 'object',
      immutableAssets: 'list',
      singlePageApp: 'flag',
      ttl: { min: 'duration', default: 'duration', max: 'duration' },
      securityHeaders: { contentSecurityPolicy: 'text', httpsOnlyFor: 'duration', frames: 'text', referrer: 'text' },
      signedUrls: { publicKeys: 'list', paths: 'list' },
      countries: { allow: 'list', deny: 'list' },
      domainNames: 'list',
      certificate: 'construct',
      hostedZone: 'construct',
      webAcl: 'text',
      protection: { requestsPerFiveMinutes: 'number', blockedIps: 'list' },
      accessLog: 'construct',
      priceClass: 'text',
      distributionProps: 'object',
      distribution: 'construct',
    }),
  },
  { code: 'Cdn.NotAnOrigin', first: true, check: notAnOrigin },
  { code: 'Cdn.PathWrongType', first: true, check: pathWrongType },
  { code: 'Cdn.AdoptOrShape', check: (props) => adoptsOrShapes('distribution', props) },
  {
    code: 'Cdn.NoOrigin',
    check: ({ origin, distribution }) => origin ?? distribution
      ? undefined
      : { given: 'neither origin nor distribution', allowed: 'origin, to create a distribution, or distribution, to adopt an existing one' },
  },
  {
    code: 'Cdn.FailoverOfAnswers',
    check: (props) => props.failoverOrigin && props.origin && !keepsContent(props)
      ? { given: 'failoverOrigin behind a server whose answers are passed through', allowed: 'failoverOrigin for content: an ObjectStore, or ttl. CloudFront fails over reads only' }
      : undefined,
  },
  { code: 'Cdn.PathPattern', check: (props) => among('path', patterns(props), isPattern, 'a pattern of 1 to 255 characters that begins with /, with * and ? as wildcards: /api/*') },
  {
    code: 'Cdn.PathTaken',
    check: (props) => {
      const all = patterns(props);
      return among('path', all.filter((path, index) => all.indexOf(path) !== index), () => false, 'each path once in paths, signedUrls.paths and immutableAssets');
    },
  },
  { code: 'Cdn.PathTtl', check: ({ paths = {} }) => firstOf(Object.entries(paths), ([path, { cache }]) => wholeSeconds(`ttl of ${path}`, cache?.ttl, 1, A_YEAR)) },
  {
    code: 'Cdn.AuthorizationInKey',
    check: ({ paths = {} }) => firstOf(Object.entries(paths), ([path, { cache }]) => headers(cache).includes('authorization')
      ? { given: `varyByHeaders of ${path} has Authorization`, allowed: 'varyByAuthorization: true, where answers of one caller shall be kept for that caller alone' }
      : undefined),
  },
  {
    code: 'Cdn.HeadersInKey',
    check: ({ paths = {} }) => firstOf(Object.entries(paths), ([path, { cache }]) => {
      const wrong = headers(cache).filter((header) => ['cookie', 'host'].includes(header) || !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(header));
      return wrong.length > 0 || headers(cache).length > 9
        ? { given: `varyByHeaders of ${path} has ${wrong[0] ? show(wrong[0]) : `${headers(cache).length} names`}`, allowed: 'up to 9 names of headers but Cookie, for which there is varyByCookies, and Host, which is the origin\'s own' }
        : undefined;
    }),
  },
  {
    code: 'Cdn.NamesInKey',
    check: ({ paths = {} }) => firstOf(Object.entries(paths), ([path, { cache }]) =>
      firstOf(Object.entries({ varyByQuery: cache?.varyByQuery, varyByCookies: cache?.varyByCookies }), ([prop, names = []]) =>
        names.length > 10
          ? { given: `${prop} of ${path} has ${names.length} names`, allowed: 'up to 10 names, or all query parameters without varyByQuery' }
          : among(`${prop} of ${path}`, names, (name) => /^[^\s,;=*?]{1,128}$/.test(name), 'names, without wildcards'))),
  },
  { code: 'Cdn.MinTtl', check: ({ ttl }) => wholeSeconds('ttl.min', ttl?.min, 0, MOST_SECONDS) },
  { code: 'Cdn.DefaultTtl', check: ({ ttl }) => wholeSeconds('ttl.default', ttl?.default, 0, MOST_SECONDS) },
  { code: 'Cdn.MaxTtl', check: ({ ttl }) => wholeSeconds('ttl.max', ttl?.max, 1, MOST_SECONDS) },
  { code: 'Cdn.TtlInverted', check: ttlInverted },
  { code: 'Cdn.ContentSecurityPolicy', check: ({ securityHeaders }) => text('securityHeaders.contentSecurityPolicy', securityHeaders?.contentSecurityPolicy, 1, 1783) },
  { code: 'Cdn.HttpsOnlyFor', check: ({ securityHeaders }) => wholeSeconds('securityHeaders.httpsOnlyFor', securityHeaders?.httpsOnlyFor, 0, MOST_SECONDS) },
  { code: 'Cdn.PublicKeys', check: publicKeys },
  {
    code: 'Cdn.SignedWithoutKeys',
    check: ({ paths = {}, signedUrls }) => firstOf(Object.entries(paths), ([path, { signed }]) => signed && !signedUrls
      ? { given: `${path} is signed, and there is no signedUrls`, allowed: 'signedUrls with the public keys of the signers' }
      : undefined),
  },
  { code: 'Cdn.Countries', check: countries },
  { code: 'Cdn.DomainNames', check: ({ domainNames }) => domains(domainNames) },
  {
    code: 'Cdn.CertificateOrZone',
    check: ({ domainNames, certificate, hostedZone }) => {
      const named = domainNames !== undefined;
      const proven = certificate !== undefined || hostedZone !== undefined;
      return named === proven
        ? undefined
        : {
          given: named ? 'domainNames without certificate or hostedZone' : 'certificate or hostedZone without domainNames',
          allowed: 'domainNames with a certificate for them, or with the hostedZone that proves them',
        };
    },
  },
  {
    code: 'Cdn.CertificateRegion',
    check: ({ certificate }) => {
      const region = certificate && regionOfCertificate(certificate);
      return region === undefined || Token.isUnresolved(region) || region === US_EAST_1
        ? undefined
        : { given: `a certificate in ${region}`, allowed: `a certificate in ${US_EAST_1}, where CloudFront looks for it; hostedZone makes one` };
    },
  },
  { code: 'Cdn.DomainOutsideZone', check: ({ domainNames, hostedZone }) => outsideZone(domainNames, hostedZone?.zoneName) },
  {
    code: 'Cdn.WebAclOrProtection',
    check: ({ webAcl, protection }) => webAcl && protection ? { given: 'webAcl and protection', allowed: 'one of the two: a distribution has one web ACL' } : undefined,
  },
  {
    code: 'Cdn.WebAclArn',
    check: ({ webAcl }) => webAcl === undefined || Token.isUnresolved(webAcl) || WEB_ACL.test(webAcl)
      ? undefined
      : { given: `webAcl is ${show(webAcl)}`, allowed: 'the ARN of a web ACL of scope CLOUDFRONT, which is in us-east-1: arn:aws:wafv2:us-east-1:111122223333:global/webacl/...' },
  },
  { code: 'Cdn.RequestsPerFiveMinutes', check: ({ protection }) => wholeNumber('protection.requestsPerFiveMinutes', protection?.requestsPerFiveMinutes, 10, 2_000_000_000) },
  { code: 'Cdn.BlockedIps', check: ({ protection }) => among('protection.blockedIps', protection?.blockedIps ?? [], isRange, 'ranges of IPv4: 192.0.2.0/24') },
];

/** What CdnCertificate refuses. Bounds: AWS Certificate Manager quotas. */
export const CDN_CERTIFICATE_RULES: readonly Rule<CdnCertificateProps>[] = [
  { code: 'Cdn.CertificateWrongType', first: true, check: (props) => typed(props, { domainNames: 'list', hostedZone: 'construct' }) },
  {
    code: 'Cdn.CertificateIncomplete',
    first: true,
    check: (props) => !isObject(props) || props.domainNames && props.hostedZone
      ? undefined
      : { given: `domainNames is ${show(props.domainNames)}, hostedZone ${show(props.hostedZone)}`, allowed: 'both' },
  },
  { code: 'Cdn.CertificateDomainNames', check: ({ domainNames }) => domains(domainNames) },
  { code: 'Cdn.CertificateOutsideZone', check: ({ domainNames, hostedZone }) => outsideZone(domainNames, hostedZone.zoneName) },
];

/** Whether copies are kept of what the default path answers. */
export const keepsContent = ({ origin, ttl }: CdnProps) => ttl !== undefined || origin?.cdnSource().bucket !== undefined;

const firstOf = <T>(values: readonly T[], check: (value: T) => Refusal | undefined) => {
  for (const value of values) {
    const refusal = check(value);
    if (refusal) {
      return refusal;
    }
  }
  return undefined;
};

/** Texts of a list that are not what they should be; tokens pass. */
function among(prop: string, values: readonly unknown[], is: (value: string) => boolean, allowed: string): Refusal | undefined {
  const wrong = values.filter((value) => !Token.isUnresolved(value) && !(typeof value === 'string' && is(value)));
  return wrong.length === 0 ? undefined : { given: `${prop} has ${wrong.map(show).join(', ')}`, allowed };
}

const isOrigin = (value: unknown) => isObject(value) && typeof value.cdnSource === 'function';
const isPattern = (path: string) => /^\/[A-Za-z0-9_.*$/~"'@:+&?-]{0,254}$/.test(path);
const isRange = (range: string) => /^(\d{1,3}\.){3}\d{1,3}\/([1-9]|[12]\d|3[0-2])$/.test(range)
  && range.split(/[./]/).slice(0, 4).every((byte) => Number(byte) < 256);
const headers = (cache: CdnPath['cache']) => (cache?.varyByHeaders ?? []).map((header) => String(header).toLowerCase());
const patterns = ({ paths = {}, signedUrls, immutableAssets = [] }: CdnProps) =>
  [...Object.keys(paths), ...signedUrls?.paths ?? [], ...immutableAssets];

/** Where a certificate is: as its ARN says, or its stack where it is made; undefined when that is known only at deployment. */
function regionOfCertificate({ certificateArn, node }: ICertificate): string | undefined {
  if (!Token.isUnresolved(certificateArn)) {
    return certificateArn.split(':')[3];
  }
  return node.defaultChild && Stack.of(node.defaultChild).region;
}

// The rules that are asked first are asked together, so each has to bear props of any type.

function notAnOrigin(props: CdnProps): Refusal | undefined {
  const { origin, failoverOrigin } = isObject(props) ? props : {};
  return firstOf(Object.entries({ origin, failoverOrigin }), ([prop, value]) => value === undefined || isOrigin(value)
    ? undefined
    : { given: `${prop} is ${show(value)}`, allowed: 'an ObjectStore, CdnOrigin.http or CdnOrigin.from' });
}

function pathWrongType(props: CdnProps): Refusal | undefined {
  const paths = (isObject(props) && isObject(props.paths) ? props.paths : {}) as NonNullable<CdnProps['paths']>;
  return firstOf(Object.entries(paths), ([path, value]) => {
    const wrong = typed(value, {
      origin: 'object',
      cache: { ttl: 'duration', varyByQuery: 'list', varyByHeaders: 'list', varyByCookies: 'list', varyByAuthorization: 'flag' },
      signed: 'flag',
    });
    const origin = wrong ?? (isOrigin(value.origin) ? undefined : { given: `origin is ${show(value.origin)}`, allowed: 'an ObjectStore, CdnOrigin.http or CdnOrigin.from' });
    const ttl = origin ?? (value.cache && !value.cache.ttl ? { given: 'cache without ttl', allowed: 'cache with ttl' } : undefined);
    return ttl && { given: `${path}: ${ttl.given}`, allowed: ttl.allowed };
  });
}

function ttlInverted({ ttl = {} }: CdnProps): Refusal | undefined {
  const known = [ttl.min, ttl.default, ttl.max].filter((each) => each !== undefined && !each.isUnresolved());
  const given = known.map((each) => each!.toMilliseconds() / 1000);
  return given.every((seconds, index) => index === 0 || seconds >= given[index - 1]!)
    ? undefined
    : { given: `ttl is ${given.map((seconds) => `${seconds} s`).join(', ')}`, allowed: 'min, default and max in ascending order' };
}

function publicKeys({ signedUrls }: CdnProps): Refusal | undefined {
  if (!signedUrls) {
    return undefined;
  }
  const { publicKeys: keys } = signedUrls;
  const allowed = '1 to 5 different public keys in PEM, RSA of 2048 bits or ECDSA P-256: openssl rsa -pubout';
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > 5 || new Set(keys).size !== keys.length) {
    return { given: `signedUrls.publicKeys is ${Array.isArray(keys) ? `a list of ${keys.length}` : show(keys)}`, allowed };
  }
  // What was given is not shown: it may be a private key.
  const wrong = keys.findIndex((key) => !Token.isUnresolved(key) && !isPublicKey(key));
  return wrong === -1 ? undefined : { given: `signedUrls.publicKeys[${wrong}] is no such key`, allowed };
}

function isPublicKey(pem: unknown): boolean {
  if (typeof pem !== 'string' || !/^-----BEGIN PUBLIC KEY-----\r?\n/.test(pem)) {
    return false;
  }
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(pem);
    return type === 'rsa' ? details?.modulusLength === 2048 : type === 'ec' && details?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

function countries({ countries: given }: CdnProps): Refusal | undefined {
  if (!given) {
    return undefined;
  }
  const [list, other] = [given.allow, given.deny].filter((each) => each !== undefined);
  return other || !list?.length
    ? { given: other ? 'countries.allow and countries.deny' : 'countries without a country', allowed: 'one list, of one country or more' }
    : among('countries', list, (country) => /^[A-Z]{2}$/.test(country), 'two capital letters of ISO 3166: DE');
}

function domains(names: CdnProps['domainNames']): Refusal | undefined {
  if (names?.length === 0 || new Set(names).size !== (names?.length ?? 0)) {
    return { given: names?.length === 0 ? 'domainNames is empty' : 'domainNames has a name twice', allowed: 'one name or more, each once' };
  }
  return among('domainNames', names ?? [], (name) => isDomainName(name.replace(/^\*\./, '')), 'domain names, the first part of which may be *: www.example.com');
}

function outsideZone(names: CdnProps['domainNames'], zone: string | undefined): Refusal | undefined {
  return zone === undefined || Token.isUnresolved(zone)
    ? undefined
    : among('domainNames', names ?? [], (name) => name === zone || name.endsWith(`.${zone}`), `names in the hosted zone ${zone}`);
}
