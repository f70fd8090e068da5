import { type Duration, Stack } from 'aws-cdk-lib';
import type { IMetric, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { createFailedBatchQueue, watchAge } from '../core/failed-batches';
import { type IStreamWorker, StartAt, type StreamReader } from '../core/stream-worker';
import { recordWire } from '../core/wires';

/** What Lambda needs to read the stream of a table (AWS SAM policy template DynamoDBStreamReadPolicy). */
const STREAM_ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'];

/** How a worker reads the changes of a KeyValueStore. */
export interface ChangeConsumerOptions {
  /**
   * That the code of the worker may see a change twice without harm. It must be said, since delivery is at least once.
   */
  readonly idempotent: boolean;
  /**
   * The name of the consumer: a letter, then up to 63 letters, digits and `-`.
   * @default - the construct id of the worker
   */
  readonly name?: string;
  /**
   * The most changes handed over at once, 1 to 10,000.
   * @default 100
   */
  readonly batchSize?: number;
  /**
   * How long changes are collected to fill a batch, 0 to 300 s.
   * @default - changes are handed over as they come
   */
  readonly batchWindow?: Duration;
  /**
   * The most batches of one shard worked on at once, 1 to 10. Changes of one item stay in order.
   * @default 1
   */
  readonly parallelization?: number;
  /**
   * How often a batch is tried before it is set aside, 1 to 10,000. It is halved with every attempt, which finds the change
   * at fault; those behind it wait meanwhile.
   * @default 5
   */
  readonly maxAttempts?: number;
  /**
   * Patterns of the changes that are wanted, as Lambda filters events; any of them suffices.
   * @default - all changes
   */
  readonly filters?: { [field: string]: unknown }[];
  /**
   * Where reading starts that has not read before: `StartAt.LATEST` or `StartAt.TRIM_HORIZON`, which is up to a day ago.
   * @default StartAt.LATEST
   */
  readonly startAt?: StartAt;
  /**
   * Where failed batches are told.
   * @default - a new queue
   */
  readonly deadLetterQueue?: IQueue;
  /**
   * How far the consumer may fall behind before its alarm goes off. Changes are lost after a day.
   * @default Duration.minutes(15)
   */
  readonly maxLag?: Duration;
}

/** A worker that reads the changes of a KeyValueStore. */
export interface IChangeConsumer extends IConstruct {
  /** What reads, for escape hatches: the event source mapping of a function. */
  readonly reader: IConstruct;
  /** Where failed batches are told. */
  readonly deadLetterQueue: IQueue;

  /** How far the consumer is behind, in milliseconds; maximum over a minute unless told otherwise. */
  metricAge(options?: MetricOptions): IMetric;

  /** Batches that failed every attempt and wait for somebody; maximum over five minutes unless told otherwise. */
  metricDeadLetters(options?: MetricOptions): Metric;
}

/** What a change consumer is made of. */
export interface ChangeConsumerParts {
  readonly streamArn: string;
  readonly name: string;
  readonly worker: IStreamWorker;
  readonly options: ChangeConsumerOptions;
  readonly disposable?: boolean;
}

/** The consumer of one call of `consumedBy`. */
export class ChangeConsumer extends Construct implements IChangeConsumer {
  public readonly reader: IConstruct;
  public readonly deadLetterQueue: IQueue;

  private readonly read: StreamReader;

  constructor(scope: Construct, id: string, { streamArn, name, worker, options, disposable }: ChangeConsumerParts) {
    super(scope, id);
    this.deadLetterQueue = options.deadLetterQueue ?? createFailedBatchQueue(this, disposable);
    const grants = [
      Grant.addToPrincipal({ grantee: worker, actions: STREAM_ACTIONS, resourceArns: [streamArn] }),
      this.deadLetterQueue.grant(worker, 'sqs:SendMessage'),
    ];
    this.deadLetterQueue.encryptionMasterKey?.grant(worker, 'kms:Decrypt', 'kms:GenerateDataKey');
    this.read = worker.workStream({
      arn: streamArn,
      name: [scope.node.id, ...name === worker.node.id ? [] : [name]].join('-'),
      startAt: options.startAt ?? StartAt.LATEST,
      batchSize: options.batchSize ?? 100,
      batchWindow: options.batchWindow,
      parallelization: options.parallelization,
      bisectOnError: true,
      maxAttempts: options.maxAttempts ?? 5,
      filters: options.filters?.map((filter) => Stack.of(this).toJsonString(filter)),
      onFailureArn: this.deadLetterQueue.queueArn,
    });
    this.reader = this.read.reader;
    recordWire(scope, worker, 'changes');
    // Lambda looks at the permissions of the function when a mapping is made.
    this.reader.node.addDependency(...grants);
    watchAge(this, () => this.metricAge(), options.maxLag);
  }

  public metricAge(options?: MetricOptions): IMetric {
    return options ? this.read.age.with(options) : this.read.age;
  }

  public metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, ...options });
  }
}
