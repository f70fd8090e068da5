import { CfnParameter, Duration, SecretValue, type Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener, ApplicationProtocolVersion, type IApplicationLoadBalancerTarget, TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { IpTarget, LambdaTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ApiGateway } from '../../../lib/api-gateway';
import { Access, type IShiftingTarget, Profile, type ShiftingRoute } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import {
  Algorithm, Authentication, LoadBalancer, type LoadBalancerProps, type RouteMatch, type LoadBalancerRouteOptions, Scheme,
} from '../../../lib/load-balancer';
import { LOAD_BALANCER_RULES } from '../../../lib/load-balancer/load-balancer-rules';
import { MATCH_RULES, ROUTE_RULES } from '../../../lib/load-balancer/route-rules';
import { Network } from '../../../lib/network';
import {
  codesOf, HANDLER, namesOf, onlyOne, plainFunction, refusedBy, resourcesOf, SOMEWHERE, stackWith, type TemplateResource,
} from '../../support/stacks';

const ELB = 'AWS::ElasticLoadBalancingV2';
const ARN = 'arn:aws:acm:eu-west-1:111122223333:certificate/c';
const LISTENER_ARN = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2';

const internal = (stack: Stack, props: LoadBalancerProps = {}) => new LoadBalancer(stack, 'Front', { scheme: Scheme.INTERNAL, ...props });
const certificates = (stack: Stack) => [Certificate.fromCertificateArn(stack, 'Certificate', ARN)];
const secure = (stack: Stack, props: LoadBalancerProps = {}) =>
  new LoadBalancer(stack, 'Front', { scheme: Scheme.INTERNET_FACING, certificates: certificates(stack), ...props });
const worker = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });
const adopted = (stack: Stack) => ApplicationListener.fromApplicationListenerAttributes(stack, 'Imported', {
  listenerArn: LISTENER_ARN, securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1'), defaultPort: 443,
});
const target = () => new IpTarget('10.0.1.1', 8080);
const ours = (stack: Stack) => Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => name.startsWith('Front')));
const attributes = ({ Properties }: TemplateResource, list = 'TargetGroupAttributes') =>
  Object.fromEntries((Properties[list] as { Key: string; Value: unknown }[]).map(({ Key: key, Value }) => [key, Value]));
const group = (stack: Stack) => Object.values(resourcesOf(stack)).find(({ Type }) => Type === `${ELB}::TargetGroup`)!;

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a load balancer and its listener, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    internal(stack);
    const resources = resourcesOf(stack);
    expect(Object.keys(resources).filter((name) => !name.startsWith('Network'))).toEqual(['FrontAlb', 'FrontAlbSecurityGroup', 'FrontListener']);
    expect(ours(stack)).toEqual({
      FrontAlb: {
        Type: `${ELB}::LoadBalancer`,
        Properties: {
          LoadBalancerAttributes: [
            { Key: 'deletion_protection.enabled', Value: 'false' },
            { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
          ],
          Scheme: 'internal',
          SecurityGroups: [{ 'Fn::GetAtt': ['FrontAlbSecurityGroup', 'GroupId'] }],
          Subnets: [expect.objectContaining({ Ref: expect.stringContaining('Isolated') }), expect.objectContaining({ Ref: expect.stringContaining('Isolated') })],
          Type: 'application',
        },
      },
      FrontAlbSecurityGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: expect.any(String),
          SecurityGroupEgress: [expect.objectContaining({ CidrIp: '255.255.255.255/32' })],
          VpcId: { Ref: 'NetworkVpc' },
        },
      },
      FrontListener: {
        Type: `${ELB}::Listener`,
        Properties: {
          DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { ContentType: 'text/plain', MessageBody: 'Not found', StatusCode: '404' } }],
          LoadBalancerArn: { Ref: 'FrontAlb' },
          Port: 80,
          Protocol: 'HTTP',
        },
      },
    });
  });

  test('of an internet-facing one with a certificate serves HTTPS, sends HTTP there, and stands in the public tier', () => {
    const stack = stackWith();
    const front = secure(stack);
    const { FrontListener, FrontRedirect, FrontAlb, FrontAlbSecurityGroup, ...others } = ours(stack);
    expect(others).toEqual({});
    expect(FrontListener?.Properties).toMatchObject({
      Port: 443, Protocol: 'HTTPS', Certificates: [{ CertificateArn: ARN }], SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    });
    expect(FrontRedirect?.Properties).toMatchObject({
      Port: 80, Protocol: 'HTTP', DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }],
    });
    expect(FrontAlb?.Properties).toMatchObject({ Scheme: 'internet-facing' });
    expect(JSON.stringify(FrontAlb?.Properties.Subnets)).toMatch(/Public.*Public/);
    const ingress = FrontAlbSecurityGroup?.Properties.SecurityGroupIngress as { FromPort: number }[];
    expect(ingress.map(({ FromPort }) => FromPort)).toEqual([443, 80]);
    expect(front.node.defaultChild).toBe(front.loadBalancer);
    expect(front.redirect).toBeDefined();
  });

  test('under PRODUCTION adds protection, a log bucket and alarms, without knowing its region', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const front = secure(stack);
    const resources = ours(stack);
    expect(Object.keys(resources).sort()).toEqual([
      'FrontAccessLogs', 'FrontAccessLogsPolicy', 'FrontAlb', 'FrontAlbSecurityGroup', 'FrontLatencyAlarm', 'FrontListener', 'FrontRedirect',
      'FrontRejectedConnectionsAlarm', 'FrontServerErrorsAlarm', 'FrontTargetErrorsAlarm',
    ]);
    expect(attributes(resources.FrontAlb!, 'LoadBalancerAttributes')).toMatchObject({
      'deletion_protection.enabled': 'true', 'access_logs.s3.enabled': 'true', 'access_logs.s3.bucket': { Ref: 'FrontAccessLogs' },
    });
    expect(front.accessLogs).toBeDefined();
    expect(resources.FrontAccessLogs).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        LifecycleConfiguration: { Rules: [{ ExpirationInDays: 365 }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
        },
      },
    });
    const policy = resources.FrontAccessLogsPolicy!.Properties.PolicyDocument as { Statement: object[] };
    const [refuse, deliver, ...more] = policy.Statement;
    expect(more).toEqual([]);
    expect(refuse).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(deliver).toMatchObject({
      Effect: 'Allow', Action: 's3:PutObject', Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
      Condition: { ArnLike: { 'aws:SourceArn': expect.anything() } },
    });
    expect(JSON.stringify(resources.FrontAlb)).toContain('"FrontAccessLogsPolicy"');
    expect(resources.FrontLatencyAlarm?.Properties).toMatchObject({
      MetricName: 'TargetResponseTime', ExtendedStatistic: 'p99', Threshold: 3, TreatMissingData: 'notBreaching',
      Dimensions: [{ Name: 'LoadBalancer', Value: { 'Fn::GetAtt': ['FrontAlb', 'LoadBalancerFullName'] } }],
    });
    expect(resources.FrontTargetErrorsAlarm?.Properties).toMatchObject({
      Threshold: 1, Metrics: [{ Expression: '100 * errors / requests' }, expect.anything(), expect.anything()],
    });
    expect(resources.FrontServerErrorsAlarm?.Properties).toMatchObject({ Metrics: [{ Expression: '100 * errors / (FILL(requests, 0) + errors)' }, {}, {}] });
    expect(resources.FrontRejectedConnectionsAlarm?.Properties).toMatchObject({ Threshold: 0, MetricName: 'RejectedConnectionCount' });
  });
});

