import { adoptsOrShapes, type Rule, wholeNumber } from '../core/rules';
import type { ApiGatewayProps } from './api-gateway';

/** What ApiGateway refuses. Bounds: Amazon API Gateway quotas and the Fetch standard. */
export const API_GATEWAY_RULES: readonly Rule<ApiGatewayProps>[] = [
  { code: 'ApiGateway.AdoptOrShape', check: (props) => adoptsOrShapes('api', props) },
  { code: 'ApiGateway.RequestRate', check: ({ throttle }) => wholeNumber('throttle.ratePerSecond', throttle?.ratePerSecond, 1, 10_000) },
  { code: 'ApiGateway.RequestBurst', check: ({ throttle }) => wholeNumber('throttle.burst', throttle?.burst, 1, 5_000) },
  {
    code: 'ApiGateway.CredentialsForEverybody',
    check: ({ cors }) => cors?.allowCredentials && cors.allowOrigins?.includes('*')
      ? { given: "cors.allowCredentials with allowOrigins '*'", allowed: 'credentials for named origins only: browsers refuse the combination' }
      : undefined,
  },
];
