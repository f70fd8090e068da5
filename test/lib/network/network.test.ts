import { Aws, CfnParameter, Fn, NestedStack, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Effect, PolicyStatement, AnyPrincipal } from 'aws-cdk-lib/aws-iam';
import { IpAddresses, NatProvider, Vpc } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Construct } from 'constructs';
import { Access, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { Egress, Network, type NetworkProps } from '../../../lib/network';
import { NETWORK_RULES } from '../../../lib/network/network-rules';
import { WorkQueue } from '../../../lib/work-queue';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, templateOf } from '../../support/stacks';

const EC2 = (type: string) => `AWS::EC2::${type}`;
const ref = (name: string) => ({ Ref: name });

/** How many resources of each type of Amazon EC2 there are. */
function counted(stack: Stack): Record<string, number> {
  const types = Object.values(resourcesOf(stack)).flatMap(({ Type }) => Type.startsWith('AWS::EC2::') ? [Type.slice('AWS::EC2::'.length)] : []);
  return Object.fromEntries([...new Set(types)].sort().map((type) => [type, types.filter((other) => other === type).length]));
}

const LEAN = { RouteTable: 2, Subnet: 2, SubnetRouteTableAssociation: 2, VPC: 1, VPCEndpoint: 2 };
const TWO_TIERS = { ...LEAN, RouteTable: 4, Subnet: 4, SubnetRouteTableAssociation: 4 };
const cidrs = (stack: Stack) => Object.fromEntries(Object.entries(resourcesOf(stack))
  .flatMap(([name, { Type, Properties }]) => Type === EC2('Subnet') ? [[name.replace('NetworkVpc', '').replace(/Subnet$/, ''), Properties.CidrBlock]] : []));
const withNetwork = (props: NetworkProps = {}, profile = Profile.SANDBOX, env?: typeof SOMEWHERE) => {
  const stack = stackWith(profile, {}, env);
  return { stack, network: new Network(stack, 'Network', props) };
};
const worker = (scope: Construct, network: Network, id = 'Worker') => new FunctionService(scope, id, { handler: HANDLER, network });

describe('the shortest call', () => {
  const subnet = (tier: string, zone: number, CidrBlock: string) => ({
    [`NetworkVpc${tier}Subnet${zone + 1}Subnet`]: {
      Type: EC2('Subnet'),
      Properties: {
        AvailabilityZone: { 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] },
        CidrBlock,
        MapPublicIpOnLaunch: false,
        Tags: [
          { Key: 'aws-cdk:subnet-name', Value: tier },
          { Key: 'aws-cdk:subnet-type', Value: 'Isolated' },
          { Key: 'Name', Value: `Stack/Network/Vpc/${tier}Subnet${zone + 1}` },
        ],
        VpcId: ref('NetworkVpc'),
      },
    },
    [`NetworkVpc${tier}Subnet${zone + 1}RouteTable`]: {
      Type: EC2('RouteTable'),
      Properties: { Tags: [{ Key: 'Name', Value: `Stack/Network/Vpc/${tier}Subnet${zone + 1}` }], VpcId: ref('NetworkVpc') },
    },
    [`NetworkVpc${tier}Subnet${zone + 1}RouteTableAssociation`]: {
      Type: EC2('SubnetRouteTableAssociation'),
      Properties: {
        RouteTableId: ref(`NetworkVpc${tier}Subnet${zone + 1}RouteTable`), SubnetId: ref(`NetworkVpc${tier}Subnet${zone + 1}Subnet`),
      },
    },
  });
  const gateway = (service: string) => ({
    Type: EC2('VPCEndpoint'),
    Properties: {
      RouteTableIds: [1, 2].map((zone) => ref(`NetworkVpcIsolatedSubnet${zone}RouteTable`)),
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', ref('AWS::Region'), `.${service}`]] },
      Tags: [{ Key: 'Name', Value: 'Stack/Network/Vpc' }],
      VpcEndpointType: 'Gateway',
      VpcId: ref('NetworkVpc'),
    },
  });
  const TEMPLATE = {
    NetworkVpc: {
      Type: EC2('VPC'),
      Properties: {
        CidrBlock: '10.0.0.0/16',
        EnableDnsHostnames: true,
        EnableDnsSupport: true,
        InstanceTenancy: 'default',
        Tags: [{ Key: 'Name', Value: 'Stack/Network/Vpc' }],
      },
    },
    ...subnet('Isolated', 0, '10.0.128.0/20'),
    ...subnet('Isolated', 1, '10.0.144.0/20'),
    NetworkVpcS3: gateway('s3'),
    NetworkVpcDynamoDb: gateway('dynamodb'),
  };

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one tier without a way out, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    Network.of(stack);
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual(TEMPLATE);
  });

  test('stays small: a function beside it has less than 5,500 bytes of template', () => {
    const stack = stackWith();
    worker(stack, Network.of(stack));
    expect(Object.keys(resourcesOf(stack))).toHaveLength(13);
    expect(JSON.stringify(templateOf(stack)).length).toBeLessThan(5500);
  });

  test('under PRODUCTION adds flow logs, with a role that writes into their log group for this account only', () => {
    const { stack, network } = withNetwork({}, Profile.PRODUCTION);
    const {
      NetworkVpcFlowLog, NetworkFlowLogs, NetworkFlowLogsRole, NetworkFlowLogsRoleDefaultPolicy, ...others
    } = resourcesOf(stack);
    expect(others).toEqual(TEMPLATE);
    expect(NetworkVpcFlowLog).toMatchObject({
      Type: EC2('FlowLog'),
      Properties: {
        DeliverLogsPermissionArn: { 'Fn::GetAtt': ['NetworkFlowLogsRole', 'Arn'] },
        LogDestinationType: 'cloud-watch-logs',
        LogGroupName: ref('NetworkFlowLogs'),
        ResourceId: ref('NetworkVpc'),
        ResourceType: 'VPC',
        TrafficType: 'ALL',
      },
    });
    expect(NetworkFlowLogs).toMatchObject({ Properties: { RetentionInDays: 365 }, DeletionPolicy: 'Retain' });
    expect(NetworkFlowLogsRole?.Properties).toEqual({
      AssumeRolePolicyDocument: {
        Statement: [{
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
          Effect: 'Allow',
          Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
        }],
        Version: '2012-10-17',
      },
    });
    expect(NetworkFlowLogsRoleDefaultPolicy?.Properties.PolicyDocument).toMatchObject({
      Statement: [{
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        Effect: 'Allow',
        Resource: { 'Fn::GetAtt': ['NetworkFlowLogs', 'Arn'] },
      }],
    });
    expect(network.flowLog?.node.path).toBe('Stack/Network/Vpc/FlowLog');
  });
});

