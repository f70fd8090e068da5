import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage, Secret } from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationListenerRule, ApplicationLoadBalancer, ApplicationProtocol, ApplicationTargetGroup, ListenerAction,
  ListenerCondition, TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Secret as ManagedSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { ContainerService, type ContainerServiceProps, Deployment, TaskSize } from '../../../lib/container-service';
import { Access, TrafficEstimate } from '../../../lib/core';
import { KeyValueStore } from '../../../lib/key-value-store';
import { Network } from '../../../lib/network';
import { WorkQueue } from '../../../lib/work-queue';
import type { Case } from './case';

/** An image that an account has. */
export const imageIn = (stack: Stack) => ContainerImage.fromEcrRepository(
  Repository.fromRepositoryAttributes(stack, 'PlainRepository', {
    repositoryArn: 'arn:aws:ecr:eu-west-1:111122223333:repository/shop', repositoryName: 'shop',
  }), '1.0.0');

const service = (stack: Stack, props: ContainerServiceProps) => new ContainerService(stack, 'Shop', { image: imageIn(stack), ...props });

/** A listener that this library did not make. */
export function listenerIn(stack: Stack) {
  const { vpc, computeSubnets: vpcSubnets } = Network.of(stack);
  return new ApplicationLoadBalancer(stack, 'PlainBalancer', { vpc, vpcSubnets }).addListener('PlainListener', {
    port: 80, open: false, protocol: ApplicationProtocol.HTTP, defaultAction: ListenerAction.fixedResponse(404),
  });
}

/** A route through two target groups that this library did not make. */
export function shiftingRouteIn(stack: Stack) {
  const { vpc } = Network.of(stack);
  const group = (id: string) => new ApplicationTargetGroup(stack, id, { vpc, port: 80, targetType: TargetType.IP });
  const [targetGroup, alternateTargetGroup] = [group('PlainBlue'), group('PlainGreen')];
  const rule = new ApplicationListenerRule(stack, 'PlainRule', {
    listener: listenerIn(stack), priority: 1, conditions: [ListenerCondition.pathPatterns(['/shop/*'])],
    action: ListenerAction.weightedForward([{ targetGroup, weight: 100 }, { targetGroup: alternateTargetGroup, weight: 0 }]),
  });
  return { targetGroup, alternateTargetGroup, rule };
}


export const CASES: readonly Case[] = [
  { name: 'ContainerService, minimal', build: (stack) => { service(stack, { port: 8080 }); } },
  {
    name: 'ContainerService, maximal and routed',
    build: (stack) => {
      const shop = service(stack, {
        port: 8080,
        size: TaskSize.LARGE,
        scaling: { min: 2, max: 10, cpuPercent: 50, memoryPercent: 70, requestsPerSecond: 20 },
        traffic: new TrafficEstimate({ requestsPerSecond: 100 }),
        environment: { MODE: 'test' },
        secrets: { PASSWORD: Secret.fromSecretsManager(ManagedSecret.fromSecretNameV2(stack, 'PlainSecret', 'shop'), 'password') },
        health: { command: ['CMD-SHELL', 'true'], path: '/health', startup: Duration.seconds(20) },
        discoverAs: 'shop',
        user: '1000',
        gracefulStop: Duration.seconds(10),
        spot: 0.5,
        ephemeralStorage: Size.gibibytes(30),
        debug: true,
      });
      shop.use(new KeyValueStore(stack, 'Carts', { partitionKey: 'id', disposable: true }), Access.READ_WRITE);
      listenerIn(stack).addTargets('Shop', { port: 80, priority: 1, conditions: [ListenerCondition.pathPatterns(['/shop/*'])], targets: [shop] });
    },
  },
  {
    name: 'ContainerService, working a queue',
    build: (stack) => {
      const worker = service(stack, { maxProcessingTime: Duration.seconds(30) });
      new WorkQueue(stack, 'Jobs', { disposable: true }).consumedBy(worker, { idempotent: true });
    },
  },
  {
    name: 'ContainerService, blue/green',
    build: (stack) => {
      service(stack, { port: 8080, deployment: Deployment.blueGreen() }).attachToShiftingRoute(shiftingRouteIn(stack));
    },
  },
];
