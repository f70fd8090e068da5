import type { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { ICompute } from './wiring';

/** A queue as its worker sees it. */
export interface QueueSource {
  /** The queue. */
  readonly queue: IQueue;
  /** The name of the queue where the worker needs one, for example in construct ids. */
  readonly name: string;
  /** The most messages handed over at once. */
  readonly batchSize: number;
  /** How long messages are collected to fill a batch; undefined hands them over as they come. */
  readonly batchWindow?: Duration;
  /** The most batches worked on at once. */
  readonly maxConcurrency: number;
  /** Messages that wait or are being worked on. */
  readonly backlog: IMetric;
}

/** Compute that can work a queue. */
export interface IQueueWorker extends ICompute {
  /** The longest time it works on one batch; undefined when that is not known. */
  readonly timeout?: Duration;

  /**
   * How many of its timeouts a message must stay hidden while it works on it. AWS Lambda asks for six, since a throttled
   * invocation is tried again meanwhile (Developer Guide, "Using Lambda with Amazon SQS"); whoever polls needs one.
   */
  readonly visibilityFactor: number;

  /**
   * Starts taking messages off a queue. Called by `queue.consumedBy()`, which has granted the permission and told the address.
   *
   * @returns what does the taking, for escape hatches
   */
  workQueue(source: QueueSource): IConstruct;
}
