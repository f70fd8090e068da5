import type { Construct } from 'constructs';
import type { SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing, type CapacityProviderStrategy, FargatePlatformVersion, FargateService, type ICluster, PropagatedTagSource, type TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import type { ContainerServiceProps } from './container-service-props';
import { Deployment } from './deployment';

/** Creates the service: how many tasks, where, and how a new version takes over. */
export function createService(
  scope: Construct, props: ContainerServiceProps, cluster: ICluster, vpcSubnets: SubnetSelection, taskDefinition: TaskDefinition, desiredCount: number,
): FargateService {
  return new FargateService(scope, 'Service', {
    cluster,
    vpcSubnets,
    taskDefinition,
    desiredCount,
    assignPublicIp: false,
    platformVersion: FargatePlatformVersion.LATEST,
    capacityProviderStrategies: props.spot ? strategies(props.spot) : undefined,
    availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
    // Never fewer tasks than wanted while a new version comes up.
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    circuitBreaker: { rollback: true },
    healthCheckGracePeriod: props.health?.startup,
    propagateTags: PropagatedTagSource.SERVICE,
    enableECSManagedTags: true,
    ...(props.deployment ?? Deployment.rolling())._settings,
  });
}

/** The share of tasks on Fargate Spot. The first task stays on what cannot be taken away, unless all are to go there. */
function strategies(spot: number): CapacityProviderStrategy[] {
  const weight = Math.round(spot * 100);
  return [
    { capacityProvider: 'FARGATE_SPOT', weight },
    ...weight === 100 ? [] : [{ capacityProvider: 'FARGATE', weight: 100 - weight, base: 1 }],
  ];
}
