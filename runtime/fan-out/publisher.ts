import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock';
import { groupOf, type Outgoing, sendInBatches } from '../send-in-batches';
import type { FanOutTarget } from './settings';

/** What publishes. The client `SNS` of `@aws-sdk/client-sns` is one. */
export interface Topics {
  publishBatch(request: { TopicArn: string; PublishBatchRequestEntries: PublishEntry[] }): Promise<{
    Failed?: { Id?: string; Code?: string; Message?: string; SenderFault?: boolean }[];
  }>;
}

/** A message as Amazon SNS takes it. */
export interface PublishEntry {
  Id: string;
  Message: string;
  MessageAttributes?: Record<string, { DataType: string; StringValue: string }>;
  MessageGroupId?: string;
  MessageDeduplicationId?: string;
}

/** What is told to everybody who subscribed. */
export interface FanOutMessage {
  /** The message; it is sent as JSON. */
  readonly body: object;
  /** What filters of subscribers look at. A list is a choice: one of its texts has to match. At most ten. */
  readonly attributes?: Readonly<Record<string, string | number | readonly string[]>>;
  /** What is the same for messages that are the same, where order is kept. Left out, every message is another one. */
  readonly deduplicationId?: string;
}

/** Where and how messages are published. */
export interface FanOutPublisherOptions {
  readonly topics: Topics;
  /** The fan-out, with what groups its messages: `fanOutTarget('NEWS')`. */
  readonly target: FanOutTarget;
  /**
   * How often a message is published that Amazon SNS could not take.
   * @default 3
   */
  readonly maxAttempts?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Messages that Amazon SNS did not take, and why. What is not in it has been published. */
export class NotPublishedError extends Error {
  public override readonly name = 'NotPublishedError';

  constructor(public readonly messages: readonly FanOutMessage[], reason: string) {
    super(`${messages.length} messages not published: ${reason}`);
  }
}

/** Publishes messages, ten at a time. */
export type FanOutPublisher = (messages: readonly FanOutMessage[]) => Promise<void>;

/** Of one call, all its messages and their attributes together (Amazon SNS, PublishBatch). */
const MOST_BYTES = 262_144;

/**
 * Makes a publisher of a fan-out. It groups messages by the attribute that the topic was created with, keeps the order
 * within a group, and publishes again, after a full-jitter wait, what Amazon SNS could not take.
 *
 * @throws NotPublishedError with the messages that were not published after all attempts, or that are refused for what they are
 * @throws TypeError when a message lacks the attribute that groups it, before anything is published
 */
export function fanOutPublisher(options: FanOutPublisherOptions): FanOutPublisher {
  const { topics, target, maxAttempts = 3, clock = systemClock } = options;
  const { topicArn: TopicArn } = target;
  const send = (PublishBatchRequestEntries: PublishEntry[]) => topics.publishBatch({ TopicArn, PublishBatchRequestEntries });
  const wait = (seconds: number) => clock.sleep(1000 * seconds);
  return async (messages) => {
    const entries = messages.map((message, index) => entryOf(message, index, target));
    const ordered = target.orderBy !== undefined;
    const unsent = await sendInBatches(entries, { send, mostBytes: MOST_BYTES, ordered, maxAttempts, wait });
    if (unsent) {
      throw new NotPublishedError(unsent.messages, unsent.reason);
    }
  };
}

function entryOf(message: FanOutMessage, index: number, { orderBy }: FanOutTarget): Outgoing<FanOutMessage, PublishEntry> {
  const { body, attributes = {}, deduplicationId } = message;
  const request: PublishEntry = {
    Id: String(index),
    Message: JSON.stringify(body),
    MessageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)])),
    ...orderBy !== undefined && {
      MessageGroupId: groupOf(body, orderBy, 'fan-out'), MessageDeduplicationId: deduplicationId ?? randomUUID(),
    },
  };
  return { message, request, bytes: Buffer.byteLength(request.Message + JSON.stringify(attributes)) };
}

function attributeOf(value: string | number | readonly string[]) {
  switch (typeof value) {
    case 'string': return { DataType: 'String', StringValue: value };
    case 'number': return { DataType: 'Number', StringValue: String(value) };
    default: return { DataType: 'String.Array', StringValue: JSON.stringify(value) };
  }
}
