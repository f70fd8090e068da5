import { type IMetric, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmWhenAbove } from '../core/alarms';
import type { DatabasePlan } from './database-plan';
import { maxConnections } from './sizing';

const MOST_CPU_PERCENT = 80;
const MOST_CAPACITY_PERCENT = 90;
const MOST_CONNECTIONS_SHARE = 0.8;
/** Deadlocks a second that are more than an accident: three a minute. */
const MOST_DEADLOCKS = 0.05;

/** What Aurora tells about one cluster; of its instances the worst one counts. */
export class DatabaseMetrics {
  constructor(private readonly plan: DatabasePlan, private readonly clusterId: string) {}

  public of(metricName: string, options?: MetricOptions): IMetric {
    const dimensionsMap = { DBClusterIdentifier: this.clusterId };
    return new Metric({ namespace: 'AWS/RDS', metricName, dimensionsMap, statistic: Stats.MAXIMUM, ...options });
  }

  /** Alarms on what hurts, where the profile asks for them. */
  public createAlarms(scope: Construct): void {
    const { minCapacity, maxCapacity, readers, maxReplicaLagMs } = this.plan;
    const alarm = (id: string, metricName: string, threshold: number, alarmDescription: string) =>
      alarmWhenAbove(scope, id, () => ({ metric: this.of(metricName), threshold, alarmDescription }));
    alarm('CpuAlarm', 'CPUUtilization', MOST_CPU_PERCENT, 'An instance is near what it can do: statements without an index, or too little capacity.');
    alarm('CapacityAlarm', 'ACUUtilization', MOST_CAPACITY_PERCENT,
      'The capacity is near its limit, memory included: it cannot grow further. Raise maxCapacity, or look for the statements that take it.');
    const most = maxConnections(minCapacity, maxCapacity);
    alarm('ConnectionsAlarm', 'DatabaseConnections', Math.floor(most * MOST_CONNECTIONS_SHARE),
      `Four fifths of the ${most} connections are taken: the next burst is refused. Pool them, or raise maxCapacity.`);
    alarm('DeadlocksAlarm', 'Deadlocks', MOST_DEADLOCKS,
      'Transactions wait for each other and one of them is ended, again and again: they take the same rows in another order.');
    if (readers > 0) {
      alarm('ReplicaLagAlarm', 'AuroraReplicaLagMaximum', maxReplicaLagMs, 'A reader falls behind the writer: what it answers is old.');
    }
  }
}
