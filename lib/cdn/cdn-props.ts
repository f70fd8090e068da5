import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ErrorResponse, HttpVersion, IDistribution, PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ICdnOrigin } from '../core/cdn-origin';
import type { CdnPath, CdnTtl } from './caching';
import type { Protection } from './protection';
import type { SecurityHeaders } from './security-headers';

/** Private content: who holds the private key of one of these opens it. */
export interface CdnSignedUrls {
  /**
   * Public keys in PEM, RSA of 2048 bits or ECDSA P-256, 1 to 5; the first is the one to sign with. Several, so that keys
   * can rotate.
   */
  readonly publicKeys: string[];
  /**
   * The paths of `origin` that are private: `/downloads/*`.
   * @default - all but those in `paths`
   */
  readonly paths?: string[];
}

/** Countries as two letters of ISO 3166: `DE`. One of the two. */
export interface CdnCountries {
  /**
   * Only these are served.
   * @default - all
   */
  readonly allow?: string[];
  /**
   * All but these are served.
   * @default - all
   */
  readonly deny?: string[];
}

/** What the CDK's distribution takes beside what a Cdn decides. */
export interface DistributionOptions {
  /**
   * What it is for.
   * @default - nothing
   */
  readonly comment?: string;
  /**
   * Versions of HTTP.
   * @default HttpVersion.HTTP2_AND_3
   */
  readonly httpVersion?: HttpVersion;
  /**
   * Whether it is served over IPv6.
   * @default true
   */
  readonly enableIpv6?: boolean;
  /**
   * Pages in place of errors, of every path alike.
   * @default - errors as the origin has them
   */
  readonly errorResponses?: ErrorResponse[];
  /**
   * The cache hit rate, the latency of the origin and errors by status, for about $0.30 a metric and month.
   * @default false
   */
  readonly publishAdditionalMetrics?: boolean;
}

/** What a Cdn serves, from where, and to whom. */
export interface CdnProps {
  /**
   * Where it fetches what no other path matches: an ObjectStore, or `CdnOrigin.http('www.example.com')`. Content of a bucket is
   * kept; what a server answers is passed through, unless `ttl` is given.
   * @default - none; required unless `distribution` adopts an existing one
   */
  readonly origin?: ICdnOrigin;
  /**
   * Where it fetches when `origin` answers 500, 502, 503 or 504, or not at all. For content only.
   * @default - none
   */
  readonly failoverOrigin?: ICdnOrigin;
  /**
   * Paths with an origin of their own, for example `'/api/*'`. The first that matches counts.
   * @default - none
   */
  readonly paths?: { readonly [pattern: string]: CdnPath };
  /**
   * Paths of `origin` whose files never change, since their names do: `/assets/*`. They are kept for a year, by browsers too;
   * everything else of a bucket for a minute, and browsers ask each time.
   * @default - none
   */
  readonly immutableAssets?: string[];
  /**
   * Every path without a file name is served `/index.html`.
   * @default false
   */
  readonly singlePageApp?: boolean;
  /**
   * How long copies are kept that are not immutable.
   * @default - a day unless the origin says otherwise
   */
  readonly ttl?: CdnTtl;
  /**
   * What browsers are told to refuse.
   * @default - HTTPS for a year, no guessed types, no frames, no paths to other sites
   */
  readonly securityHeaders?: SecurityHeaders;
  /**
   * Content that only signed URLs and cookies open.
   * @default - everything is public
   */
  readonly signedUrls?: CdnSignedUrls;
  /**
   * Where visitors may be.
   * @default - everywhere
   */
  readonly countries?: CdnCountries;
  /**
   * Its own domain names, with `certificate`, `hostedZone` or both.
   * @default - a name below cloudfront.net
   */
  readonly domainNames?: string[];
  /**
   * The certificate of the domain names, in us-east-1.
   * @default - made by way of `hostedZone`
   */
  readonly certificate?: ICertificate;
  /**
   * The public zone of the domain names. It gets their records, and proves them for a certificate.
   * @default - records are kept elsewhere
   */
  readonly hostedZone?: IHostedZone;
  /**
   * The ARN of an existing web ACL, of scope CLOUDFRONT.
   * @default - none
   */
  readonly webAcl?: string;
  /**
   * A firewall of its own. From about $7 a month on, and in us-east-1 only.
   * @default - none
   */
  readonly protection?: Protection;
  /**
   * A bucket that gets a log of every request. In us-east-1 only.
   * @default - none
   */
  readonly accessLog?: IBucket;
  /**
   * Where its edges are.
   * @default PriceClass.PRICE_CLASS_ALL
   */
  readonly priceClass?: PriceClass;
  /**
   * Anything else of the inner distribution, applied last.
   * @default - nothing else
   */
  readonly distributionProps?: DistributionOptions;
  /**
   * An existing distribution to adopt. Nothing is created, and props that would shape a new one are refused.
   * @default - a new distribution
   */
  readonly distribution?: IDistribution;
}
