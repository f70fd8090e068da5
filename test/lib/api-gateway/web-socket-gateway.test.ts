import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Authorizer, WebSocketGateway, type WebSocketGatewayProps } from '../../../lib/api-gateway';
import { WEB_SOCKET_GATEWAY_RULES } from '../../../lib/api-gateway/web-socket-rules';
import { Access, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';

const API = 'AWS::ApiGatewayV2::Api';
const STAGE = 'AWS::ApiGatewayV2::Stage';
const ROUTE = 'AWS::ApiGatewayV2::Route';
const TABLE = 'AWS::DynamoDB::GlobalTable';
const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/c';

/** One property of every resource of a type. */
const every = (stack: Stack, type: string, property: string) =>
  Object.values(resourcesOf(stack)).flatMap(({ Type, Properties }) => Type === type ? [Properties[property]] : []);

const service = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });

/** What this test pins; the table and the keeper are pinned where their concepts are tested. */
const ownOf = (stack: Stack) => Object.fromEntries(Object.entries(resourcesOf(stack))
  .filter(([name, { Type }]) => !name.startsWith('ApiKeeper') && Type !== TABLE && !/Permission|Integration$/.test(Type)));

describe('the shortest call', () => {
  const route = (key: string) => ({
    Type: ROUTE,
    Properties: {
      ApiId: { Ref: 'Api' }, AuthorizationType: 'NONE', RouteKey: key,
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: expect.stringContaining('connectKeeper') }]] },
    },
  });
  const TEMPLATE = (days: number, policy: string) => ({
    Api: { Type: API, Properties: { Name: 'Api', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' } },
    ApiAccessLog: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: days }, DeletionPolicy: policy, UpdateReplacePolicy: policy },
    ApiStage: {
      Type: STAGE,
      Properties: {
        AccessLogSettings: {
          DestinationArn: { 'Fn::GetAtt': ['ApiAccessLog', 'Arn'] },
          Format: JSON.stringify({
            requestId: '$context.requestId',
            ip: '$context.identity.sourceIp',
            time: '$context.requestTime',
            event: '$context.eventType',
            route: '$context.routeKey',
            connectionId: '$context.connectionId',
            status: '$context.status',
            integrationLatency: '$context.integrationLatency',
            error: '$context.error.message',
            integrationError: '$context.integrationErrorMessage',
          }),
        },
        ApiId: { Ref: 'Api' },
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingBurstLimit: 1000, ThrottlingRateLimit: 500 },
        StageName: 'live',
      },
    },
    Apiconnect: route('$connect'),
    Apidisconnect: route('$disconnect'),
  });

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes an API that remembers who is connected, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    new WebSocketGateway(stack, 'Api');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(ownOf(stack)).toEqual(TEMPLATE(7, 'Delete'));
    expect(onlyOne(stack, TABLE)).toMatchObject({
      KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      GlobalSecondaryIndexes: [{ IndexName: 'group', KeySchema: [{ AttributeName: 'group', KeyType: 'HASH' }] }],
    });
    expect(resourcesOf(stack)[namesOf(stack, TABLE)[0]!]?.DeletionPolicy).toBe('Delete');
    expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({
      Variables: { CONNECTION_TTL_SECONDS: '7200', CONNECTIONS_TABLE_NAME: { Ref: 'ApiConnectionsTable' } },
    });
    expect(namesOf(stack, 'AWS::ApiGatewayV2::Integration')).toHaveLength(1);
    expect(Object.keys(resourcesOf(stack))).toHaveLength(5 + 1 + 4 + 1 + 2);
  });

  test('under PRODUCTION keeps logs, and adds two alarms', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new WebSocketGateway(stack, 'Api');
    const { ApiIntegrationErrorsAlarm, ApiClientErrorsAlarm, ApiConnectionsThrottlesAlarm, ...others } = ownOf(stack);
    expect(others).toEqual(TEMPLATE(365, 'Retain'));
    expect(ApiConnectionsThrottlesAlarm).toBeDefined();
    const dimensions = expect.arrayContaining([{ Name: 'ApiId', Value: { Ref: 'Api' } }]);
    expect(ApiIntegrationErrorsAlarm?.Properties).toMatchObject({
      Threshold: 1,
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Expression: '100 * errors / messages' },
        { MetricStat: { Metric: { MetricName: 'IntegrationError', Dimensions: dimensions } } },
        { MetricStat: { Metric: { MetricName: 'MessageCount', Dimensions: dimensions } } },
      ],
    });
    expect(ApiClientErrorsAlarm?.Properties).toMatchObject({ Threshold: 10, TreatMissingData: 'notBreaching' });
  });
});

