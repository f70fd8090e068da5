import { Stack } from 'aws-cdk-lib';
import { CfnNatGateway, IpAddresses, IpProtocol, type PrivateSubnet, RouterType, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EC2_REQUIRE_PRIVATE_SUBNETS_FOR_EGRESSONLYINTERNETGATEWAY as EGRESS_ONLY_GATEWAY_WHERE_USED } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { refuse } from '../core/rules';
import { DEFAULT_ADDRESSES, ZONES_LAID_OUT } from './addresses';
import { Egress, isNat } from './egress';
import type { NetworkProps } from './network';

/** Which tiers are made beside the isolated one; the addresses of the others are reserved. */
export interface Tiers {
  readonly public: boolean;
  readonly private: boolean;
}

/**
 * Makes the VPC of a network: three tiers, of which the public and the private one may only be reserved.
 *
 * @throws RuleError when the stack knows fewer availability zones than are asked for
 */
export function createVpc(scope: Construct, egress: Egress, tiers: Tiers, props: NetworkProps): Vpc {
  const { vpcProps } = props;
  const zones = countZones(scope, props);
  // Without this flag every dual-stack VPC has an egress-only gateway, also where no route leads to it.
  scope.node.setContext(EGRESS_ONLY_GATEWAY_WHERE_USED, true);
  // eslint-disable-next-line awscdk/require-passing-this -- it belongs to the network
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr(props.addresses ?? DEFAULT_ADDRESSES),
    ipProtocol: props.dualStack ? IpProtocol.DUAL_STACK : undefined,
    maxAzs: vpcProps?.availabilityZones ? undefined : zones,
    reservedAzs: Math.max(0, ZONES_LAID_OUT - zones),
    natGateways: egress === Egress.NAT_PER_ZONE ? zones : egress === Egress.SINGLE_NAT ? 1 : 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      // Load balancers and NAT gateways ask for their addresses themselves.
      {
        name: 'Public',
        subnetType: SubnetType.PUBLIC,
        mapPublicIpOnLaunch: false,
        ipv6AssignAddressOnCreation: props.dualStack ? false : undefined,
        reserved: !tiers.public,
      },
      {
        name: 'Private',
        subnetType: isNat(egress) ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED,
        reserved: !tiers.private,
      },
      { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED },
    ],
    ...vpcProps,
    availabilityZones: vpcProps?.availabilityZones && [...vpcProps.availabilityZones],
  });
  // The names under which zones were reserved are none that anybody else should meet.
  vpc.availabilityZones.splice(zones);
  if (egress === Egress.REGIONAL_NAT) {
    createRegionalNat(scope, vpc);
  }
  return vpc;
}

/** How many zones the network spans. The CDK itself takes fewer without a word where the stack knows fewer. */
function countZones(scope: Construct, { availabilityZones: zones = 2, vpcProps }: NetworkProps): number {
  if (vpcProps?.availabilityZones) {
    return vpcProps.availabilityZones.length;
  }
  const known = Stack.of(scope).availabilityZones;
  // Before the CDK has looked them up there are three of that name, whatever the region has.
  if (zones > known.length && !known.includes('dummy1a')) {
    refuse(scope, 'Network.FewerZones', `availabilityZones is ${zones}, where the stack knows ${known.length}`,
      'as many as the stack knows; a stack with account and region (env) looks them up, and vpcProps.availabilityZones names them');
  }
  return zones;
}

// Not by the provider of the CDK, which older versions within the peer range lack.
function createRegionalNat(scope: Construct, vpc: Vpc): void {
  // eslint-disable-next-line awscdk/require-passing-this -- it belongs to the network
  const gateway = new CfnNatGateway(scope, 'RegionalNat', { vpcId: vpc.vpcId, availabilityMode: 'regional', connectivityType: 'public' });
  // AWS refuses it while the VPC has no internet gateway attached.
  gateway.node.addDependency(vpc.node.findChild('VPCGW'));
  (vpc.privateSubnets as PrivateSubnet[]).forEach((subnet) => subnet.addRoute('DefaultRoute', {
    routerType: RouterType.NAT_GATEWAY, routerId: gateway.attrNatGatewayId, enablesInternetConnectivity: true,
  }));
}
