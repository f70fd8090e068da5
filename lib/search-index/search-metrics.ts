import { Duration, Stack, Token } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnDomain } from 'aws-cdk-lib/aws-opensearchservice';
import type { Construct } from 'constructs';
import { alarmWhenAbove, alarmWhenGuarded } from '../core/alarms';
import type { DomainPlan } from './search-domain';

const MINUTE = Duration.minutes(1);
const MOST_CPU_PERCENT = 80;
const MOST_MEMORY_PERCENT = 95;
/** OpenSearch refuses writes below a fifth of the disk (Developer Guide, "Recommended CloudWatch alarms": a quarter). */
const LEAST_FREE_SHARE = 0.25;
const MIB_OF_GIB = 1024;

/** The metrics of a domain. */
export class SearchMetrics {
  constructor(private readonly domain: CfnDomain, private readonly plan: DomainPlan) {}

  public metric(metricName: string, options: MetricOptions): Metric {
    const dimensionsMap = { DomainName: this.domain.ref, ClientId: Stack.of(this.domain).account };
    return new Metric({ namespace: 'AWS/ES', metricName, dimensionsMap, ...options });
  }

  /** Alarms on what hurts, where the profile asks for them. */
  public createAlarms(scope: Construct): void {
    const once = (id: string, metricName: string, alarmDescription: string, periods = 1) => alarmWhenGuarded(scope, id, () => ({
      metric: this.metric(metricName, { statistic: Stats.MAXIMUM, period: MINUTE }),
      threshold: 1,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription,
    }));
    once('RedAlarm', 'ClusterStatus.red', 'Documents are out of reach: a part of the index and its copies are on no node.');
    once('YellowAlarm', 'ClusterStatus.yellow', 'Copies of the index are missing: the next node that fails takes documents with it.', 10);
    once('WritesBlockedAlarm', 'ClusterIndexWritesBlocked', 'Writes are refused: disks are full, or memory is short. The index falls behind.');
    // CloudFormation cannot calculate: a disk that is known only at deployment gives no threshold.
    const { storage } = this.plan;
    if (!Token.isUnresolved(storage)) {
      this.createStorageAlarm(scope, storage);
    }
    alarmWhenAbove(scope, 'MemoryAlarm', () => ({
      metric: this.metric('JVMMemoryPressure', { statistic: Stats.MAXIMUM, period: MINUTE }),
      threshold: MOST_MEMORY_PERCENT,
      alarmDescription: 'A node is short of memory: larger nodes, or fewer parts and facets.',
    }));
    alarmWhenAbove(scope, 'CpuAlarm', () => ({
      metric: this.metric('CPUUtilization', { statistic: Stats.MAXIMUM }),
      threshold: MOST_CPU_PERCENT,
      alarmDescription: 'A node is near what it can do: more nodes, or larger ones.',
    }));
  }

  private createStorageAlarm(scope: Construct, storage: number): void {
    alarmWhenGuarded(scope, 'StorageAlarm', () => ({
      metric: this.metric('FreeStorageSpace', { statistic: Stats.MINIMUM, period: MINUTE }),
      threshold: Math.floor(storage * MIB_OF_GIB * LEAST_FREE_SHARE),
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'A node has less than a quarter of its disk left: give nodes more storage before writes are blocked.',
    }));
  }
}