describe('egress', () => {
  const PUBLIC = { RouteTable: 6, Subnet: 6, SubnetRouteTableAssociation: 6, InternetGateway: 1, VPCGatewayAttachment: 1 };

  test.each([
    [Egress.NONE, false, LEAN],
    [Egress.ENDPOINTS, false, LEAN],
    [Egress.SINGLE_NAT, true, { ...TWO_TIERS, ...PUBLIC, EIP: 1, NatGateway: 1, Route: 4 }],
    [Egress.NAT_PER_ZONE, true, { ...TWO_TIERS, ...PUBLIC, EIP: 2, NatGateway: 2, Route: 4 }],
    [Egress.REGIONAL_NAT, true, { ...TWO_TIERS, InternetGateway: 1, NatGateway: 1, Route: 2, VPCGatewayAttachment: 1 }],
  ])('%s: the internet is reached: %s', (egress, internet, resources) => {
    const { stack, network } = withNetwork({ egress });
    expect(counted(stack)).toEqual(resources);
    expect(network).toMatchObject({ egress, internet, dualStack: false });
  });

  test('by a NAT gateway in each zone routes each zone through its own', () => {
    const { stack, network } = withNetwork({ egress: Egress.NAT_PER_ZONE });
    const { NetworkVpcPrivateSubnet1DefaultRoute: first, NetworkVpcPrivateSubnet2DefaultRoute: second } = resourcesOf(stack);
    expect([first, second].map((route) => route?.Properties.NatGatewayId))
      .toEqual([ref('NetworkVpcPublicSubnet1NATGateway'), ref('NetworkVpcPublicSubnet2NATGateway')]);
    expect(stack.resolve(network.natAddresses)).toEqual([1, 2].map((zone) =>
      ({ 'Fn::GetAtt': [expect.stringMatching(`^NetworkVpcPublicSubnet${zone}EIP`), 'PublicIp'] })));
  });

  test('by a regional NAT gateway waits for the internet gateway, and routes every zone through the one', () => {
    const { stack, network } = withNetwork({ egress: Egress.REGIONAL_NAT });
    const { NetworkRegionalNat: gateway, ...others } = resourcesOf(stack);
    expect(gateway).toMatchObject({
      Properties: { AvailabilityMode: 'regional', ConnectivityType: 'public', VpcId: ref('NetworkVpc') }, DependsOn: ['NetworkVpcVPCGW'],
    });
    expect([1, 2].map((zone) => others[`NetworkVpcPrivateSubnet${zone}DefaultRoute`]?.Properties)).toEqual(Array(2).fill(expect.objectContaining({
      DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: { 'Fn::GetAtt': ['NetworkRegionalNat', 'NatGatewayId'] },
    })));
    expect(network.natAddresses).toEqual([]);
  });

  test.each(Object.values(Egress))('%s leaves the isolated tier without a route', (egress) => {
    const { stack } = withNetwork({ egress, dualStack: true });
    expect(namesOf(stack, EC2('Route')).filter((name) => name.includes('Isolated'))).toEqual([]);
  });

  test('takes another provider of NAT, which is applied last', () => {
    const { stack } = withNetwork({
      egress: Egress.SINGLE_NAT, vpcProps: { natGatewayProvider: NatProvider.gateway({ eipAllocationIds: ['eipalloc-1'] }) },
    });
    expect(onlyOne(stack, EC2('NatGateway')).AllocationId).toBe('eipalloc-1');
    expect(counted(stack).EIP).toBeUndefined();
  });

  test('changed later moves no data, and neither do the other tiers', () => {
    const shapes = [{}, { publicTier: true }, { privateTier: true }, ...Object.values(Egress).map((egress) => ({ egress }))];
    const placed = shapes.map((props) => Object.fromEntries(Object.entries(cidrs(withNetwork(props).stack)).filter(([name]) => name.startsWith('Isolated'))));
    expect(new Set(placed.map((each) => JSON.stringify(each))).size).toBe(1);
  });
});

