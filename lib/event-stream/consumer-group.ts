import { type Duration, Stack } from 'aws-cdk-lib';
import { type IMetric, type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { createFailedBatchQueue, watchAge } from '../core/failed-batches';
import { refuse } from '../core/rules';
import { type IStreamWorker, StartAt, type StreamReader } from '../core/stream-worker';
import { recordWire } from '../core/wires';
import { acknowledgeObjectsBelow } from './bucket-objects';
import { type Engine, StreamEngine } from './stream-engine';

/** Where Lambda puts what failed (AWS Lambda Developer Guide, "Capturing discarded batches"). */
const FAILURES_PREFIX = '/aws/lambda/*';

/** How a group of consumers reads an EventStream. */
export interface StreamReadOptions {
  /**
   * Must be true: the code of the worker may see a record twice, and does then no harm. Delivery is at least once.
   * @default - none; required
   */
  readonly idempotent: boolean;
  /**
   * The name of the group: 1 to 64 letters, digits, `-`, `_` and `.`.
   * @default - the construct id of the worker; of a replay, `Replay-` and that id
   */
  readonly group?: string;
  /**
   * Reads with a throughput of its own (enhanced fan-out): 2 MiB/s of each shard and pushed within 70 ms, at a price by
   * the hour and GB. Kinesis only.
   * @default - false: shares 2 MiB/s and 5 reads/s of each shard with the other groups
   */
  readonly dedicated?: boolean;
  /**
   * The most records handed over at once, 1 to 10,000.
   * @default 100
   */
  readonly batchSize?: number;
  /**
   * How long records are collected to fill a batch, 0 to 300 s.
   * @default - records are handed over as they come
   */
  readonly batchWindow?: Duration;
  /**
   * The most batches of one shard worked on at once, 1 to 10. Records of one key stay in order. Kinesis only.
   * @default 1
   */
  readonly parallelization?: number;
  /**
   * Tries a failed batch again in two halves, which finds the record at fault. Kinesis only.
   * @default - true; false with a tumbling window
   */
  readonly bisectOnError?: boolean;
  /**
   * How often a batch is tried before it is set aside, 1 to 10,000. The records behind it wait meanwhile. Kinesis only.
   * @default 5
   */
  readonly maxAttempts?: number;
  /**
   * How old a record may be that is still handed over, 1 min to 7 days; older ones are set aside. Kinesis only.
   * @default - whatever the stream keeps
   */
  readonly maxAge?: Duration;
  /**
   * The length of a window over which the worker aggregates a shard, 0 s to 15 min. Kinesis only.
   * @default - no window: batches have no state
   */
  readonly tumblingWindow?: Duration;
  /**
   * Patterns of the records that the group wants, as Lambda filters events; any of them suffices.
   * @default - all records
   */
  readonly filters?: { [field: string]: unknown }[];
  /**
   * Where failed batches are told. A message holds the position of the records in the stream, not the records.
   * @default - a new queue for the group; none for Kafka, where failed batches are tried until they expire
   */
  readonly deadLetterQueue?: IQueue;
  /**
   * Where failed batches are kept with their records, in place of a queue. Kinesis only.
   * @default - a queue is told
   */
  readonly deadLetterBucket?: IBucket;
  /**
   * How far the group may fall behind before its alarm goes off.
   * @default Duration.minutes(15)
   */
  readonly maxLag?: Duration;
  /**
   * Reading goes on. Set to false to pause the group; it continues where it stopped, as long as the records are kept.
   * @default true
   */
  readonly enabled?: boolean;
}

/** How a consumer group reads an EventStream. */
export interface ConsumerGroupOptions extends StreamReadOptions {
  /**
   * Where the group starts when it has never read before.
   * @default StartAt.TRIM_HORIZON
   */
  readonly startAt?: StartAt;
}

/** How a stream is read again. */
export interface ReplayOptions extends StreamReadOptions {
  /**
   * The time whose records come first. It lies in the past and within the stream's retention.
   * @default - none; required
   */
  readonly from: Date;
}

/** A group of consumers that reads a stream at its own pace: it sees every record, whatever other groups do. */
export interface IConsumerGroup extends IConstruct {
  /** The name of the group. */
  readonly group: string;
  /** What reads for it, for escape hatches: the event source mapping of a function. */
  readonly reader: IConstruct;
  /** Where failed batches are told; undefined where a bucket keeps them, and for Kafka without a queue. */
  readonly deadLetterQueue?: IQueue;
  /** Where failed batches are kept; undefined where a queue is told. */
  readonly deadLetterBucket?: IBucket;

  /** How far the group is behind, in milliseconds; maximum over a minute unless told otherwise. */
  metricAge(options?: MetricOptions): IMetric;

  /**
   * Batches that failed every attempt and wait for somebody; maximum over five minutes unless told otherwise.
   *
   * @throws RuleError when the group has no dead-letter queue
   */
  metricDeadLetters(options?: MetricOptions): Metric;
}

/** What a consumer group is made of. */
export interface ConsumerGroupParts {
  readonly engine: Engine;
  readonly kind: StreamEngine;
  readonly name: string;
  readonly worker: IStreamWorker;
  readonly options: StreamReadOptions;
  readonly startAt?: StartAt;
  readonly disposable?: boolean;
  /** A replay is behind by intention. */
  readonly watched: boolean;
}

/** The group of one call of `consumedBy`. */
export class ConsumerGroup extends Construct implements IConsumerGroup {
  public readonly group: string;
  public readonly reader: IConstruct;
  public readonly deadLetterQueue?: IQueue;
  public readonly deadLetterBucket?: IBucket;

  private readonly read: StreamReader;

  constructor(scope: Construct, id: string, private readonly parts: ConsumerGroupParts) {
    super(scope, id);
    const { name, options } = parts;
    this.group = name;
    this.deadLetterBucket = options.deadLetterBucket;
    this.deadLetterQueue = options.deadLetterQueue
      ?? (this.ownsQueue() ? createFailedBatchQueue(this, parts.disposable) : undefined);
    this.read = this.open();
    this.reader = this.read.reader;
    recordWire(scope, parts.worker, 'records');
    if (parts.watched) {
      watchAge(this, () => this.metricAge(), options.maxLag);
    }
  }

  public metricAge(options?: MetricOptions): IMetric {
    return this.parts.engine.metricAge(this.group, this.read, options);
  }

  public metricDeadLetters(options?: MetricOptions): Metric {
    const queue = this.deadLetterQueue
      ?? refuse(this, 'EventStream.NoDeadLetterQueue', `dead letters of the group ${this.group}, which has no queue`, 'a group with a dead-letter queue');
    return queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, ...options });
  }

  private get kinesis(): boolean {
    return this.parts.kind === StreamEngine.KINESIS;
  }

  private ownsQueue(): boolean {
    return this.kinesis && !this.parts.options.deadLetterBucket;
  }

  private open(): StreamReader {
    const { engine, name, options, startAt, worker } = this.parts;
    const way = engine.open(this, name, worker, { dedicated: options.dedicated, queue: this.deadLetterQueue !== undefined });
    const failures = this.grantFailures();
    const read = worker.workStream({
      arn: way.arn,
      kafka: way.kafka,
      name: [this.node.scope!.node.id, ...name === worker.node.id ? [] : [name]].join('-'),
      startAt: startAt ?? StartAt.TRIM_HORIZON,
      batchSize: options.batchSize ?? 100,
      batchWindow: options.batchWindow,
      parallelization: options.parallelization,
      bisectOnError: this.kinesis ? options.bisectOnError ?? !options.tumblingWindow : undefined,
      maxAttempts: this.kinesis ? options.maxAttempts ?? 5 : undefined,
      maxAge: options.maxAge,
      tumblingWindow: options.tumblingWindow,
      filters: options.filters?.map((filter) => Stack.of(this).toJsonString(filter)),
      onFailureArn: this.deadLetterBucket?.bucketArn ?? this.deadLetterQueue?.queueArn,
      enabled: options.enabled,
    });
    // Lambda looks at the permissions of the function when a mapping is made.
    read.reader.node.addDependency(...way.before, ...failures);
    if (failures.length === 0) {
      acknowledge(read.reader, {
        id: 'Serverless-LambdaEventSourceMappingDestination',
        reason: 'Nothing is dropped that a destination could be told of: Lambda tries a batch of Kafka until it succeeds or expires (AWS Lambda Developer Guide, "Configuring Amazon MSK event sources for Lambda").',
      });
    }
    return read;
  }

  private grantFailures(): Grant[] {
    const { worker } = this.parts;
    if (this.deadLetterBucket) {
      const { bucketArn, encryptionKey } = this.deadLetterBucket;
      acknowledgeObjectsBelow(worker, this.deadLetterBucket, FAILURES_PREFIX,
        'Lambda names the objects of failed batches itself, below this prefix of the one bucket.');
      const key = encryptionKey?.grant(worker, 'kms:Decrypt', 'kms:GenerateDataKey');
      return [
        Grant.addToPrincipal({ grantee: worker, actions: ['s3:ListBucket'], resourceArns: [bucketArn] }),
        Grant.addToPrincipal({ grantee: worker, actions: ['s3:PutObject'], resourceArns: [`${bucketArn}${FAILURES_PREFIX}`] }),
        ...key ? [key] : [],
      ];
    }
    const key = this.deadLetterQueue?.encryptionMasterKey?.grant(worker, 'kms:Decrypt', 'kms:GenerateDataKey');
    return this.deadLetterQueue ? [this.deadLetterQueue.grant(worker, 'sqs:SendMessage'), ...key ? [key] : []] : [];
  }
}
