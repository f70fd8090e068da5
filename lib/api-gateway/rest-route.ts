import type { Duration } from 'aws-cdk-lib';
import type { CfnStage, JsonSchema } from 'aws-cdk-lib/aws-apigateway';
import type { Authorizer } from './authorizer';
import { completeThrottle, type Throttle } from './throttle';

/** How the answers of one route are kept. */
export interface RouteCache {
  /**
   * How long an answer is kept, 1 s to 1 hour.
   * @default - as long as the cache says
   */
  readonly timeToLive?: Duration;
  /**
   * The parameters of the query that tell requests apart. Those of the path always do.
   * @default - none
   */
  readonly query?: string[];
  /**
   * The headers that tell requests apart. A guarded route needs `Authorization` among them, or `shared`.
   * @default - none
   */
  readonly headers?: string[];
  /**
   * The answers are the same for everybody who may call, so that callers may see what was made for others.
   * @default false
   */
  readonly shared?: boolean;
}

/** How one route of a REST API is guarded, checked and kept. */
export interface RestRouteOptions {
  /**
   * Who may call the route.
   * @default - the default authorizer of the API, or everybody
   */
  readonly authorizer?: Authorizer;
  /**
   * The scopes that the tokens of a user pool need.
   * @default - none
   */
  readonly scopes?: string[];
  /**
   * Asks for an API key of one of the plans.
   * @default false
   */
  readonly keyRequired?: boolean;
  /**
   * What the JSON body must look like. Anything else is refused with 400 before it reaches the target.
   * @default - any body
   */
  readonly body?: JsonSchema;
  /**
   * The parameters that the query must have.
   * @default - none
   */
  readonly query?: string[];
  /**
   * The headers that the request must have.
   * @default - none
   */
  readonly headers?: string[];
  /**
   * How many requests this route accepts, within what all routes together accept.
   * @default - only what holds for all routes together
   */
  readonly throttle?: Throttle;
  /**
   * Keeps the answers of this route in the cache of the API.
   * @default - every request reaches the target
   */
  readonly cache?: RouteCache;
  /**
   * The version of the route: `v2` serves `GET /links` at `/v2/links`.
   * @default - the version of the API
   */
  readonly version?: string;
  /**
   * What the route does, in one line, for the OpenAPI document.
   * @default - none
   */
  readonly summary?: string;
}

/** A route of a REST API as it was declared. */
export interface RestRoute {
  readonly method: string;
  readonly path: string;
  readonly guarded: boolean;
  readonly options: RestRouteOptions;
}

/** The names of the parameters in a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name!);
}

/** What the method asks of a request: true for what it must have, false for what only tells requests apart. */
export function requestParameters(
  { path, options: { query = [], headers = [], cache } }: RestRoute,
): Record<string, boolean> | undefined {
  const all = Object.fromEntries([
    ...cache ? cacheKeys({ path, cache }).map((key) => [key, key.startsWith('method.request.path.')] as const) : [],
    ...query.map((name) => [`method.request.querystring.${name}`, true] as const),
    ...headers.map((name) => [`method.request.header.${name}`, true] as const),
  ]);
  return Object.keys(all).length > 0 ? all : undefined;
}

/** What tells one kept answer from another. */
export function cacheKeys({ path, cache }: { readonly path: string; readonly cache: RouteCache }): string[] {
  return [
    ...pathParameters(path).map((name) => `method.request.path.${name}`),
    ...(cache.query ?? []).map((name) => `method.request.querystring.${name}`),
    ...(cache.headers ?? []).map((name) => `method.request.header.${name}`),
  ];
}

/** The settings of the stage for one route; undefined when those of all routes hold. */
export function methodSetting(
  { method, path, options: { throttle, cache } }: RestRoute, around?: Throttle, timeToLive?: Duration,
): CfnStage.MethodSettingProperty | undefined {
  if (!throttle && !cache) {
    return undefined;
  }
  const { ratePerSecond, burst } = completeThrottle(throttle, around);
  return {
    httpMethod: method,
    // As CloudFormation wants it: every slash but the first is written ~1.
    resourcePath: path === '/' ? '/' : `/${path.replaceAll('/', '~1')}`,
    throttlingRateLimit: ratePerSecond,
    throttlingBurstLimit: burst,
    ...cache && {
      cachingEnabled: true,
      cacheDataEncrypted: true,
      cacheTtlInSeconds: (cache.timeToLive ?? timeToLive)?.toSeconds() ?? 300,
    },
  };
}