test('every prop shapes the load balancer', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const network = new Network(stack, 'Mine', { publicTier: true });
  const accessLogs = new Bucket(stack, 'Logs');
  secure(stack, {
    network,
    domainName: 'shop.example.com',
    idleTimeout: Duration.minutes(5),
    accessLogs,
    connectionLogs: true,
    loadBalancerProps: { clientKeepAlive: Duration.minutes(10), dropInvalidHeaderFields: false, deletionProtection: true },
  });
  expect(attributes(resourcesOf(stack).FrontAlb!, 'LoadBalancerAttributes')).toEqual({
    'deletion_protection.enabled': 'true',
    'routing.http.drop_invalid_header_fields.enabled': 'false',
    'idle_timeout.timeout_seconds': '300',
    'client_keep_alive.seconds': '600',
    'access_logs.s3.enabled': 'true',
    'access_logs.s3.bucket': { Ref: 'Logs' },
    'connection_logs.s3.enabled': 'true',
    'connection_logs.s3.bucket': { Ref: 'Logs' },
  });
  expect(namesOf(stack, 'AWS::EC2::VPC')).toEqual(['MineVpc']);
});

describe('plaintext', () => {
  const open = (stack: Stack, plaintext?: boolean) => new LoadBalancer(stack, 'Front', { scheme: Scheme.INTERNET_FACING, plaintext });

  test('to the internet is refused under PRODUCTION, unless asked for', () => {
    expect(codesOf(() => open(stackWith(Profile.PRODUCTION)))).toEqual(['LoadBalancer.Plaintext']);
    const stack = stackWith(Profile.PRODUCTION);
    expect(open(stack, true).url).toMatch(/^http:\/\//);
    Annotations.fromStack(stack).hasWarning('/Stack/Front', Match.stringLikeRegexp('serves the internet over HTTP'));
  });

  test('to the internet is warned of in a sandbox', () => {
    const stack = stackWith();
    open(stack);
    Annotations.fromStack(stack).hasWarning('/Stack/Front', Match.stringLikeRegexp('serves the internet over HTTP'));
  });
});

describe('it refuses', () => {
  const stack = stackWith();
  const BROKEN: Record<string, LoadBalancerProps> = {
    'LoadBalancer.WrongType': { scheme: 7 as unknown as Scheme },
    'LoadBalancer.AdoptOrShape': { listener: adopted(stack), idleTimeout: Duration.seconds(5) },
    'LoadBalancer.NoScheme': {},
    'LoadBalancer.Scheme': { scheme: 'public' as Scheme },
    'LoadBalancer.DomainName': { scheme: Scheme.INTERNAL, domainName: '' },
    'LoadBalancer.IdleTimeout': { scheme: Scheme.INTERNAL, idleTimeout: Duration.seconds(4001) },
    'LoadBalancer.ClientKeepAlive': { scheme: Scheme.INTERNAL, loadBalancerProps: { clientKeepAlive: Duration.seconds(59) } },
    'LoadBalancer.PlaintextWithCertificate': { scheme: Scheme.INTERNAL, plaintext: true, certificates: certificates(stack) },
  };

  test.each(LOAD_BALANCER_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new LoadBalancer(stackWith(), 'Front', BROKEN[code]!))).toEqual([code]);
  });

  test('several things at once, naming what was given', () => {
    expect(refusedBy(() => internal(stackWith(), { domainName: '', idleTimeout: Duration.seconds(0) }))).toEqual([
      { code: 'LoadBalancer.DomainName', given: "domainName is ''", allowed: 'text of 1 to 253 bytes' },
      { code: 'LoadBalancer.IdleTimeout', given: 'idleTimeout is 0 s', allowed: 'whole seconds from 1 to 4000' },
    ]);
  });

  test('what is not a certificate', () => {
    expect(codesOf(() => internal(stackWith(), { certificates: [ARN as never] }))).toEqual(['LoadBalancer.WrongType']);
  });

  test('to face the internet where there is no public tier', () => {
    const place = stackWith();
    const network = new Network(place, 'Net');
    expect(codesOf(() => new LoadBalancer(place, 'Front', { scheme: Scheme.INTERNET_FACING, network }))).toEqual(['LoadBalancer.NoPublicTier']);
  });

  test('logs into a bucket with a key of KMS', () => {
    const place = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const accessLogs = new Bucket(place, 'Logs', { encryptionKey: new Key(place, 'Key') });
    expect(codesOf(() => internal(place, { accessLogs }))).toEqual(['LoadBalancer.LogBucketKey']);
  });
});

