import type { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IStream, StreamProps } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { enforce, refuse } from '../core/rules';
import { show } from '../core/show';
import { type IStreamWorker, StartAt } from '../core/stream-worker';
import type { Sizing, TrafficEstimate } from '../core/traffic-estimate';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, type INetwork, reads, type UseOptions } from '../core/wiring';
import { type ArchiveOptions, type IStreamArchive, StreamArchive } from './archive';
import { ARCHIVE_RULES } from './archive-rules';
import { ConsumerGroup, type ConsumerGroupOptions, type IConsumerGroup, type ReplayOptions, type StreamReadOptions } from './consumer-group';
import { CONSUMER_GROUP_RULES, KINESIS_OPTIONS, REPLAY_RULES } from './consumer-group-rules';
import { EVENT_STREAM_RULES } from './event-stream-rules';
import { KinesisEngine } from './kinesis-engine';
import { type Engine, StreamEngine } from './stream-engine';

/** What an EventStream carries. */
export interface EventStreamProps {
  /**
   * The attribute of a record that keeps related records in order, for example the user: records of one key are read in
   * the order in which they were written. Producers find it in `<NAME>_PARTITION_KEY`.
   * @default - none; required
   */
  readonly partitionKey: string;
  /**
   * What carries the records.
   * @default StreamEngine.KINESIS
   */
  readonly engine?: StreamEngine;
  /**
   * A fixed number of shards, 1 to 10,000. Each takes 1 MiB/s or 1,000 records/s and gives 2 MiB/s. Kinesis only.
   * @default - derived from `traffic`; without it on demand: capacity follows the load
   */
  readonly shards?: number;
  /**
   * What the stream has to carry; every request is one record. The number of shards is derived from it. Kinesis only.
   * @default - on demand, or what `shards` says
   */
  readonly traffic?: TrafficEstimate;
  /**
   * How long records are kept and can be read again, 1 to 365 days in whole hours. Kinesis only.
   * @default Duration.days(1)
   */
  readonly retention?: Duration;
  /**
   * The key that encrypts records. Kinesis only.
   * @default - a key that Kinesis manages, at no cost
   */
  readonly encryptionKey?: IKey;
  /**
   * The records may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner stream, applied last. Kinesis only.
   * @default - nothing else
   */
  readonly streamProps?: StreamProps;
  /**
   * An existing stream to adopt. Nothing is created, and props that would shape a new stream are refused. Kinesis only.
   * @default - a new stream
   */
  readonly stream?: IStream;
  /**
   * The topic: 1 to 249 letters, digits, `.`, `_` and `-`. Kafka only.
   * @default - the construct id
   */
  readonly topic?: string;
  /**
   * The network that the cluster stands in. Kafka only.
   * @default - the network of the stack
   */
  readonly network?: INetwork;
}

/**
 * An ordered log of events that many read at their own pace and again: Amazon Kinesis Data Streams, on demand and
 * encrypted, or Apache Kafka. Records of one key stay in order; delivery is at least once.
 */
export class EventStream extends Construct implements IBackingService {
  /** The stream itself; undefined with Kafka. */
  public readonly stream?: IStream;
  /** The Kafka cluster; undefined with Kinesis. */
  public readonly cluster?: CfnServerlessCluster;
  /** The security groups of the Kafka cluster; undefined with Kinesis. */
  public readonly connections?: Connections;
  /** The attribute of a record that keeps related records in order. */
  public readonly partitionKey: string;

