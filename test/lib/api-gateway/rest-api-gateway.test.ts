import { CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib';
import { ApiDefinition, JsonSchemaType, Period, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ApiGateway, Authorizer, DirectTarget, RequestValue, RestApiGateway, type RestApiGatewayProps } from '../../../lib/api-gateway';
import { REST_API_GATEWAY_RULES, REST_ROUTE_RULES } from '../../../lib/api-gateway/rest-api-gateway-rules';
import { PLAN_RULES } from '../../../lib/api-gateway/rest-plan';
import { Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf, type TemplateResource } from '../../support/stacks';

const API = 'AWS::ApiGateway::RestApi';
const STAGE = 'AWS::ApiGateway::Stage';
const METHOD = 'AWS::ApiGateway::Method';
const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/c';
const DOCUMENT = { openapi: '3.0.1', info: { title: 'Shop', version: '1' }, paths: {} };

/** One property of every resource of a type. */
const every = (stack: Stack, type: string, property: string) =>
  Object.values(resourcesOf(stack)).flatMap(({ Type, Properties }) => Type === type ? [Properties[property]] : []);

const service = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });

/** The resources that the API brings, without those of the function behind it. */
function ownResources(stack: Stack): Record<string, TemplateResource> {
  return Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => !name.startsWith('Worker')));
}

describe('the shortest call', () => {
  const TEMPLATE = (days: number, policy: string) => ({
    Api: { Type: API, Properties: { EndpointConfiguration: { Types: ['REGIONAL'] }, Name: expect.stringMatching(/^Stack-Api-\w+$/) } },
    ApiAccessLog: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { RetentionInDays: days },
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
    },
    ApiDeploymentStagelive: {
      Type: STAGE,
      Properties: {
        AccessLogSetting: {
          DestinationArn: { 'Fn::Join': ['', expect.arrayContaining([':log-group:', { Ref: 'ApiAccessLog' }])] },
          Format: JSON.stringify({
            requestId: '$context.requestId',
            ip: '$context.identity.sourceIp',
            time: '$context.requestTime',
            method: '$context.httpMethod',
            route: '$context.resourcePath',
            path: '$context.path',
            status: '$context.status',
            latency: '$context.responseLatency',
            integrationLatency: '$context.integrationLatency',
            error: '$context.error.message',
            integrationError: '$context.integrationErrorMessage',
            keyId: '$context.identity.apiKeyId',
            bytes: '$context.responseLength',
          }),
        },
        DeploymentId: { Ref: expect.stringMatching(/^ApiDeployment/) },
        MethodSettings: [{ HttpMethod: '*', ResourcePath: '/*', ThrottlingBurstLimit: 1000, ThrottlingRateLimit: 500 }],
        RestApiId: { Ref: 'Api' },
        StageName: 'live',
        TracingEnabled: true,
      },
    },
    ApiClientProblem: problem('DEFAULT_4XX'),
    ApiServerProblem: problem('DEFAULT_5XX'),
    ApiValidator: {
      Type: 'AWS::ApiGateway::RequestValidator',
      Properties: { RestApiId: { Ref: 'Api' }, ValidateRequestBody: true, ValidateRequestParameters: true },
    },
    Apilinks: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] }, PathPart: 'links', RestApiId: { Ref: 'Api' } },
    },
    ApilinksGET: {
      Type: METHOD,
      Properties: {
        AuthorizationType: 'NONE',
        HttpMethod: 'GET',
        Integration: { IntegrationHttpMethod: 'POST', Type: 'AWS_PROXY', Uri: expect.anything() },
        ResourceId: { Ref: 'Apilinks' },
        RestApiId: { Ref: 'Api' },
      },
    },
  });
  const problem = (type: string) => ({
    Type: 'AWS::ApiGateway::GatewayResponse',
    Properties: {
      ResponseParameters: { 'gatewayresponse.header.Content-Type': "'application/problem+json'" },
      ResponseTemplates: {
        'application/json': '{"type":"about:blank","title":"$context.error.responseType","detail":$context.error.messageString}',
      },
      ResponseType: type,
      RestApiId: { Ref: 'Api' },
    },
  });

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes an API that throttles, logs and answers with problems, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    new RestApiGateway(stack, 'Api').route('GET /links', service(stack));
    expect(templateOf(stack).Outputs).toBeUndefined();
    const resources = Object.entries(ownResources(stack));
    const deployment = resources.filter(([, { Type }]) => Type === 'AWS::ApiGateway::Deployment');
    const permission = resources.filter(([, { Type }]) => Type === 'AWS::Lambda::Permission');
    expect([deployment.length, permission.length]).toEqual([1, 1]);
    expect(Object.fromEntries(resources.filter((entry) => entry[0] !== deployment[0]![0] && entry[0] !== permission[0]![0])))
      .toMatchObject(TEMPLATE(7, 'Delete'));
    expect(resources).toHaveLength(Object.keys(TEMPLATE(7, 'Delete')).length + 2);
    expect(deployment[0]![1]).toMatchObject({ DependsOn: expect.arrayContaining(['ApilinksGET', 'ApiClientProblem', 'ApiServerProblem', 'ApiValidator']) });
    expect(JSON.stringify(permission[0]![1].Properties.SourceArn)).toContain('/GET/links');
  });

  test('under PRODUCTION keeps logs, and adds two alarms', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new RestApiGateway(stack, 'Api').route('GET /links', service(stack));
    const { ApiServerErrorsAlarm, ApiLatencyAlarm, ...others } = ownResources(stack);
    expect(others).toMatchObject(TEMPLATE(365, 'Retain'));
    const dimensions = [{ Name: 'ApiName', Value: expect.stringMatching(/^Stack-Api-/) }];
    expect(ApiServerErrorsAlarm?.Properties).toMatchObject({
      Threshold: 1,
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Expression: '100 * errors / requests' },
        { MetricStat: { Metric: { MetricName: '5XXError', Dimensions: dimensions }, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'Count', Dimensions: dimensions }, Stat: 'Sum' } },
      ],
    });
    expect(ApiLatencyAlarm?.Properties).toMatchObject({
      MetricName: 'Latency', ExtendedStatistic: 'p99', Threshold: 3000, TreatMissingData: 'notBreaching',
    });
  });
});

