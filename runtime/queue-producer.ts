import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SendMessageBatchRequestEntry, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { groupOf, type Outgoing, sendInBatches } from './send-in-batches';

/** Where and how messages are sent. */
export interface QueueProducerOptions {
  /** Sends. */
  readonly sqs: Pick<SQSClient, 'send'>;
  /** The queue, with what groups its messages: `queueTarget('JOBS')`. */
  readonly target: QueueTarget;
  /**
   * How often a message is sent that SQS could not take.
   * @default 3
   */
  readonly maxAttempts?: number;
  /**
   * Waits so many seconds.
   * @default - a timer
   */
  readonly wait?: (seconds: number) => Promise<unknown>;
}

/** A queue as a producer sees it. */
export interface QueueTarget {
  readonly queueUrl: string;
  /** The attribute of a message that names its group in an ordered queue. */
  readonly orderBy?: string;
  /** The attribute of a message that names whose it is, in a fair queue. */
  readonly fairBy?: string;
}

/** What holds for the messages of one call. */
export interface SendOptions {
  /** Holds messages back, in seconds, 0 to 900. Not in an ordered queue: there only the queue as a whole can. */
  readonly delaySeconds?: number;
  /** What is the same for messages that are the same, in an ordered queue. Left out, every message is another one. */
  readonly deduplicationId?: (message: object) => string;
}

/** Messages that SQS did not take, and why. What is not in it has been sent. */
export class NotSentError extends Error {
  public override readonly name = 'NotSentError';

  constructor(public readonly messages: readonly object[], reason: string) {
    super(`${messages.length} messages not sent: ${reason}`);
  }
}

/** Sends messages as JSON, ten at a time. */
export type QueueProducer = (messages: readonly object[], options?: SendOptions) => Promise<void>;

/**
 * Makes a producer of a work queue. It groups messages by the attribute that the queue was created with, keeps the order
 * within a group of an ordered queue, and sends again, after a full-jitter wait, what SQS could not take.
 *
 * @throws NotSentError with the messages that were not sent after all attempts, or that SQS refuses for what they are
 * @throws TypeError when a message lacks the attribute that groups it, before anything is sent
 */
export function queueProducer(options: QueueProducerOptions): QueueProducer {
  const { sqs, target, maxAttempts = 3, wait = (seconds) => sleep(1000 * seconds) } = options;
  const { queueUrl: QueueUrl } = target;
  const send = (Entries: SendMessageBatchRequestEntry[]) => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  return async (messages, sendOptions = {}) => {
    const entries = messages.map((message, index) => entryOf(message, index, target, sendOptions));
    const ordered = target.orderBy !== undefined;
    const unsent = await sendInBatches(entries, { send, mostBytes: MOST_BYTES, ordered, maxAttempts, wait });
    if (unsent) {
      throw new NotSentError(unsent.messages, unsent.reason);
    }
  };
}

/** Of one call, all its messages together (Amazon SQS Developer Guide, "Message quotas"). */
const MOST_BYTES = 1_048_576;

function entryOf(
  message: object, index: number, { orderBy, fairBy }: QueueTarget, options: SendOptions,
): Outgoing<object, SendMessageBatchRequestEntry> {
  const attribute = orderBy ?? fairBy;
  const body = JSON.stringify(message);
  return {
    message,
    bytes: Buffer.byteLength(body),
    request: {
      Id: String(index),
      MessageBody: body,
      DelaySeconds: options.delaySeconds,
      MessageGroupId: attribute === undefined ? undefined : groupOf(message, attribute, 'queue'),
      MessageDeduplicationId: orderBy === undefined ? undefined : options.deduplicationId?.(message) ?? randomUUID(),
    },
  };
}
