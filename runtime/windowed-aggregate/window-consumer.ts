import type { KinesisStreamRecord } from 'aws-lambda';
import { describeError } from '../errors';
import type { StructuredLogger } from '../logger';
import type { StreamConsumer } from '../stream-consumer';
import { check, type Measurement } from './measurement';
import type { ShardRecord, WindowedAggregate } from './windowed-aggregate';

/** What a consumer that aggregates works with. */
export interface WindowConsumerOptions {
  readonly aggregate: Pick<WindowedAggregate, 'apply'>;
  /** What a record measures; nothing is well too. Throws when it cannot be read. Called again when it is delivered again. */
  readonly measure: (data: string, record: KinesisStreamRecord) => readonly Measurement[];
  /** Where poisoned records, late ones and repeated ones are logged. */
  readonly logger: StructuredLogger;
}

/**
 * Makes a Lambda handler that aggregates the records of a Kinesis stream. It counts those before the first that cannot be
 * read and answers where that is: Lambda tries it again, and sets it aside after the last attempt.
 *
 * Logged: 'record failed' `{shard, sequenceNumber, left, error}` as a warning; 'counted' `{shard, records, repeated, late}`.
 */
export function windowConsumer({ aggregate, measure, logger }: WindowConsumerOptions): StreamConsumer {
  return async ({ Records }) => {
    if (Records.length === 0) {
      return { batchItemFailures: [] };
    }
    const shard = shardOf(Records[0]!);
    const readable: ShardRecord[] = [];
    for (const record of Records) {
      const { data, sequenceNumber, approximateArrivalTimestamp } = record.kinesis;
      try {
        const measurements = measure(Buffer.from(data, 'base64').toString('utf8'), record);
        measurements.forEach(check);
        readable.push({ sequenceNumber, arrivedAt: Math.round(approximateArrivalTimestamp * 1000), measurements });
      } catch (error) {
        logger.warn('record failed', { shard, sequenceNumber, left: Records.length - readable.length - 1, error: describeError(error) });
        break;
      }
    }
    const applied = await aggregate.apply(shard, readable);
    logger.info('counted', { shard, ...applied });
    const failed = Records[readable.length];
    return { batchItemFailures: failed ? [{ itemIdentifier: failed.kinesis.sequenceNumber }] : [] };
  };
}

/** `clicks/shardId-000000000000`: a batch has the records of one shard. */
function shardOf({ eventID, eventSourceARN }: KinesisStreamRecord): string {
  return `${eventSourceARN.slice(eventSourceARN.indexOf('/') + 1)}/${eventID.slice(0, eventID.indexOf(':'))}`;
}
