import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { asError, describeError } from './errors';
import type { StructuredLogger } from './logger';

/** What a consumer of a stream works with. */
export interface StreamConsumerOptions {
  /** Processes one record; throws when it could not. May run twice for one record, since delivery is at least once. */
  readonly handle: (data: string, record: KinesisStreamRecord) => Promise<void>;
  /** Where failed attempts are logged. */
  readonly logger: StructuredLogger;
}

/** A Lambda handler for a Kinesis stream whose event source mapping reports batch item failures. */
export type StreamConsumer = (event: KinesisStreamEvent, context?: Context) => Promise<KinesisStreamBatchResponse>;

/**
 * Makes a Lambda handler that processes the records of a batch one after another, so that those of one key stay in
 * order. It stops at the first that fails and answers where: Lambda delivers that record and all behind it again, and
 * sets the batch aside after the last attempt. What came before it is done.
 *
 * Logged: 'record failed' `{partitionKey, sequenceNumber, left, error}` as a warning; `left` is how many records of the
 * batch come again with it.
 */
export function streamConsumer(options: StreamConsumerOptions): StreamConsumer {
  return (event) => {
    let stopped: Error | undefined;
    const processRecord = async (record: KinesisStreamRecord) => {
      // Lambda takes the lowest sequence number of the answer; what comes behind it must not be done before it.
      if (stopped) {
        throw stopped;
      }
      try {
        await options.handle(Buffer.from(record.kinesis.data, 'base64').toString('utf8'), record);
      } catch (thrown) {
        // Powertools reads `message` of whatever is thrown, and so needs an error.
        stopped = asError(thrown);
        const { partitionKey, sequenceNumber } = record.kinesis;
        const left = event.Records.length - event.Records.indexOf(record) - 1;
        options.logger.warn('record failed', { partitionKey, sequenceNumber, left, error: describeError(thrown) });
        throw stopped;
      }
    };
    return processPartialResponse(event, processRecord, new BatchProcessor(EventType.KinesisDataStreams), {
      processInParallel: false,
      // Throwing would lose the answer: Lambda would try the whole batch again.
      throwOnFullBatchFailure: false,
    });
  };
}
