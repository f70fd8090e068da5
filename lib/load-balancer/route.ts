import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListenerRule, type ApplicationProtocol, type ApplicationProtocolVersion, type ApplicationTargetGroup,
  type ApplicationTargetGroupProps, type CfnListener, type HealthCheck, HttpCodeTarget, type IApplicationListener,
  type IApplicationLoadBalancerTarget, ListenerAction,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { alarmWhenGuarded } from '../core/alarms';
import type { IShiftingTarget } from '../core/shifting-target';
import type { Algorithm } from './algorithm';
import type { Authentication } from './authentication';
import { listenerConditions, type RouteMatch } from './route-match';
import { createFunctionGroup, createTargetGroup, isFunction } from './target-group';

const MINUTE = Duration.minutes(1);
const DAY = Duration.days(1);

/** How clients are kept with the target that answered them first. */
export interface StickySessions {
  /**
   * For how long, 1 s to 7 days.
   * @default Duration.days(1)
   */
  readonly duration?: Duration;
  /**
   * The cookie of the application that ties a client to its target while it lives.
   * @default - a cookie of the load balancer
   */
  readonly cookieName?: string;
}

/** How one route works. */
export interface LoadBalancerRouteOptions {
  /**
   * When the route is asked: 1 is the first, 50000 the last. Required for adopted listeners, whose other rules are not known.
   * @default - the more the route asks for, the earlier
   */
  readonly priority?: number;
  /**
   * Which target gets a request.
   * @default Algorithm.ROUND_ROBIN
   */
  readonly algorithm?: Algorithm;
  /**
   * Gives fewer requests to targets that fail more than the others. For Algorithm.WEIGHTED_RANDOM only.
   * @default false
   */
  readonly anomalyMitigation?: boolean;
  /**
   * Keeps a client with one target. Prefer to keep sessions in a store: a target that goes takes its sessions along.
   * @default - any target answers any request
   */
  readonly sticky?: StickySessions;
  /**
   * How targets are checked.
   * @default - `/` every 10 s within 5 s; in after 2 successes, out after 3 failures. Functions are not checked
   */
  readonly health?: HealthCheck;
  /**
   * How long requests in flight get to end when their target leaves, 0 to 3600 s.
   * @default Duration.seconds(30)
   */
  readonly drain?: Duration;
  /**
   * How long a new target takes to its full share of requests, 30 to 900 s. For Algorithm.ROUND_ROBIN only.
   * @default - at once
   */
  readonly slowStart?: Duration;
  /**
   * The port that targets listen on. Services of Amazon ECS know their own.
   * @default - 80, or 443 for HTTPS
   */
  readonly port?: number;
  /**
   * How targets are called.
   * @default ApplicationProtocol.HTTP
   */
  readonly protocol?: ApplicationProtocol;
  /**
   * The version of HTTP that targets are called with; GRPC for services of gRPC.
   * @default ApplicationProtocolVersion.HTTP1
   */
  readonly protocolVersion?: ApplicationProtocolVersion;
  /**
   * Hands functions all values of a header or parameter, not only the last. Functions must then answer in the same form.
   * @default false
   */
  readonly multiValueHeaders?: boolean;
  /**
   * The route serves WebSockets: a warning then tells when connections would be closed after a short silence.
   * @default false
   */
  readonly webSocket?: boolean;
  /**
   * Who may use the route.
   * @default - everybody who reaches the load balancer
   */
  readonly authentication?: Authentication;
  /**
   * Anything else of the inner target group, applied last.
   * @default - nothing else
   */
  readonly targetGroupProps?: ApplicationTargetGroupProps;
}

/** A target and its share of the requests. */
export interface WeightedTarget {
  /** What answers. */
  readonly target: IApplicationLoadBalancerTarget;
  /** Its share beside the weights of the others, 0 to 999. */
  readonly weight: number;
}

/** What a LoadBalancerRoute is made of. Made by `LoadBalancer.route()`. */
export interface LoadBalancerRouteProps {
  /** The listener that it belongs to. */
  readonly listener: IApplicationListener;
  /**
   * The requests that it takes.
   * @default - all that no other route takes
   */
  readonly match?: RouteMatch;
  /**
   * When it is asked. Goes with `match`.
   * @default - last
   */
  readonly priority?: number;
  /** What answers: one, or several with their shares. */
  readonly targets: WeightedTarget[];
  /** How it works. */
  readonly options: LoadBalancerRouteOptions;
  /**
   * Where its targets stand.
   * @default - they are functions
   */
  readonly vpc?: IVpc;
}