describe('a route', () => {
  const route = (match: RouteMatch, options?: LoadBalancerRouteOptions, to: IApplicationLoadBalancerTarget = target()) => {
    const stack = stackWith();
    return { stack, route: secure(stack).route(match, to, options) };
  };

  test('sends what meets its conditions to its own target group', () => {
    const { stack, route: made } = route({
      path: ['/api/*'], host: ['a.example.com'], header: { 'X-Tier': ['gold'] }, method: ['GET'], query: [{ key: 'v', value: '2' }],
    });
    const { Conditions, Actions, Priority } = onlyOne(stack, `${ELB}::ListenerRule`);
    expect(Conditions).toEqual([
      { Field: 'path-pattern', PathPatternConfig: { Values: ['/api/*'] } },
      { Field: 'host-header', HostHeaderConfig: { Values: ['a.example.com'] } },
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Tier', Values: ['gold'] } },
      { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } },
      { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '2' }] } },
    ]);
    expect(Actions).toEqual([{ Type: 'forward', TargetGroupArn: { Ref: expect.stringContaining('Targets') } }]);
    expect(Priority).toBe(made.priority);
    expect(group(stack)).toEqual({
      Type: `${ELB}::TargetGroup`,
      Properties: {
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 5,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 3,
        Port: 80,
        Protocol: 'HTTP',
        TargetGroupAttributes: [
          { Key: 'deregistration_delay.timeout_seconds', Value: '30' },
          { Key: 'stickiness.enabled', Value: 'false' },
        ],
        TargetType: 'ip',
        Targets: [{ Id: '10.0.1.1', Port: 8080 }],
        VpcId: { Ref: 'NetworkVpc' },
      },
    });
  });

  test('can be told everything', () => {
    const { stack } = route({ path: ['/'] }, {
      priority: 7,
      algorithm: Algorithm.WEIGHTED_RANDOM,
      anomalyMitigation: true,
      sticky: { duration: Duration.hours(2), cookieName: 'sid' },
      health: { path: '/healthz', healthyHttpCodes: '200', interval: Duration.seconds(20) },
      drain: Duration.minutes(2),
      port: 8443,
      protocol: 'HTTPS' as never,
      protocolVersion: ApplicationProtocolVersion.HTTP2,
      targetGroupProps: { crossZoneEnabled: false },
    });
    expect(onlyOne(stack, `${ELB}::ListenerRule`).Priority).toBe(7);
    expect(group(stack).Properties).toMatchObject({
      Port: 8443, Protocol: 'HTTPS', ProtocolVersion: 'HTTP2', HealthCheckPath: '/healthz', HealthCheckIntervalSeconds: 20,
      HealthCheckTimeoutSeconds: 5, Matcher: { HttpCode: '200' },
    });
    expect(attributes(group(stack))).toEqual({
      'deregistration_delay.timeout_seconds': '120',
      'load_balancing.algorithm.type': 'weighted_random',
      'load_balancing.algorithm.anomaly_mitigation': 'on',
      'load_balancing.cross_zone.enabled': 'false',
      'stickiness.enabled': 'true',
      'stickiness.type': 'app_cookie',
      'stickiness.app_cookie.cookie_name': 'sid',
      'stickiness.app_cookie.duration_seconds': '7200',
    });
    Annotations.fromStack(stack).hasWarning('/Stack/Front', Match.stringLikeRegexp('ties clients to targets'));
  });

  test('starts new targets slowly', () => {
    expect(attributes(group(route({ path: ['/'] }, { slowStart: Duration.seconds(60), algorithm: Algorithm.ROUND_ROBIN }).stack)))
      .toMatchObject({ 'slow_start.duration_seconds': '60', 'load_balancing.algorithm.type': 'round_robin' });
  });

  test('speaks gRPC', () => {
    const { stack } = route({ path: ['/shop.Orders/*'] }, { protocolVersion: ApplicationProtocolVersion.GRPC });
    expect(group(stack).Properties).toMatchObject({ ProtocolVersion: 'GRPC', Matcher: { GrpcCode: '0-99' } });
  });

  test('to several targets gives each its share, and sticks to groups where it sticks to targets', () => {
    const stack = stackWith(Profile.PRODUCTION);
    secure(stack).weightedRoute({ path: ['/'] }, [{ target: target(), weight: 95 }, { target: target(), weight: 5 }], { sticky: {} });
    const [{ ForwardConfig }] = onlyOne(stack, `${ELB}::ListenerRule`).Actions as [{ ForwardConfig: unknown }];
    expect(ForwardConfig).toEqual({
      TargetGroups: [
        { TargetGroupArn: { Ref: expect.stringContaining('Targets1') }, Weight: 95 },
        { TargetGroupArn: { Ref: expect.stringContaining('Targets2') }, Weight: 5 },
      ],
      TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 86_400 },
    });
    expect(namesOf(stack, 'AWS::CloudWatch::Alarm').filter((name) => name.includes('Unhealthy'))).toHaveLength(2);
  });

  test('warns of WebSockets that would be closed after a short silence', () => {
    const stack = stackWith();
    secure(stack).route({ path: ['/ws'] }, target(), { webSocket: true });
    Annotations.fromStack(stack).hasWarning('/Stack/Front', Match.stringLikeRegexp('closes connections after 60 s'));
    const patient = stackWith();
    secure(patient, { idleTimeout: Duration.minutes(10) }).route({ path: ['/ws'] }, target(), { webSocket: true });
    Annotations.fromStack(patient).hasNoWarning('/Stack/Front', Match.stringLikeRegexp('closes connections'));
  });

  test('metrics are those of its target group', () => {
    const { route: made } = route({ path: ['/'] });
    expect(made.metricRequestsPerTarget()).toMatchObject({ metricName: 'RequestCountPerTarget', statistic: 'Sum' });
    expect(made.metricLatency()).toMatchObject({ metricName: 'TargetResponseTime', statistic: 'p99' });
    expect(made.metricTargetErrors()).toMatchObject({ metricName: 'HTTPCode_Target_5XX_Count' });
    expect(made.metricUnhealthyTargets()).toMatchObject({ metricName: 'UnHealthyHostCount', statistic: 'Maximum' });
  });

  const BROKEN_MATCHES: Record<string, RouteMatch> = {
    'LoadBalancer.MatchWrongType': { path: [7 as unknown as string] },
    'LoadBalancer.NoCondition': { path: [] },
    'LoadBalancer.TooManyValues': { path: ['/a', '/b', '/c'], host: ['a.b', 'c.d', 'e.f'] },
    'LoadBalancer.TooManyWildcards': { path: ['/*/*/*'], host: ['*.a.*', '*.b'] },
    'LoadBalancer.Path': { path: ['api/*'] },
    'LoadBalancer.Host': { host: ['https://a.example.com'] },
    'LoadBalancer.Header': { header: { Host: ['a.example.com'] } },
    'LoadBalancer.Method': { method: ['get'] },
    'LoadBalancer.Query': { query: [{ key: '', value: 'x' }] },
    'LoadBalancer.SourceIp': { sourceIp: ['203.0.113.7'] },
  };

  test.each(MATCH_RULES.map(({ code }) => [code]))('refuses %s', (code) => {
    expect(codesOf(() => route(BROKEN_MATCHES[code]!))).toEqual([code]);
  });

  const BROKEN_OPTIONS: Record<string, LoadBalancerRouteOptions> = {
    'LoadBalancer.RouteWrongType': { sticky: true as never },
    'LoadBalancer.Priority': { priority: 50_001 },
    'LoadBalancer.Algorithm': { algorithm: 'random' as Algorithm },
    'LoadBalancer.NoIpHash': { algorithm: Algorithm.IP_HASH },
    'LoadBalancer.NoLeastResponseTime': { algorithm: Algorithm.LEAST_RESPONSE_TIME },
    'LoadBalancer.AnomalyMitigation': { anomalyMitigation: true },
    'LoadBalancer.SlowStart': { slowStart: Duration.seconds(29) },
    'LoadBalancer.SlowStartAlgorithm': { slowStart: Duration.seconds(30), algorithm: Algorithm.LEAST_OUTSTANDING_REQUESTS },
    'LoadBalancer.StickyDuration': { sticky: { duration: Duration.days(8) } },
    'LoadBalancer.StickyCookie': { sticky: { cookieName: 'AWSALBTG' } },
    'LoadBalancer.Drain': { drain: Duration.hours(2) },
    'LoadBalancer.Port': { port: 0 },
    'LoadBalancer.Protocol': { protocol: 'TCP' as never },
    'LoadBalancer.ProtocolVersion': { protocolVersion: 'HTTP3' as never },
    'LoadBalancer.Health': { health: { interval: Duration.seconds(5), timeout: Duration.seconds(5) } },
    'LoadBalancer.ManagedByTheConstruct': { targetGroupProps: { port: 80 } },
  };

  test.each(ROUTE_RULES.map(({ code }) => [code]))('refuses %s', (code) => {
    expect(codesOf(() => route({ path: ['/'] }, BROKEN_OPTIONS[code]!))).toEqual([code]);
  });

  test('tells what comes nearest to an algorithm that AWS has not', () => {
    expect(refusedBy(() => route({ path: ['/'] }, { algorithm: Algorithm.IP_HASH }))[0]?.allowed).toContain('Layer4LoadBalancer');
    expect(refusedBy(() => route({ path: ['/'] }, { algorithm: Algorithm.LEAST_RESPONSE_TIME }))[0]?.allowed).toContain('LEAST_OUTSTANDING_REQUESTS');
  });

  test('refuses what is no target, and weights that are none', () => {
    expect(codesOf(() => route({ path: ['/'] }, {}, {} as never))).toEqual(['LoadBalancer.NotATarget']);
    const front = secure(stackWith());
    expect(codesOf(() => front.weightedRoute({ path: ['/'] }, []))).toEqual(['LoadBalancer.Targets']);
    expect(codesOf(() => front.weightedRoute({ path: ['/'] }, [{ target: target(), weight: 1000 }]))).toEqual(['LoadBalancer.Weight']);
    expect(codesOf(() => front.weightedRoute({ path: ['/'] }, [{ target: target(), weight: 0 }]))).toEqual(['LoadBalancer.Weight']);
  });

  test('needs HTTPS for gRPC and for sign-in', () => {
    const front = internal(stackWith());
    expect(codesOf(() => front.route({ path: ['/'] }, target(), { protocolVersion: ApplicationProtocolVersion.GRPC }))).toEqual(['LoadBalancer.NeedsHttps']);
    const authentication = Authentication.jwt({ issuer: 'https://id.example.com', jwksEndpoint: 'https://id.example.com/jwks' });
    expect(codesOf(() => front.route({ path: ['/'] }, target(), { authentication }))).toEqual(['LoadBalancer.NeedsHttps']);
  });
});

