import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ApiGateway } from '../../../lib/api-gateway';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'ApiGateway, minimal', build: (stack) => { new ApiGateway(stack, 'Api'); } },
  {
    name: 'ApiGateway, maximal and routed',
    build: (stack) => {
      const api = new ApiGateway(stack, 'Api', {
        throttle: { ratePerSecond: 10, burst: 20 },
        cors: { allowOrigins: ['https://example.com'], allowMethods: [CorsHttpMethod.GET] },
        logRetention: RetentionDays.ONE_MONTH,
        apiProps: { description: 'front door' },
      });
      const target = worker(stack);
      api.route('GET /links/{slug}', target);
      api.route('ANY /files/{path+}', target);
    },
  },
];
