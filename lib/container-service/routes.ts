import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationTargetGroup, type IApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { alarmWhenGuarded } from '../core/alarms';
import { refuse } from '../core/rules';
import type { ContainerServiceProps } from './container-service-props';
import { failedRequests } from './failed-requests';
import type { RollbackAlarms } from './rollback-alarms';
import type { ServiceScaling } from './service-scaling';

/** What the routes of load balancers to a service have in common. */
export class Routes {
  private routes = 0;

  constructor(
    private readonly service: Construct, private readonly props: ContainerServiceProps, private readonly rollback: RollbackAlarms,
  ) {}

  /** How many there are. */
  public get count(): number {
    return this.routes;
  }

  /** Part of the ids of what belongs to the next route: nothing for the first. */
  public get suffix(): string {
    return this.routes === 0 ? '' : String(this.routes + 1);
  }

  /** Takes a route whose requests are not seen: of layer 4. */
  public addOpaque(): void {
    this.routes++;
  }

  /** Takes a route through one target group, or through two that deployments shift requests between. */
  public add(targetGroups: readonly IApplicationTargetGroup[], scaler?: ServiceScaling): void {
    const known = targetGroups.filter((each) => each instanceof ApplicationTargetGroup);
    const { health, scaling, service: adopted } = this.props;
    if (health?.path !== undefined) {
      // What the route says about health wins.
      known.forEach((each) => { each.configureHealthCheck({ path: health.path, ...each.healthCheck }); });
    }
    if (scaling?.requestsPerSecond !== undefined && scaler) {
      const counted = known[0] ?? refuse(this.service, 'ContainerService.RequestsNotCounted',
        `scaling.requestsPerSecond with ${targetGroups[0]!.node.path}, which was imported`, 'scaling.cpuPercent, or a target group of this app');
      scaler.holdRequests(counted, scaling.requestsPerSecond);
    }
    if (known.length > 0 && !adopted) {
      this.createAlarm(known);
    }
    this.routes++;
  }

  private createAlarm(targetGroups: readonly ApplicationTargetGroup[]): void {
    const alarm = alarmWhenGuarded(this.service, `FailedRequestsAlarm${this.suffix}`, () => ({
      metric: failedRequests(targetGroups),
      threshold: 5,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'More than 5 % of the requests of a route fail: a deployment that is under way goes back.',
    }));
    if (alarm) {
      this.rollback.add(alarm);
    }
  }
}