test('every prop shapes the API', () => {
  const stack = stackWith();
  const webAclArn = 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/w/1';
  const gateway = new RestApiGateway(stack, 'Api', {
    throttle: { ratePerSecond: 5, burst: 9 },
    cors: { allowOrigins: ['https://example.com'] },
    version: 'v1',
    domain: { name: 'api.example.com', certificate: Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE), path: 'shop' },
    compressAbove: Size.kibibytes(1),
    cache: { size: 1.6, timeToLive: Duration.minutes(1) },
    webAclArn,
    accountLogging: true,
    logRetention: RetentionDays.ONE_DAY,
    apiProps: { description: 'the front door' },
  });
  gateway.route('GET /', service(stack));
  expect(onlyOne(stack, API)).toMatchObject({ Description: 'the front door', DisableExecuteApiEndpoint: true, MinimumCompressionSize: 1024 });
  expect(onlyOne(stack, STAGE)).toMatchObject({
    CacheClusterEnabled: true, CacheClusterSize: '1.6',
    MethodSettings: [{ CachingEnabled: false, HttpMethod: '*', ResourcePath: '/*', ThrottlingBurstLimit: 9, ThrottlingRateLimit: 5 }],
  });
  expect(resourcesOf(stack).ApiAccessLog?.Properties).toEqual({ RetentionInDays: 1 });
  expect(onlyOne(stack, 'AWS::WAFv2::WebACLAssociation')).toMatchObject({ WebACLArn: webAclArn });
  expect(onlyOne(stack, 'AWS::ApiGatewayV2::ApiMapping')).toEqual({
    ApiId: { Ref: 'Api' }, ApiMappingKey: 'shop', DomainName: { Ref: 'ApiDomain' }, Stage: { Ref: 'ApiDeploymentStagelive' },
  });
  const { ApiGatewayAccountLoggingAccount, ApiDeploymentStagelive } = resourcesOf(stack) as
    Record<string, TemplateResource & { DependsOn?: string[] }>;
  expect(ApiGatewayAccountLoggingAccount).toMatchObject({ Type: 'AWS::ApiGateway::Account', DeletionPolicy: 'Retain' });
  expect(ApiDeploymentStagelive?.DependsOn).toContain('ApiGatewayAccountLoggingAccount');
  const methods = every(stack, METHOD, 'HttpMethod');
  expect(methods.sort()).toEqual(['GET', 'OPTIONS', 'OPTIONS']);
  expect([gateway.url, gateway.node.defaultChild]).toEqual(['https://api.example.com/shop', gateway.api]);
});

