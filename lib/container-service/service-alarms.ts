import { ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmWhenGuarded } from '../core/alarms';

/** What a service tells about itself. */
export interface ServiceMetrics {
  readonly cpu: IMetric;
  readonly memory: IMetric;
  /** Undefined where tasks are not counted. */
  readonly missingTasks?: IMetric;
}

/** Creates the alarms on what hurts: tasks that have no room left, and tasks that should run and do not. */
export function createAlarms(scope: Construct, { cpu, memory, missingTasks }: ServiceMetrics): void {
  const steady = { evaluationPeriods: 3, treatMissingData: TreatMissingData.NOT_BREACHING };
  const above = { ...steady, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD };
  alarmWhenGuarded(scope, 'CpuAlarm', () => ({
    ...above, metric: cpu, threshold: 90, alarmDescription: 'Tasks have no CPU left: more of them (scaling.max) or larger ones (size).',
  }));
  alarmWhenGuarded(scope, 'MemoryAlarm', () => ({
    ...above, metric: memory, threshold: 90, alarmDescription: 'Tasks have no memory left and will be killed: larger ones (size), or a leak.',
  }));
  if (missingTasks) {
    alarmWhenGuarded(scope, 'MissingTasksAlarm', () => ({
      ...above, metric: missingTasks, threshold: 0, alarmDescription: 'Fewer tasks run than should: read the events of the service and the log group.',
    }));
  }
}
