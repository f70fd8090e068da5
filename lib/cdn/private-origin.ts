import { Aws, CfnMapping } from 'aws-cdk-lib';
import { type IOrigin, OriginProtocolPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Peer, Port } from 'aws-cdk-lib/aws-ec2';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { refuse } from '../core/rules';
import { globalName } from './global-name';
import { regionOf } from './region';

/**
 * The addresses from which CloudFront fetches, as AWS keeps them for each region: the managed prefix list
 * com.amazonaws.global.cloudfront.origin-facing. Its id never changes, and nothing but a lookup or a custom resource tells it.
 */
const ADDRESSES_OF_CLOUDFRONT: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'pl-58a04531',
  'ap-northeast-2': 'pl-22a6434b',
  'ap-northeast-3': 'pl-31a14458',
  'ap-south-1': 'pl-9aa247f3',
  'ap-southeast-1': 'pl-31a34658',
  'ap-southeast-2': 'pl-b8a742d1',
  'ca-central-1': 'pl-38a64351',
  'eu-central-1': 'pl-a3a144ca',
  'eu-north-1': 'pl-fab65393',
  'eu-west-1': 'pl-4fa04526',
  'eu-west-2': 'pl-93a247fa',
  'eu-west-3': 'pl-75b1541c',
  'sa-east-1': 'pl-5da64334',
  'us-east-1': 'pl-3b927c52',
  'us-east-2': 'pl-b6a144df',
  'us-west-1': 'pl-4ea04527',
  'us-west-2': 'pl-82a045eb',
};

/** Those that let CloudFront in: a second rule would be one too many for a security group. */
const OPEN = new WeakSet<IApplicationLoadBalancer>();

/**
 * A load balancer that CloudFront reaches through network interfaces of its own inside the network (a VPC origin), over HTTP.
 * It lets CloudFront in by the prefix list: a rule for the range of the network would not, though the interfaces are in it.
 */
export function privateOrigin(scope: Construct, loadBalancer: IApplicationLoadBalancer): IOrigin {
  if (!OPEN.has(loadBalancer)) {
    const addresses = Peer.prefixList(addressesOfCloudFront(scope, loadBalancer));
    loadBalancer.connections.allowFrom(addresses, Port.HTTP, 'CloudFront, through its VPC origin');
    OPEN.add(loadBalancer);
    // CloudFront makes no VPC origin in a network to which no internet gateway is attached yet.
    const { publicSubnets = [] } = loadBalancer.vpc ?? {};
    loadBalancer.node.addDependency(...publicSubnets.map((subnet) => subnet.internetConnectivityEstablished));
  }
  return VpcOrigin.withApplicationLoadBalancer(loadBalancer, {
    vpcOriginName: globalName(scope, 'PrivateOrigin'), protocolPolicy: OriginProtocolPolicy.HTTP_ONLY, httpPort: 80,
  });
}

/** The prefix list of the region that the load balancer is in, which may be known only at deployment. */
function addressesOfCloudFront(scope: Construct, loadBalancer: IApplicationLoadBalancer): string {
  const region = regionOf(loadBalancer);
  if (region === undefined) {
    const lists = Object.entries(ADDRESSES_OF_CLOUDFRONT).map(([name, prefixList]) => [name, { prefixList }]);
    const mapping = Object.fromEntries(lists) as Record<string, Record<string, string>>;
    return new CfnMapping(loadBalancer, 'CloudFront', { mapping }).findInMap(Aws.REGION, 'prefixList');
  }
  return ADDRESSES_OF_CLOUDFRONT[region] ?? refuse(scope, 'Cdn.PrivateOriginRegion', `an internal load balancer in ${region}`,
    `one in ${Object.keys(ADDRESSES_OF_CLOUDFRONT).join(', ')}; or CdnOrigin.from(VpcOrigin...) with a security group that lets CloudFront in`);
}
