import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AlpnPolicy, ApplicationListener, ApplicationProtocol, ApplicationProtocolVersion, NetworkLoadBalancer, Protocol,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { IpTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import * as fc from 'fast-check';
import {
  Algorithm, Layer4LoadBalancer, type Layer4LoadBalancerProps, type ListenOptions, LoadBalancer, type LoadBalancerProps,
  type RouteMatch, type LoadBalancerRouteOptions, Scheme,
} from '../../../lib/load-balancer';
import { Network } from '../../../lib/network';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const scheme = fc.constantFrom(Scheme.INTERNET_FACING, Scheme.INTERNAL);
const certificate = (scope: Construct) =>
  Certificate.fromCertificateArn(scope, 'Certificate', 'arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012');
// An adopted network, which is made faster than a new one.
const place = (scope: Construct) => scope.node.tryFindChild('Place') as Network | undefined ?? new Network(scope, 'Place', {
  additional: true,
  vpc: Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: 'vpc-12345678',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    publicSubnetIds: ['subnet-11111111', 'subnet-22222222'],
    privateSubnetIds: ['subnet-33333333', 'subnet-44444444'],
  }),
});
const checks = optional({
  interval: seconds(30, 300),
  timeout: seconds(2, 9),
  healthyThresholdCount: fc.integer({ min: 2, max: 10 }),
  unhealthyThresholdCount: fc.integer({ min: 2, max: 10 }),
});
const health = fc.tuple(checks, optional({ path: fc.constantFrom('/', '/healthz') })).map(([some, more]) => ({ ...some, ...more }));
const NOT_HEALTH = [
  ...NOT_OBJECT, { interval: Duration.seconds(4) }, { timeout: Duration.minutes(3) }, { healthyThresholdCount: 11 }, { path: 5 },
];

