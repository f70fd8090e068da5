import { Duration, type Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Connections, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AlpnPolicy, NetworkLoadBalancer, Protocol, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { IpTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Profile } from '../../../lib/core';
import { Layer4LoadBalancer, type Layer4LoadBalancerProps, type ListenOptions, Scheme } from '../../../lib/load-balancer';
import { LAYER4_RULES, LISTEN_RULES } from '../../../lib/load-balancer/layer4-rules';
import { Network } from '../../../lib/network';
import { codesOf, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith } from '../../support/stacks';

const ELB = 'AWS::ElasticLoadBalancingV2';
const ALLOW_TO = 'AWS::EC2::SecurityGroupIngress';
const target = () => new IpTarget('10.0.1.1', 8080);
const certificate = (stack: Stack) =>
  Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:111122223333:certificate/c');
const door = (stack: Stack, props: Layer4LoadBalancerProps = {}) =>
  new Layer4LoadBalancer(stack, 'Door', { scheme: Scheme.INTERNET_FACING, ...props });
const ours = (stack: Stack) => Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => name.startsWith('Door')));
const pairs = (list: unknown) =>
  Object.fromEntries((list as { Key: string; Value: unknown }[]).map(({ Key: key, Value }) => [key, Value]));

/** Something with a security group. */
class Service {
  public readonly connections: Connections;

  constructor(stack: Stack) {
    this.connections = new Connections({ securityGroups: [new SecurityGroup(stack, 'Service', { vpc: Network.of(stack).vpc })] });
  }

  public attachToNetworkTargetGroup() {
    return { targetType: TargetType.IP };
  }
}

test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('the shortest call makes one load balancer, under %s', (_, context) => {
  const stack = stackWith(Profile.SANDBOX, { context });
  door(stack, { scheme: Scheme.INTERNAL });
  expect(ours(stack)).toEqual({
    DoorSecurityGroup: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: 'Clients of Stack/Door',
        SecurityGroupEgress: [expect.objectContaining({ CidrIp: '255.255.255.255/32' })],
        VpcId: { Ref: 'NetworkVpc' },
      },
    },
    DoorNlb: {
      Type: `${ELB}::LoadBalancer`,
      Properties: {
        LoadBalancerAttributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }],
        Scheme: 'internal',
        SecurityGroups: [{ 'Fn::GetAtt': ['DoorSecurityGroup', 'GroupId'] }],
        Subnets: [{ Ref: expect.stringContaining('Isolated') }, { Ref: expect.stringContaining('Isolated') }],
        Type: 'network',
      },
    },
  });
});

test('PRODUCTION adds protection, a log bucket and an alarm for each listener', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const front = door(stack);
  front.listen(5000, target());
  const resources = ours(stack);
  expect(Object.keys(resources).sort()).toEqual([
    'DoorAccessLogs', 'DoorAccessLogsPolicy', 'DoorNlb', 'DoorSecurityGroup', 'DoorTCP5000Listener', 'DoorTCP5000Targets', 'DoorTCP5000UnhealthyAlarm',
  ]);
  expect(pairs(resources.DoorNlb?.Properties.LoadBalancerAttributes)).toEqual({
    'deletion_protection.enabled': 'true', 'access_logs.s3.enabled': 'true', 'access_logs.s3.bucket': { Ref: 'DoorAccessLogs' },
  });
  expect(JSON.stringify(resources.DoorAccessLogsPolicy)).toMatch(/s3:GetBucketAcl.*delivery.logs.amazonaws.com.*s3:PutObject/);
  expect(resources.DoorTCP5000UnhealthyAlarm?.Properties).toMatchObject({
    MetricName: 'UnHealthyHostCount', Namespace: 'AWS/NetworkELB', Threshold: 1, EvaluationPeriods: 5, TreatMissingData: 'notBreaching',
  });
  expect(front.node.defaultChild).toBe(front.loadBalancer);
});

