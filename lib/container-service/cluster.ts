import { Stack, Validations } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { type CfnCluster, Cluster, ContainerInsights, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { Profile } from '../core/profile';

const SHARED = Symbol.for('cdk-system-blueprints.cluster');

interface StackWithCluster extends Stack {
  [SHARED]?: ICluster;
}

/**
 * The cluster that the services of a stack share, made on first use: on Fargate it is a name and costs nothing.
 *
 * @param vpc where the service runs: tasks of one cluster may stand in several networks
 */
export function sharedCluster(service: Construct, vpc: IVpc): ICluster {
  const stack = Stack.of(service) as StackWithCluster;
  const shared = stack[SHARED] ??= createCluster(stack, vpc);
  return shared.vpc === vpc
    ? shared
    : Cluster.fromClusterAttributes(service, 'Cluster', { clusterName: shared.clusterName, clusterArn: shared.clusterArn, vpc });
}

/** Whether the shared cluster counts its tasks. */
export function countsTasks(service: Construct): boolean {
  return Profile.of(Stack.of(service)).guarded;
}

/** Has a cluster take tasks on Fargate Spot. */
export function offerSpot(service: Construct, cluster?: ICluster): void {
  if (cluster === undefined) {
    const shared = (Stack.of(service) as StackWithCluster)[SHARED]!.node.defaultChild as CfnCluster;
    shared.capacityProviders = ['FARGATE', 'FARGATE_SPOT'];
  } else if (cluster instanceof Cluster) {
    cluster.enableFargateCapacityProviders();
  } else {
    Validations.of(service).addWarning('cdk-system-blueprints:ContainerService.SpotOfImported',
      `the cluster of ${service.node.path} was imported: it must have the capacity providers FARGATE and FARGATE_SPOT`);
  }
}

function createCluster(stack: Stack, vpc: IVpc): Cluster {
  const { guarded } = Profile.of(stack);
  const cluster = new Cluster(stack, 'ContainerCluster', { vpc, containerInsightsV2: guarded ? ContainerInsights.ENABLED : undefined });
  if (!guarded) {
    acknowledge(cluster.node.defaultChild as CfnCluster, {
      id: 'AwsSolutions-ECS4',
      reason: 'Container Insights are paid metrics; a sandbox is watched by nobody. Under PRODUCTION the cluster has them.',
    });
  }
  return cluster;
}