test('every prop shapes the API', () => {
  const stack = stackWith();
  const gateway = new WebSocketGateway(stack, 'Api', {
    throttle: { ratePerSecond: 5, burst: 9 },
    authorizer: Authorizer.function(service(stack, 'Door'), { query: 'token' }),
    connectionTtl: Duration.minutes(10),
    routeBy: 'header.type',
    domain: { name: 'live.example.com', certificate: Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE) },
    accountLogging: true,
    logRetention: RetentionDays.ONE_DAY,
    apiProps: { description: 'the open line' },
  });
  expect(onlyOne(stack, API)).toMatchObject({ Description: 'the open line', RouteSelectionExpression: '$request.body.header.type' });
  expect(onlyOne(stack, STAGE).DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 9, ThrottlingRateLimit: 5 });
  expect(onlyOne(stack, 'AWS::ApiGatewayV2::Authorizer')).toMatchObject({ AuthorizerType: 'REQUEST', IdentitySource: ['route.request.querystring.token'] });
  const { Apiconnect, Apidisconnect, ApiAccessLog } = resourcesOf(stack);
  expect([Apiconnect?.Properties.AuthorizationType, Apidisconnect?.Properties.AuthorizationType]).toEqual(['CUSTOM', 'NONE']);
  expect(ApiAccessLog?.Properties).toEqual({ RetentionInDays: 1 });
  expect(namesOf(stack, 'AWS::ApiGateway::Account')).toHaveLength(1);
  const [keeper] = Object.entries(resourcesOf(stack)).filter(([name]) => name === 'ApiKeeperFunction').map(([, { Properties }]) => Properties);
  expect(keeper?.Environment).toMatchObject({ Variables: { CONNECTION_TTL_SECONDS: '600' } });
  expect([gateway.url, gateway.node.defaultChild]).toEqual(['wss://live.example.com', gateway.api]);
});

describe('it refuses', () => {
  const elsewhere = new Stack();
  const certificate = Certificate.fromCertificateArn(elsewhere, 'Certificate', CERTIFICATE);
  const stage = WebSocketStage.fromWebSocketStageAttributes(elsewhere, 'Stage', {
    api: WebSocketApi.fromWebSocketApiAttributes(elsewhere, 'Imported', { webSocketId: 'abc' }), stageName: 'prod',
  });
  const BROKEN: Record<string, WebSocketGatewayProps> = {
    'WebSocketGateway.WrongType': { connectionTtl: 60 as never },
    'WebSocketGateway.AdoptOrShape': { stage, routeBy: 'type' },
    'WebSocketGateway.RequestRate': { throttle: { ratePerSecond: 0 } },
    'WebSocketGateway.RequestBurst': { throttle: { burst: 5001 } },
    'WebSocketGateway.ConnectionTtl': { connectionTtl: Duration.hours(3) },
    'WebSocketGateway.RouteBy': { routeBy: '$request.body.action' },
    'WebSocketGateway.DomainName': { domain: { name: 'live', certificate } },
    'WebSocketGateway.DomainPath': { domain: { name: 'live.example.com', certificate, path: '/' } },
    'WebSocketGateway.MutualTls': { domain: { name: 'live.example.com', certificate, mutualTls: { bucket: Bucket.fromBucketName(elsewhere, 'Trust', 'trust'), key: 'k' } } },
    'WebSocketGateway.ManagedByTheConstruct': { apiProps: { routeSelectionExpression: '$request.body.type' } },
  };

  test.each(WEB_SOCKET_GATEWAY_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new WebSocketGateway(new Stack(), 'Api', BROKEN[code]))).toEqual([code]);
  });

  test('everything at once, naming what was given', () => {
    expect(refusedBy(() => new WebSocketGateway(stackWith(), 'Api', { connectionTtl: Duration.seconds(1), routeBy: '' }))).toEqual([
      { code: 'WebSocketGateway.ConnectionTtl', given: 'connectionTtl is 1 s', allowed: 'whole seconds from 60 to 7200' },
      { code: 'WebSocketGateway.RouteBy', given: "routeBy is ''", allowed: 'a field of the message: action, or header.type' },
    ]);
  });

  test('nothing that is known only at deployment', () => {
    const stack = stackWith();
    new WebSocketGateway(stack, 'Api', { throttle: { ratePerSecond: new CfnParameter(stack, 'Rate', { type: 'Number' }).valueAsNumber } });
    expect(onlyOne(stack, STAGE).DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: { Ref: 'Rate' } });
  });

  test.each(['', '$connect', '$disconnect', 'send message', '{action}'])('the route %j', (route) => {
    const stack = stackWith();
    const [finding] = refusedBy(() => new WebSocketGateway(stack, 'Api').route(route, service(stack)));
    expect(finding).toMatchObject({ code: 'WebSocketGateway.MalformedRoute', given: `route '${route}'` });
  });

  test('a target that is none, the same route twice, and tokens that only a function can check', () => {
    const stack = stackWith();
    const gateway = new WebSocketGateway(stack, 'Api');
    expect(refusedBy(() => gateway.route('send', 5 as never))).toMatchObject([{ code: 'WebSocketGateway.NoTarget', given: "5 as the target of 'send'" }]);
    gateway.route('send', service(stack));
    expect(refusedBy(() => gateway.route('send', service(stack, 'B')))).toMatchObject([{ code: 'WebSocketGateway.RouteTaken', given: "route 'send' twice" }]);
    const authorizer = Authorizer.jwt({ issuer: 'https://issuer.example.com', audience: ['app'] });
    expect(refusedBy(() => new WebSocketGateway(stack, 'Other', { authorizer }))).toMatchObject([{ code: 'WebSocketGateway.NoTokens', given: "the authorizer 'Jwt'" }]);
  });
});

