/* eslint-disable awscdk/require-passing-this -- the construct passes itself */
import { CfnSecurityGroupEgress, CfnSecurityGroupIngress, type ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnDBProxyEndpoint, type DatabaseCluster, DatabaseProxy, type IDatabaseProxy, ProxyTarget } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { INetwork } from '../core/wiring';
import { acknowledgePool } from './database-acknowledgements';
import { PORT } from './database-plan';

/** A proxy before a cluster, which clients sign in to with IAM and which itself signs in with the secret. */
export function createPool(
  scope: Construct, name: string, cluster: DatabaseCluster, network: INetwork, securityGroup: ISecurityGroup,
): DatabaseProxy {
  const pool = new DatabaseProxy(scope, 'Pool', {
    // It has to have one, and by itself it would be that of every pool of the account.
    dbProxyName: name,
    proxyTarget: ProxyTarget.fromCluster(cluster),
    secrets: [cluster.secret!],
    vpc: network.vpc,
    vpcSubnets: network.dataSubnets,
    securityGroups: [securityGroup],
    iamAuth: true,
    requireTLS: true,
  });
  spellOutPorts([securityGroup, ...cluster.connections.securityGroups]);
  acknowledgePool(pool);
  return pool;
}

/** The way of a proxy to the readers. */
export function createReadOnlyEndpoint(
  scope: Construct, pool: IDatabaseProxy, network: INetwork, securityGroup: ISecurityGroup,
): CfnDBProxyEndpoint {
  const endpoint = new CfnDBProxyEndpoint(scope, 'PoolReader', {
    dbProxyName: pool.dbProxyName,
    dbProxyEndpointName: `${pool.dbProxyName}-ro`,
    targetRole: 'READ_ONLY',
    vpcSubnetIds: network.vpc.selectSubnets(network.dataSubnets).subnetIds,
    vpcSecurityGroupIds: [securityGroup.securityGroupId],
  });
  endpoint.node.addDependency(pool);
  return endpoint;
}

/** The CDK opens the port that the cluster has by reference, which no check of a template can read. */
function spellOutPorts(securityGroups: readonly ISecurityGroup[]): void {
  for (const rule of securityGroups.flatMap((group) => group.node.children)) {
    if (rule instanceof CfnSecurityGroupIngress || rule instanceof CfnSecurityGroupEgress) {
      rule.fromPort = PORT;
      rule.toPort = PORT;
    }
  }
}