describe('zones and addresses', () => {
  test.each([[3], [4]])('a network of two zones grows to %s without moving a subnet, IPv6 included', (availabilityZones) => {
    const zones = ['a', 'b', 'c', 'd'].map((letter) => `eu-west-1${letter}`);
    const placed = (count: number) => {
      const vpcProps = { availabilityZones: zones.slice(0, count) };
      const { stack } = withNetwork({ vpcProps, publicTier: true, privateTier: true, dualStack: true });
      return Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([, { Type }]) => Type === EC2('Subnet')));
    };
    expect(placed(availabilityZones)).toMatchObject(placed(2));
    expect(Object.keys(placed(availabilityZones))).toHaveLength(3 * availabilityZones);
  });

  test('six zones fit', () => {
    const availabilityZones = [1, 2, 3, 4, 5, 6].map((zone) => `us-east-1${zone}`);
    const { stack } = withNetwork({ vpcProps: { availabilityZones }, privateTier: true, addresses: '10.1.0.0/22' });
    expect(Object.values(cidrs(stack))).toHaveLength(12);
    expect(Object.values(cidrs(stack)).every((cidr) => String(cidr).endsWith('/27'))).toBe(true);
  });

  test('the zones of the VPC are those in use, not those laid out', () => {
    expect(withNetwork({}, Profile.SANDBOX, SOMEWHERE).network.vpc.availabilityZones).toEqual(['dummy1a', 'dummy1b']);
  });

  test('more zones than the stack knows are refused, not silently fewer', () => {
    expect(refusedBy(() => withNetwork({ availabilityZones: 3 }))).toEqual([{
      code: 'Network.FewerZones', given: 'availabilityZones is 3, where the stack knows 2', allowed: expect.stringContaining('account and region'),
    }]);
    expect(counted(withNetwork({ availabilityZones: 3 }, Profile.SANDBOX, SOMEWHERE).stack).Subnet).toBe(3);
    // The CDK has not looked the zones up yet: it must come to synthesis first.
    expect(() => withNetwork({ availabilityZones: 5 }, Profile.SANDBOX, SOMEWHERE)).not.toThrow();
  });

  test('other addresses are divided likewise', () => {
    expect(Object.values(cidrs(withNetwork({ addresses: '192.168.8.0/23', privateTier: true }).stack)))
      .toEqual(['192.168.8.128/27', '192.168.8.160/27', '192.168.9.0/27', '192.168.9.32/27']);
  });

  test('a pool of IPAM gives addresses', () => {
    const { stack, network } = withNetwork({ vpcProps: {
      ipAddresses: IpAddresses.awsIpamAllocation({ ipv4IpamPoolId: 'ipam-pool-1', ipv4NetmaskLength: 18, defaultSubnetIpv4NetmaskLength: 24 }),
    } });
    network.addEndpoint('sqs');
    expect(onlyOne(stack, EC2('VPC'))).toMatchObject({ Ipv4IpamPoolId: 'ipam-pool-1', Ipv4NetmaskLength: 18 });
    expect(onlyOne(stack, EC2('SecurityGroup'))).toMatchObject({ SecurityGroupIngress: [{ CidrIp: { 'Fn::GetAtt': ['NetworkVpc', 'CidrBlock'] } }] });
  });
});