describe('compute', () => {
  test('answers messages of its routes, through one integration', () => {
    const stack = stackWith();
    const gateway = new WebSocketGateway(stack, 'Api');
    const worker = service(stack);
    gateway.route('send', worker);
    gateway.route('$default', worker);
    const keys = every(stack, ROUTE, 'RouteKey');
    expect(keys).toEqual(['$connect', '$disconnect', 'send', '$default']);
    expect(namesOf(stack, 'AWS::ApiGatewayV2::Integration')).toHaveLength(2);
  });

  test('sends to the connections of this stage, and knows them, by one call', () => {
    const stack = stackWith();
    const worker = service(stack);
    worker.use(new WebSocketGateway(stack, 'Live'), Access.WRITE, { name: 'chat' });
    const [manage] = statementsOf(stack).filter(({ Action }) => Action === 'execute-api:ManageConnections');
    const arn = (method: string) => ({ 'Fn::Join': ['', expect.arrayContaining([':execute-api:', { Ref: 'LiveApi' }, `/live/${method}/@connections/*`])] });
    expect(manage?.Resource).toEqual([arn('POST'), arn('DELETE')]);
    const { WorkerFunction } = resourcesOf(stack);
    expect(WorkerFunction?.Properties.Environment).toEqual({
      Variables: {
        CHAT_TABLE_NAME: { Ref: 'LiveConnectionsTable' },
        CHAT_CALLBACK_URL: { 'Fn::Join': ['', ['https://', { Ref: 'LiveApi' }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/live']] },
      },
    });
  });

  test('only looks at the connections by Access.READ', () => {
    const stack = stackWith();
    const worker = service(stack);
    worker.use(new WebSocketGateway(stack, 'Live'), Access.READ);
    const actions = statementsOf(stack).flatMap(({ Action }) => Action);
    expect(actions).not.toContain('execute-api:ManageConnections');
    expect(resourcesOf(stack).WorkerFunction?.Properties.Environment).toEqual({ Variables: { LIVE_TABLE_NAME: { Ref: 'LiveConnectionsTable' } } });
  });

  test('in a network is warned that it needs a way to the internet', () => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) });
    worker.use(new WebSocketGateway(stack, 'Live'), Access.WRITE);
    Annotations.fromStack(stack).hasWarning('/Stack/Live', Match.stringLikeRegexp('Stack/Worker runs in a network'));
  });
});

describe('an existing API', () => {
  test('is adopted by its stage: nothing is created, and it is routed and sent to like a new one', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const api = WebSocketApi.fromWebSocketApiAttributes(stack, 'Imported', { webSocketId: 'abc' });
    const stage = WebSocketStage.fromWebSocketStageAttributes(stack, 'Stage', { api, stageName: 'prod' });
    const gateway = new WebSocketGateway(stack, 'Api', { stage });
    expect(gateway).toMatchObject({ api, stage, connections: undefined, keeper: undefined, accessLog: undefined });
    const worker = service(stack);
    worker.use(gateway, Access.WRITE);
    gateway.route('send', worker);
    expect(onlyOne(stack, ROUTE)).toMatchObject({ ApiId: 'abc', RouteKey: 'send' });
    expect([namesOf(stack, API), namesOf(stack, TABLE), namesOf(stack, STAGE)]).toEqual([[], [], []]);
    expect(JSON.stringify(statementsOf(stack))).toContain(':abc/prod/POST/@connections/*');
  });
});

test('two of them live in one stack', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new WebSocketGateway(stack, 'A');
  new WebSocketGateway(stack, 'B');
  expect([namesOf(stack, API), namesOf(stack, TABLE).length]).toEqual([['AApi', 'BApi'], 2]);
});

test('its metrics are those of the stage, and can be asked for otherwise', () => {
  const gateway = new WebSocketGateway(stackWith(), 'Api');
  const dimensions = { ApiId: gateway.api.apiId, Stage: 'live' };
  expect(gateway.metricConnects()).toMatchObject({ metricName: 'ConnectCount', statistic: 'Sum', dimensions });
  expect(gateway.metricMessages({ period: Duration.minutes(1) })).toMatchObject({ metricName: 'MessageCount', period: Duration.minutes(1) });
});
