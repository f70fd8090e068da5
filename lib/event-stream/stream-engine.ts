import type { IMetric, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct, IDependable } from 'constructs';
import type { IStreamWorker, KafkaTopic, StreamReader } from '../core/stream-worker';
import type { Sizing } from '../core/traffic-estimate';
import type { ICompute, UseOptions } from '../core/wiring';

/** What carries the records of an EventStream. */
export enum StreamEngine {
  /** Amazon Kinesis Data Streams: no cluster, paid by use, reached from everywhere. */
  KINESIS = 'kinesis',
  /** Apache Kafka, as Amazon MSK Serverless: the Kafka protocol, inside a network, with a price by the hour. */
  KAFKA = 'kafka',
}

/** One engine behind an EventStream. */
export interface Engine {
  /** What is sized by the traffic estimate. */
  readonly sizing: Sizing[];

  /** Gives a producer its permission, its network path and its address. */
  attach(compute: ICompute, options?: UseOptions): void;

  /** Lets a principal write. */
  grantWrite(grantee: IGrantable): Grant;

  /** Lets a worker read, and says from where. */
  open(group: Construct, name: string, worker: IStreamWorker, wish: Wish): Opened;

  /** How far a group is behind, in milliseconds. */
  metricAge(name: string, reader: StreamReader, options?: MetricOptions): IMetric;

  /** A metric of the stream by what it counts. */
  metric(counted: Counted, options?: MetricOptions): Metric;
}

/** What streams count. */
export type Counted = 'records' | 'bytes' | 'refusedWrites' | 'refusedReads';

/** What a group asks of an engine. */
export interface Wish {
  /** Reads with a throughput of its own. */
  readonly dedicated?: boolean;
  /** Failures go to a queue. */
  readonly queue: boolean;
}

/** A way into a stream for one group. */
export interface Opened {
  /** The ARN to read from. */
  readonly arn: string;
  /** The topic, where there is one. */
  readonly kafka?: KafkaTopic;
  /** What must be in force before reading begins. */
  readonly before: readonly IDependable[];
}