describe('the order of routes', () => {
  const priority = (match: RouteMatch) => secure(stackWith()).route(match, target()).priority!;

  test('does not change when routes come and go', () => {
    const front = secure(stackWith());
    front.route({ path: ['/users/*'] }, target());
    front.route({ path: ['/'] }, target());
    expect(front.route({ path: ['/carts/*'] }, target()).priority).toBe(priority({ path: ['/carts/*'] }));
    expect(priority({ path: ['/carts/*'] })).toBe(46_478);
  });

  test.each<[string, RouteMatch, RouteMatch]>([
    ['a longer path', { path: ['/api/users/*'] }, { path: ['/api/*'] }],
    ['an exact path', { path: ['/api/'] }, { path: ['/api/*'] }],
    ['an exact host', { host: ['a.example.com'] }, { host: ['*.example.com'] }],
    ['a further condition', { path: ['/api/*'], method: ['POST'] }, { path: ['/api/*'] }],
    ['anything', { path: ['/a'] }, { path: ['*'] }],
  ])('puts %s first', (_, first, second) => {
    expect(priority(first)).toBeLessThan(priority(second));
  });

  test.each<[string, RouteMatch]>([
    ['the least', { path: ['*'] }],
    ['the most', {
      path: [`/${'x'.repeat(59)}`], host: ['a.example.com'], method: ['GET'], query: [{ value: 'x' }], sourceIp: ['10.0.0.0/8'],
    }],
  ])('keeps priorities within their bounds, for %s', (_, match) => {
    expect(priority(match)).toBeGreaterThanOrEqual(1);
    expect(priority(match)).toBeLessThan(50_000);
  });

  const pair = (
    first: RouteMatch, second: RouteMatch, options: LoadBalancerRouteOptions = {}, later: LoadBalancerRouteOptions = {},
  ) => () => {
    const front = secure(stackWith());
    front.route(first, target(), options);
    front.route(second, target(), later);
  };

  test('refuses the same conditions twice, in whatever order their values stand', () => {
    expect(codesOf(pair({ path: ['/a', '/b'] }, { path: ['/b', '/a'] }))).toEqual(['LoadBalancer.RouteTaken']);
  });

  test('refuses the same priority twice', () => {
    expect(refusedBy(pair({ path: ['/a'] }, { path: ['/b'] }, { priority: 5 }, { priority: 5 }))).toEqual([{
      code: 'LoadBalancer.PriorityTaken', given: "priority 5 for 'path /b' and for 'path /a'", allowed: expect.any(String),
    }]);
  });

  test('refuses to guess between routes that take the same requests and ask for as much', () => {
    expect(codesOf(pair({ path: ['/a', '/b'] }, { path: ['/b', '/c'] }))).toEqual(['LoadBalancer.UnclearOrder']);
    expect(codesOf(pair({ method: ['GET'] }, { sourceIp: ['10.0.0.0/8'] }))).toEqual(['LoadBalancer.UnclearOrder']);
    expect(codesOf(pair({ sourceIp: ['10.0.0.0/8'] }, { sourceIp: ['10.1.0.0/16'] }))).toEqual(['LoadBalancer.UnclearOrder']);
    expect(codesOf(pair({ host: ['*.example.com'] }, { host: ['*.a.example.com'] }))).toEqual(['LoadBalancer.UnclearOrder']);
    expect(pair({ path: ['/a'] }, { path: ['/b'] })).not.toThrow();
    expect(pair({ path: ['/a', '/b'] }, { path: ['/b', '/c'] }, {}, { priority: 9 })).not.toThrow();
  });

  test('must be said where it cannot be derived', () => {
    const stack = stackWith();
    const front = secure(stack);
    const late = new CfnParameter(stack, 'Path').valueAsString;
    expect(codesOf(() => front.route({ path: [late] }, target()))).toEqual(['LoadBalancer.NoPriority']);
    expect(codesOf(() => front.route({ path: [`/${'x'.repeat(60)}`] }, target()))).toEqual(['LoadBalancer.NoPriority']);
    expect(front.route({ path: [late] }, target(), { priority: 3 }).node.id).toBe('Priority3');
  });
});

