import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { CorsHttpMethod, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ApiGateway, type ApiGatewayProps, Authorizer, DirectTarget, RequestValue } from '../../../lib/api-gateway';
import { API_GATEWAY_RULES, ROUTE_RULES } from '../../../lib/api-gateway/api-gateway-rules';
import { Alarms, Profile } from '../../../lib/core';
import { Cdn } from '../../../lib/cdn';
import { FunctionService } from '../../../lib/function-service';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';

const API = 'AWS::ApiGatewayV2::Api';
const STAGE = 'AWS::ApiGatewayV2::Stage';
const ROUTE = 'AWS::ApiGatewayV2::Route';
const INTEGRATION = 'AWS::ApiGatewayV2::Integration';
const PERMISSION = 'AWS::Lambda::Permission';
const ALARM = 'AWS::CloudWatch::Alarm';
const AUTHORIZER = 'AWS::ApiGatewayV2::Authorizer';
const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/c';

/** One property of every resource of a type. */
const every = (stack: Stack, type: string, property: string) =>
  Object.values(resourcesOf(stack)).flatMap(({ Type, Properties }) => Type === type ? [Properties[property]] : []);

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
  const elsewhere = new Stack();
  const api = HttpApi.fromHttpApiAttributes(elsewhere, 'Imported', { httpApiId: 'abc' });
  const certificate = Certificate.fromCertificateArn(elsewhere, 'Certificate', CERTIFICATE);
  const bucket = Bucket.fromBucketName(elsewhere, 'Trust', 'trust');
  const BROKEN: Record<string, ApiGatewayProps> = {
    'ApiGateway.WrongType': { throttle: 100 as unknown as object },
    'ApiGateway.AdoptOrShape': { api, throttle: { burst: 10 } },
    'ApiGateway.RequestRate': { throttle: { ratePerSecond: 0 } },
    'ApiGateway.RequestBurst': { throttle: { burst: 5001 } },
    'ApiGateway.Version': { version: 'v1/beta' },
    'ApiGateway.DomainName': { domain: { name: 'Api Example', certificate } },
    'ApiGateway.DomainPath': { domain: { name: 'api.example.com', certificate, path: '/shop/' } },
    'ApiGateway.MutualTlsBypass': {
      domain: { name: 'api.example.com', certificate, mutualTls: { bucket, key: 'ca.pem' } }, apiProps: { disableExecuteApiEndpoint: false },
    },
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

describe('a version', () => {
  test('stands before the path of every route, or of one', () => {
    const stack = stackWith();
    const gateway = new ApiGateway(stack, 'Api', { version: 'v1' });
    const worker = service(stack);
    gateway.route('GET /', worker);
    gateway.route('GET /links/{slug}', worker);
    gateway.route('GET /links/{slug}', worker, { version: 'v2' });
    const keys = every(stack, ROUTE, 'RouteKey');
    expect(keys).toEqual(['GET /v1', 'GET /v1/links/{slug}', 'GET /v2/links/{slug}']);
    expect(refusedBy(() => gateway.route('GET /links/{slug}', worker, { version: 'v2' })))
      .toEqual([{ code: 'ApiGateway.RouteTaken', given: "route 'GET /v2/links/{slug}' twice", allowed: expect.any(String) }]);
  });
});

describe('the throttle of a route', () => {
  test('is a setting of the stage, which waits for the route', () => {
    const stack = stackWith();
    const gateway = new ApiGateway(stack, 'Api', { throttle: { burst: 40 } });
    gateway.route('POST /v1.0/jobs', service(stack), { throttle: { ratePerSecond: 5 } });
    expect(onlyOne(stack, STAGE).RouteSettings).toEqual({ 'POST /v1.0/jobs': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 40 } });
    const { ApiStage } = resourcesOf(stack) as Record<string, { DependsOn?: string[] }>;
    expect(ApiStage?.DependsOn).toEqual(namesOf(stack, ROUTE));
  });

  test.each(ROUTE_RULES.map(({ code }) => [code]))('is refused by %s like the other options', (code) => {
    const BROKEN: Record<string, object> = {
      'ApiGateway.RouteWrongType': { scopes: 'links/write' },
      'ApiGateway.RequestRate': { throttle: { ratePerSecond: 0 } },
      'ApiGateway.RequestBurst': { throttle: { burst: 0 } },
      'ApiGateway.Version': { version: '' },
    };
    const stack = stackWith();
    expect(codesOf(() => new ApiGateway(stack, 'Api').route('GET /', service(stack), BROKEN[code]))).toEqual([code]);
  });

  test('is refused on an adopted API, whose stage is not ours', () => {
    const stack = stackWith();
    const api = HttpApi.fromHttpApiAttributes(stack, 'Imported', { httpApiId: 'abc' });
    const [finding] = refusedBy(() => new ApiGateway(stack, 'Api', { api }).route('GET /', service(stack), { throttle: { burst: 1 } }));
    expect(finding).toMatchObject({ code: 'ApiGateway.ThrottleOfAdopted', given: "throttle of 'GET /'" });
  });

  test('a target that is none is refused', () => {
    expect(refusedBy(() => new ApiGateway(stackWith(), 'Api').route('GET /', 'worker' as never)))
      .toEqual([{ code: 'ApiGateway.NoTarget', given: "'worker' as the target of 'GET /'", allowed: 'compute or a DirectTarget' }]);
  });
});