test.each([
  [Egress.ENDPOINTS, 0, undefined],
  [Egress.SINGLE_NAT, 2, 1],
])('dual stack with egress %s has %s egress-only routes', (egress, routes, gateways) => {
  const { stack, network } = withNetwork({ egress, dualStack: true, publicTier: true, privateTier: true });
  expect(counted(stack).VPCCidrBlock).toBe(1);
  expect(counted(stack).EgressOnlyInternetGateway).toBe(gateways);
  const outwards = Object.values(resourcesOf(stack)).filter(({ Properties }) => Properties?.EgressOnlyInternetGatewayId);
  expect(outwards.map(({ Properties }) => Properties.DestinationIpv6CidrBlock)).toEqual(Array(routes).fill('::/0'));
  const { NetworkVpcPublicSubnet1Subnet, NetworkVpcPrivateSubnet1Subnet } = resourcesOf(stack);
  expect(NetworkVpcPublicSubnet1Subnet?.Properties)
    .toMatchObject({ AssignIpv6AddressOnCreation: false, MapPublicIpOnLaunch: false });
  expect(NetworkVpcPrivateSubnet1Subnet?.Properties).toMatchObject({ AssignIpv6AddressOnCreation: true });
  expect(network.dualStack).toBe(true);
});

test('every prop shapes the network', () => {
  const { stack, network } = withNetwork({
    egress: Egress.SINGLE_NAT,
    publicTier: true,
    endpoints: ['sqs', 'ecr.api', 's3'],
    availabilityZones: 3,
    addresses: '10.20.0.0/18',
    flowLogs: true,
    logRetention: RetentionDays.ONE_DAY,
    vpcProps: { vpcName: 'shop' },
  }, Profile.SANDBOX, SOMEWHERE);
  expect(counted(stack)).toMatchObject({ Subnet: 9, NatGateway: 1, VPCEndpoint: 4, FlowLog: 1, SecurityGroup: 1 });
  expect(onlyOne(stack, EC2('VPC'))).toMatchObject({ CidrBlock: '10.20.0.0/18', Tags: [{ Key: 'Name', Value: 'shop' }] });
  expect(onlyOne(stack, 'AWS::Logs::LogGroup')).toEqual({ RetentionInDays: 1 });
  expect(network.node.defaultChild).toBe(network.vpc);
  expect(network.vpc.selectSubnets(network.publicSubnets).subnets).toHaveLength(3);
  expect(network.vpc.selectSubnets(network.computeSubnets).subnets.map(({ node }) => node.id)).toEqual([1, 2, 3].map((zone) => `PrivateSubnet${zone}`));
  expect(network.vpc.selectSubnets(network.dataSubnets).subnets.map(({ node }) => node.id)).toEqual([1, 2, 3].map((zone) => `IsolatedSubnet${zone}`));
});

test('flow logs can be left out under PRODUCTION', () => {
  const { stack, network } = withNetwork({ flowLogs: false }, Profile.PRODUCTION);
  expect(counted(stack)).toEqual(LEAN);
  expect(network.flowLog).toBeUndefined();
});

