import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type IApplicationListener, loadBalancerNameFromListenerArn } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { alarmWhenAbove } from '../core/alarms';

/** The metrics of an Application Load Balancer. */
export class LoadBalancerMetrics {
  /** Of the one that a listener belongs to. */
  public static of(listener: IApplicationListener): LoadBalancerMetrics {
    return new LoadBalancerMetrics(loadBalancerNameFromListenerArn(listener.listenerArn));
  }

  /** @param name the full name of the load balancer: `app/<name>/<id>` */
  constructor(private readonly name: string) {}

  public requests(options?: MetricOptions): Metric {
    return this.metric('RequestCount', Stats.SUM, options);
  }

  public latency(options?: MetricOptions): Metric {
    return this.metric('TargetResponseTime', Stats.p(99), options);
  }

  public rejectedConnections(options?: MetricOptions): Metric {
    return this.metric('RejectedConnectionCount', Stats.SUM, options);
  }

  public activeConnections(options?: MetricOptions): Metric {
    return this.metric('ActiveConnectionCount', Stats.SUM, options);
  }

  public targetErrorRate(options?: MetricOptions): IMetric {
    return new MathExpression({
      expression: '100 * errors / requests',
      usingMetrics: { errors: this.metric('HTTPCode_Target_5XX_Count', Stats.SUM, options), requests: this.requests(options) },
      label: 'Errors of targets (%)',
      period: options?.period,
    });
  }

  /** Requests for which no target was there are not counted as requests, so they are added. */
  public serverErrorRate(options?: MetricOptions): IMetric {
    return new MathExpression({
      expression: '100 * errors / (FILL(requests, 0) + errors)',
      usingMetrics: { errors: this.metric('HTTPCode_ELB_5XX_Count', Stats.SUM, options), requests: this.requests(options) },
      label: 'Errors of the load balancer (%)',
      period: options?.period,
    });
  }

  private metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    return new Metric({ namespace: 'AWS/ApplicationELB', metricName, dimensionsMap: { LoadBalancer: this.name }, statistic, ...options });
  }
}

/** What hurts at a load balancer as a whole. */
export function createAlarms(scope: Construct, metrics: LoadBalancerMetrics): void {
  alarmWhenAbove(scope, 'TargetErrorsAlarm', () => ({
    metric: metrics.targetErrorRate(),
    threshold: 1,
    alarmDescription: `More than 1 % of the requests to ${scope.node.path} are answered with 5xx by their targets.`,
  }));
  alarmWhenAbove(scope, 'ServerErrorsAlarm', () => ({
    metric: metrics.serverErrorRate(),
    threshold: 1,
    alarmDescription: `More than 1 % of the requests to ${scope.node.path} find no target, or none that answers in time.`,
  }));
  alarmWhenAbove(scope, 'LatencyAlarm', () => ({
    metric: metrics.latency(),
    threshold: 3,
    alarmDescription: `One in a hundred requests to ${scope.node.path} takes longer than 3 s.`,
  }));
  alarmWhenAbove(scope, 'RejectedConnectionsAlarm', () => ({
    metric: metrics.rejectedConnections(),
    threshold: 0,
    evaluationPeriods: 1,
    alarmDescription: `${scope.node.path} refuses connections: it has more of them than it can take.`,
  }));
}
