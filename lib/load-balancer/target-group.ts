import { Duration } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationProtocol, ApplicationProtocolVersion, ApplicationTargetGroup, type HealthCheck, type IApplicationLoadBalancerTarget,
  type TargetGroupLoadBalancingAlgorithmType, TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LambdaTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import type { Construct } from 'constructs';
import { isObject } from '../core/show';
import type { LoadBalancerRouteOptions } from './route';

/** Healthy after 20 s and unhealthy after 30 s, where AWS would take 150 s and 60 s. */
export const HEALTH: HealthCheck = {
  interval: Duration.seconds(10), timeout: Duration.seconds(5), healthyThresholdCount: 2, unhealthyThresholdCount: 3,
};

/** Requests in flight get this long to end when their target leaves. AWS would wait for 300 s, and deployments with it. */
export const DRAIN = Duration.seconds(30);

/** Whether a target is a function: `FunctionService` or the CDK's `LambdaTarget`. Its group has neither port nor network. */
export function isFunction(target: IApplicationLoadBalancerTarget): boolean {
  const { function: invoked } = target as { function?: unknown };
  return target instanceof LambdaTarget || isObject(invoked) && 'functionArn' in invoked;
}

/** A target group as a route asks for it, without targets. */
export function createTargetGroup(
  scope: Construct, id: string, options: LoadBalancerRouteOptions, vpc?: IVpc,
): ApplicationTargetGroup {
  const grpc = options.protocolVersion === ApplicationProtocolVersion.GRPC;
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  return new ApplicationTargetGroup(scope, id, {
    vpc,
    protocol: options.protocol ?? ApplicationProtocol.HTTP,
    port: options.port ?? (options.protocol === ApplicationProtocol.HTTPS ? 443 : 80),
    protocolVersion: options.protocolVersion,
    loadBalancingAlgorithmType: options.algorithm as unknown as TargetGroupLoadBalancingAlgorithmType | undefined,
    enableAnomalyMitigation: options.anomalyMitigation,
    slowStart: options.slowStart,
    deregistrationDelay: options.drain ?? DRAIN,
    stickinessCookieDuration: options.sticky?.duration ?? (options.sticky && Duration.days(1)),
    stickinessCookieName: options.sticky?.cookieName,
    healthCheck: { ...HEALTH, ...grpc && { healthyGrpcCodes: '0-99' }, ...options.health },
    ...options.targetGroupProps,
  });
}

/** The target group of a function. */
export function createFunctionGroup(scope: Construct, id: string, options: LoadBalancerRouteOptions): ApplicationTargetGroup {
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  return new ApplicationTargetGroup(scope, id, {
    targetType: TargetType.LAMBDA,
    multiValueHeadersEnabled: options.multiValueHeaders,
    healthCheck: options.health && { enabled: true, ...options.health },
    ...options.targetGroupProps,
  });
}