describe('it refuses', () => {
  const elsewhere = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const onlyPublic = Vpc.fromVpcAttributes(elsewhere, 'OnlyPublic', { vpcId: 'vpc-1', availabilityZones: ['a', 'b'], publicSubnetIds: ['s-1', 's-2'] });
  const token = () => new CfnParameter(stackWith(), 'Zones', { type: 'Number' }).valueAsNumber;
  const BROKEN: Record<string, () => NetworkProps> = {
    'Network.WrongType': () => ({ publicTier: 'yes' as unknown as boolean }),
    'Network.UnknownEgress': () => ({ egress: 'nat' as Egress }),
    'Network.AdoptOrShape': () => ({ vpc: Vpc.fromLookup(stackWith(Profile.SANDBOX, {}, SOMEWHERE), 'Vpc', { isDefault: true }), addresses: '10.0.0.0/16' }),
    'Network.NoPrivateSubnets': () => ({ vpc: onlyPublic }),
    'Network.AvailabilityZones': () => ({ availabilityZones: 1 }),
    'Network.Addresses': () => ({ addresses: '10.0.0.0/28' }),
    'Network.EndpointName': () => ({ endpoints: ['sqs', 'Secrets Manager'] }),
    'Network.NatNeedsPrivateTier': () => ({ egress: Egress.REGIONAL_NAT, privateTier: false }),
    'Network.NatNeedsPublicTier': () => ({ egress: Egress.SINGLE_NAT, publicTier: false }),
    'Network.NatProviderWithoutNat': () => ({ vpcProps: { natGatewayProvider: NatProvider.gateway() } }),
    'Network.ManagedByTheConstruct': () => ({ vpcProps: { natGateways: 3 } }),
  };

  test.each(NETWORK_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => withNetwork(BROKEN[code]!()))).toEqual([code]);
  });

  test.each<[NetworkProps | (() => NetworkProps), string]>([
    [{ egress: 'nat' as Egress }, "egress is 'nat'"],
    [{ vpc: onlyPublic }, 'vpc Stack/OnlyPublic with 2 public, no private and no isolated subnets'],
    [{ vpc: new Construct(elsewhere, 'NoVpc') as unknown as Vpc }, 'vpc Stack/NoVpc with 0 public, no private and no isolated subnets'],
    [() => ({ availabilityZones: token() }), 'availabilityZones is known only at deployment'],
    [{ vpcProps: { availabilityZones: ['eu-west-1a'] } }, 'vpcProps.availabilityZones.length is 1'],
    [{ availabilityZones: 2, vpcProps: { availabilityZones: ['a', 'b'] } }, 'vpcProps has availabilityZones'],
    [{ addresses: '10.0.0.0/16', vpcProps: { ipAddresses: IpAddresses.cidr('10.0.0.0/16') } }, 'vpcProps has ipAddresses'],
    [{ vpcProps: { enableDnsSupport: false } }, 'vpcProps has enableDnsSupport'],
    [{ vpcProps: { restrictDefaultSecurityGroup: true } }, 'vpcProps has restrictDefaultSecurityGroup'],
    [{ egress: Egress.NAT_PER_ZONE, publicTier: false }, 'publicTier is false with egress nat-per-zone'],
    [{ egress: Egress.REGIONAL_NAT, vpcProps: { natGatewayProvider: NatProvider.gateway() } }, 'vpcProps has natGatewayProvider with egress regional-nat'],
    [{ addresses: Aws.ACCOUNT_ID }, 'addresses is known only at deployment'],
    [{ addresses: 'ten' }, "addresses is 'ten'"],
    [{ addresses: '10.0.0.0' }, "addresses is '10.0.0.0'"],
    [{ addresses: '10.0.0.256/16' }, "addresses is '10.0.0.256/16'"],
    [{ addresses: '10.0.0.0/15' }, "addresses is '10.0.0.0/15'"],
    [{ addresses: '10.0.0.0/24' }, "addresses is '10.0.0.0/24'"],
    [{ addresses: '10.0.1.0/16' }, "addresses is '10.0.1.0/16', which begins inside a /16"],
    [{ addresses: '169.254.0.0/16' }, "addresses is '169.254.0.0/16', which AWS keeps to itself"],
    [{ addresses: '10.0.0.0/23', vpcProps: { availabilityZones: ['a', 'b', 'c', 'd', 'e'] } }, "addresses is '10.0.0.0/23'"],
    [{ endpoints: ['com.amazonaws.eu-west-1.sqs'] }, "endpoint 'com.amazonaws.eu-west-1.sqs' (did you mean sqs?)"],
    [{ endpoints: ['SecretsManager'] }, "endpoint 'SecretsManager' (did you mean secretsmanager?)"],
    [{ endpoints: [5 as unknown as string] }, 'endpoint 5'],
  ])('what it tells back, %#', (props, given) => {
    const build = () => withNetwork(typeof props === 'function' ? props() : props);
    expect(refusedBy(build).map((finding) => finding.given)).toEqual([given]);
  });

  test('everything at once, naming the construct', () => {
    const build = () => withNetwork({ egress: 'nat' as Egress, availabilityZones: 7, addresses: 'ten', endpoints: ['?'] });
    expect(codesOf(build)).toEqual(['Network.UnknownEgress', 'Network.AvailabilityZones', 'Network.Addresses', 'Network.EndpointName']);
    expect(build).toThrow(/^Stack\/Network was given what it cannot be:\n {2}Network\.UnknownEgress: egress is 'nat'/);
  });
});

