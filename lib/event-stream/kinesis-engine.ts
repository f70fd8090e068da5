import { Lazy, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IStream, Stream, StreamConsumer, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { Profile } from '../core/profile';
import { refuse } from '../core/rules';
import type { IStreamWorker, StreamReader } from '../core/stream-worker';
import type { Sizing } from '../core/traffic-estimate';
import { environmentName, type ICompute, type UseOptions } from '../core/wiring';
import type { EventStreamProps } from './event-stream';
import { crowded, shardsFor } from './sizing';
import type { Counted, Engine, Opened, Wish } from './stream-engine';

const WRITE_ACTIONS = ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecord', 'kinesis:PutRecords'];
/** What Lambda reads a stream with (AWS Lambda Developer Guide, "Configuring Lambda for Kinesis"). */
const READ_ACTIONS = [
  'kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards',
];
const DEDICATED_READ_ACTIONS = ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'];
/** Amazon Kinesis Data Streams quotas: consumers with enhanced fan-out. */
const MOST_DEDICATED = 20;

const METRICS: { readonly [counted in Counted]: string } = {
  records: 'IncomingRecords',
  bytes: 'IncomingBytes',
  refusedWrites: 'WriteProvisionedThroughputExceeded',
  refusedReads: 'ReadProvisionedThroughputExceeded',
};

/** Amazon Kinesis Data Streams. */
export class KinesisEngine implements Engine {
  public readonly stream: IStream;

  private sharedReaders = 0;
  private dedicatedReaders = 0;

  constructor(private readonly owner: Construct, private readonly props: EventStreamProps) {
    this.stream = props.stream ?? this.createStream();
    if (!props.stream) {
      this.createAlarms();
    }
  }

  /** Known in full only when every consumer is wired. */
  public get sizing(): Sizing[] {
    const { traffic, shards } = this.props;
    return traffic && shards === undefined ? [shardsFor(traffic, Math.max(1, this.sharedReaders))] : [];
  }

  public attach(compute: ICompute, options?: UseOptions): void {
    this.grantWrite(compute);
    compute.network?.reach('kinesis-streams', compute);
    compute.addEnvironment(environmentName(this.owner, 'STREAM_NAME', options), this.stream.streamName);
  }

  public grantWrite(grantee: IGrantable): Grant {
    this.stream.encryptionKey?.grant(grantee, 'kms:GenerateDataKey');
    return this.stream.grant(grantee, ...WRITE_ACTIONS);
  }

  /** Lambda reads in place of the function, so the function's own network needs no way to the stream. */
  public open(group: Construct, name: string, worker: IStreamWorker, { dedicated }: Wish): Opened {
    const decrypt = this.stream.encryptionKey?.grant(worker, 'kms:Decrypt');
    const grants = [this.stream.grant(worker, ...READ_ACTIONS), ...decrypt ? [decrypt] : []];
    if (!dedicated) {
      this.addSharedReader();
      return { arn: this.stream.streamArn, before: grants };
    }
    this.dedicatedReaders += 1;
    if (this.dedicatedReaders > MOST_DEDICATED) {
      refuse(this.owner, 'EventStream.TooManyDedicated', `${this.dedicatedReaders} consumer groups with dedicated: true`,
        `${MOST_DEDICATED} of one stream (Amazon Kinesis Data Streams quotas); let those that may wait share: dedicated: false`);
    }
    const consumer = new StreamConsumer(group, 'Consumer', { stream: this.stream, streamConsumerName: name });
    return { arn: consumer.streamConsumerArn, before: [...grants, consumer.grant(worker, ...DEDICATED_READ_ACTIONS)] };
  }

  /** Counts whoever shares the reads of the stream, archives included. */
  public addSharedReader(): void {
    this.sharedReaders += 1;
    const warning = this.sharedReaders === 6 ? crowded(this.sharedReaders) : undefined;
    if (warning) {
      Validations.of(this.owner).addWarning('cdk-system-blueprints:EventStream.Crowded', warning);
    }
  }

  public metricAge(_name: string, reader: StreamReader, options: MetricOptions = {}): IMetric {
    return reader.age.with(options);
  }

  public metric(counted: Counted, options?: MetricOptions): Metric {
    return this.stream.metric(METRICS[counted], { statistic: Stats.SUM, ...options });
  }

  private createStream(): Stream {
    const { props } = this;
    const sharded = props.shards !== undefined || props.traffic !== undefined;
    const stream = new Stream(this.owner, 'Stream', {
      streamMode: sharded ? StreamMode.PROVISIONED : StreamMode.ON_DEMAND,
      shardCount: sharded ? props.shards ?? Lazy.number({ produce: () => this.sizing[0]!.value }) : undefined,
      retentionPeriod: props.retention,
      encryption: props.encryptionKey ? StreamEncryption.KMS : StreamEncryption.MANAGED,
      encryptionKey: props.encryptionKey,
      removalPolicy: Profile.of(this.owner).dataRemoval(props.disposable),
      ...props.streamProps,
    });
    if (props.encryptionKey) {
      acknowledge(stream.node.defaultChild as Construct, {
        id: 'AwsSolutions-KDS3',
        reason: 'The user chose a key of their own over the free key of Kinesis; the default of this construct is the key that the rule asks for.',
      });
    }
    return stream;
  }

  private createAlarms(): void {
    const alarm = (id: string, counted: Counted, alarmDescription: string) => alarmWhenGuarded(this.owner, id, () => ({
      metric: this.metric(counted),
      threshold: 1,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription,
    }));
    alarm('WriteThrottlesAlarm', 'refusedWrites', 'Records are refused: a hot partition key, or too few shards.');
    alarm('ReadThrottlesAlarm', 'refusedReads', 'Consumer groups that share the reads of the stream slow each other down: make some dedicated.');
  }
}
