import { adoptsOrShapes, notManaged, wholeNumber } from '../core/checks';
import type { Rule } from '../core/rules';
import { typed } from '../core/typed';
import type { ApiGatewayProps } from './api-gateway';

/** What ApiGateway refuses. Bounds: Amazon API Gateway quotas and the Fetch standard. */
export const API_GATEWAY_RULES: readonly Rule<ApiGatewayProps>[] = [
  {
    code: 'ApiGateway.WrongType',
    first: true,
    check: (props) => typed(props, {
      throttle: { ratePerSecond: 'number', burst: 'number' },
      cors: { allowCredentials: 'flag', allowHeaders: 'list', allowMethods: 'list', allowOrigins: 'list', exposeHeaders: 'list', maxAge: 'duration' },
      logRetention: 'number',
      apiProps: 'object',
      api: 'construct',
    }),
  },
  { code: 'ApiGateway.AdoptOrShape', check: (props) => adoptsOrShapes('api', props) },
  { code: 'ApiGateway.RequestRate', check: ({ throttle }) => wholeNumber('throttle.ratePerSecond', throttle?.ratePerSecond, 1, 10_000) },
  { code: 'ApiGateway.RequestBurst', check: ({ throttle }) => wholeNumber('throttle.burst', throttle?.burst, 1, 5_000) },
  {
    code: 'ApiGateway.CredentialsForEverybody',
    check: ({ cors }) => cors?.allowCredentials && cors.allowOrigins?.includes('*')
      ? { given: "cors.allowCredentials with allowOrigins '*'", allowed: 'credentials for named origins only: browsers refuse the combination' }
      : undefined,
  },
  {
    code: 'ApiGateway.ManagedByTheConstruct',
    check: ({ apiProps }) => notManaged('apiProps', apiProps, ['createDefaultStage', 'defaultDomainMapping'],
      'every other option; the stage, its throttling and its access log belong to the construct, and domains are mapped to the public field stage'),
  },
];
