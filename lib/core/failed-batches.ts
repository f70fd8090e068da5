import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { alarmWhenAbove, alarmWhenGuarded } from './alarms';
import { createDeadLetterQueue } from './dead-letters';

/**
 * A queue that is told of the batches of a stream that failed every attempt, and an alarm when there is one. A message
 * holds the position of the records in the stream, not the records.
 */
export function createFailedBatchQueue(scope: Construct, disposable?: boolean): Queue {
  const queue = createDeadLetterQueue(scope, 'failed batches of the stream', disposable);
  alarmWhenGuarded(scope, 'DeadLettersAlarm', () => ({
    metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: 'Batches failed every attempt: a message tells where their records are in the stream; read them before they expire.',
  }));
  return queue;
}

/** An alarm when a reader of a stream falls behind. */
export function watchAge(scope: Construct, age: () => IMetric, maxLag: Duration = Duration.minutes(15)): void {
  alarmWhenAbove(scope, 'AgeAlarm', () => ({
    metric: age(),
    threshold: maxLag.toMilliseconds(),
    alarmDescription: 'The reader does not keep up with the stream.',
  }));
}
