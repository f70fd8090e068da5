import { Token } from 'aws-cdk-lib';
import { adoptsOrShapes, notManaged, wholeNumber } from '../core/checks';
import type { Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import { wrongAddresses } from './addresses';
import { Egress, isNat, isZonalNat } from './egress';
import { wrongEndpointName } from './endpoint-names';
import type { NetworkProps } from './network';

const EGRESSES: readonly string[] = Object.values(Egress);

/** What Network refuses. Bounds: Amazon VPC quotas, and the least room that load balancers ask of a subnet. */
export const NETWORK_RULES: readonly Rule<NetworkProps>[] = [
  {
    code: 'Network.WrongType',
    first: true,
    check: (props) => typed(props, {
      egress: 'text',
      publicTier: 'flag',
      privateTier: 'flag',
      endpoints: 'list',
      availabilityZones: 'number',
      addresses: 'text',
      dualStack: 'flag',
      flowLogs: 'flag',
      logRetention: 'number',
      additional: 'flag',
      vpcProps: { availabilityZones: 'list' },
      vpc: 'construct',
    }),
  },
  {
    code: 'Network.UnknownEgress',
    check: ({ egress }) => egress === undefined || EGRESSES.includes(egress)
      ? undefined
      : { given: `egress is ${show(egress)}`, allowed: EGRESSES.join(', ') },
  },
  { code: 'Network.AdoptOrShape', check: (props) => adoptsOrShapes('vpc', props, ['endpoints', 'additional']) },
  {
    code: 'Network.NoPrivateSubnets',
    check: ({ vpc }) => {
      const count = (subnets?: readonly unknown[]) => subnets?.length ?? 0;
      return !vpc || count(vpc.privateSubnets) + count(vpc.isolatedSubnets) > 0
        ? undefined
        : {
          given: `vpc ${vpc.node.path} with ${count(vpc.publicSubnets)} public, no private and no isolated subnets`,
          allowed: 'a VPC with private subnets (with a way out) or isolated ones (without)',
        };
    },
  },
  {
    code: 'Network.AvailabilityZones',
    check: ({ availabilityZones: zones, vpcProps }) => Token.isUnresolved(zones)
      ? { given: 'availabilityZones is known only at deployment', allowed: 'a number that is known at synthesis, when subnets are made' }
      : wholeNumber('availabilityZones', zones, 2, 6)
        ?? wholeNumber('vpcProps.availabilityZones.length', vpcProps?.availabilityZones?.length, 2, 6),
  },
  {
    code: 'Network.Addresses',
    check: ({ addresses, availabilityZones = 2, vpcProps }) =>
      wrongAddresses(addresses, vpcProps?.availabilityZones?.length ?? availabilityZones),
  },
  {
    code: 'Network.EndpointName',
    check: ({ endpoints = [] }) => endpoints.map(wrongEndpointName).find((refusal) => refusal),
  },
  {
    code: 'Network.NatNeedsPrivateTier',
    check: ({ egress = Egress.ENDPOINTS, privateTier }) => privateTier === false && isNat(egress)
      ? { given: `privateTier is false with egress ${egress}`, allowed: 'a private tier, which alone is routed through NAT gateways' }
      : undefined,
  },
  {
    code: 'Network.NatNeedsPublicTier',
    check: ({ egress = Egress.ENDPOINTS, publicTier }) => publicTier === false && isZonalNat(egress)
      ? {
        given: `publicTier is false with egress ${egress}`,
        allowed: 'a public tier for the NAT gateways to stand in, or Egress.REGIONAL_NAT, which needs none',
      }
      : undefined,
  },
  {
    code: 'Network.NatProviderWithoutNat',
    check: ({ egress = Egress.ENDPOINTS, vpcProps }) => vpcProps?.natGatewayProvider && !isZonalNat(egress)
      ? { given: `vpcProps has natGatewayProvider with egress ${egress}`, allowed: 'Egress.SINGLE_NAT or Egress.NAT_PER_ZONE beside it' }
      : undefined,
  },
  {
    code: 'Network.ManagedByTheConstruct',
    check: ({ addresses, availabilityZones, vpcProps }) => notManaged('vpcProps', vpcProps, [
      'cidr', 'maxAzs', 'reservedAzs', 'natGateways', 'natGatewaySubnets', 'subnetConfiguration', 'gatewayEndpoints', 'ipProtocol', 'flowLogs',
      'createInternetGateway', 'enableDnsHostnames', 'enableDnsSupport', 'restrictDefaultSecurityGroup',
      ...addresses === undefined ? [] : ['ipAddresses'] as const,
      ...availabilityZones === undefined ? [] : ['availabilityZones'] as const,
    ], 'every other option; tiers, zones, addresses, egress, dualStack and flowLogs are props of the construct, endpoints need DNS, and restricting the default security group would add a custom resource'),
  },
];
