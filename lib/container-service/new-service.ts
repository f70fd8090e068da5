import { type SubnetSelection, VpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing, type CapacityProviderStrategy, FargatePlatformVersion, FargateService, type ICluster,
  PropagatedTagSource, type TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { INetwork } from '../core/wiring';
import type { ContainerServiceProps } from './container-service-props';
import { Deployment } from './deployment';

/** Creates the service: how many tasks, where, and how a new version takes over. */
export function createService(
  scope: Construct, props: ContainerServiceProps, cluster: ICluster, vpcSubnets: SubnetSelection, taskDefinition: TaskDefinition,
  desiredCount: number,
): FargateService {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
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

/**
 * Has the first tasks wait until they can pull their image: those that cannot are failures, and three of them send the
 * deployment back.
 */
export function waitFor(service: FargateService, executionRole: IRole, { node, vpc, computeSubnets }: INetwork): void {
  const endpoints = node.findAll().filter((each) => each instanceof VpcEndpoint);
  const { internetConnectivityEstablished: internet } = vpc.selectSubnets(computeSubnets);
  service.node.defaultChild!.node.addDependency(executionRole, internet, ...endpoints);
}

/** The share of tasks on Fargate Spot. The first task stays on what cannot be taken away, unless all are to go there. */
function strategies(spot: number): CapacityProviderStrategy[] {
  const weight = Math.round(spot * 100);
  return [
    { capacityProvider: 'FARGATE_SPOT', weight },
    ...weight === 100 ? [] : [{ capacityProvider: 'FARGATE', weight: 100 - weight, base: 1 }],
  ];
}