describe('the network of a stack', () => {
  test('is made on first use and shared', () => {
    const stack = stackWith();
    const inner = new Construct(stack, 'Inner');
    expect(Network.of(inner)).toBe(Network.of(stack));
    expect(Network.of(inner).node.path).toBe('Stack/Network');
    expect(counted(stack)).toEqual(LEAN);
  });

  test('is shared with nested stacks, whoever comes first', () => {
    const stack = stackWith();
    const nested = new NestedStack(stack, 'Nested');
    expect(Network.of(new NestedStack(nested, 'Innermost')).node.path).toBe('Stack/Network');
    expect(Network.of(nested)).toBe(Network.of(stack));
    const own = new Network(nested, 'Own');
    expect(Network.of(new Construct(nested, 'Inner'))).toBe(own);
    expect(Network.of(stack)).not.toBe(own);
  });

  test('is the one that was made or adopted by hand', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const network = new Network(stack, 'Shared', { vpc: Vpc.fromLookup(stack, 'Vpc', { isDefault: true }) });
    expect(Network.of(stack, { publicTier: true })).toBe(network);
    expect(counted(stack)).toEqual({});
  });

  test('is one, unless another is asked for, which is not shared', () => {
    const stack = stackWith();
    const extra = new Network(stack, 'Extra', { additional: true });
    const shared = Network.of(stack);
    expect(shared).not.toBe(extra);
    expect(refusedBy(() => new Network(stack, 'Other'))).toEqual([{
      code: 'Network.Second', given: 'a second network beside Stack/Network', allowed: expect.stringContaining('additional: true'),
    }]);
    new Network(stack, 'Further', { additional: true });
    expect(counted(stack).VPC).toBe(3);
  });

  test('is made with a public tier for who needs one, and refused where it has none', () => {
    const open = stackWith();
    Network.of(open, { publicTier: true });
    expect(counted(open)).toMatchObject({ Subnet: 4, InternetGateway: 1 });
    const stack = stackWith();
    Network.of(stack);
    expect(refusedBy(() => Network.of(new Construct(stack, 'Balancer'), { publicTier: true }))).toEqual([{
      code: 'Network.NoPublicTier', given: 'Stack/Balancer needs a public tier', allowed: expect.stringContaining('publicTier: true'),
    }]);
  });

  test('cannot be made where its name is taken', () => {
    const stack = stackWith();
    new Construct(stack, 'Network');
    expect(refusedBy(() => Network.of(stack))[0]).toMatchObject({ code: 'Network.NameTaken', given: 'Stack needs a network, and Stack/Network is something else' });
  });
});