describe('the default route', () => {
  test('takes the place of 404, without a rule', () => {
    const stack = stackWith();
    const front = secure(stack);
    const made = front.defaultRoute(target());
    expect(made.rule).toBeUndefined();
    expect(resourcesOf(stack).FrontListener?.Properties.DefaultActions).toEqual([{ Type: 'forward', TargetGroupArn: { Ref: 'FrontDefaultRouteTargets' } }]);
    expect(namesOf(stack, `${ELB}::ListenerRule`)).toEqual([]);
    expect(codesOf(() => front.defaultRoute(target()))).toEqual(['LoadBalancer.DefaultTaken']);
    expect(codesOf(() => secure(stackWith()).defaultRoute(target(), { priority: 1 }))).toEqual(['LoadBalancer.DefaultPriority']);
  });
});

describe('a function', () => {
  test('is invoked by load balancers of the account only, and has neither port nor network', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const front = secure(stack);
    const service = worker(stack);
    front.route({ path: ['/a'] }, service, { multiValueHeaders: true });
    front.route({ path: ['/b'] }, service, { health: { path: '/health', interval: Duration.seconds(35), timeout: Duration.seconds(30) } });
    expect(onlyOne(stack, 'AWS::Lambda::Permission')).toEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': ['WorkerFunction', 'Arn'] },
      Principal: 'elasticloadbalancing.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
    });
    const [first, second] = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === `${ELB}::TargetGroup`);
    expect(first).toMatchObject({ DependsOn: ['WorkerLoadBalancers'] });
    expect(first?.Properties).toEqual({
      TargetType: 'lambda',
      TargetGroupAttributes: [{ Key: 'lambda.multi_value_headers.enabled', Value: 'true' }],
      Targets: [{ Id: { 'Fn::GetAtt': ['WorkerFunction', 'Arn'] } }],
    });
    expect(second?.Properties).toMatchObject({ HealthCheckEnabled: true, HealthCheckPath: '/health' });
    expect(namesOf(stack, 'AWS::CloudWatch::Alarm').filter((name) => name.includes('Unhealthy'))).toEqual([]);
  });

  test('can be one that the CDK made', () => {
    const stack = stackWith();
    secure(stack).defaultRoute(new LambdaTarget(plainFunction(stack, 'Plain')));
    expect(group(stack).Properties).toMatchObject({ TargetType: 'lambda' });
  });

  test('takes no options of those that stand in a network', () => {
    const stack = stackWith();
    const front = secure(stack);
    expect(refusedBy(() => front.route({ path: ['/'] }, worker(stack), { port: 80, drain: Duration.seconds(5) }))).toEqual([
      { code: 'LoadBalancer.NotForFunctions', given: 'drain, port for a function', allowed: expect.any(String) },
    ]);
    expect(codesOf(() => front.route({ path: ['/'] }, target(), { multiValueHeaders: true }))).toEqual(['LoadBalancer.MultiValueHeaders']);
  });
});

