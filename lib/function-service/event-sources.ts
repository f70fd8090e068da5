import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type CfnEventSourceMapping, EventSourceMapping, type IFunction, type StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { refuse } from '../core/rules';
import type { StreamReader, StreamSource } from '../core/stream-worker';

/**
 * Has Lambda read a stream and invoke a function with batches.
 *
 * @throws RuleError when the function reads another stream under the same name
 */
export function readStream(scope: Construct, target: IFunction, source: StreamSource): StreamReader {
  const id = `Reads${source.name}`;
  if (scope.node.tryFindChild(id)) {
    refuse(scope, 'FunctionService.ReadsTwice', `a second stream under the name ${source.name}`,
      'one name for each stream and group that it reads; name the group: consumedBy(worker, { group })');
  }
  const { position, timestamp } = source.startAt;
  const maxAge = source.maxAge;
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- the mapping belongs to the service
  const reader = new EventSourceMapping(scope, id, {
    target,
    eventSourceArn: source.arn,
    kafkaTopic: source.kafka?.topic,
    kafkaConsumerGroupId: source.kafka?.consumerGroup,
    startingPosition: position as StartingPosition,
    startingPositionTimestamp: timestamp && Math.floor(timestamp.getTime() / 1000),
    batchSize: source.batchSize,
    maxBatchingWindow: source.batchWindow,
    parallelizationFactor: source.parallelization,
    bisectBatchOnError: source.bisectOnError,
    retryAttempts: source.maxAttempts === undefined ? undefined : source.maxAttempts - 1,
    maxRecordAge: maxAge?.isUnresolved() ? undefined : maxAge,
    tumblingWindow: source.tumblingWindow,
    onFailure: source.onFailureArn === undefined ? undefined : { bind: () => ({ destination: source.onFailureArn! }) },
    filters: source.filters?.map((pattern) => ({ pattern })),
    enabled: source.enabled,
    reportBatchItemFailures: source.kafka ? undefined : true,
  });
  if (maxAge?.isUnresolved()) {
    // The L2 compares it with bounds, which a value known only at deployment never keeps.
    (reader.node.defaultChild as CfnEventSourceMapping).maximumRecordAgeInSeconds = maxAge.toSeconds();
  }
  return {
    reader,
    // Built only for who looks at it.
    get age() {
      return target.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: Duration.minutes(1) });
    },
  };
}
