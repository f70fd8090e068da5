import type { Duration } from 'aws-cdk-lib';

/** How a consumer takes messages from a WorkQueue. */
export interface ConsumerOptions {
  /**
   * That the consumer may see a message twice without harm. It must be said, since delivery is at least once: make it true
   * with a conditional write or an idempotency key.
   */
  readonly idempotent: boolean;
  /**
   * The most messages handed over at once, 1 to 10; up to 10,000 with a batch window, which ordered queues do not have.
   * @default - 10; 1 of an ordered queue, so that a failing message costs those behind it no attempts
   */
  readonly batchSize?: number;
  /**
   * How long messages are collected to fill a batch, 0 to 300 s.
   * @default - messages are handed over as they come
   */
  readonly batchWindow?: Duration;
  /**
   * The most batches worked on at once, 2 to 1000. It protects what the consumer calls.
   * @default - what drainRate or the traffic of the queue asks for, else 10
   */
  readonly maxConcurrency?: number;
  /**
   * The most messages per second that what the consumer calls can take; the rest wait in the queue. Needs timePerMessage.
   * @default - not bounded but by maxConcurrency
   */
  readonly drainRate?: number;
  /**
   * How long the consumer works on one message, as measured. Concurrency follows from it by Little's law.
   * @default - not known
   */
  readonly timePerMessage?: Duration;
  /**
   * The name under which the code finds the queue.
   * @default - the construct id of the queue
   */
  readonly name?: string;
}
