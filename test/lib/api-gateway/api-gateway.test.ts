import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { CorsHttpMethod, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ApiGateway, type ApiGatewayProps } from '../../../lib/api-gateway';
import { API_GATEWAY_RULES } from '../../../lib/api-gateway/api-gateway-rules';
import { Alarms, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, templateOf } from '../../support/stacks';

const API = 'AWS::ApiGatewayV2::Api';
const STAGE = 'AWS::ApiGatewayV2::Stage';
const ROUTE = 'AWS::ApiGatewayV2::Route';
const INTEGRATION = 'AWS::ApiGatewayV2::Integration';
const PERMISSION = 'AWS::Lambda::Permission';
const ALARM = 'AWS::CloudWatch::Alarm';

const service = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });

describe('the shortest call', () => {
  const TEMPLATE = (days: number, policy: string) => ({
    Api: { Type: API, Properties: { Name: 'Api', ProtocolType: 'HTTP' } },
    ApiAccessLog: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { RetentionInDays: days },
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
    },
    ApiStage: {
      Type: STAGE,
      Properties: {
        AccessLogSettings: {
          DestinationArn: { 'Fn::GetAtt': ['ApiAccessLog', 'Arn'] },
          Format: JSON.stringify({
            requestId: '$context.requestId',
            ip: '$context.identity.sourceIp',
            time: '$context.requestTime',
            method: '$context.httpMethod',
            route: '$context.routeKey',
            path: '$context.path',
            status: '$context.status',
            latency: '$context.responseLatency',
            integrationLatency: '$context.integrationLatency',
            error: '$context.integrationErrorMessage',
            bytes: '$context.responseLength',
          }),
        },
        ApiId: { Ref: 'Api' },
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingBurstLimit: 1000, ThrottlingRateLimit: 500 },
        StageName: '$default',
      },
    },
  });

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes an API that throttles and logs, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    new ApiGateway(stack, 'Api');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual(TEMPLATE(7, 'Delete'));
  });

  test('under PRODUCTION keeps logs, and adds two alarms', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new ApiGateway(stack, 'Api');
    const { ApiServerErrorsAlarm, ApiLatencyAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual(TEMPLATE(365, 'Retain'));
    expect(ApiServerErrorsAlarm?.Properties).toMatchObject({
      Threshold: 1,
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Expression: '100 * errors / requests' },
        { MetricStat: { Metric: { MetricName: '5xx', Dimensions: [{ Name: 'ApiId', Value: { Ref: 'Api' } }] }, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'Count', Dimensions: [{ Name: 'ApiId', Value: { Ref: 'Api' } }] }, Stat: 'Sum' } },
      ],
    });
    expect(ApiLatencyAlarm?.Properties).toMatchObject({
      MetricName: 'Latency', ExtendedStatistic: 'p99', Threshold: 3000, TreatMissingData: 'notBreaching',
    });
  });
});

test('every prop shapes the API', () => {
  const stack = stackWith();
  const api = new ApiGateway(stack, 'Api', {
    throttle: { ratePerSecond: 5, burst: 9 },
    cors: { allowOrigins: ['https://example.com'], allowMethods: [CorsHttpMethod.GET], allowCredentials: true, maxAge: Duration.hours(1) },
    logRetention: RetentionDays.ONE_DAY,
    apiProps: { description: 'the front door' },
  });
  expect(onlyOne(stack, API)).toEqual({
    CorsConfiguration: { AllowCredentials: true, AllowMethods: ['GET'], AllowOrigins: ['https://example.com'], MaxAge: 3600 },
    Description: 'the front door',
    Name: 'Api',
    ProtocolType: 'HTTP',
  });
  expect(onlyOne(stack, STAGE).DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 9, ThrottlingRateLimit: 5 });
  expect(onlyOne(stack, 'AWS::Logs::LogGroup')).toEqual({ RetentionInDays: 1 });
  expect(api.node.defaultChild).toBe(api.api);
  expect(stack.resolve(api.url)).toEqual({ 'Fn::GetAtt': [stack.getLogicalId(api.api.node.defaultChild as never), 'ApiEndpoint'] });
});

test.each([
  [{ ratePerSecond: 7 }, { ThrottlingBurstLimit: 1000, ThrottlingRateLimit: 7 }],
  [{ burst: 7 }, { ThrottlingBurstLimit: 7, ThrottlingRateLimit: 500 }],
])('half a throttle %j keeps the other half', (throttle, settings) => {
  const stack = stackWith();
  new ApiGateway(stack, 'Api', { throttle });
  expect(onlyOne(stack, STAGE).DefaultRouteSettings).toEqual(settings);
});

