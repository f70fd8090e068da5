import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as fc from 'fast-check';
import { ApiGateway, type ApiGatewayProps } from '../../../lib/api-gateway';
import { flag, NOT_NUMBER, NOT_OBJECT, optional, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  ApiGateway: {
    concept: 'ApiGateway',
    valid: () => optional<ApiGatewayProps>({
      throttle: optional({ ratePerSecond: fc.integer({ min: 1, max: 10_000 }), burst: fc.integer({ min: 1, max: 5000 }) }),
      cors: optional({
        allowOrigins: fc.uniqueArray(fc.webUrl(), { maxLength: 3 }),
        allowMethods: fc.uniqueArray(fc.constantFrom(...Object.values(CorsHttpMethod))),
        allowCredentials: flag,
        maxAge: seconds(0, 86_400),
      }),
      logRetention: fc.constantFrom(RetentionDays.ONE_DAY, RetentionDays.INFINITE),
      apiProps: fc.record({ description: fc.string({ maxLength: 50 }) }),
    }),
    invalid: () => ({
      throttle: [...NOT_OBJECT, { ratePerSecond: 0 }, { ratePerSecond: '5' }, { burst: 5001 }, { burst: null }],
      cors: [...NOT_OBJECT, { allowOrigins: '*' }, { maxAge: 60 }, { allowCredentials: 'yes' }, { allowCredentials: true, allowOrigins: ['*'] }],
      logRetention: NOT_NUMBER,
      apiProps: [...NOT_OBJECT, { createDefaultStage: true }],
      api: [null, 'abc', {}],
    }),
    build: (scope, props) => new ApiGateway(scope, 'Subject', props),
  } satisfies Subject<ApiGatewayProps>,
};