describe('sign-in', () => {
  const actions = (authentication: (stack: Stack) => Authentication) => {
    const stack = stackWith();
    secure(stack).route({ path: ['/'] }, worker(stack), { authentication: authentication(stack) });
    return onlyOne(stack, `${ELB}::ListenerRule`).Actions as Record<string, unknown>[];
  };

  test('with a provider of OpenID Connect goes before the target', () => {
    const [first, second] = actions(() => Authentication.oidc({
      issuer: 'https://id', authorizationEndpoint: 'https://id/a', tokenEndpoint: 'https://id/t', userInfoEndpoint: 'https://id/u', clientId: 'shop',
      clientSecret: SecretValue.secretsManager('shop'), sessionTimeout: Duration.hours(1),
    }));
    expect(first).toMatchObject({
      Type: 'authenticate-oidc', Order: 1,
      AuthenticateOidcConfig: { Issuer: 'https://id', ClientId: 'shop', ClientSecret: '{{resolve:secretsmanager:shop:SecretString:::}}' },
    });
    expect(second).toMatchObject({ Type: 'forward', Order: 2 });
  });

  test('with Amazon Cognito', () => {
    const [first] = actions((stack) => {
      const userPool = new UserPool(stack, 'Pool');
      return Authentication.cognito({
        userPool,
        userPoolClient: userPool.addClient('Client', { generateSecret: true }),
        userPoolDomain: userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: 'shop' } }),
      });
    });
    expect(first).toMatchObject({ Type: 'authenticate-cognito', AuthenticateCognitoConfig: { UserPoolDomain: { Ref: 'PoolDomain' } } });
  });

  test('by token', () => {
    const [first] = actions(() => Authentication.jwt({ issuer: 'https://id', jwksEndpoint: 'https://id/jwks' }));
    expect(first).toMatchObject({ Type: 'jwt-validation', JwtValidationConfig: { Issuer: 'https://id', JwksEndpoint: 'https://id/jwks' } });
  });
});

