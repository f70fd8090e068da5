import { RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogField, AccessLogFormat, EndpointType, LambdaIntegration, LogGroupLogDestination, RequestValidator, ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { accessLogFields } from '../support/access-log-fields';
import { secureFunction } from '../support/secure-function';

const PROBLEM = {
  responseHeaders: { 'Content-Type': "'application/problem+json'" },
  templates: {
    'application/json': '{"type":"about:blank","title":"$context.error.responseType","detail":$context.error.messageString}',
  },
};

/**
 * The same as ours: a public regional REST API with one route for every path and method to a function, 500 requests a second
 * and 1,000 at once, requests validated, errors as problem+json, traces, and every access logged as JSON for a week.
 */
export function build(stack: Stack): void {
  const accessLog = new LogGroup(stack, 'AccessLog', { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY });
  const api = new RestApi(stack, 'Api', {
    endpointTypes: [EndpointType.REGIONAL],
    cloudWatchRole: false,
    deployOptions: {
      stageName: 'live',
      tracingEnabled: true,
      throttlingRateLimit: 500,
      throttlingBurstLimit: 1000,
      accessLogDestination: new LogGroupLogDestination(accessLog),
      accessLogFormat: AccessLogFormat.custom(JSON.stringify({
        ...accessLogFields(),
        route: '$context.resourcePath',
        error: AccessLogField.contextErrorMessage(),
        integrationError: '$context.integrationErrorMessage',
        keyId: AccessLogField.contextIdentityApiKeyId(),
      })),
    },
  });
  new RequestValidator(stack, 'Validator', { restApi: api, validateRequestBody: true, validateRequestParameters: true });
  api.addGatewayResponse('ClientProblem', { ...PROBLEM, type: ResponseType.DEFAULT_4XX });
  api.addGatewayResponse('ServerProblem', { ...PROBLEM, type: ResponseType.DEFAULT_5XX });
  const method = api.root.addResource('{path+}').addMethod('ANY', new LambdaIntegration(secureFunction(stack), { allowTestInvoke: false }));
  Validations.of(api.deploymentStage).acknowledge(
    { id: 'AwsSolutions-APIG3', reason: 'A sandbox needs no firewall.' },
    { id: 'AwsSolutions-APIG6', reason: 'The access log has every request with its errors.' },
  );
  Validations.of(method).acknowledge(
    { id: 'AwsSolutions-APIG4', reason: 'The API is public.' },
    { id: 'AwsSolutions-COG4', reason: 'The API is public.' },
  );
}
