import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeCompliance } from '../core/acknowledge';

/**
 * Acknowledges what policy packs find in a VPC and what is right to stay.
 *
 * @param logged whether flow logs are kept
 * @param dualStack whether subnets have IPv6 addresses too
 */
export function acknowledgeVpc(vpc: Vpc, logged: boolean, dualStack: boolean): void {
  const resource = vpc.node.defaultChild as Construct;
  acknowledgeCompliance(resource, 'VPCDefaultSecurityGroupClosed',
    'Nothing is placed in the default security group: every construct brings one of its own. Closing it takes a custom resource with a Lambda function that may change security groups.');
  if (!logged) {
    const reason = 'A sandbox is watched by the one who runs it; under PRODUCTION flow logs are kept for a year.';
    acknowledge(resource, { id: 'AwsSolutions-VPC7', reason });
    acknowledgeCompliance(resource, 'VPCFlowLogsEnabled', reason);
  }
  vpc.publicSubnets.forEach((subnet) => subnet.node.children.filter(({ node }) => node.id.startsWith('DefaultRoute')).forEach((route) => {
    acknowledgeCompliance(route as Construct, 'VPCNoUnrestrictedRouteToIGW',
      'The public tier is there to be reached from and to reach the internet: only load balancers and NAT gateways stand in it, and none of its subnets assigns public addresses.');
  }));
  if (dualStack) {
    [...vpc.privateSubnets, ...vpc.isolatedSubnets].forEach((subnet) => {
      acknowledgeCompliance(subnet.node.defaultChild as Construct, 'VPCSubnetAutoAssignPublicIpDisabled',
        'Every IPv6 address is public by its range; nobody reaches those of this subnet, since no route leads in: out goes an egress-only gateway or nothing. It assigns no public IPv4 address.');
    });
  }
}