describe('an authorizer', () => {
  const routed = (make: (stack: Stack) => Authorizer) => {
    const stack = stackWith();
    const gateway = new ApiGateway(stack, 'Api', { defaultAuthorizer: make(stack) });
    gateway.route('GET /a', service(stack), { scopes: ['a/read'] });
    return stack;
  };

  test('takes the tokens of an issuer', () => {
    const stack = routed(() => Authorizer.jwt({ issuer: 'https://issuer.example.com', audience: ['app'] }));
    expect(onlyOne(stack, AUTHORIZER)).toMatchObject({
      AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Audience: ['app'], Issuer: 'https://issuer.example.com' },
    });
    expect(onlyOne(stack, ROUTE)).toMatchObject({ AuthorizationType: 'JWT', AuthorizationScopes: ['a/read'] });
  });

  test('takes the users of a user pool', () => {
    const stack = routed((scope) => {
      const pool = new UserPool(scope, 'Users');
      return Authorizer.cognito(pool, [pool.addClient('App')]);
    });
    expect(onlyOne(stack, AUTHORIZER).JwtConfiguration).toMatchObject({ Audience: [{ Ref: expect.stringContaining('UsersApp') }] });
  });

  test('asks a function, whose answer holds for the token and the route only', () => {
    const stack = routed((scope) => Authorizer.function(service(scope, 'Door'), { cacheFor: Duration.minutes(1), header: 'X-Token' }));
    expect(onlyOne(stack, AUTHORIZER)).toMatchObject({
      AuthorizerType: 'REQUEST', AuthorizerResultTtlInSeconds: 60, EnableSimpleResponses: true, AuthorizerPayloadFormatVersion: '2.0',
      IdentitySource: ['$request.header.X-Token', '$context.routeKey'],
    });
    expect(namesOf(stack, PERMISSION)).toHaveLength(2);
  });

  test('takes signed requests', () => {
    expect(onlyOne(routed(() => Authorizer.iam()), ROUTE).AuthorizationType).toBe('AWS_IAM');
  });

  test('guards many routes of many APIs, each with one resource, and one route can be opened', () => {
    const stack = stackWith();
    const defaultAuthorizer = Authorizer.jwt({ issuer: 'https://issuer.example.com', audience: ['app'] });
    for (const id of ['A', 'B']) {
      const gateway = new ApiGateway(stack, id, { defaultAuthorizer });
      gateway.route('GET /a', service(stack, `${id}1`));
      gateway.route('GET /b', service(stack, `${id}2`));
      gateway.route('GET /open', service(stack, `${id}3`), { authorizer: Authorizer.none() });
    }
    expect(namesOf(stack, AUTHORIZER)).toHaveLength(2);
    const types = every(stack, ROUTE, 'AuthorizationType');
    expect(types).toEqual(['JWT', 'JWT', 'NONE', 'JWT', 'JWT', 'NONE']);
  });

  test('needs a name of its own beside another', () => {
    const stack = stackWith();
    const gateway = new ApiGateway(stack, 'Api');
    const jwt = (name?: string) => Authorizer.jwt({ issuer: 'https://issuer.example.com', audience: ['app'], name });
    gateway.route('GET /a', service(stack), { authorizer: jwt() });
    const [finding] = refusedBy(() => gateway.route('GET /b', service(stack, 'B'), { authorizer: jwt() }));
    expect(finding).toMatchObject({ code: 'ApiGateway.AuthorizerTaken', given: "a second authorizer named 'Jwt'" });
    gateway.route('GET /c', service(stack, 'C'), { authorizer: jwt('Partners') });
    expect(namesOf(stack, AUTHORIZER)).toHaveLength(2);
  });
});

