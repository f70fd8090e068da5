import { BatchProcessor, EventType, processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type BackoffPolicy, fullJitter } from './backoff';
import { asError, describeError } from './errors';
import type { StructuredLogger } from './logger';

/** How a failed message is retried before it is set aside. */
export interface RetryPolicy extends BackoffPolicy {
  /** How often a message is tried in all. The same number as the queue's `maxReceiveCount`. */
  readonly maxAttempts: number;
}

/** What a consumer works with. */
export interface QueueConsumerOptions {
  /** Delays failed messages. */
  readonly sqs: Pick<SQSClient, 'send'>;
  /** The queue that the messages come from. */
  readonly queueUrl: string;
  /** How failed messages are retried. */
  readonly retry: RetryPolicy;
  /** Processes one message; throws when it could not. May run twice for one message, since SQS delivers at least once. */
  readonly handle: (body: string, message: SQSRecord) => Promise<void>;
  /** Where failed and recovered attempts are logged. */
  readonly logger: StructuredLogger;
  /**
   * Uniform in [0, 1).
   * @default Math.random
   */
  readonly random?: () => number;
}

/** A Lambda handler for an SQS queue whose event source mapping reports batch item failures. */
export type QueueConsumer = (event: SQSEvent, context?: Context) => Promise<SQSBatchResponse>;

/**
 * Makes a Lambda handler that processes the messages of a batch and answers which of them failed, so that the others are
 * not delivered again: concurrently, or one after another where they come from an ordered (FIFO) queue. A failed message stays
 * hidden for a full-jitter backoff; one that failed its last attempt is released at once, and SQS moves it to the
 * dead-letter queue. In an ordered queue the rest of its group is not tried and waits as long as it does.
 *
 * Logged: 'attempt failed' `{messageId, attempt, maxAttempts, delaySeconds, error}` as a warning, or as an error when it
 * was the last attempt (`delaySeconds` is then null); 'recovered' `{messageId, attempt}` when a later attempt succeeds;
 * 'delay not set' `{messageId, error}` when SQS refuses the delay.
 */
export function queueConsumer(options: QueueConsumerOptions): QueueConsumer {
  return async (event) => {
    const delays = new Map<string, number>();
    const processRecord = async (record: SQSRecord) => {
      const attempt = attemptOf(record);
      try {
        await options.handle(record.body, record);
      } catch (thrown) {
        delays.set(groupOf(record), await postpone(record, attempt, thrown, options));
        // Powertools reads `message` of whatever is thrown, and so needs an error.
        throw asError(thrown);
      }
      if (attempt > 1) {
        options.logger.info('recovered', { messageId: record.messageId, attempt });
      }
    };
    // Throwing would lose the answer: Lambda would hide the whole batch for the queue's visibility timeout.
    const throwOnFullBatchFailure = false;
    if (!event.Records.some(isOrdered)) {
      return processPartialResponse(event, processRecord, new BatchProcessor(EventType.SQS), { throwOnFullBatchFailure });
    }
    const tried = new Set<string>();
    const response = await processPartialResponse(event, (record: SQSRecord) => {
      tried.add(record.messageId);
      return processRecord(record);
    }, new SqsFifoPartialProcessorAsync(), { throwOnFullBatchFailure, skipGroupOnError: true });
    const untried = event.Records.filter(({ messageId }) => !tried.has(messageId));
    await Promise.all(untried.map((record) => hide(record, delays.get(groupOf(record)) ?? 0, options)));
    return response;
  };
}

/** Hides a failed message until its next attempt. Resolves to the seconds. */
async function postpone(record: SQSRecord, attempt: number, thrown: unknown, options: QueueConsumerOptions): Promise<number> {
  const { logger, retry } = options;
  const { messageId } = record;
  const isLast = attempt >= retry.maxAttempts;
  const delaySeconds = isLast ? null : fullJitter(attempt, retry, options.random);
  logger[isLast ? 'error' : 'warn']('attempt failed', {
    messageId, attempt, maxAttempts: retry.maxAttempts, delaySeconds, error: describeError(thrown),
  });
  // SQS sets a message aside when it is received once more than allowed: the sooner it is visible, the better.
  await hide(record, delaySeconds ?? 0, options);
  return delaySeconds ?? 0;
}

async function hide({ messageId, receiptHandle }: SQSRecord, seconds: number, options: QueueConsumerOptions): Promise<void> {
  try {
    await options.sqs.send(new ChangeMessageVisibilityCommand({
      QueueUrl: options.queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds,
    }));
  } catch (error) {
    // The queue's own visibility timeout then is the delay: later than wished, but nothing is lost.
    options.logger.warn('delay not set', { messageId, error: describeError(error) });
  }
}

/** Standard queues may have groups too, for fairness between them; only FIFO queues promise an order. */
const isOrdered = ({ eventSourceARN }: SQSRecord) => eventSourceARN.endsWith('.fifo');

const groupOf = ({ attributes }: SQSRecord) => attributes.MessageGroupId ?? '';

function attemptOf(record: SQSRecord): number {
  return Math.max(1, Number(record.attributes.ApproximateReceiveCount) || 1);
}
