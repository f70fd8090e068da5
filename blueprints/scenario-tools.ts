import { setTimeout as sleep } from 'node:timers/promises';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { World } from './scenario';

/** Asks again until the probe no longer throws, then resolves to its answer; rejects with its last error after the patience. */
export async function eventually<T>(world: World, probe: () => Promise<T>, patienceSeconds: number = 60): Promise<T> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await sleep(250, undefined, { signal: world.signal });
    }
  }
}

/** Does one thing for each item, at most `width` at a time, and keeps the order of the answers. */
export async function inParallel<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const answers = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      answers[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return answers;
}

/**
 * Puts messages into a queue, ten at a time as SQS takes them; resolves to their message ids in order.
 *
 * @param delaySeconds how long they are held back
 */
export async function send(world: World, queueUrl: string, bodies: readonly string[], delaySeconds?: number): Promise<string[]> {
  const batches = Array.from({ length: Math.ceil(bodies.length / 10) }, (_, i) => bodies.slice(i * 10, i * 10 + 10));
  const sent = await inParallel(batches, 4, async (batch) => {
    const { Successful = [], Failed = [] } = await world.sqs.send(new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: batch.map((body, index) => ({ Id: String(index), MessageBody: body, DelaySeconds: delaySeconds })),
    }));
    if (Failed.length > 0) {
      throw new Error(`${Failed.length} messages were not accepted: ${Failed[0]?.Message}`);
    }
    return batch.map((_, index) => Successful.find(({ Id }) => Id === String(index))!.MessageId!);
  });
  return sent.flat();
}

/** How many messages wait in a queue, are being worked on, or are delayed. */
export async function depth(world: World, queueUrl: string): Promise<number> {
  const { Attributes = {} } = await world.sqs.send(new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
  }));
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

/** One line that a function logged: its fields, and when it was written in milliseconds of the epoch. */
export interface LogLine {
  readonly [field: string]: unknown;
  readonly message: string;
  readonly loggedAt: number;
}

/** The structured lines with that message in a log group, oldest first. */
export async function logged(world: World, logGroupName: string, message: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let nextToken: string | undefined;
  do {
    const page = await world.logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: `"${message}"`, nextToken }));
    for (const event of page.events ?? []) {
      const fields: unknown = parse(event.message);
      if (isRecord(fields) && fields.message === message) {
        lines.push({ ...fields, message, loggedAt: Date.parse(String(fields.timestamp)) || event.timestamp! });
      }
    }
    nextToken = page.nextToken;
  } while (nextToken);
  return lines.sort((a, b) => a.loggedAt - b.loggedAt);
}

function parse(text: string = ''): unknown {
  try {
    return JSON.parse(text.slice(text.indexOf('{')));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
