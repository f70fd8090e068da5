import type { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import type { ICompute } from './wiring';

/** Where in a stream a reader starts that has not read it before. */
export class StartAt {
  /** Records that are written from now on. */
  public static readonly LATEST = new StartAt('LATEST');
  /** The oldest record that is still kept. */
  public static readonly TRIM_HORIZON = new StartAt('TRIM_HORIZON');

  /** The first record written at a time or after it, as long as it is still kept. Change streams of tables do not know it. */
  public static time(time: Date): StartAt {
    return new StartAt('AT_TIMESTAMP', time);
  }

  private constructor(
    /** The position as the services name it: `LATEST`, `TRIM_HORIZON` or `AT_TIMESTAMP`. */
    public readonly position: string,
    /** The time that belongs to `AT_TIMESTAMP`. */
    public readonly timestamp?: Date,
  ) {}
}

/** A stream as its worker sees it: of Amazon Kinesis, of the changes of a table, or a topic of a Kafka cluster. */
export interface StreamSource {
  /** The name of the stream and of who reads it, where the worker needs one, for example in construct ids. */
  readonly name: string;
  /** The ARN to read from: of the stream, of a dedicated consumer of it, or of the cluster. */
  readonly arn: string;
  /** Where reading starts. */
  readonly startAt: StartAt;
  /** The most records handed over at once. */
  readonly batchSize: number;
  /** How long records are collected to fill a batch; undefined hands them over as they come. */
  readonly batchWindow?: Duration;
  /** The most batches of one shard worked on at once, each with other keys; undefined is 1. */
  readonly parallelization?: number;
  /** Whether a failed batch is tried again in two halves, which finds the record at fault. */
  readonly bisectOnError?: boolean;
  /** How often a batch is tried in all; undefined tries until it is too old. */
  readonly maxAttempts?: number;
  /** How old a record may be that is still handed over; undefined hands over whatever is kept. */
  readonly maxAge?: Duration;
  /** The length of a window over which the worker aggregates; undefined hands over batches without state. */
  readonly tumblingWindow?: Duration;
  /**
   * Where what failed every attempt is told: the ARN of a queue or a bucket that the worker has been granted to write to.
   * Undefined drops it.
   */
  readonly onFailureArn?: string;
  /** Patterns of the records to hand over, as JSON text; any of them suffices. Undefined hands over all. */
  readonly filters?: string[];
  /** Whether reading begins at once; undefined is true. */
  readonly enabled?: boolean;
  /** What is read of a Kafka cluster; undefined for other streams. */
  readonly kafka?: KafkaTopic;
}

/** What is read of a Kafka cluster. */
export interface KafkaTopic {
  /** The topic. */
  readonly topic: string;
  /** The consumer group under which the position is kept. */
  readonly consumerGroup: string;
}

/** What reads a stream for a worker. */
export interface StreamReader {
  /** What does the reading, for escape hatches. */
  readonly reader: IConstruct;
  /** How long ago the last record of a batch was written, in milliseconds: how far the worker is behind. */
  readonly age: Metric;
}

/** Compute that can work a stream. */
export interface IStreamWorker extends ICompute {
  /** Starts reading a stream. Called by `stream.consumedBy()`, which has granted the permission. */
  workStream(source: StreamSource): StreamReader;
}