  private readonly engine: Engine;
  private readonly kind: StreamEngine;
  private readonly disposable?: boolean;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: EventStreamProps) {
    super(scope, id);
    enforce(this, EVENT_STREAM_RULES, props);
    this.partitionKey = props.partitionKey;
    this.disposable = props.disposable;
    this.kind = props.engine ?? StreamEngine.KINESIS;
    if (this.kind === StreamEngine.KAFKA) {
      const kafka = createKafka(this, props);
      this.cluster = kafka.cluster;
      this.connections = kafka.connections;
      this.engine = kafka;
    } else {
      const kinesis = new KinesisEngine(this, props);
      this.stream = kinesis.stream;
      this.engine = kinesis;
    }
    this.node.defaultChild = props.stream ? undefined : this.cluster ?? this.stream;
  }

  /** The sizes that follow from the traffic estimate; empty without one. Consumer groups that are wired later count. */
  public get sizing(): Sizing[] {
    return this.engine.sizing;
  }

  /**
   * Lets compute write records; it finds `<NAME>_PARTITION_KEY` and `<NAME>_STREAM_NAME`, with Kafka
   * `<NAME>_CLUSTER_ARN` and `<NAME>_TOPIC`.
   *
   * @throws RuleError for `Access.READ`: every consumer group is wired by `consumedBy`
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (reads(access)) {
      refuse(this, 'EventStream.ReadByUse', `use(stream, ${access}) by ${compute.node.path}`,
        'Access.WRITE to produce; stream.consumedBy(worker, options) to consume, once for each consumer group');
    }
    this.engine.attach(compute, options);
    compute.addEnvironment(environmentName(this, 'PARTITION_KEY', options), this.partitionKey);
  }

  /**
   * Has compute read the stream as a consumer group: it sees every record, in order for each key, whatever other groups
   * do. What fails every attempt is set aside. The code answers with `streamConsumer` of `cdk-system-blueprints/runtime`.
   *
   * @throws RuleError when the options break a rule, or the stream has a group of that name
   */
  public consumedBy(worker: IStreamWorker, options: ConsumerGroupOptions): IConsumerGroup {
    enforce(this, CONSUMER_GROUP_RULES, options);
    return this.addGroup(options.group ?? worker.node.id, worker, options, true, options.startAt);
  }

  /**
   * Has compute read the stream again from a time on, as a group of its own: the other groups notice nothing. Remove the
   * call, or set `enabled` to false, once it has caught up. No alarm watches it, since it is behind by intention.
   *
   * @throws RuleError when the options break a rule, or the stream has a group of that name
   */
  public replay(worker: IStreamWorker, options: ReplayOptions): IConsumerGroup {
    enforce(this, REPLAY_RULES, options);
    return this.addGroup(options.group ?? `Replay-${worker.node.id}`, worker, options, false, StartAt.time(options.from));
  }

  /**
   * Writes every record to a bucket, through Amazon Data Firehose. Kinesis only.
   *
   * @throws RuleError when the options break a rule, or the engine is Kafka
   */
  public archiveTo(bucket: IBucket, options: ArchiveOptions = {}): IStreamArchive {
    enforce(this, ARCHIVE_RULES, options);
    if (!Construct.isConstruct(bucket)) {
      refuse(this, 'EventStream.ArchiveWrongType', `bucket is ${show(bucket)}`, 'a bucket');
    }
    if (!(this.engine instanceof KinesisEngine)) {
      refuse(this, 'EventStream.KinesisOnly', 'archiveTo with engine kafka', 'engine: StreamEngine.KINESIS, or a consumer group that writes the bucket');
    }
    if (this.node.tryFindChild('Archive')) {
      refuse(this, 'EventStream.ArchivedTwice', 'a second archive', 'one archive; copy the bucket to have two');
    }
    this.engine.addSharedReader();
    recordWire(this, bucket, 'archive');
    return new StreamArchive(this, 'Archive', { stream: this.engine.stream, bucket, options });
  }

  /** Lets a principal write records. */
  public grantWrite(grantee: IGrantable): Grant {
    return this.engine.grantWrite(grantee);
  }

  /** Records written; sum over five minutes unless told otherwise. With Kafka: records a second, on average. */
  public metricIncomingRecords(options?: MetricOptions): Metric {
    return this.engine.metric('records', options);
  }

  /** Bytes written; sum over five minutes unless told otherwise. With Kafka: bytes a second, on average. */
  public metricIncomingBytes(options?: MetricOptions): Metric {
    return this.engine.metric('bytes', options);
  }

  /**
   * Records refused for lack of write capacity, of a shard or the stream; sum over five minutes unless told otherwise.
   *
   * @throws RuleError with Kafka, which slows producers down in place of refusing them
   */
  public metricWriteThrottles(options?: MetricOptions): Metric {
    return this.engine.metric('refusedWrites', options);
  }

  /**
   * Reads refused because shared readers asked for too much of a shard; sum over five minutes unless told otherwise.
   *
   * @throws RuleError with Kafka, which slows consumers down in place of refusing them
   */
  public metricReadThrottles(options?: MetricOptions): Metric {
    return this.engine.metric('refusedReads', options);
  }

  private addGroup(
    name: string, worker: IStreamWorker, options: StreamReadOptions, watched: boolean, startAt?: StartAt,
  ): IConsumerGroup {
    const given = KINESIS_OPTIONS.filter((option) => options[option] !== undefined);
    if (this.kind === StreamEngine.KAFKA && given.length > 0) {
      refuse(this, 'EventStream.KinesisOnly', `${given.join(', ')} with engine kafka`, 'batchSize, batchWindow, filters, startAt and deadLetterQueue');
    }
    const id = `Group-${name}`;
    if (this.node.tryFindChild(id)) {
      refuse(this, 'EventStream.GroupTaken', `a second consumer group ${name}`, 'one group of each name; name the second: { group }');
    }
    const { engine, kind, disposable } = this;
    return new ConsumerGroup(this, id, { engine, kind, name, worker, options, startAt, disposable, watched });
  }
}

/** Loaded when asked for: it brings the network, of which Kinesis has no use. */
function createKafka(owner: EventStream, props: EventStreamProps) {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with the others
  const { KafkaEngine } = require('./kafka-engine') as typeof import('./kafka-engine');
  return new KafkaEngine(owner, props);
}