describe('it refuses', () => {
  const elsewhere = new Stack();
  const api = RestApi.fromRestApiId(elsewhere, 'Imported', 'abc');
  const certificate = Certificate.fromCertificateArn(elsewhere, 'Certificate', CERTIFICATE);
  const BROKEN: Record<string, RestApiGatewayProps> = {
    'RestApiGateway.WrongType': { defaultAuthorizer: {} as Authorizer },
    'RestApiGateway.AdoptOrShape': { api, throttle: { burst: 10 } },
    'RestApiGateway.DocumentOrShape': { openApi: ApiDefinition.fromInline(DOCUMENT), version: 'v1' },
    'RestApiGateway.RequestRate': { throttle: { ratePerSecond: 0 } },
    'RestApiGateway.RequestBurst': { throttle: { burst: 5001 } },
    'RestApiGateway.Version': { version: '/v1' },
    'RestApiGateway.DomainName': { domain: { name: 'localhost', certificate } },
    'RestApiGateway.DomainPath': { domain: { name: 'api.example.com', certificate, path: '' } },
    'RestApiGateway.CacheSize': { cache: { size: 1 } },
    'RestApiGateway.CacheTimeToLive': { cache: { timeToLive: Duration.hours(2) } },
    'RestApiGateway.CompressAbove': { compressAbove: Size.mebibytes(11) },
    'RestApiGateway.CredentialsForEverybody': { cors: { allowCredentials: true, allowOrigins: ['*'] } },
    'RestApiGateway.MutualTlsBypass': {
      domain: { name: 'api.example.com', certificate, mutualTls: { bucket: Bucket.fromBucketName(elsewhere, 'Trust', 'trust'), key: 'ca.pem' } },
      apiProps: { disableExecuteApiEndpoint: false },
    },
    'RestApiGateway.ManagedByTheConstruct': { apiProps: { deploy: false } },
  };

  test.each(REST_API_GATEWAY_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new RestApiGateway(new Stack(), 'Api', BROKEN[code]))).toEqual([code]);
  });

  test('everything at once, naming what was given', () => {
    expect(refusedBy(() => new RestApiGateway(stackWith(), 'Api', { throttle: { burst: -1 }, cache: { size: 3, timeToLive: Duration.seconds(0) } }))).toEqual([
      { code: 'RestApiGateway.RequestBurst', given: 'throttle.burst is -1', allowed: 'a whole number from 1 to 5000' },
      { code: 'RestApiGateway.CacheSize', given: 'cache.size is 3', allowed: '0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237 GB' },
      { code: 'RestApiGateway.CacheTimeToLive', given: 'cache.timeToLive is 0 s', allowed: 'whole seconds from 1 to 3600' },
    ]);
  });

  test('nothing that is known only at deployment', () => {
    const stack = stackWith();
    const ratePerSecond = new CfnParameter(stack, 'Rate', { type: 'Number' }).valueAsNumber;
    new RestApiGateway(stack, 'Api', { throttle: { ratePerSecond } }).route('GET /', service(stack));
    expect(onlyOne(stack, STAGE).MethodSettings).toMatchObject([{ ThrottlingRateLimit: { Ref: 'Rate' } }]);
  });

  const BROKEN_ROUTES: Record<string, object> = {
    'RestApiGateway.RouteWrongType': { authorizer: 'jwt' },
    'RestApiGateway.RequestRate': { throttle: { ratePerSecond: 0 } },
    'RestApiGateway.RequestBurst': { throttle: { burst: 0 } },
    'RestApiGateway.Version': { version: '' },
    'RestApiGateway.CacheTimeToLive': { cache: { timeToLive: Duration.hours(2) } },
    'RestApiGateway.ParameterName': { query: ['page size'] },
  };
  test.each(REST_ROUTE_RULES.map(({ code }) => [code]))('%s of a route', (code) => {
    const stack = stackWith();
    expect(codesOf(() => new RestApiGateway(stack, 'Api', { cache: {} }).route('GET /', service(stack), BROKEN_ROUTES[code]))).toEqual([code]);
  });

  const guarded = { authorizer: Authorizer.iam() };
  test.each<[string, string, RestApiGatewayProps, string, object]>([
    ['RestApiGateway.MalformedRoute', "route 'links'", {}, 'links', {}],
    ['RestApiGateway.NoCache', "cache of 'GET /a'", {}, 'GET /a', { cache: {} }],
    ['RestApiGateway.CacheOfWrite', "cache of 'POST /a'", { cache: {} }, 'POST /a', { cache: {} }],
    ['RestApiGateway.SettingsOfAny', "throttle or cache of 'ANY /a'", {}, 'ANY /a', { throttle: { burst: 1 } }],
    ['RestApiGateway.CachedForOthers', "cache of the guarded route 'GET /a' without Authorization among its headers", { cache: {} }, 'GET /a', { ...guarded, cache: {} }],
    ['RestApiGateway.SettingsOfAdopted', "throttle or cache of 'GET /a'", { api }, 'GET /a', { throttle: { burst: 1 } }],
    ['RestApiGateway.RoutesOfDocument', "route 'GET /a' beside openApi", { openApi: ApiDefinition.fromInline(DOCUMENT) }, 'GET /a', {}],
    ['RestApiGateway.HttpOnly', "the authorizer 'Jwt' for tokens of any issuer", {}, 'GET /a', {
      authorizer: Authorizer.jwt({ issuer: 'https://issuer.example.com', audience: ['app'] }),
    }],
  ])('%s: %s', (code, given, props, route, options) => {
    const stack = stackWith();
    expect(refusedBy(() => new RestApiGateway(stack, 'Api', props).route(route, service(stack), options))).toMatchObject([{ code, given }]);
  });

  test('a target that is none, and the same route twice', () => {
    const stack = stackWith();
    const gateway = new RestApiGateway(stack, 'Api');
    expect(refusedBy(() => gateway.route('GET /', {} as never))).toMatchObject([{ code: 'RestApiGateway.NoTarget', given: "an object as the target of 'GET /'" }]);
    gateway.route('GET /', service(stack));
    expect(refusedBy(() => gateway.route('GET /', service(stack, 'B')))).toMatchObject([{ code: 'RestApiGateway.RouteTaken', given: "route 'GET /' twice" }]);
  });

  test('plans and the address of an adopted API whose stage is not known', () => {
    const gateway = new RestApiGateway(elsewhere, 'Adopted', { api });
    expect([codesOf(() => gateway.url), codesOf(() => gateway.plan('Gold'))]).toEqual([['RestApiGateway.NoStage'], ['RestApiGateway.NoStage']]);
  });

  const BROKEN_PLANS: Record<string, object> = {
    'RestApiGateway.PlanWrongType': { burst: '5' },
    'RestApiGateway.PlanRate': { ratePerSecond: 0 },
    'RestApiGateway.PlanBurst': { burst: 5001 },
    'RestApiGateway.PlanQuota': { quota: { limit: 0 } },
  };
  test.each(PLAN_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new RestApiGateway(stackWith(), 'Api').plan('Gold', BROKEN_PLANS[code]))).toEqual([code]);
  });
});