export const SUBJECTS: Record<string, Subject<object>> = {
  LoadBalancer: {
    concept: 'LoadBalancer',
    madeOf: ['Network'],
    valid: (scope) => fc.record({
      scheme,
      network: fc.constant(place(scope)),
      certificates: fc.constant([certificate(scope)]),
      domainName: fc.domain(),
      idleTimeout: seconds(1, 4000),
      accessLogs: fc.constant(new Bucket(scope, 'Logs')),
      connectionLogs: flag,
      loadBalancerProps: optional({ clientKeepAlive: seconds(60, 604_800), http2Enabled: flag, preserveHostHeader: flag }),
    }, { requiredKeys: ['scheme', 'network', 'certificates'] }),
    invalid: () => ({
      scheme: [...NOT_TEXT, 'public'],
      certificates: [null, 'arn', {}, [null], ['arn']],
      domainName: [...NOT_TEXT, ''],
      plaintext: [...NOT_FLAG, true],
      idleTimeout: [...NOT_DURATION, Duration.seconds(0), Duration.hours(2)],
      accessLogs: [null, 'logs', {}],
      connectionLogs: NOT_FLAG,
      loadBalancerProps: [...NOT_OBJECT, { clientKeepAlive: Duration.seconds(1) }, { clientKeepAlive: 5 }],
      network: [null, 'vpc', {}],
      listener: [null, 'listener', {}],
    }),
    conflicting: (scope) => ({
      listener: [ApplicationListener.fromApplicationListenerAttributes(scope, 'Listener', {
        listenerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/a/b/c',
        securityGroup: SecurityGroup.fromSecurityGroupId(scope, 'ListenerGroup', 'sg-0123456789abcdef0'),
      })],
    }),
    build: (scope, props) => new LoadBalancer(scope, 'Subject', props),
  } satisfies Subject<LoadBalancerProps>,

  LoadBalancerMatch: {
    concept: 'LoadBalancer',
    valid: () => fc.record({
      path: fc.uniqueArray(fc.stringMatching(/^\/[a-z-]{1,20}(\/\*)?$/), { minLength: 1, maxLength: 2 }),
      host: fc.uniqueArray(fc.domain(), { minLength: 1, maxLength: 1 }),
      header: fc.constant({ 'x-tier': ['gold'] }),
      method: fc.constantFrom(['GET'], ['POST']),
    }, { requiredKeys: ['path'] }),
    invalid: () => ({
      path: [...NOT_TEXT.filter((value) => !Array.isArray(value)), '/a', [5], ['a'], ['/ü'], [`/${'x'.repeat(128)}`]],
      host: ['a.example.com', [5], ['https://a.example.com'], ['localhost']],
      header: [null, 'x', { 'x': 'y' }, { host: ['a'] }, { '': ['a'] }, { 'x-tier': [5] }],
      method: ['GET', ['get'], [''], [5]],
      query: ['a=b', ['a=b'], [{}], [{ value: 5 }], [{ value: '' }]],
      sourceIp: ['10.0.0.0/8', ['10.0.0.0'], ['anywhere'], [5]],
    }),
    build: (scope, match) => new LoadBalancer(scope, 'Subject', { scheme: Scheme.INTERNAL, network: place(scope) })
      .route(match, new IpTarget('10.0.1.1', 80)),
  } satisfies Subject<RouteMatch>,

  LoadBalancerRoute: {
    concept: 'LoadBalancer',
    valid: () => optional<LoadBalancerRouteOptions>({
      priority: fc.integer({ min: 1, max: 50_000 }),
      algorithm: fc.constantFrom(Algorithm.ROUND_ROBIN, Algorithm.LEAST_OUTSTANDING_REQUESTS, Algorithm.WEIGHTED_RANDOM),
      sticky: optional({ duration: seconds(1, 604_800), cookieName: fc.stringMatching(/^[a-z]{3,10}$/) }),
      health,
      drain: seconds(0, 3600),
      port: fc.integer({ min: 1, max: 65_535 }),
      protocol: fc.constantFrom(ApplicationProtocol.HTTP, ApplicationProtocol.HTTPS),
      protocolVersion: fc.constantFrom(ApplicationProtocolVersion.HTTP1, ApplicationProtocolVersion.HTTP2),
      webSocket: flag,
      targetGroupProps: fc.record({ crossZoneEnabled: flag }),
    }),
    invalid: () => ({
      priority: [...NOT_NUMBER, 0, 50_001, 1.5],
      algorithm: [...NOT_TEXT, 'random', Algorithm.IP_HASH, Algorithm.LEAST_RESPONSE_TIME],
      sticky: [...NOT_OBJECT, { duration: 5 }, { duration: Duration.days(8) }, { cookieName: '' }, { cookieName: 'AWSALB' }],
      health: NOT_HEALTH,
      drain: [...NOT_DURATION, Duration.hours(2)],
      slowStart: [...NOT_DURATION, Duration.seconds(29), Duration.minutes(16)],
      port: [...NOT_NUMBER, 0, 70_000],
      protocol: [...NOT_TEXT, 'TCP'],
      protocolVersion: [...NOT_TEXT, 'HTTP3', ApplicationProtocolVersion.GRPC],
      multiValueHeaders: [...NOT_FLAG, true],
      webSocket: NOT_FLAG,
      authentication: [null, {}, 'oidc'],
      targetGroupProps: [...NOT_OBJECT, { targets: [] }, { healthCheck: {} }],
    }),
    build: (scope, options) => new LoadBalancer(scope, 'Subject', { scheme: Scheme.INTERNAL, network: place(scope) })
      .route({ path: ['/'] }, new IpTarget('10.0.1.1', 80), options),
  } satisfies Subject<LoadBalancerRouteOptions>,

  Layer4LoadBalancer: {
    concept: 'Layer4LoadBalancer',
    madeOf: ['Network'],
    valid: (scope) => fc.record({
      scheme: fc.constant(Scheme.INTERNET_FACING),
      network: fc.constant(place(scope)),
      staticAddresses: flag,
      crossZone: flag,
      accessLogs: fc.constant(new Bucket(scope, 'Logs')),
      deletionProtection: flag,
    }, { requiredKeys: ['scheme', 'network'] }),
    invalid: () => ({
      scheme: [...NOT_TEXT, 'public'],
      network: [null, 'vpc', {}],
      staticAddresses: NOT_FLAG,
      allocationIds: [null, 'eipalloc-1', [5], ['eipalloc-1']],
      crossZone: NOT_FLAG,
      accessLogs: [null, 'logs', {}],
      deletionProtection: NOT_FLAG,
      loadBalancer: [null, 'door', {}],
    }),
    conflicting: (scope) => ({
      loadBalancer: [NetworkLoadBalancer.fromNetworkLoadBalancerAttributes(scope, 'Nlb', {
        loadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/a/b',
      })],
    }),
    build: (scope, props) => new Layer4LoadBalancer(scope, 'Subject', props),
  } satisfies Subject<Layer4LoadBalancerProps>,

  Layer4Listen: {
    concept: 'Layer4LoadBalancer',
    valid: () => optional<ListenOptions>({
      protocol: fc.constantFrom(Protocol.TCP),
      targetPort: fc.integer({ min: 1, max: 65_535 }),
      sticky: flag,
      preserveClientIp: flag,
      proxyProtocolV2: flag,
      crossZone: flag,
      health: checks,
      drain: seconds(0, 3600),
      terminateConnections: flag,
      idleTimeout: seconds(60, 6000),
    }),
    invalid: () => ({
      protocol: [...NOT_TEXT, 'HTTP', Protocol.TLS],
      certificates: [null, 'arn', {}, [null]],
      alpn: [...NOT_TEXT, 'HTTP3', AlpnPolicy.HTTP2_ONLY],
      targetPort: [...NOT_NUMBER, 0, 70_000],
      encryptToTarget: [...NOT_FLAG, true],
      sticky: NOT_FLAG,
      preserveClientIp: NOT_FLAG,
      proxyProtocolV2: NOT_FLAG,
      crossZone: NOT_FLAG,
      health: NOT_HEALTH,
      drain: [...NOT_DURATION, Duration.hours(2)],
      terminateConnections: NOT_FLAG,
      idleTimeout: [...NOT_DURATION, Duration.seconds(59)],
    }),
    build: (scope, options) => new Layer4LoadBalancer(scope, 'Subject', { scheme: Scheme.INTERNAL, network: place(scope) })
      .listen(443, new IpTarget('10.0.1.1', 443), options),
  } satisfies Subject<ListenOptions>,
};