describe('a direct target', () => {
  const called = (make: (stack: Stack) => DirectTarget) => {
    const stack = stackWith();
    new ApiGateway(stack, 'Api').route('POST /jobs/{city}', make(stack));
    const { RequestParameters, IntegrationSubtype, CredentialsArn } = onlyOne(stack, INTEGRATION);
    const [role] = namesOf(stack, 'AWS::IAM::Role');
    expect(CredentialsArn).toEqual({ 'Fn::GetAtt': [role, 'Arn'] });
    return { IntegrationSubtype, RequestParameters, statements: statementsOf(stack) };
  };

  test('puts the body into a queue, and may do nothing else', () => {
    expect(called((stack) => DirectTarget.queue(new Queue(stack, 'Jobs')))).toEqual({
      IntegrationSubtype: 'SQS-SendMessage',
      RequestParameters: { QueueUrl: { Ref: 'Jobs' }, MessageBody: '$request.body' },
      statements: [{ Action: 'sqs:SendMessage', Effect: 'Allow', Resource: { 'Fn::GetAtt': ['Jobs', 'Arn'] } }],
    });
  });

  test('puts the body into a FIFO queue under the group that the request names, and may use the key of the queue', () => {
    const { RequestParameters, statements } = called((stack) => {
      const queue = new Queue(stack, 'Jobs', { fifo: true, encryptionMasterKey: new Key(stack, 'Key') });
      return DirectTarget.queue(queue, { groupBy: RequestValue.path('city'), deduplicateBy: RequestValue.header('Idempotency-Key') });
    });
    expect(RequestParameters).toMatchObject({ MessageGroupId: '$request.path.city', MessageDeduplicationId: '$request.header.Idempotency-Key' });
    expect(statements.map(({ Action }) => Action)).toEqual([['kms:Decrypt', 'kms:GenerateDataKey'], 'sqs:SendMessage']);
  });

  test('refuses a FIFO queue without a group, and names that would end an expression', () => {
    const fifo = new Queue(stackWith(), 'Jobs', { fifo: true });
    expect(refusedBy(() => DirectTarget.queue(fifo))).toMatchObject([{ code: 'ApiGateway.GroupMissing', given: 'the FIFO queue Stack/Jobs without groupBy' }]);
    expect(refusedBy(() => RequestValue.path("a'}"))).toMatchObject([{ code: 'RequestValue.Name', given: 'name \'a\'}\'' }]);
  });

  test('puts the body into a stream', () => {
    expect(called((stack) => DirectTarget.stream(new Stream(stack, 'Clicks'), { partitionBy: RequestValue.body('customer.id') }))).toMatchObject({
      IntegrationSubtype: 'Kinesis-PutRecord',
      RequestParameters: { StreamName: { Ref: 'Clicks' }, Data: '$request.body', PartitionKey: '$request.body.customer.id' },
      statements: [{ Action: 'kms:GenerateDataKey' }, { Action: 'kinesis:PutRecord' }].slice(-1),
    });
  });

  test('sends the body as an event', () => {
    expect(called((stack) => DirectTarget.eventBus(new EventBus(stack, 'Bus'), { source: 'shop', detailType: 'OrderPlaced' }))).toEqual({
      IntegrationSubtype: 'EventBridge-PutEvents',
      RequestParameters: { EventBusName: { Ref: 'Bus' }, Source: 'shop', DetailType: 'OrderPlaced', Detail: '$request.body' },
      statements: [{ Action: 'events:PutEvents', Effect: 'Allow', Resource: { 'Fn::GetAtt': ['Bus', 'Arn'] } }],
    });
  });

  test.each([
    [false, 'StepFunctions-StartExecution', 'states:StartExecution'],
    [true, 'StepFunctions-StartSyncExecution', 'states:StartSyncExecution'],
  ])('starts a state machine, waiting: %s', (wait, subtype, action) => {
    const arn = 'arn:aws:states:eu-west-1:111122223333:stateMachine:m';
    expect(called((stack) => DirectTarget.stateMachine(StateMachine.fromStateMachineArn(stack, 'Machine', arn), { wait }))).toEqual({
      IntegrationSubtype: subtype,
      RequestParameters: { StateMachineArn: arn, Input: '$request.body' },
      statements: [{ Action: action, Effect: 'Allow', Resource: arn }],
    });
  });

  test('shares its integration and role with the other routes of an API, and serves another API, too', () => {
    const stack = stackWith();
    const target = DirectTarget.queue(new Queue(stack, 'Jobs'));
    const gateway = new ApiGateway(stack, 'Api');
    gateway.route('POST /a', target);
    gateway.route('POST /b', target);
    new ApiGateway(stack, 'Other').route('POST /a', target);
    expect([namesOf(stack, INTEGRATION).length, namesOf(stack, 'AWS::IAM::Role').length]).toEqual([2, 2]);
  });

  test('a table is called by REST APIs only', () => {
    const stack = stackWith();
    const table = Table.fromTableName(stack, 'Links', 'links');
    const target = DirectTarget.getItem(table, { partitionKey: 'slug', partitionValue: RequestValue.path('slug') });
    expect(codesOf(() => new ApiGateway(stack, 'Api').route('GET /links/{slug}', target))).toEqual(['ApiGateway.RestOnly']);
  });
});

