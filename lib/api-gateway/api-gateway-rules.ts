import { Token } from 'aws-cdk-lib';
import { adoptsOrShapes, notManaged, wholeNumber } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { ApiDomain } from './api-domain';
import type { ApiGatewayProps, RouteOptions } from './api-gateway';
import type { Throttle } from './throttle';

/** What an ApiDomain looks like. */
export const DOMAIN_SHAPE = {
  name: 'text', certificate: 'construct', hostedZone: 'construct', path: 'text',
  mutualTls: { bucket: 'construct', key: 'text', version: 'text' },
} as const;

/** What refuses a domain, under the codes of one concept. */
export const domainRules = (nameCode: string, pathCode: string): readonly Rule<{ readonly domain?: ApiDomain }>[] => [
  { code: nameCode, check: ({ domain }) => domain && wrongDomain(domain) },
  {
    code: pathCode,
    check: ({ domain: { path } = { name: '' } as ApiDomain }) => path === undefined || Token.isUnresolved(path) || /^[\w$.+!*'()-]+(\/[\w$.+!*'()-]+)*$/.test(path)
      ? undefined
      : { given: `domain.path is ${show(path)}`, allowed: 'segments of letters, digits and $-_.+!*\'(), with / between them only' },
  },
];

/** What refuses a throttle, under the codes of one concept. */
export const throttleRules = (rateCode: string, burstCode: string): readonly Rule<{ readonly throttle?: Throttle }>[] => [
  { code: rateCode, check: ({ throttle }) => wholeNumber('throttle.ratePerSecond', throttle?.ratePerSecond, 1, 10_000) },
  { code: burstCode, check: ({ throttle }) => wholeNumber('throttle.burst', throttle?.burst, 1, 5_000) },
];

/** A version stands in the path as one segment. */
export function wrongVersion({ version }: { readonly version?: string }): Refusal | undefined {
  return version === undefined || /^[A-Za-z0-9][\w.-]*$/.test(version)
    ? undefined
    : { given: `version is ${show(version)}`, allowed: 'letters, digits, -, _ and . as one segment of a path: v1' };
}

/** What ApiGateway refuses. Bounds: Amazon API Gateway quotas and the Fetch standard. */
export const API_GATEWAY_RULES: readonly Rule<ApiGatewayProps>[] = [
  {
    code: 'ApiGateway.WrongType',
    first: true,
    check: (props) => typed(props, {
      throttle: { ratePerSecond: 'number', burst: 'number' },
      cors: { allowCredentials: 'flag', allowHeaders: 'list', allowMethods: 'list', allowOrigins: 'list', exposeHeaders: 'list', maxAge: 'duration' },
      defaultAuthorizer: 'object',
      version: 'text',
      domain: DOMAIN_SHAPE,
      logRetention: 'number',
      apiProps: 'object',
      api: 'construct',
    }),
  },
  { code: 'ApiGateway.AdoptOrShape', check: (props) => adoptsOrShapes('api', props, ['defaultAuthorizer', 'version']) },
  ...throttleRules('ApiGateway.RequestRate', 'ApiGateway.RequestBurst'),
  { code: 'ApiGateway.Version', check: wrongVersion },
  ...domainRules('ApiGateway.DomainName', 'ApiGateway.DomainPath'),
  {
    code: 'ApiGateway.CredentialsForEverybody',
    check: ({ cors }) => cors?.allowCredentials && cors.allowOrigins?.includes('*')
      ? { given: "cors.allowCredentials with allowOrigins '*'", allowed: 'credentials for named origins only: browsers refuse the combination' }
      : undefined,
  },
  {
    code: 'ApiGateway.MutualTlsBypass',
    check: ({ domain, apiProps }) => domain?.mutualTls && apiProps?.disableExecuteApiEndpoint === false
      ? { given: 'domain.mutualTls with apiProps.disableExecuteApiEndpoint false', allowed: 'mutual TLS without the default address, which asks for no certificate' }
      : undefined,
  },
  {
    code: 'ApiGateway.ManagedByTheConstruct',
    check: ({ apiProps }) => notManaged('apiProps', apiProps, ['createDefaultStage', 'defaultDomainMapping'],
      'every other option; the stage, its throttling and its access log belong to the construct, and a domain is its own prop'),
  },
];

/** What a route refuses. */
export const ROUTE_RULES: readonly Rule<RouteOptions>[] = [
  {
    code: 'ApiGateway.RouteWrongType',
    first: true,
    check: (options) => typed(options, {
      authorizer: 'object', scopes: 'list', throttle: { ratePerSecond: 'number', burst: 'number' }, version: 'text',
    }),
  },
  ...throttleRules('ApiGateway.RequestRate', 'ApiGateway.RequestBurst'),
  { code: 'ApiGateway.Version', check: wrongVersion },
];

/** Without a name or a certificate there is no domain. */
function wrongDomain({ name, certificate }: ApiDomain): Refusal | undefined {
  const named = Token.isUnresolved(name) || typeof name === 'string' && /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(name);
  if (named && certificate) {
    return undefined;
  }
  return named
    ? { given: 'domain without certificate', allowed: 'a certificate of the region for the domain' }
    : { given: `domain.name is ${show(name)}`, allowed: 'a domain in small letters: api.example.com' };
}