test('every prop shapes it', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  door(stack, { network: new Network(stack, 'Mine', { publicTier: true }), crossZone: true, accessLogs: new Bucket(stack, 'Logs'), deletionProtection: true });
  expect(pairs(ours(stack).DoorNlb?.Properties.LoadBalancerAttributes)).toEqual({
    'deletion_protection.enabled': 'true', 'load_balancing.cross_zone.enabled': 'true', 'access_logs.s3.enabled': 'true',
    'access_logs.s3.bucket': { Ref: 'Logs' },
  });
  expect(namesOf(stack, 'AWS::EC2::VPC')).toEqual(['MineVpc']);
});

describe('static addresses', () => {
  const mappings = (stack: Stack) => ours(stack).DoorNlb?.Properties.SubnetMappings;

  test('are one for each zone, made only once the network reaches the internet', () => {
    const stack = stackWith();
    expect(door(stack, { staticAddresses: true }).addresses).toHaveLength(2);
    expect(mappings(stack)).toEqual([1, 2].map((zone) => ({
      AllocationId: { 'Fn::GetAtt': [`DoorAddress${zone}`, 'AllocationId'] }, SubnetId: { Ref: expect.stringContaining(`PublicSubnet${zone}`) },
    })));
    expect(JSON.stringify(ours(stack).DoorAddress1)).toContain('DefaultRoute');
    expect(ours(stack).DoorNlb?.Properties.Subnets).toBeUndefined();
  });

  test('can be your own', () => {
    const stack = stackWith();
    door(stack, { allocationIds: ['eipalloc-1', 'eipalloc-2'] });
    expect(mappings(stack)).toMatchObject([{ AllocationId: 'eipalloc-1' }, { AllocationId: 'eipalloc-2' }]);
    expect(namesOf(stack, 'AWS::EC2::EIP')).toEqual([]);
    expect(refusedBy(() => door(stackWith(), { allocationIds: ['eipalloc-1'] }))).toEqual([{
      code: 'Layer4LoadBalancer.AllocationIds', given: '1 allocationIds for 2 public subnets', allowed: 'one for each public subnet',
    }]);
  });
});