describe('a domain', () => {
  test('leads to the stage, over TLS 1.2, and the default address is off', () => {
    const stack = stackWith();
    const gateway = new ApiGateway(stack, 'Api', {
      domain: {
        name: 'api.example.com',
        certificate: Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE),
        hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' }),
        path: 'shop',
        mutualTls: { bucket: Bucket.fromBucketName(stack, 'Trust', 'trust'), key: 'ca.pem', version: '7' },
      },
    });
    expect(gateway.url).toBe('https://api.example.com/shop');
    expect(onlyOne(stack, API).DisableExecuteApiEndpoint).toBe(true);
    expect(onlyOne(stack, 'AWS::ApiGatewayV2::DomainName')).toEqual({
      DomainName: 'api.example.com',
      DomainNameConfigurations: [{ CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
      MutualTlsAuthentication: { TruststoreUri: 's3://trust/ca.pem', TruststoreVersion: '7' },
    });
    expect(onlyOne(stack, 'AWS::ApiGatewayV2::ApiMapping')).toEqual({
      ApiId: { Ref: 'Api' }, ApiMappingKey: 'shop', DomainName: { Ref: 'ApiDomain' }, Stage: '$default',
    });
    expect(onlyOne(stack, 'AWS::Route53::RecordSet')).toMatchObject({
      Name: 'api.example.com.', Type: 'A',
      AliasTarget: {
        DNSName: { 'Fn::GetAtt': ['ApiDomain', 'RegionalDomainName'] }, HostedZoneId: { 'Fn::GetAtt': ['ApiDomain', 'RegionalHostedZoneId'] },
      },
    });
  });

  test('needs neither a record nor a path', () => {
    const stack = stackWith();
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE);
    const gateway = new ApiGateway(stack, 'Api', { domain: { name: 'api.example.com', certificate } });
    expect([gateway.url, gateway.domain?.name !== undefined]).toEqual(['https://api.example.com', true]);
    expect(namesOf(stack, 'AWS::Route53::RecordSet')).toEqual([]);
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

test('a Cdn may stand in front of it', () => {
  const stack = stackWith();
  const origin = new ApiGateway(stack, 'Api');
  new Cdn(stack, 'Cdn', { origin });
  const { Origins } = onlyOne(stack, 'AWS::CloudFront::Distribution').DistributionConfig as { Origins: { DomainName: unknown }[] };
  const afterScheme = { 'Fn::Select': [1, { 'Fn::Split': ['//', { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }] }] };
  expect(Origins.map(({ DomainName }) => DomainName)).toEqual([{ 'Fn::Select': [0, { 'Fn::Split': ['/', afterScheme] }] }]);
});