describe('a route', () => {
  test('checks the body, the query and the headers before its target is reached', () => {
    const stack = stackWith();
    const body = { type: JsonSchemaType.OBJECT, required: ['sku'], properties: { sku: { type: JsonSchemaType.STRING } } };
    new RestApiGateway(stack, 'Api', { version: 'v1' }).route('POST /orders', service(stack), { body, query: ['dry'], headers: ['Idempotency-Key'] });
    const [model] = namesOf(stack, 'AWS::ApiGateway::Model');
    expect(onlyOne(stack, METHOD)).toMatchObject({
      RequestModels: { 'application/json': { Ref: model } },
      RequestParameters: { 'method.request.querystring.dry': true, 'method.request.header.Idempotency-Key': true },
      RequestValidatorId: { Ref: 'ApiValidator' },
    });
    expect(onlyOne(stack, 'AWS::ApiGateway::Model')).toMatchObject({ ContentType: 'application/json', Schema: { required: ['sku'], type: 'object' } });
    const parts = every(stack, 'AWS::ApiGateway::Resource', 'PathPart');
    expect(parts).toEqual(['v1', 'orders']);
  });

  test('is throttled and cached by settings of the stage; what tells answers apart includes the path', () => {
    const stack = stackWith();
    const gateway = new RestApiGateway(stack, 'Api', { cache: {}, throttle: { burst: 40 } });
    gateway.route('GET /items/{id}', service(stack), { cache: { query: ['page'], headers: ['Accept'] } });
    gateway.route('GET /', service(stack, 'Worker2'), { throttle: { ratePerSecond: 3 } });
    gateway.route('GET /mine', service(stack, 'Worker3'), {
      authorizer: Authorizer.iam(), cache: { headers: ['authorization'], timeToLive: Duration.seconds(7) },
    });
    expect((onlyOne(stack, STAGE).MethodSettings as object[]).slice(1)).toEqual([
      {
        CacheDataEncrypted: true, CacheTtlInSeconds: 300, CachingEnabled: true, HttpMethod: 'GET', ResourcePath: '/~1items~1{id}',
        ThrottlingBurstLimit: 40, ThrottlingRateLimit: 500,
      },
      { HttpMethod: 'GET', ResourcePath: '/', ThrottlingBurstLimit: 40, ThrottlingRateLimit: 3 },
      expect.objectContaining({ CacheTtlInSeconds: 7, ResourcePath: '/~1mine' }),
    ]);
    const { ApiitemsidGET } = resourcesOf(stack);
    expect(ApiitemsidGET?.Properties).toMatchObject({
      RequestParameters: { 'method.request.path.id': true, 'method.request.querystring.page': false, 'method.request.header.Accept': false },
      Integration: { CacheKeyParameters: ['method.request.path.id', 'method.request.querystring.page', 'method.request.header.Accept'] },
    });
  });

  test.each([
    ['IAM', () => Authorizer.iam(), { AuthorizationType: 'AWS_IAM' }],
    ['a user pool', (stack: Stack) => Authorizer.cognito(new UserPool(stack, 'Users'), []), {
      AuthorizationType: 'COGNITO_USER_POOLS', AuthorizationScopes: ['a/read'], AuthorizerId: { Ref: 'ApiUserPool' },
    }],
    ['a function', (stack: Stack) => Authorizer.function(service(stack, 'Door')), { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'ApiDoor' } }],
  ])('is guarded by %s, by default or of its own', (_, make, expected) => {
    const stack = stackWith();
    const authorizer = make(stack);
    const gateway = new RestApiGateway(stack, 'Api', { defaultAuthorizer: authorizer });
    gateway.route('GET /a', service(stack), { scopes: ['a/read'] });
    gateway.route('GET /b', service(stack, 'Worker2'), { authorizer, scopes: ['a/read'] });
    gateway.route('GET /open', service(stack, 'Worker3'), { authorizer: Authorizer.none() });
    const { ApiaGET, ApibGET, ApiopenGET } = resourcesOf(stack);
    expect([ApiaGET?.Properties, ApibGET?.Properties, ApiopenGET?.Properties]).toMatchObject([expected, expected, { AuthorizationType: 'NONE' }]);
  });

  test('asks a function once for a token and a route', () => {
    const stack = stackWith();
    new RestApiGateway(stack, 'Api').route('GET /a', service(stack), { authorizer: Authorizer.function(service(stack, 'Door'), { cacheFor: Duration.minutes(1) }) });
    expect(onlyOne(stack, 'AWS::ApiGateway::Authorizer')).toMatchObject({
      AuthorizerResultTtlInSeconds: 60, IdentitySource: 'method.request.header.Authorization,context.resourcePath,context.httpMethod', Type: 'REQUEST',
    });
  });
});