describe('it refuses', () => {
  const api = HttpApi.fromHttpApiAttributes(new Stack(), 'Imported', { httpApiId: 'abc' });
  const BROKEN: Record<string, ApiGatewayProps> = {
    'ApiGateway.WrongType': { throttle: 100 as unknown as object },
    'ApiGateway.AdoptOrShape': { api, throttle: { burst: 10 } },
    'ApiGateway.RequestRate': { throttle: { ratePerSecond: 0 } },
    'ApiGateway.RequestBurst': { throttle: { burst: 5001 } },
    'ApiGateway.CredentialsForEverybody': { cors: { allowCredentials: true, allowOrigins: ['https://example.com', '*'] } },
    'ApiGateway.ManagedByTheConstruct': { apiProps: { createDefaultStage: true } },
  };

  test.each(API_GATEWAY_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new ApiGateway(new Stack(), 'Api', BROKEN[code]))).toEqual([code]);
  });

  test('everything at once, naming the construct and what was given', () => {
    const build = () => new ApiGateway(stackWith(), 'Api', { throttle: { ratePerSecond: 0.5, burst: -1 }, apiProps: { createDefaultStage: true } });
    expect(refusedBy(build)).toEqual([
      { code: 'ApiGateway.RequestRate', given: 'throttle.ratePerSecond is 0.5', allowed: 'a whole number from 1 to 10000' },
      { code: 'ApiGateway.RequestBurst', given: 'throttle.burst is -1', allowed: 'a whole number from 1 to 5000' },
      { code: 'ApiGateway.ManagedByTheConstruct', given: 'apiProps has createDefaultStage', allowed: expect.stringContaining('stage') },
    ]);
    expect(build).toThrow(/^Stack\/Api was given what it cannot be:\n {2}ApiGateway\.RequestRate: /);
  });

  test('nothing that is known only at deployment', () => {
    const stack = stackWith();
    new ApiGateway(stack, 'Api', { throttle: { ratePerSecond: new CfnParameter(stack, 'Rate', { type: 'Number' }).valueAsNumber } });
    expect(onlyOne(stack, STAGE).DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 1000, ThrottlingRateLimit: { Ref: 'Rate' } });
  });

  test.each([
    '', 'GET', '/links', 'get /links', 'FETCH /links', 'GET links', 'GET  /links', 'GET /links/', 'GET //links', 'GET /{}', 'GET /{a}b',
    'GET /{a}/{a}', 'GET /{rest+}/stats', 'GET /a b', 'GET /?x=1', 'GET /{a-b}', '$default',
  ])('the route %j', (route) => {
    const stack = stackWith();
    const [finding] = refusedBy(() => new ApiGateway(stack, 'Api').route(route, service(stack)));
    expect(finding).toMatchObject({ code: 'ApiGateway.MalformedRoute', given: `route '${route}'` });
  });

  test('the same route twice', () => {
    const stack = stackWith();
    const gateway = new ApiGateway(stack, 'Api');
    gateway.route('GET /links', service(stack));
    expect(codesOf(() => gateway.route('GET /links', service(stack, 'Other')))).toEqual(['ApiGateway.RouteTaken']);
  });
});

describe('a route', () => {
  test.each([
    ['GET /', 'GET /', '/*/*/'],
    ['POST /links', 'POST /links', '/*/*/links'],
    ['GET /links/{slug}/stats', 'GET /links/{slug}/stats', '/*/*/links/{slug}/stats'],
    ['ANY /files/{path+}', 'ANY /files/{path+}', '/*/*/files/{path+}'],
    ['DELETE /a.b/c-d~(e)', 'DELETE /a.b/c-d~(e)', '/*/*/a.b/c-d~(e)'],
  ])('%s reaches its function, which only this route of this API may call', (route, routeKey, path) => {
    const stack = stackWith();
    const created = new ApiGateway(stack, 'Api').route(route, service(stack));
    const [integration] = namesOf(stack, INTEGRATION);
    expect(onlyOne(stack, ROUTE)).toEqual({
      ApiId: { Ref: 'Api' },
      AuthorizationType: 'NONE',
      RouteKey: routeKey,
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: integration }]] },
    });
    expect(onlyOne(stack, INTEGRATION)).toEqual({
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['WorkerFunction', 'Arn'] },
      PayloadFormatVersion: '2.0',
    });
    const { SourceArn, ...permission } = onlyOne(stack, PERMISSION);
    expect(permission).toEqual({
      Action: 'lambda:InvokeFunction', FunctionName: { 'Fn::GetAtt': ['WorkerFunction', 'Arn'] }, Principal: 'apigateway.amazonaws.com',
    });
    expect(SourceArn).toEqual({ 'Fn::Join': ['', expect.arrayContaining([{ Ref: 'Api' }, path])] });
    expect(created.path).toBe(routeKey.split(' ')[1]);
  });

  test('shares the integration of its function with the other routes of the API', () => {
    const stack = stackWith();
    const gateway = new ApiGateway(stack, 'Api');
    const worker = service(stack);
    gateway.route('GET /a', worker);
    gateway.route('GET /b', worker);
    gateway.route('GET /c', service(stack, 'Other'));
    expect(namesOf(stack, INTEGRATION)).toHaveLength(2);
    expect(namesOf(stack, ROUTE)).toHaveLength(3);
  });

  test('may lead to a function that another API serves, too', () => {
    const stack = stackWith();
    const worker = service(stack);
    new ApiGateway(stack, 'Public').route('GET /a', worker);
    new ApiGateway(stack, 'Internal').route('GET /a', worker);
    const integrations = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === INTEGRATION);
    expect(integrations.map(({ Properties }) => Properties.ApiId)).toEqual([{ Ref: 'PublicApi' }, { Ref: 'InternalApi' }]);
  });

  test('is guarded by the authorizer it was given', () => {
    const stack = stackWith();
    const authorizer = new HttpJwtAuthorizer('Users', 'https://issuer.example.com', { jwtAudience: ['app'] });
    new ApiGateway(stack, 'Api').route('POST /links', service(stack), { authorizer, scopes: ['links/write'] });
    expect(onlyOne(stack, ROUTE)).toMatchObject({
      AuthorizationType: 'JWT', AuthorizationScopes: ['links/write'], AuthorizerId: { Ref: expect.stringContaining('Users') },
    });
  });

  test('is guarded by the default authorizer of its API', () => {
    const stack = stackWith();
    const gateway = new ApiGateway(stack, 'Api', { apiProps: { defaultAuthorizer: new HttpIamAuthorizer() } });
    gateway.route('POST /links', service(stack));
    expect(onlyOne(stack, ROUTE).AuthorizationType).toBe('AWS_IAM');
  });
});