describe('it refuses', () => {
  const stack = stackWith();
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'] });
  const loadBalancer = NetworkLoadBalancer.fromNetworkLoadBalancerAttributes(stack, 'Imported', {
    loadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/door/50dc6c495c0c9188', vpc,
  });
  const BROKEN: Record<string, Layer4LoadBalancerProps> = {
    'Layer4LoadBalancer.WrongType': { scheme: 7 as unknown as Scheme },
    'Layer4LoadBalancer.AdoptOrShape': { loadBalancer, crossZone: true },
    'Layer4LoadBalancer.NoScheme': {},
    'Layer4LoadBalancer.Scheme': { scheme: 'public' as Scheme },
    'Layer4LoadBalancer.StaticInternal': { scheme: Scheme.INTERNAL, staticAddresses: true },
    'Layer4LoadBalancer.AddressesTwice': { scheme: Scheme.INTERNET_FACING, staticAddresses: true, allocationIds: ['a', 'b'] },
  };

  test.each(LAYER4_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new Layer4LoadBalancer(stackWith(), 'Door', BROKEN[code]!))).toEqual([code]);
  });

  test('to face the internet where there is no public tier', () => {
    const place = stackWith();
    expect(codesOf(() => door(place, { network: new Network(place, 'Net') }))).toEqual(['Layer4LoadBalancer.NoPublicTier']);
  });

  const tls = certificate(stack);
  const BROKEN_OPTIONS: Record<string, ListenOptions> = {
    'Layer4LoadBalancer.ListenWrongType': { certificates: ['arn'] as never },
    'Layer4LoadBalancer.Protocol': { protocol: Protocol.HTTP },
    'Layer4LoadBalancer.Certificates': { protocol: Protocol.TLS },
    'Layer4LoadBalancer.Alpn': { certificates: [tls], alpn: 'HTTP3' as AlpnPolicy },
    'Layer4LoadBalancer.TlsOnly': { encryptToTarget: true },
    'Layer4LoadBalancer.StickyTls': { certificates: [tls], sticky: true },
    'Layer4LoadBalancer.ClientIpOfDatagrams': { protocol: Protocol.UDP, preserveClientIp: false },
    'Layer4LoadBalancer.TargetPort': { targetPort: 65_536 },
    'Layer4LoadBalancer.Drain': { drain: Duration.hours(2) },
    'Layer4LoadBalancer.IdleTimeout': { idleTimeout: Duration.seconds(59) },
    'Layer4LoadBalancer.IdleTimeoutProtocol': { protocol: Protocol.UDP, idleTimeout: Duration.seconds(60) },
    'Layer4LoadBalancer.Health': { health: { healthyThresholdCount: 1 } },
  };

  test.each(LISTEN_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => door(stackWith()).listen(443, target(), BROKEN_OPTIONS[code]))).toEqual([code]);
  });

  test('no port, no target, and a port that is taken', () => {
    const front = door(stackWith());
    expect(codesOf(() => front.listen(0, target()))).toEqual(['Layer4LoadBalancer.Port']);
    expect(codesOf(() => front.listen(undefined as never, target()))).toEqual(['Layer4LoadBalancer.Port']);
    expect(codesOf(() => front.listen(80, {} as never))).toEqual(['Layer4LoadBalancer.NotATarget']);
    front.listen(53, target(), { protocol: Protocol.UDP });
    front.listen(53, target());
    expect(refusedBy(() => front.listen(53, target(), { protocol: Protocol.TCP_UDP }))).toEqual([
      { code: 'Layer4LoadBalancer.PortTaken', given: 'a second listener on TCP port 53', allowed: 'one listener for each port' },
    ]);
  });

  test('a listener of an adopted one whose network is not known', () => {
    const place = stackWith();
    const imported = NetworkLoadBalancer.fromNetworkLoadBalancerAttributes(place, 'Imported', { loadBalancerArn: loadBalancer.loadBalancerArn });
    expect(codesOf(() => new Layer4LoadBalancer(place, 'Door', { loadBalancer: imported }).listen(80, target()))).toEqual(['Layer4LoadBalancer.NoNetwork']);
  });
});