describe('a plan', () => {
  test('limits what the holders of its keys may do; the values of keys are nowhere in the template', () => {
    const stack = stackWith();
    const gateway = new RestApiGateway(stack, 'Api');
    gateway.route('GET /a', service(stack), { keyRequired: true });
    gateway.addKey('Acme', gateway.plan('Gold', { ratePerSecond: 50, burst: 90, quota: { limit: 1000, period: Period.DAY } }));
    gateway.plan('Free', { quota: { limit: 10 } });
    expect(onlyOne(stack, METHOD).ApiKeyRequired).toBe(true);
    const { ApiPlanGold, ApiPlanFree, ApiKeyAcme } = resourcesOf(stack);
    expect(ApiPlanGold?.Properties).toEqual({
      ApiStages: [{ ApiId: { Ref: 'Api' }, Stage: { Ref: 'ApiDeploymentStagelive' }, Throttle: {} }],
      Quota: { Limit: 1000, Period: 'DAY' },
      Throttle: { BurstLimit: 90, RateLimit: 50 },
    });
    expect(ApiPlanFree?.Properties).toMatchObject({ Quota: { Limit: 10, Period: 'MONTH' }, Throttle: { BurstLimit: 20, RateLimit: 10 } });
    expect(ApiKeyAcme?.Properties).toEqual({ Enabled: true });
    expect(onlyOne(stack, 'AWS::ApiGateway::UsagePlanKey')).toEqual({ KeyId: { Ref: 'ApiKeyAcme' }, KeyType: 'API_KEY', UsagePlanId: { Ref: 'ApiPlanGold' } });
  });
});

