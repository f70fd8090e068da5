import { Size } from 'aws-cdk-lib';
import { ApiDefinition } from 'aws-cdk-lib/aws-apigateway';
import { adoptsOrShapes, notManaged, wholeNumber, wholeSeconds } from '../core/checks';
import type { Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import { DOMAIN_SHAPE, domainRules, throttleRules, wrongVersion } from './api-gateway-rules';
import { Authorizer } from './authorizer';
import type { RestApiGatewayProps } from './rest-api-props';
import type { RestRouteOptions } from './rest-route';

/** The sizes of the cache that there are, in GB. */
const CACHE_SIZES: readonly unknown[] = [undefined, 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237];

/** What RestApiGateway refuses. Bounds: Amazon API Gateway quotas. */
export const REST_API_GATEWAY_RULES: readonly Rule<RestApiGatewayProps>[] = [
  {
    code: 'RestApiGateway.WrongType',
    first: true,
    check: (props) => typed(props, {
      throttle: { ratePerSecond: 'number', burst: 'number' },
      cors: { allowOrigins: 'list', allowMethods: 'list', allowHeaders: 'list', allowCredentials: 'flag', maxAge: 'duration' },
      defaultAuthorizer: Authorizer,
      version: 'text',
      domain: DOMAIN_SHAPE,
      compressAbove: Size,
      cache: { size: 'number', timeToLive: 'duration' },
      webAclArn: 'text',
      openApi: ApiDefinition,
      accountLogging: 'flag',
      logRetention: 'number',
      apiProps: 'object',
      api: 'construct',
    }),
  },
  { code: 'RestApiGateway.AdoptOrShape', check: (props) => adoptsOrShapes('api', props, ['defaultAuthorizer', 'version']) },
  {
    code: 'RestApiGateway.DocumentOrShape',
    check: (props) => {
      const shaping = (['cors', 'defaultAuthorizer', 'version', 'compressAbove', 'apiProps'] as const).filter((prop) => props[prop] !== undefined);
      return props.openApi && shaping.length > 0
        ? { given: `openApi together with ${shaping.join(', ')}`, allowed: 'the document alone says what the routes are and who may call them' }
        : undefined;
    },
  },
  ...throttleRules('RestApiGateway.RequestRate', 'RestApiGateway.RequestBurst'),
  { code: 'RestApiGateway.Version', check: wrongVersion },
  ...domainRules('RestApiGateway.DomainName', 'RestApiGateway.DomainPath'),
  {
    code: 'RestApiGateway.CacheSize',
    check: ({ cache }) => CACHE_SIZES.includes(cache?.size)
      ? undefined
      : { given: `cache.size is ${show(cache?.size)}`, allowed: `${CACHE_SIZES.slice(1).join(', ')} GB` },
  },
  { code: 'RestApiGateway.CacheTimeToLive', check: ({ cache }) => wholeSeconds('cache.timeToLive', cache?.timeToLive, 1, 3600) },
  {
    code: 'RestApiGateway.CompressAbove',
    check: ({ compressAbove }) => compressAbove === undefined ? undefined : wholeNumber('compressAbove in bytes', compressAbove.toBytes(), 0, 10_485_760),
  },
  {
    code: 'RestApiGateway.CredentialsForEverybody',
    check: ({ cors }) => cors?.allowCredentials && cors.allowOrigins?.includes('*')
      ? { given: "cors.allowCredentials with allowOrigins '*'", allowed: 'credentials for named origins only: browsers refuse the combination' }
      : undefined,
  },
  {
    code: 'RestApiGateway.MutualTlsBypass',
    check: ({ domain, apiProps }) => domain?.mutualTls && apiProps?.disableExecuteApiEndpoint === false
      ? { given: 'domain.mutualTls with apiProps.disableExecuteApiEndpoint false', allowed: 'mutual TLS without the default address, which asks for no certificate' }
      : undefined,
  },
  {
    code: 'RestApiGateway.ManagedByTheConstruct',
    check: ({ apiProps }) => notManaged('apiProps', apiProps,
      ['deploy', 'deployOptions', 'cloudWatchRole', 'domainName', 'defaultCorsPreflightOptions', 'endpointExportName'],
      'every other option; the stage, its throttling, cache and access log belong to the construct; cors, domain and accountLogging are its own props'),
  },
];

/** What a route refuses. */
export const REST_ROUTE_RULES: readonly Rule<RestRouteOptions>[] = [
  {
    code: 'RestApiGateway.RouteWrongType',
    first: true,
    check: (options) => typed(options, {
      authorizer: Authorizer,
      scopes: 'list',
      keyRequired: 'flag',
      body: 'object',
      query: 'list',
      headers: 'list',
      throttle: { ratePerSecond: 'number', burst: 'number' },
      cache: { timeToLive: 'duration', query: 'list', headers: 'list', shared: 'flag' },
      version: 'text',
      summary: 'text',
    }),
  },
  ...throttleRules('RestApiGateway.RequestRate', 'RestApiGateway.RequestBurst'),
  { code: 'RestApiGateway.Version', check: wrongVersion },
  { code: 'RestApiGateway.CacheTimeToLive', check: ({ cache }) => wholeSeconds('cache.timeToLive', cache?.timeToLive, 1, 3600) },
  {
    code: 'RestApiGateway.ParameterName',
    check: ({ query = [], headers = [], cache }) => {
      const wrong = [...query, ...headers, ...cache?.query ?? [], ...cache?.headers ?? []].filter((name) => typeof name !== 'string' || !/^[\w.$-]+$/.test(name));
      return wrong.length > 0 ? { given: `the parameters ${wrong.map(show).join(', ')}`, allowed: 'names of letters, digits, ., _, $ and -' } : undefined;
    },
  },
];