describe('a service that compute inside needs', () => {
  const INTERFACE = (service: string) => ({
    Type: EC2('VPCEndpoint'),
    Properties: {
      PrivateDnsEnabled: true,
      SecurityGroupIds: [{ 'Fn::GetAtt': ['NetworkEndpoints', 'GroupId'] }],
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', ref('AWS::Region'), `.${service}`]] },
      SubnetIds: [ref('NetworkVpcIsolatedSubnet1Subnet'), ref('NetworkVpcIsolatedSubnet2Subnet')],
      VpcEndpointType: 'Interface',
      VpcId: ref('NetworkVpc'),
    },
  });

  test('is reached through an endpoint, made once and open to 443 from inside only', () => {
    const { stack, network } = withNetwork();
    const queue = new WorkQueue(stack, 'Jobs');
    worker(stack, network).use(queue, Access.WRITE);
    worker(stack, network, 'Other').use(queue, Access.WRITE);
    network.reach('ecr.api', worker(stack, network, 'Third'));
    const { NetworkEndpoints, NetworkEndpointsqs, NetworkEndpointecrapi } = resourcesOf(stack);
    expect(NetworkEndpointsqs).toMatchObject(INTERFACE('sqs'));
    expect(NetworkEndpointecrapi).toMatchObject(INTERFACE('ecr.api'));
    expect(counted(stack).VPCEndpoint).toBe(4);
    expect(NetworkEndpoints?.Properties).toEqual({
      GroupDescription: 'Endpoints of AWS services: HTTPS from inside the VPC',
      SecurityGroupEgress: [expect.objectContaining({ CidrIp: '255.255.255.255/32' })],
      SecurityGroupIngress: [{ CidrIp: '10.0.0.0/16', Description: 'HTTPS from inside the VPC', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }],
      VpcId: ref('NetworkVpc'),
    });
  });

  test('is reached without one where it is Amazon S3 or DynamoDB', () => {
    const { stack, network } = withNetwork({ egress: Egress.NONE });
    const inside = worker(stack, network);
    inside.use(new KeyValueStore(stack, 'Store', { partitionKey: 'id' }), Access.READ_WRITE);
    ['s3', 'dynamodb'].forEach((service) => network.reach(service, inside));
    expect(counted(stack).VPCEndpoint).toBe(2);
  });

  test.each([Egress.SINGLE_NAT, Egress.NAT_PER_ZONE, Egress.REGIONAL_NAT])('is reached through the NAT gateway with egress %s', (egress) => {
    const { stack, network } = withNetwork({ egress });
    worker(stack, network).use(new WorkQueue(stack, 'Jobs'), Access.WRITE);
    expect(counted(stack).VPCEndpoint).toBe(2);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('is refused without egress, unless its endpoint was asked for', () => {
    const { stack, network } = withNetwork({ egress: Egress.NONE, endpoints: ['sns'] });
    const inside = worker(stack, network);
    network.reach('sns', inside);
    expect(refusedBy(() => inside.use(new WorkQueue(stack, 'Jobs'), Access.WRITE))).toEqual([{
      code: 'Network.NoWay', given: 'Stack/Worker needs sqs', allowed: "egress: Egress.ENDPOINTS, or endpoints: ['sqs']",
    }]);
  });

  test('has an endpoint to narrow by a policy', () => {
    const { stack, network } = withNetwork();
    const statement = () => new PolicyStatement({ effect: Effect.DENY, principals: [new AnyPrincipal()], actions: ['sqs:DeleteQueue'], resources: ['*'] });
    network.addEndpoint('sqs').addToPolicy(statement());
    network.addEndpoint('s3').addToPolicy(statement());
    expect(network.addEndpoint('sqs')).toBe(network.node.findChild('Endpoint-sqs'));
    const { NetworkEndpointsqs, NetworkVpcS3 } = resourcesOf(stack);
    expect([NetworkEndpointsqs, NetworkVpcS3].map((endpoint) => endpoint?.Properties.PolicyDocument))
      .toEqual(Array(2).fill(expect.objectContaining({ Statement: [expect.objectContaining({ Effect: 'Deny' })] })));
  });

  test.each([
    ['kinesis', 'kinesis-streams or kinesis-firehose'],
    ['ecr', 'ecr.api or ecr.dkr or ecr-public.api'],
    ['secrets-manager', 'secretsmanager'],
  ])('is warned about when no endpoint of the name %s is known', (service, hint) => {
    const { stack, network } = withNetwork();
    network.addEndpoint(service);
    Annotations.fromStack(stack).hasWarning('/Stack/Network',
      Match.stringLikeRegexp(`^no service ${service} is known to have an endpoint \\(did you mean ${hint}\\?\\); if AWS`));
  });

  test('is not warned about when it is known, and refused when nothing can have its name', () => {
    const { stack, network } = withNetwork();
    ['sqs', 'kinesis-streams', 'ecr.api', 'secretsmanager', 'logs', 'monitoring'].forEach((service) => network.addEndpoint(service));
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    expect(refusedBy(() => network.addEndpoint('SQS'))[0]).toMatchObject({ code: 'Network.EndpointName', given: "endpoint 'SQS' (did you mean sqs?)" });
  });
});

describe('an existing VPC', () => {
  const looked = (stack: Stack) => Vpc.fromLookup(stack, 'Vpc', { vpcName: 'shop' });
  const here = () => stackWith(Profile.PRODUCTION, {}, SOMEWHERE);
  const attributes = (stack: Stack, more: object) => Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a', 'b'], ...more });

  test('is adopted: nothing is created, compute runs where there is a way out, data where there is none', () => {
    const stack = here();
    const vpc = looked(stack);
    const network = new Network(stack, 'Network', { vpc });
    expect(templateOf(stack).Resources).toBeUndefined();
    expect(network).toMatchObject({ vpc, internet: true, natAddresses: [] });
    expect([network.egress, network.dualStack, network.flowLog]).toEqual([undefined, undefined, undefined]);
    expect(vpc.selectSubnets(network.computeSubnets).subnetIds).toEqual(vpc.privateSubnets.map(({ subnetId }) => subnetId));
    expect(vpc.selectSubnets(network.dataSubnets).subnetIds).toEqual(vpc.isolatedSubnets.map(({ subnetId }) => subnetId));
    expect(vpc.selectSubnets(network.publicSubnets).subnetIds).toEqual(vpc.publicSubnets.map(({ subnetId }) => subnetId));
  });

  test.each([
    ['privateSubnetIds', true],
    ['isolatedSubnetIds', false],
  ])('with %s alone has both tiers in them', (prop, internet) => {
    const stack = here();
    const vpc = attributes(stack, { [prop]: ['s-1', 's-2'] });
    const network = new Network(stack, 'Network', { vpc });
    expect(network.internet).toBe(internet);
    network.reach('sqs', worker(stack, network));
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('must have an endpoint'))).toHaveLength(internet ? 0 : 1);
    expect([network.computeSubnets, network.dataSubnets].map((tier) => vpc.selectSubnets(tier).subnetIds)).toEqual(Array(2).fill(['s-1', 's-2']));
    expect(codesOf(() => Network.of(stack, { publicTier: true }))).toEqual(['Network.NoPublicTier']);
  });

  test('can be known at deployment only', () => {
    const stack = here();
    const vpc = attributes(stack, {
      vpcId: Fn.importValue('vpc'), availabilityZones: Fn.getAzs(), isolatedSubnetIds: Fn.split(',', Fn.importValue('subnets'), 2),
    });
    worker(stack, new Network(stack, 'Network', { vpc }));
    expect(onlyOne(stack, 'AWS::Lambda::Function').VpcConfig).toMatchObject({ SubnetIds: [{ 'Fn::Select': [0, expect.anything()] }, { 'Fn::Select': [1, expect.anything()] }] });
  });

  test('without a way out is warned about when a service is needed, not where its endpoint was asked for', () => {
    const stack = here();
    const network = new Network(stack, 'Network', {
      vpc: attributes(stack, { isolatedSubnetIds: ['s-1', 's-2'], vpcCidrBlock: '10.9.0.0/16' }), endpoints: ['sns'],
    });
    const inside = worker(stack, network);
    network.reach('sns', inside);
    inside.use(new WorkQueue(stack, 'Jobs'), Access.WRITE);
    const warnings = Annotations.fromStack(stack).findWarning('/Stack/Network', Match.stringLikeRegexp('must have an endpoint'));
    expect(warnings.map(({ entry }) => entry.data)).toEqual([
      expect.stringMatching(/^Stack\/Worker needs sqs: the VPC that Stack\/Network adopts .*; endpoints: \['sqs'\] makes one/),
    ]);
    expect(namesOf(stack, EC2('VPCEndpoint'))).toEqual(['NetworkEndpointsns']);
    expect(resourcesOf(stack).NetworkEndpoints).toMatchObject({ Properties: { SecurityGroupIngress: [{ CidrIp: '10.9.0.0/16', FromPort: 443, ToPort: 443 }] } });
  });

  test('gets the endpoints that are asked for, gateways into the route tables of both tiers', () => {
    const stack = here();
    new Network(stack, 'Network', { vpc: looked(stack), endpoints: ['secretsmanager', 's3'] });
    expect(counted(stack)).toEqual({ SecurityGroup: 1, VPCEndpoint: 2 });
    expect(resourcesOf(stack)['NetworkEndpoints3']?.Properties).toMatchObject({
      VpcEndpointType: 'Gateway', RouteTableIds: expect.arrayContaining(['rtb-12345p', 'rtb-57890p']),
    });
  });

  test.each([
    ['sqs', 'Network.AddressesUnknown', 'an endpoint in Stack/Vpc, which does not tell its addresses'],
    ['dynamodb', 'Network.RoutesUnknown', 'an endpoint of dynamodb in Stack/Vpc, which does not tell its route tables'],
  ])('that does not tell what an endpoint of %s takes is refused one', (service, code, given) => {
    const stack = here();
    const network = new Network(stack, 'Network', { vpc: attributes(stack, { privateSubnetIds: ['s-1', 's-2'] }) });
    expect(refusedBy(() => network.addEndpoint(service))).toEqual([{ code, given, allowed: expect.stringContaining('Vpc.fromLookup') }]);
  });
});