/** One route of a load balancer: its rule and its target groups. */
export class LoadBalancerRoute extends Construct {
  /** The rule; undefined for the default route, which is part of the listener. */
  public readonly rule?: ApplicationListenerRule;
  /** When it is asked; undefined for the default route, which is asked last. */
  public readonly priority?: number;
  /** The target groups, in the order of the targets. */
  public readonly targetGroups: ApplicationTargetGroup[];
  /** The second target group of a service whose deployments shift requests; undefined for all others. */
  public readonly alternateTargetGroup?: ApplicationTargetGroup;

  constructor(scope: Construct, id: string, props: LoadBalancerRouteProps) {
    super(scope, id);
    const { listener, match, priority, targets, options, vpc } = props;
    this.priority = priority;
    this.targetGroups = targets.map(({ target }, index) => {
      const name = targets.length === 1 ? 'Targets' : `Targets${index + 1}`;
      return isFunction(target) ? createFunctionGroup(this, name, options) : createTargetGroup(this, name, options, vpc);
    });
    const shifts = targets.some(({ target }) => isShifting(target));
    this.alternateTargetGroup = shifts ? createTargetGroup(this, 'Alternate', options, vpc) : undefined;
    const action = this.action(targets, options);
    if (match) {
      this.rule = new ApplicationListenerRule(this, 'Rule', { listener, priority: priority!, conditions: listenerConditions(match), action });
    } else {
      // Through the resource: the L2 would warn that the answer 404 is replaced.
      (listener.node.defaultChild as CfnListener).defaultActions = action.renderActions();
      action.bind(this, listener);
    }
    targets.forEach(({ target }, index) => this.attach(target, this.targetGroups[index]!));
    this.createAlarms(targets);
  }

  /** Requests that each target answers, on average; sum over five minutes unless told otherwise. What services scale on. */
  public metricRequestsPerTarget(options?: MetricOptions): Metric {
    return this.targetGroups[0]!.metrics.requestCountPerTarget(options);
  }

  /** Time from a request to the answer of its target, in seconds; the 99th percentile over five minutes unless told otherwise. */
  public metricLatency(options?: MetricOptions): Metric {
    return this.targetGroups[0]!.metrics.targetResponseTime({ statistic: Stats.p(99), ...options });
  }

  /** Requests that targets answered with 5xx; sum over five minutes unless told otherwise. */
  public metricTargetErrors(options?: MetricOptions): Metric {
    return this.targetGroups[0]!.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, options);
  }

  /** Targets that fail their health check; maximum over five minutes unless told otherwise. */
  public metricUnhealthyTargets(options?: MetricOptions): Metric {
    return this.targetGroups[0]!.metrics.unhealthyHostCount({ statistic: Stats.MAXIMUM, ...options });
  }

  private action(targets: WeightedTarget[], { sticky, authentication }: LoadBalancerRouteOptions): ListenerAction {
    const groups = this.targetGroups.map((targetGroup, index) => ({ targetGroup, weight: targets[index]!.weight }));
    const alternate = this.alternateTargetGroup ? [{ targetGroup: this.alternateTargetGroup, weight: 0 }] : [];
    const all = [...groups, ...alternate];
    const forward = all.length === 1
      ? ListenerAction.forward(this.targetGroups)
      // AWS asks for stickiness between the groups where there is stickiness within one.
      : ListenerAction.weightedForward(all, sticky && { stickinessDuration: sticky.duration ?? DAY });
    return authentication ? authentication._before(forward) : forward;
  }

  private attach(target: IApplicationLoadBalancerTarget, targetGroup: ApplicationTargetGroup): void {
    const { rule, alternateTargetGroup } = this;
    if (!isShifting(target) || !rule || !alternateTargetGroup) {
      targetGroup.addTarget(target);
      return;
    }
    const attached = target.attachToShiftingRoute({ targetGroup, alternateTargetGroup, rule });
    targetGroup.addTarget({ attachToApplicationTargetGroup: () => attached });
    // Deployments register what stands in it; here it only learns of what kind that is.
    alternateTargetGroup.addTarget({ attachToApplicationTargetGroup: () => ({ targetType: attached.targetType }) });
  }

  private createAlarms(targets: WeightedTarget[]): void {
    const checked = this.targetGroups.filter((_, index) => !isFunction(targets[index]!.target));
    for (const group of [...checked, ...this.alternateTargetGroup ? [this.alternateTargetGroup] : []]) {
      alarmWhenGuarded(this, `${group.node.id}UnhealthyAlarm`, () => ({
        metric: group.metrics.unhealthyHostCount({ statistic: Stats.MAXIMUM, period: MINUTE }),
        threshold: 1,
        evaluationPeriods: 5,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: 'A target has failed its health check for five minutes: nobody is sent to it.',
      }));
    }
  }
}

/** Whether deployments of a target shift requests between two target groups. */
export function isShifting(target: IApplicationLoadBalancerTarget): target is IShiftingTarget {
  const { shifts, attachToShiftingRoute } = target as Partial<IShiftingTarget>;
  return shifts === true && typeof attachToShiftingRoute === 'function';
}