describe('a service whose deployments shift requests', () => {
  class Service implements IShiftingTarget {
    public readonly shifts = true;
    public attached?: ShiftingRoute;

    public attachToApplicationTargetGroup(): never {
      throw new Error('not this way');
    }

    public attachToShiftingRoute(route: ShiftingRoute) {
      this.attached = route;
      return { targetType: TargetType.IP };
    }
  }

  test.each([
    ['a route', (front: LoadBalancer, service: Service) => front.route({ path: ['/a'] }, service)],
    ['the default route', (front: LoadBalancer, service: Service) => front.defaultRoute(service)],
  ])('has two target groups and a rule, as %s', (_, make) => {
    const stack = stackWith();
    const service = new Service();
    const made = make(secure(stack), service);
    const [targetGroup] = made.targetGroups;
    expect(service.attached).toEqual({ targetGroup, alternateTargetGroup: made.alternateTargetGroup, rule: made.rule });
    const groups = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === `${ELB}::TargetGroup`);
    expect(groups.map(({ Properties }) => Properties.TargetType)).toEqual(['ip', 'ip']);
    expect(onlyOne(stack, `${ELB}::ListenerRule`).Actions).toMatchObject([{ ForwardConfig: { TargetGroups: [{ Weight: 1 }, { Weight: 0 }] } }]);
  });
});