describe('an existing API', () => {
  const adopt = () => {
    const stack = stackWith(Profile.PRODUCTION);
    const api = HttpApi.fromHttpApiAttributes(stack, 'Imported', { httpApiId: 'abc', apiEndpoint: 'https://abc.example.com' });
    return { stack, api, gateway: new ApiGateway(stack, 'Api', { api }) };
  };

  test('is adopted: nothing is created', () => {
    const { stack, api, gateway } = adopt();
    expect(gateway).toMatchObject({ api, stage: undefined, accessLog: undefined, url: 'https://abc.example.com' });
    expect(templateOf(stack).Resources).toBeUndefined();
  });

  test('is routed like a new one', () => {
    const { stack, gateway } = adopt();
    gateway.route('GET /links', service(stack));
    expect(onlyOne(stack, ROUTE)).toMatchObject({ ApiId: 'abc', RouteKey: 'GET /links', AuthorizationType: 'NONE' });
    expect(namesOf(stack, API)).toEqual([]);
  });
});

test('two of them live in one stack, and only the API itself is named, which need not be unique', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new ApiGateway(stack, 'A');
  new ApiGateway(stack, 'B');
  expect(namesOf(stack, API)).toEqual(['AApi', 'BApi']);
  const named = Object.values(resourcesOf(stack)).filter(({ Properties }) => Properties.LogGroupName ?? Properties.AlarmName);
  expect(named).toEqual([]);
});

test('its metrics are those of the API, and can be asked for otherwise', () => {
  const gateway = new ApiGateway(stackWith(), 'Api');
  expect(gateway.metricRequests()).toMatchObject({ metricName: 'Count', statistic: 'Sum', dimensions: { ApiId: gateway.api.apiId } });
  expect(gateway.metricLatency()).toMatchObject({ metricName: 'Latency', statistic: 'p99' });
  expect(gateway.metricLatency({ statistic: 'p50' })).toMatchObject({ statistic: 'p50' });
  const rate = gateway.metricServerErrorRate({ period: Duration.minutes(1) }).toMetricConfig().mathExpression;
  const metrics = Object.values(rate?.usingMetrics ?? {});
  const periods = metrics.map((metric) => metric.toMetricConfig().metricStat?.period?.toSeconds());
  expect([rate?.expression, rate?.period, ...periods]).toEqual(['100 * errors / requests', 60, 60, 60]);
});

test('its alarms go to the topic of its scope', () => {
  const stack = stackWith(Profile.PRODUCTION);
  Alarms.notify(stack, Topic.fromTopicArn(stack, 'OnCall', 'arn:aws:sns:eu-west-1:111122223333:on-call'));
  new ApiGateway(stack, 'Api');
  const alarms = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === ALARM);
  expect(alarms.map(({ Properties }) => Properties.AlarmActions))
    .toEqual([['arn:aws:sns:eu-west-1:111122223333:on-call'], ['arn:aws:sns:eu-west-1:111122223333:on-call']]);
});

test('property injectors of the CDK reach the API', () => {
  const injector = {
    constructUniqueId: HttpApi.PROPERTY_INJECTION_ID,
    inject: (props: object) => ({ ...props, disableExecuteApiEndpoint: true }),
  };
  const stack = stackWith(Profile.SANDBOX, { propertyInjectors: [injector] });
  new ApiGateway(stack, 'Api');
  expect(onlyOne(stack, API).DisableExecuteApiEndpoint).toBe(true);
});