describe('a direct target', () => {
  const called = (make: (stack: Stack) => DirectTarget) => {
    const stack = stackWith();
    new RestApiGateway(stack, 'Api').route('POST /jobs/{city}', make(stack));
    const { Integration, MethodResponses } = onlyOne(stack, METHOD) as {
      Integration: Record<string, unknown>; MethodResponses: { StatusCode: string }[];
    };
    const [role] = namesOf(stack, 'AWS::IAM::Role');
    expect(Integration.Credentials).toEqual({ 'Fn::GetAtt': [role, 'Arn'] });
    expect(Integration.PassthroughBehavior).toBe('NEVER');
    const responses = Integration.IntegrationResponses as { StatusCode: string; ResponseTemplates: Record<string, string> }[];
    // Every status that the integration answers with must be declared by the method.
    expect(responses.map(({ StatusCode }) => StatusCode)).toEqual(MethodResponses.map(({ StatusCode }) => StatusCode));
    const template = (Integration.RequestTemplates as Record<string, unknown>)['application/json'];
    return { template, uri: JSON.stringify(Integration.Uri), responses, statements: statementsOf(stack) };
  };

  test('puts the body into a queue', () => {
    const { template, uri, statements, responses } = called((stack) =>
      DirectTarget.queue(new Queue(stack, 'Jobs', { fifo: true }), { groupBy: RequestValue.path('city') }));
    expect(template).toBe("Action=SendMessage&MessageBody=$util.urlEncode($input.body)&MessageGroupId=$util.urlEncode($input.params().path.get('city'))");
    expect(uri).toContain(':sqs:path/');
    expect(statements).toEqual([{ Action: 'sqs:SendMessage', Effect: 'Allow', Resource: { 'Fn::GetAtt': ['Jobs', 'Arn'] } }]);
    expect(responses[0]).toEqual({ StatusCode: '202', ResponseTemplates: { 'application/json': '{}' } });
  });

  test('puts the body into a stream, spread by the request', () => {
    const { template, statements } = called((stack) => DirectTarget.stream(Stream.fromStreamArn(stack, 'Clicks', 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks')));
    expect(template).toBe('{"StreamName":"clicks","Data":"$util.base64Encode($input.body)","PartitionKey":"$util.escapeJavaScript("$context.requestId").replaceAll("\\\\\'","\'")"}');
    expect(statements).toMatchObject([{ Action: 'kinesis:PutRecord' }]);
  });

  test('sends the body as an event', () => {
    const { template, statements, responses } = called((stack) =>
      DirectTarget.eventBus(EventBus.fromEventBusName(stack, 'Bus', 'orders'), { source: 'shop', detailType: 'Order"Placed' }));
    expect(template).toBe('{"Entries":[{"EventBusName":"orders","Source":"shop","DetailType":"Order\\"Placed","Detail":"$util.escapeJavaScript($input.json(\'$\')).replaceAll("\\\\\'","\'")"}]}');
    expect(statements).toMatchObject([{ Action: 'events:PutEvents' }]);
    // The bus says 200 also when it did not take the event.
    expect(responses[0]?.ResponseTemplates['application/json']).toMatch(/^#if\(\$input\.path\('\$\.FailedEntryCount'\)!=0\)\n#set\(\$context\.responseOverride\.status=502\)[^]*#else\n\{\}\n#end$/);
  });

  test.each([[false, 'states:StartExecution', '202'], [true, 'states:StartSyncExecution', '200']])('starts a state machine, waiting: %s', (wait, action, status) => {
    const arn = 'arn:aws:states:eu-west-1:111122223333:stateMachine:m';
    const { statements, responses } = called((stack) => DirectTarget.stateMachine(StateMachine.fromStateMachineArn(stack, 'Machine', arn), { wait }));
    expect(statements).toEqual([{ Action: action, Effect: 'Allow', Resource: arn }]);
    expect(responses[0]?.StatusCode).toBe(status);
    expect(responses[0]?.ResponseTemplates['application/json']?.includes('!="SUCCEEDED"')).toBe(wait);
  });

  const item = { partitionKey: 'city', partitionValue: RequestValue.path('city') };
  const table = (stack: Stack) => Table.fromTableName(stack, 'Jobs', 'jobs');

  test('reads one item of a table, or answers 404', () => {
    const { template, statements, responses } = called((stack) => DirectTarget.getItem(table(stack), item));
    expect(template).toBe('{"TableName":"jobs","Key":{"city":{"S":"$util.escapeJavaScript($input.params().path.get(\'city\')).replaceAll("\\\\\'","\'")"}}}');
    expect(statements).toMatchObject([{ Action: 'dynamodb:GetItem' }]);
    expect(responses[0]?.ResponseTemplates['application/json']).toContain('#set($context.responseOverride.status=404)');
  });

  test('puts one item into a table', () => {
    const { template, statements } = called((stack) => DirectTarget.putItem(table(stack), item));
    expect(template).toContain('"body":{"S":"$util.escapeJavaScript($input.body)');
    expect(statements).toMatchObject([{ Action: 'dynamodb:PutItem' }]);
  });
});

describe('an OpenAPI document', () => {
  test('makes the API', () => {
    const stack = stackWith();
    new RestApiGateway(stack, 'Api', { openApi: ApiDefinition.fromInline({ ...DOCUMENT, paths: { '/a': { get: {} } } }) });
    expect(onlyOne(stack, API)).toMatchObject({ Body: { paths: { '/a': { get: {} } } }, EndpointConfiguration: { Types: ['REGIONAL'] } });
    expect(namesOf(stack, 'AWS::ApiGateway::RequestValidator')).toEqual([]);
    expect(templateOf(stack).Outputs).toBeUndefined();
  });

  test('is written from the declared routes', () => {
    const stack = stackWith();
    const gateway = new RestApiGateway(stack, 'Api', { version: 'v1' });
    gateway.route('POST /orders/{shop}', service(stack), {
      summary: 'Places an order.',
      authorizer: Authorizer.iam(),
      keyRequired: true,
      body: { type: JsonSchemaType.OBJECT, properties: { item: { ref: '#/definitions/item' }, id: { type: JsonSchemaType.STRING } } },
      query: ['dry'],
    });
    gateway.route('ANY /files/{path+}', service(stack, 'Files'));
    const { paths, components, ...head } = JSON.parse(gateway.openApiDocument('2.0.0'));
    expect(head).toEqual({ openapi: '3.1.0', info: { title: 'Api', version: '2.0.0' } });
    expect(Object.keys(components.securitySchemes)).toEqual(['authorization', 'key']);
    expect(paths['/v1/orders/{shop}'].post).toEqual({
      summary: 'Places an order.',
      parameters: [
        { name: 'shop', in: 'path', required: true, schema: { type: 'string' } },
        { name: 'dry', in: 'query', required: true, schema: { type: 'string' } },
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object', properties: { item: { $ref: '#/definitions/item' }, id: { type: 'string' } } } } },
      },
      responses: { 400: expect.anything(), 429: expect.anything(), default: expect.anything() },
      security: [{ authorization: [], key: [] }],
    });
    expect(Object.keys(paths['/v1/files/{path}'])).toHaveLength(7);
    expect(Object.keys(paths['/v1/files/{path}'].get.responses)).toEqual(['429', 'default']);
  });

  test('is not written where the API was made from one', () => {
    const gateway = new RestApiGateway(stackWith(), 'Api', { openApi: ApiDefinition.fromInline(DOCUMENT) });
    expect(codesOf(() => gateway.openApiDocument())).toEqual(['RestApiGateway.RoutesOfDocument']);
  });
});

describe('an existing API', () => {
  test('is adopted: nothing is created, and routes are added', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const api = RestApi.fromRestApiAttributes(stack, 'Imported', { restApiId: 'abc', rootResourceId: 'root' });
    const gateway = new RestApiGateway(stack, 'Api', { api });
    expect(gateway).toMatchObject({ api, stage: undefined, accessLog: undefined });
    gateway.route('POST /links', service(stack), { query: ['dry'] });
    expect(onlyOne(stack, METHOD)).toMatchObject({ RestApiId: 'abc', HttpMethod: 'POST' });
    expect([namesOf(stack, API), namesOf(stack, STAGE)]).toEqual([[], []]);
    expect(namesOf(stack, 'AWS::ApiGateway::RequestValidator')).toHaveLength(1);
  });
});

test('two of them live in one stack, beside an HTTP API, and share the role of the account', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const worker = service(stack);
  for (const id of ['A', 'B']) {
    new RestApiGateway(stack, id, { accountLogging: true }).route('GET /', worker);
  }
  new ApiGateway(stack, 'C').route('GET /', worker);
  const names = every(stack, API, 'Name');
  expect(new Set(names).size).toBe(2);
  expect(namesOf(stack, 'AWS::ApiGateway::Account')).toHaveLength(1);
});

test('its metrics are those of the API, and can be asked for otherwise', () => {
  const gateway = new RestApiGateway(stackWith(), 'Api');
  expect(gateway.metricRequests()).toMatchObject({ metricName: 'Count', statistic: 'Sum', dimensions: { ApiName: gateway.api.restApiName } });
  expect(gateway.metricLatency({ statistic: 'p50' })).toMatchObject({ metricName: 'Latency', statistic: 'p50' });
});