describe('compute that uses it', () => {
  test('is let in and told the address', () => {
    const stack = stackWith();
    const front = internal(stack);
    const caller = new FunctionService(stack, 'Caller', { handler: HANDLER, network: Network.of(stack) });
    caller.use(front, Access.READ);
    expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({
      Variables: { FRONT_URL: { 'Fn::Join': ['', ['http://', { 'Fn::GetAtt': ['FrontAlb', 'DNSName'] }]] } },
    });
    expect(onlyOne(stack, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({
      FromPort: 80, ToPort: 80, GroupId: { 'Fn::GetAtt': ['FrontAlbSecurityGroup', 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': ['CallerFunctionSecurityGroup', 'GroupId'] },
    });
  });

  test('must be inside, unless it faces the internet', () => {
    const stack = stackWith();
    expect(codesOf(() => worker(stack).use(internal(stack), Access.READ))).toEqual(['Wiring.NoNetworkPath']);
    const open = stackWith();
    const outside = worker(open);
    outside.use(secure(open, { domainName: 'shop.example.com' }), Access.READ, { name: 'shop' });
    expect(onlyOne(open, 'AWS::Lambda::Function').Environment).toEqual({ Variables: { SHOP_URL: 'https://shop.example.com' } });
  });
});

describe('an HTTP API in front of it', () => {
  test('reaches it through one VPC link, whatever the number of routes and APIs', () => {
    const stack = stackWith();
    const front = internal(stack, { certificates: certificates(stack), domainName: 'orders.internal.example.com' });
    const api = new ApiGateway(stack, 'Api');
    api.route('GET /orders', front);
    api.route('POST /orders', front);
    new ApiGateway(stack, 'Second').route('GET /orders', front);
    expect(namesOf(stack, 'AWS::ApiGatewayV2::VpcLink')).toEqual(['FrontVpcLink']);
    const integrations = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Integration');
    expect(integrations).toHaveLength(2);
    expect(integrations[0]?.Properties).toMatchObject({
      ConnectionType: 'VPC_LINK', IntegrationUri: { Ref: 'FrontListener' }, TlsConfig: { ServerNameToVerify: 'orders.internal.example.com' },
    });
    expect(onlyOne(stack, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({
      FromPort: 443, SourceSecurityGroupId: { 'Fn::GetAtt': ['FrontVpcLinkSecurityGroup', 'GroupId'] },
    });
  });

  test('needs to know the name in the certificate', () => {
    const stack = stackWith();
    const front = internal(stack, { certificates: certificates(stack) });
    expect(codesOf(() => front.integrationFor(new HttpApi(stack, 'Api')))).toEqual(['LoadBalancer.NoDomainName']);
  });
});

describe('a Cdn fetches from it', () => {
  test('by its domain name, over HTTPS only', () => {
    const stack = stackWith();
    expect(secure(stack, { domainName: 'shop.example.com' }).cdnSource()).toEqual({ domainName: 'shop.example.com' });
    const named = stackWith();
    const inside = internal(named, { certificates: certificates(named), domainName: 'shop.example.com' });
    expect(inside.cdnSource()).toEqual({ domainName: 'shop.example.com' });
    const open = new LoadBalancer(stackWith(), 'Front', { scheme: Scheme.INTERNET_FACING, domainName: 'shop.example.com' });
    expect(codesOf(() => open.cdnSource())).toEqual(['LoadBalancer.NoDomainName']);
  });

  test('inside its network, when it is internal and has no certificates', () => {
    const stack = stackWith();
    const front = internal(stack, { network: new Network(stack, 'Net', { publicTier: true }) });
    expect(front.cdnSource()).toEqual({ loadBalancer: front.loadBalancer });
    expect(codesOf(() => internal(stackWith()).cdnSource())).toEqual(['LoadBalancer.NoInternetGateway']);
  });
});

describe('an existing listener', () => {
  test('is adopted: nothing is created, and routes are added with priorities that are said', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const listener = adopted(stack);
    const front = new LoadBalancer(stack, 'Front', { listener, domainName: 'shop.example.com' });
    expect(front.listener).toBe(listener);
    expect(front.url).toBe('https://shop.example.com');
    front.route({ path: ['/a'] }, worker(stack), { priority: 4 });
    expect(codesOf(() => front.route({ path: ['/b'] }, worker(stack, 'Other')))).toEqual(['LoadBalancer.NoPriority']);
    expect(codesOf(() => front.route({ path: ['/b'] }, target(), { priority: 5 }))).toEqual(['LoadBalancer.NoNetwork']);
    expect(codesOf(() => front.defaultRoute(worker(stack, 'Third')))).toEqual(['LoadBalancer.DefaultOfAdopted']);
    expect(stack.resolve(front.metricRequests().dimensions)).toEqual({ LoadBalancer: 'app/shop/50dc6c495c0c9188' });
    expect(Object.values(ours(stack)).map(({ Type }) => Type)).toEqual([`${ELB}::TargetGroup`, `${ELB}::ListenerRule`]);
    expect(onlyOne(stack, `${ELB}::ListenerRule`)).toMatchObject({ ListenerArn: LISTENER_ARN, Priority: 4 });
  });

  test('routes to what stands in the network that it was given', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const network = new Network(stack, 'Net', { vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1', availabilityZones: ['eu-west-1a', 'eu-west-1b'], privateSubnetIds: ['subnet-1', 'subnet-2'],
    }) });
    const front = new LoadBalancer(stack, 'Front', { listener: adopted(stack), network });
    front.route({ path: ['/a'] }, target(), { priority: 1 });
    expect(group(stack).Properties).toMatchObject({ VpcId: 'vpc-1' });
    expect(codesOf(() => front.url)).toEqual(['LoadBalancer.NoAddress']);
  });

  test('of this app tells its load balancer and its protocol', () => {
    const stack = stackWith();
    const { listener } = internal(stack);
    const second = new LoadBalancer(stack, 'Second', { listener });
    expect(second.loadBalancer).toBeDefined();
    second.route({ path: ['/a'] }, target(), { priority: 1 });
    expect(group(stack).Properties).toMatchObject({ VpcId: { Ref: 'NetworkVpc' } });
    expect(codesOf(() => second.route({ path: ['/b'] }, target(), { priority: 2, protocolVersion: ApplicationProtocolVersion.GRPC })))
      .toEqual(['LoadBalancer.NeedsHttps']);
  });
});

test('a bucket for logs that is defined elsewhere: a warning tells what to allow there', () => {
  const stack = stackWith();
  internal(stack, { accessLogs: Bucket.fromBucketName(stack, 'Logs', 'logs') });
  Annotations.fromStack(stack).hasWarning('/Stack/Front',
    Match.stringLikeRegexp('add this statement where it is defined: .*s3:PutObject.*logdelivery.elasticloadbalancing.amazonaws.com'));
});

test('two of them live in one stack, without physical names', () => {
  const stack = stackWith(Profile.PRODUCTION);
  for (const id of ['A', 'B']) {
    new LoadBalancer(stack, id, { scheme: Scheme.INTERNAL }).route({ path: ['/'] }, worker(stack, `${id}Worker`));
  }
  expect(namesOf(stack, `${ELB}::LoadBalancer`)).toEqual(['AAlb', 'BAlb']);
  expect(namesOf(stack, 'AWS::EC2::VPC')).toEqual(['NetworkVpc']);
  expect(Object.values(resourcesOf(stack)).filter(({ Properties = {} }) => Properties.Name)).toEqual([]);
});

test('its metrics can be asked for otherwise', () => {
  const front = secure(stackWith());
  expect(front.metricRequests({ period: Duration.minutes(1) })).toMatchObject({ metricName: 'RequestCount', statistic: 'Sum' });
  expect(front.metricLatency({ statistic: 'p50' })).toMatchObject({ metricName: 'TargetResponseTime', statistic: 'p50' });
  expect(front.metricRejectedConnections()).toMatchObject({ metricName: 'RejectedConnectionCount' });
  expect(front.metricActiveConnections()).toMatchObject({ metricName: 'ActiveConnectionCount' });
  expect(front.metricTargetErrorRate().toMetricConfig().mathExpression?.expression).toBe('100 * errors / requests');
  expect(front.metricServerErrorRate().toMetricConfig().mathExpression?.expression).toContain('FILL');
});

test('a service whose deployments shift requests shares no weights with others', () => {
  const shifting = Object.assign(target(), { shifts: true, attachToShiftingRoute: () => ({ targetType: TargetType.IP }) });
  const front = secure(stackWith());
  expect(codesOf(() => front.weightedRoute({ path: ['/'] }, [{ target: shifting, weight: 1 }, { target: target(), weight: 1 }])))
    .toEqual(['LoadBalancer.ShiftsAlone']);
});
