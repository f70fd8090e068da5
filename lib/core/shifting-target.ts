import type { ApplicationListenerRule, IApplicationLoadBalancerTarget, IApplicationTargetGroup, LoadBalancerTargetProps } from 'aws-cdk-lib/aws-elasticloadbalancingv2';

/** What a deployment needs that shifts requests from one target group to another. */
export interface ShiftingRoute {
  /** Where the service stands first. */
  readonly targetGroup: IApplicationTargetGroup;
  /** Where its next version comes up. */
  readonly alternateTargetGroup: IApplicationTargetGroup;
  /** The rule whose weights the deployment changes. */
  readonly rule: ApplicationListenerRule;
}

/** A service whose deployments may shift requests from one target group to another: blue/green, canary, linear. */
export interface IShiftingTarget extends IApplicationLoadBalancerTarget {
  /** Whether its deployments do. A load balancer then routes to it through two target groups. */
  readonly shifts: boolean;

  /** Attaches it to both target groups. Called instead of `attachToApplicationTargetGroup` when `shifts`. */
  attachToShiftingRoute(route: ShiftingRoute): LoadBalancerTargetProps;
}
