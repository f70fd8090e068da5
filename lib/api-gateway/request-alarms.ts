import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmWhenAbove } from '../core/alarms';

/** What is measured of an API, HTTP or REST. */
interface RequestMetrics extends Construct {
  metricServerErrorRate(): IMetric;
  metricLatency(): IMetric;
}

/** Alarms on what hurts the callers of an API. */
export function createRequestAlarms(api: RequestMetrics): void {
  alarmWhenAbove(api, 'ServerErrorsAlarm', () => ({
    metric: api.metricServerErrorRate(),
    threshold: 1,
    alarmDescription: `More than 1 % of the requests to ${api.node.path} fail on our side.`,
  }));
  alarmWhenAbove(api, 'LatencyAlarm', () => ({
    metric: api.metricLatency(),
    threshold: 3000,
    alarmDescription: `One in a hundred requests to ${api.node.path} takes longer than 3 s.`,
  }));
}