describe('failures of NAT gateways to find a port', () => {
  test('are alarmed about under PRODUCTION, whichever gateway has them', () => {
    const alarm = (egress: Egress) =>
      resourcesOf(withNetwork({ egress }, Profile.PRODUCTION).stack).NetworkNatPortsAlarm?.Properties;
    const metric = { Namespace: 'AWS/NATGateway', MetricName: 'ErrorPortAllocation' };
    expect(alarm(Egress.ENDPOINTS)).toBeUndefined();
    expect(alarm(Egress.REGIONAL_NAT)).toMatchObject({
      ...metric, Statistic: 'Sum', Threshold: 1, TreatMissingData: 'notBreaching',
      Dimensions: [{ Name: 'NatGatewayId', Value: { 'Fn::GetAtt': ['NetworkRegionalNat', 'NatGatewayId'] } }],
    });
    expect(alarm(Egress.NAT_PER_ZONE)).toMatchObject({
      Metrics: [{ Expression: 'm0 + m1' }, { MetricStat: { Metric: metric, Stat: 'Sum' } }, { MetricStat: { Metric: metric, Stat: 'Sum' } }],
    });
    expect(resourcesOf(withNetwork({ egress: Egress.SINGLE_NAT }).stack).NetworkNatPortsAlarm).toBeUndefined();
  });

  test('have no metric where there is no NAT gateway', () => {
    expect(refusedBy(() => withNetwork().network.metricNatPortErrors())[0]).toMatchObject({ code: 'Network.NoNat', given: 'a metric of NAT gateways' });
    expect(withNetwork({ egress: Egress.SINGLE_NAT }).network.metricNatPortErrors({ statistic: 'Average' })).toMatchObject({ statistic: 'Average' });
  });
});

test('property injectors of the CDK reach the VPC', () => {
  const injector = { constructUniqueId: Vpc.PROPERTY_INJECTION_ID, inject: (props: object) => ({ ...props, vpcName: 'by order of the platform team' }) };
  const stack = stackWith(Profile.SANDBOX, { propertyInjectors: [injector] });
  Network.of(stack);
  expect(onlyOne(stack, EC2('VPC')).Tags).toEqual([{ Key: 'Name', Value: 'by order of the platform team' }]);
});