describe('a listener', () => {
  test('hands connections on, and lets the world in on its port only', () => {
    const stack = stackWith();
    door(stack).listen(5000, target());
    const { DoorTCP5000Listener, DoorTCP5000Targets, DoorSecurityGroup } = ours(stack);
    expect(DoorTCP5000Listener?.Properties).toEqual({
      DefaultActions: [{ TargetGroupArn: { Ref: 'DoorTCP5000Targets' }, Type: 'forward' }], LoadBalancerArn: { Ref: 'DoorNlb' }, Port: 5000, Protocol: 'TCP',
    });
    expect(DoorTCP5000Targets?.Properties).toEqual({
      HealthCheckIntervalSeconds: 10, HealthCheckTimeoutSeconds: 5, HealthyThresholdCount: 2, UnhealthyThresholdCount: 3,
      Port: 5000, Protocol: 'TCP', TargetType: 'ip', Targets: [{ Id: '10.0.1.1', Port: 8080 }], VpcId: { Ref: 'NetworkVpc' },
      TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }],
    });
    expect(DoorSecurityGroup?.Properties.SecurityGroupIngress).toEqual([
      { CidrIp: '0.0.0.0/0', Description: 'Clients', FromPort: 5000, IpProtocol: 'tcp', ToPort: 5000 },
    ]);
  });

  test('can be told everything', () => {
    const stack = stackWith();
    door(stack).listen(443, target(), {
      certificates: [certificate(stack)], alpn: AlpnPolicy.HTTP2_PREFERRED, targetPort: 8443, encryptToTarget: true,
      preserveClientIp: true, proxyProtocolV2: true, crossZone: true, drain: Duration.minutes(1), terminateConnections: true,
      health: { protocol: Protocol.HTTP, path: '/healthz' },
    });
    expect(onlyOne(stack, `${ELB}::Listener`)).toMatchObject({
      Protocol: 'TLS', AlpnPolicy: ['HTTP2Preferred'], SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06', Certificates: [{}],
    });
    const { TargetGroupAttributes, ...group } = onlyOne(stack, `${ELB}::TargetGroup`);
    expect(group).toMatchObject({ Port: 8443, Protocol: 'TLS', HealthCheckProtocol: 'HTTP', HealthCheckPath: '/healthz' });
    expect(pairs(TargetGroupAttributes)).toEqual({
      'deregistration_delay.connection_termination.enabled': 'true', 'deregistration_delay.timeout_seconds': '60',
      'load_balancing.cross_zone.enabled': 'true', 'preserve_client_ip.enabled': 'true', 'proxy_protocol_v2.enabled': 'true',
    });
  });

  test('keeps a client with one target by its address', () => {
    const stack = stackWith();
    door(stack).listen(1883, target(), { sticky: true, idleTimeout: Duration.minutes(20) });
    expect(pairs(onlyOne(stack, `${ELB}::TargetGroup`).TargetGroupAttributes)).toMatchObject({
      'stickiness.enabled': 'true', 'stickiness.type': 'source_ip',
    });
    expect(onlyOne(stack, `${ELB}::Listener`).ListenerAttributes).toEqual([{ Key: 'tcp.idle_timeout.seconds', Value: '1200' }]);
  });

  test.each<[string, ListenOptions, [string, number][]]>([
    ['TCP', { targetPort: 8080 }, [['tcp', 8080]]],
    ['UDP', { protocol: Protocol.UDP }, [['udp', 53], ['tcp', 53]]],
    ['both', { protocol: Protocol.TCP_UDP }, [['tcp', 53], ['udp', 53]]],
    ['health checks elsewhere', { health: { port: '9000' } }, [['tcp', 53], ['tcp', 9000]]],
  ])('is let in by its target, and by nobody else: %s', (_, options, expected) => {
    const stack = stackWith();
    door(stack, { scheme: Scheme.INTERNAL }).listen(53, new Service(stack), options);
    const rules = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === ALLOW_TO).map(({ Properties }) => Properties);
    expect(rules.map(({ IpProtocol, FromPort }) => [IpProtocol, FromPort])).toEqual(expected);
    expect(rules[0]).toMatchObject({
      GroupId: { 'Fn::GetAtt': ['Service', 'GroupId'] }, SourceSecurityGroupId: { 'Fn::GetAtt': ['DoorSecurityGroup', 'GroupId'] },
    });
    expect(ours(stack).DoorSecurityGroup?.Properties.SecurityGroupIngress).toBeUndefined();
  });

  test('tells how its targets are', () => {
    const made = door(stackWith()).listen(80, target());
    expect(made.metricUnhealthyTargets()).toMatchObject({ metricName: 'UnHealthyHostCount', statistic: 'Maximum' });
    expect(made.metricHealthyTargets()).toMatchObject({ metricName: 'HealthyHostCount', statistic: 'Minimum' });
  });
});

test('an existing one is adopted: nothing is created but its listeners', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'] });
  const loadBalancer = NetworkLoadBalancer.fromNetworkLoadBalancerAttributes(stack, 'Imported', {
    loadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/door/50dc6c495c0c9188', vpc,
  });
  const adopted = new Layer4LoadBalancer(stack, 'Door', { loadBalancer });
  expect(adopted.loadBalancer).toBe(loadBalancer);
  adopted.listen(80, target());
  expect(Object.keys(ours(stack)).sort()).toEqual(['DoorTCP80Listener', 'DoorTCP80Targets', 'DoorTCP80UnhealthyAlarm']);
});

test('two of them live in one stack', () => {
  const stack = stackWith(Profile.PRODUCTION);
  ['A', 'B'].forEach((id) => new Layer4LoadBalancer(stack, id, { scheme: Scheme.INTERNAL }).listen(80, target()));
  expect(namesOf(stack, `${ELB}::LoadBalancer`)).toEqual(['ANlb', 'BNlb']);
});
