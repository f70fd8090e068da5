import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { asError, describeError } from './errors';
import type { StructuredLogger } from './logger';

/** What a consumer of the changes of a table works with. */
export interface ChangeConsumerOptions {
  /** Processes one change; throws when it could not. May run twice for one change, since delivery is at least once. */
  readonly handle: (record: DynamoDBRecord, batch: DynamoDBStreamEvent) => Promise<void>;
  /**
   * What changes must share to be processed one after another, for example their partition key.
   * @default - the item that they change
   */
  readonly orderBy?: (record: DynamoDBRecord) => string;
  /** Where failed attempts are logged. */
  readonly logger: StructuredLogger;
}

/** A Lambda handler for the change stream of a table whose event source mapping reports batch item failures. */
export type ChangeConsumer = (event: DynamoDBStreamEvent, context?: Context) => Promise<DynamoDBBatchResponse>;

/**
 * Makes a Lambda handler that processes the changes of each item one after another, and different items at the same time. Of an
 * item it stops at the first change that fails. Lambda delivers the batch again from the first failed change on, those behind it
 * that are done included, and sets it aside after the last attempt.
 *
 * Logged: 'change failed' `{keys, sequenceNumber, error}` as a warning.
 */
export function changeConsumer({ handle, orderBy = itemOf, logger }: ChangeConsumerOptions): ChangeConsumer {
  return (event) => {
    const lasts = new Map<string, Promise<void>>();
    const processRecord = (record: DynamoDBRecord): Promise<void> => {
      const order = orderBy(record);
      const before = lasts.get(order) ?? Promise.resolve();
      const done = before.then(() => handle(record, event).catch((thrown: unknown) => {
        const { Keys: keys, SequenceNumber: sequenceNumber } = record.dynamodb ?? {};
        logger.warn('change failed', { keys, sequenceNumber, error: describeError(thrown) });
        // Powertools reads `message` of whatever is thrown, and so needs an error.
        throw asError(thrown);
      }));
      lasts.set(order, done);
      return done;
    };
    return processPartialResponse(event, processRecord, new BatchProcessor(EventType.DynamoDBStreams), {
      processInParallel: true,
      // Throwing would lose the answer: Lambda would try the whole batch again.
      throwOnFullBatchFailure: false,
    });
  };
}

const itemOf = (record: DynamoDBRecord) => JSON.stringify(record.dynamodb?.Keys);
