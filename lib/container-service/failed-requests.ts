import { Duration, Lazy } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';

/**
 * The requests through target groups that a task answered with 5xx, in percent, over a minute. Of several target groups the
 * worst counts: a new version that fails shows although it gets few of the requests.
 */
export function failedRequests(targetGroups: readonly ApplicationTargetGroup[]): MathExpression {
  const metric = (targetGroup: ApplicationTargetGroup, metricName: string) => new Metric({
    namespace: 'AWS/ApplicationELB',
    metricName,
    statistic: Stats.SUM,
    period: Duration.minutes(1),
    dimensionsMap: {
      // A target group knows its load balancer only once it is in a route.
      LoadBalancer: Lazy.string({ produce: () => targetGroup.firstLoadBalancerFullName }),
      TargetGroup: targetGroup.targetGroupFullName,
    },
  });
  const rates = targetGroups.map((_, index) => `100 * FILL(failed${index}, 0) / FILL(all${index}, 1)`);
  return new MathExpression({
    label: 'Failed requests in percent',
    period: Duration.minutes(1),
    expression: rates.length === 1 ? rates[0]! : `MAX([${rates.join(', ')}])`,
    usingMetrics: Object.fromEntries(targetGroups.flatMap((targetGroup, index) => [
      [`failed${index}`, metric(targetGroup, 'HTTPCode_Target_5XX_Count')],
      [`all${index}`, metric(targetGroup, 'RequestCount')],
    ])),
  });
}
