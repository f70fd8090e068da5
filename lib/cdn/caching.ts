import { Duration } from 'aws-cdk-lib';
import {
  AllowedMethods, type BehaviorOptions, CacheCookieBehavior, CacheHeaderBehavior, CachePolicy, CacheQueryStringBehavior,
  type IOrigin, OriginRequestPolicy, ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import type { ICdnOrigin } from '../core/cdn-origin';
import { globalName } from './global-name';

/** How long the Cdn keeps copies, within what the origin says in `Cache-Control`. */
export interface CdnTtl {
  /**
   * The least, even when the origin says less.
   * @default Duration.seconds(0)
   */
  readonly min?: Duration;
  /**
   * When the origin says nothing.
   * @default Duration.days(1)
   */
  readonly default?: Duration;
  /**
   * The most, even when the origin says more.
   * @default Duration.days(365)
   */
  readonly max?: Duration;
}

/** Which answers of a path are shared, and between whom. What is not listed here does not reach the origin. */
export interface CdnPathCache {
  /** How long an answer is kept at most; the origin can say less in `Cache-Control`. */
  readonly ttl: Duration;
  /**
   * Query parameters that make another answer.
   * @default - all
   */
  readonly varyByQuery?: string[];
  /**
   * Request headers that make another answer, up to 9.
   * @default - none
   */
  readonly varyByHeaders?: string[];
  /**
   * Cookies that make another answer.
   * @default - none
   */
  readonly varyByCookies?: string[];
  /**
   * Each `Authorization` header has answers of its own, so a shared cache serves one caller each. Seldom what is wanted.
   * @default false
   */
  readonly varyByAuthorization?: boolean;
}

/** A path that is served by an origin of its own. */
export interface CdnPath {
  /** Where it is fetched from. */
  readonly origin: ICdnOrigin;
  /**
   * Which answers are shared.
   * @default - none, and the origin sees the request as it came, but for `Host`; objects of an ObjectStore are kept for a day
   */
  readonly cache?: CdnPathCache;
  /**
   * Only signed URLs and cookies open it.
   * @default false
   */
  readonly signed?: boolean;
}

/** Nothing is kept; the origin sees everything but the name by which the Cdn was called. */
export function passThrough(origin: IOrigin): BehaviorOptions {
  return {
    origin,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    // A redirect would come after the credentials were sent in the clear.
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    compress: true,
  };
}

/** Copies are kept by their path, for a day unless the origin says otherwise. */
export function content(origin: IOrigin, cachePolicy: BehaviorOptions['cachePolicy'] = CachePolicy.CACHING_OPTIMIZED): BehaviorOptions {
  return {
    origin,
    allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
    cachePolicy,
    viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
    compress: true,
  };
}

/** How long content is kept, when the default is not wanted. */
export function contentPolicy(scope: Construct, id: string, ttl: CdnTtl, query: CacheQueryStringBehavior): CachePolicy {
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  return new CachePolicy(scope, id, {
    cachePolicyName: globalName(scope, id),
    ...completed(ttl),
    queryStringBehavior: query,
    enableAcceptEncodingGzip: true,
    enableAcceptEncodingBrotli: true,
  });
}

/** What is left open follows what is given: no default above the most, and no most below the default or the least. */
function completed(ttl: CdnTtl) {
  const minTtl = ttl.min ?? Duration.seconds(0);
  const seconds = (duration: Duration) => duration.isUnresolved() ? 0 : duration.toSeconds();
  const least = (one: Duration, other: Duration) => seconds(one) <= seconds(other) ? one : other;
  const most = (one: Duration, other: Duration) => seconds(one) >= seconds(other) ? one : other;
  const defaultTtl = ttl.default ?? most(minTtl, ttl.max ? least(ttl.max, Duration.days(1)) : Duration.days(1));
  return { minTtl, defaultTtl, maxTtl: ttl.max ?? most(Duration.days(365), defaultTtl) };
}

/** Which answers of a path are shared: the cache key, which is also all that the origin sees of the request. */
export function sharedAnswers(scope: Construct, id: string, cache: CdnPathCache): CachePolicy {
  const headers = [...cache.varyByHeaders ?? [], ...cache.varyByAuthorization ? ['Authorization'] : []];
  const { varyByCookies = [], varyByQuery } = cache;
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  return new CachePolicy(scope, id, {
    cachePolicyName: globalName(scope, id),
    minTtl: Duration.seconds(0),
    defaultTtl: cache.ttl,
    maxTtl: cache.ttl,
    headerBehavior: headers.length > 0 ? CacheHeaderBehavior.allowList(...headers) : CacheHeaderBehavior.none(),
    cookieBehavior: varyByCookies.length > 0 ? CacheCookieBehavior.allowList(...varyByCookies) : CacheCookieBehavior.none(),
    queryStringBehavior: varyByQuery === undefined
      ? CacheQueryStringBehavior.all()
      : varyByQuery.length > 0 ? CacheQueryStringBehavior.allowList(...varyByQuery) : CacheQueryStringBehavior.none(),
    enableAcceptEncodingGzip: true,
    enableAcceptEncodingBrotli: true,
  });
}
