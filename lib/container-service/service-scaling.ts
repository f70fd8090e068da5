import { Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import {
  AdjustmentType, type IScalableTarget, MetricAggregationType, PredefinedMetric, ScalableTarget, ServiceNamespace,
  StepScalingAction,
} from 'aws-cdk-lib/aws-applicationautoscaling';
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationScalingAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { CfnService, FargateService } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { QueueSource } from '../core/queue-worker';
import { backlogSteps } from './backlog-steps';
import type { ContainerScaling } from './container-service-props';

/** How many tasks run, with nothing left open. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Scales a service between two numbers of tasks. The number is then the scaler's: the template no longer says it. */
export class ServiceScaling extends Construct {
  private readonly scalable: ScalableTarget;
  private policies = 0;

  // eslint-disable-next-line awscdk/no-unused-props -- a service is no props
  constructor(scope: Construct, id: string, service: FargateService, private readonly bounds: Bounds) {
    super(scope, id);
    (service.node.defaultChild as CfnService).desiredCount = undefined;
    this.scalable = new ScalableTarget(this, 'Tasks', {
      serviceNamespace: ServiceNamespace.ECS,
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: `service/${service.cluster.clusterName}/${service.serviceName}`,
      minCapacity: bounds.min,
      maxCapacity: bounds.max,
      role: Role.fromRoleArn(this, 'Role', Stack.of(this).formatArn({
        region: '', service: 'iam', resource: 'role/aws-service-role/ecs.application-autoscaling.amazonaws.com',
        resourceName: 'AWSServiceRoleForApplicationAutoScaling_ECSService',
      })),
    });
    this.node.defaultChild = this.scalable;
  }

  /** What is scaled. */
  public get target(): IScalableTarget {
    return this.scalable;
  }

  /** Whether anything tells it how many tasks are needed. */
  public get told(): boolean {
    return this.policies > 0;
  }

  /** Holds the use of CPU and memory. */
  public holdUse({ cpuPercent, memoryPercent }: Partial<ContainerScaling>): void {
    if (cpuPercent !== undefined) {
      this.policies++;
      this.scalable.scaleToTrackMetric('Cpu', {
        predefinedMetric: PredefinedMetric.ECS_SERVICE_AVERAGE_CPU_UTILIZATION, targetValue: cpuPercent,
      });
    }
    if (memoryPercent !== undefined) {
      this.policies++;
      this.scalable.scaleToTrackMetric('Memory', {
        predefinedMetric: PredefinedMetric.ECS_SERVICE_AVERAGE_MEMORY_UTILIZATION, targetValue: memoryPercent,
      });
    }
  }

  /** Holds the requests that each task gets through a target group. */
  public holdRequests(targetGroup: ApplicationTargetGroup, perSecond: number): void {
    this.scalable.scaleToTrackMetric(`Requests${this.policies++}`, {
      predefinedMetric: PredefinedMetric.ALB_REQUEST_COUNT_PER_TARGET,
      // A target group knows its load balancer only once it is in a route.
      resourceLabel: Lazy.string({ produce: () => `${targetGroup.firstLoadBalancerFullName}/${targetGroup.targetGroupFullName}` }),
      targetValue: perSecond * 60,
    });
  }

  /**
   * Follows the backlog of a queue: messages not yet done, the most of the last minutes, divided by what one task may have
   * before it. The number of tasks is set, not changed by steps, so that it needs no count of the tasks that run and goes from
   * zero and to zero alike. Messages that are being worked on count: nothing is taken away from under the last of them.
   */
  public followBacklog({ backlog, batchSize }: QueueSource, scaling: Partial<ContainerScaling>): void {
    const { backlogPerTask = batchSize, scaleInAfter = Duration.minutes(5) } = scaling;
    const { min, max } = this.bounds;
    this.policies++;
    const recent = new MathExpression({ expression: 'backlog', usingMetrics: { backlog }, period: scaleInAfter, label: 'Messages not yet done' });
    const work = new StepScalingAction(this, 'Work', this.exactly());
    // Bounds of steps count from the threshold of the alarm.
    backlogSteps(min, max, backlogPerTask).forEach(({ from, below, tasks }) =>
      work.addAdjustment({ adjustment: tasks, lowerBound: from - 1, upperBound: below === undefined ? undefined : below - 1 }));
    this.alarm('Backlog', recent, ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD, TreatMissingData.NOT_BREACHING, work,
      `Scales: one task for every ${backlogPerTask} messages.`);

    const rest = new StepScalingAction(this, 'Rest', this.exactly());
    rest.addAdjustment({ adjustment: min, upperBound: 0 });
    // A queue without messages for six hours tells no numbers at all.
    this.alarm('Idle', recent, ComparisonOperator.LESS_THAN_THRESHOLD, TreatMissingData.BREACHING, rest, `Scales: nothing to do, down to ${min}.`);
  }

  private exactly() {
    return {
      scalingTarget: this.scalable,
      adjustmentType: AdjustmentType.EXACT_CAPACITY,
      metricAggregationType: MetricAggregationType.MAXIMUM,
      cooldown: Duration.minutes(1),
    };
  }

  private alarm(
    id: string, metric: MathExpression, comparisonOperator: ComparisonOperator, treatMissingData: TreatMissingData,
    action: StepScalingAction, alarmDescription: string,
  ): void {
    new Alarm(this, `${id}Alarm`, { metric, threshold: 1, evaluationPeriods: 1, comparisonOperator, treatMissingData, alarmDescription })
      .addAlarmAction(new ApplicationScalingAction(action));
  }
}

/** Whether there is anything to scale between two bounds. */
export const isOpen = ({ min, max }: Bounds) => Token.isUnresolved(min) || Token.isUnresolved(max) || min < max;
