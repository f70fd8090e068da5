import { RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpNoneAuthorizer, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { accessLogFields } from '../support/access-log-fields';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: a public HTTP API with one route for every path and method to a function, 500 requests a second and
 * 1,000 at once, and every access logged as JSON for a week.
 */
export function build(stack: Stack): void {
  const service = secureFunction(stack);
  const api = new HttpApi(stack, 'Api', { createDefaultStage: false });
  const accessLog = new LogGroup(stack, 'AccessLog', { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY });
  new HttpStage(stack, 'Stage', {
    httpApi: api,
    autoDeploy: true,
    throttle: { rateLimit: 500, burstLimit: 1000 },
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLog),
      format: AccessLogFormat.custom(JSON.stringify({
        ...accessLogFields(),
        route: '$context.routeKey',
      })),
    },
  });
  const [route] = api.addRoutes({
    path: '/{path+}',
    methods: [HttpMethod.ANY],
    integration: new HttpLambdaIntegration('Service', service),
    authorizer: new HttpNoneAuthorizer(),
  });
  Validations.of(route!).acknowledge({ id: 'AwsSolutions-APIG4', reason: 'The API is public.' });
}
