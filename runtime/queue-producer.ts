import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SendMessageBatchRequestEntry, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { fullJitter } from './backoff';

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
  const trySend = async (entries: readonly Entry[]): Promise<Failure[]> => {
    const answers = await Promise.all(batchesOf(entries).map((batch) => sendBatch(sqs, target.queueUrl, batch)));
    return answers.flat();
  };
  const send = async (entries: readonly Entry[]): Promise<Failure[]> => {
    const refused: Failure[] = [];
    for (let attempt = 1, pending = entries; ; attempt++) {
      const failures = await trySend(pending);
      refused.push(...failures.filter(({ final }) => final));
      const again = failures.filter(({ final }) => !final);
      if (again.length === 0 || attempt >= maxAttempts) {
        return [...refused, ...again];
      }
      await wait(fullJitter(attempt, { firstDelaySeconds: 1, maxDelaySeconds: 5 }));
      pending = again.map(({ entry }) => entry);
    }
  };
  return async (messages, sendOptions = {}) => {
    const entries = messages.map((message, index) => entryOf(message, index, target, sendOptions));
    const rounds = target.orderBy === undefined ? [entries] : roundsOf(entries);
    for (const [index, round] of rounds.entries()) {
      const failures = await send(round);
      if (failures.length > 0) {
        // What comes later must not overtake.
        const later = rounds.slice(index + 1).flat();
        throw new NotSentError([...failures.map(({ entry }) => entry), ...later].map(({ message }) => message),
          [...new Set(failures.map(({ reason }) => reason))].join('; '));
      }
    }
  };
}

interface Entry {
  readonly message: object;
  readonly request: SendMessageBatchRequestEntry;
}

interface Failure {
  readonly entry: Entry;
  readonly reason: string;
  /** Whether sending it again is of no use. */
  readonly final: boolean;
}

function entryOf(message: object, index: number, { orderBy, fairBy }: QueueTarget, options: SendOptions): Entry {
  const attribute = orderBy ?? fairBy;
  const group = attribute === undefined ? undefined : groupOf(message, attribute);
  return {
    message,
    request: {
      Id: String(index),
      MessageBody: JSON.stringify(message),
      DelaySeconds: options.delaySeconds,
      MessageGroupId: group,
      MessageDeduplicationId: orderBy === undefined ? undefined : options.deduplicationId?.(message) ?? randomUUID(),
    },
  };
}

function groupOf(message: object, attribute: string): string {
  const value: unknown = (message as Record<string, unknown>)[attribute];
  if (typeof value !== 'string' && typeof value !== 'number' || value === '') {
    throw new TypeError(`a message has no ${attribute}, by which the queue groups its messages`);
  }
  return String(value);
}

const MOST_MESSAGES = 10;
/** Of one call, all its messages together (Amazon SQS Developer Guide, "Message quotas"). */
const MOST_BYTES = 1_048_576;

/** The first message of every group, then the second ones: within a round nothing can overtake. */
function roundsOf(entries: readonly Entry[]): Entry[][] {
  const rounds: Entry[][] = [];
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const group = entry.request.MessageGroupId!;
    const position = seen.get(group) ?? 0;
    seen.set(group, position + 1);
    (rounds[position] ??= []).push(entry);
  }
  return rounds;
}

function batchesOf(entries: readonly Entry[]): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.request.MessageBody!);
    const last = batches.at(-1);
    if (last && last.length < MOST_MESSAGES && bytes + size <= MOST_BYTES) {
      last.push(entry);
      bytes += size;
    } else {
      batches.push([entry]);
      bytes = size;
    }
  }
  return batches;
}

async function sendBatch(sqs: Pick<SQSClient, 'send'>, queueUrl: string, entries: readonly Entry[]): Promise<Failure[]> {
  try {
    const Entries = entries.map(({ request }) => request);
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    return Failed.map(({ Id, Message, Code, SenderFault }) => ({
      entry: entries.find(({ request }) => request.Id === Id)!, reason: Message ?? Code ?? 'unknown', final: SenderFault ?? false,
    }));
  } catch (error) {
    return entries.map((entry) => ({ entry, reason: error instanceof Error ? error.message : String(error), final: false }));
  }
}
