import type { Duration, Size } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { type ILogGroup, LogStream } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge, acknowledgeInlineGrants } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { createLogGroup } from '../core/logs';
import { Profile } from '../core/profile';
import { acknowledgeObjectsBelow } from './bucket-objects';

/** What Firehose does in a bucket (Amazon Data Firehose Developer Guide, "Grant Firehose access to an Amazon S3 destination"). */
const BUCKET_ACTIONS = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'];
const OBJECT_ACTIONS = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'];
const STREAM_ACTIONS = ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];

/** How archived records are compressed. */
export enum ArchiveCompression {
  /** Small, and read by everything. */
  GZIP = 'GZIP',
  /** Not at all. */
  NONE = 'UNCOMPRESSED',
}

/** How records are archived. */
export interface ArchiveOptions {
  /**
   * What the names of the objects begin with; the hour in UTC follows. Without a slash at its end one is added.
   * @default - the construct id of the stream
   */
  readonly prefix?: string;
  /**
   * How long records are collected before an object is written, 0 to 900 s. What is reached first counts.
   * @default Duration.minutes(5)
   */
  readonly bufferInterval?: Duration;
  /**
   * How much is collected before an object is written, 1 to 128 MiB.
   * @default Size.mebibytes(64)
   */
  readonly bufferSize?: Size;
  /**
   * How objects are compressed.
   * @default ArchiveCompression.GZIP
   */
  readonly compression?: ArchiveCompression;
}

/** Every record of a stream, written to a bucket. */
export interface IStreamArchive extends IConstruct {
  /** The bucket. */
  readonly bucket: IBucket;
  /** What the names of the objects begin with. */
  readonly prefix: string;
  /** What carries the records over. */
  readonly deliveryStream: CfnDeliveryStream;
  /** What it does so with. */
  readonly role: IRole;
  /** Where it logs failures. */
  readonly logGroup: ILogGroup;

  /** The age of the oldest record that is not yet in the bucket, in seconds; maximum over five minutes unless told otherwise. */
  metricFreshness(options?: MetricOptions): Metric;
}

/** What an archive is made of. */
export interface ArchiveParts {
  readonly stream: IStream;
  readonly bucket: IBucket;
  readonly options: ArchiveOptions;
}

/** Amazon Data Firehose from a stream to a bucket. */
export class StreamArchive extends Construct implements IStreamArchive {
  public readonly deliveryStream: CfnDeliveryStream;
  public readonly role: IRole;
  public readonly logGroup: ILogGroup;
  public readonly prefix: string;
  public readonly bucket: IBucket;

  constructor(scope: Construct, id: string, { stream, bucket, options }: ArchiveParts) {
    super(scope, id);
    this.bucket = bucket;
    const prefix = options.prefix ?? scope.node.id;
    this.prefix = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    this.logGroup = createLogGroup(this, 'Logs');
    const logStream = new LogStream(this, 'Deliveries', { logGroup: this.logGroup, removalPolicy: Profile.of(this).logRemoval });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('firehose.amazonaws.com') });
    acknowledgeInlineGrants(this.role);
    const grants = this.grant(stream);
    this.deliveryStream = new CfnDeliveryStream(this, 'DeliveryStream', {
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: stream.streamArn, roleArn: this.role.roleArn },
      extendedS3DestinationConfiguration: {
        bucketArn: bucket.bucketArn,
        roleArn: this.role.roleArn,
        prefix: `${this.prefix}!{timestamp:yyyy/MM/dd/HH}/`,
        errorOutputPrefix: `${this.prefix}failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/`,
        bufferingHints: {
          intervalInSeconds: options.bufferInterval?.toSeconds() ?? 300,
          sizeInMBs: options.bufferSize?.toMebibytes() ?? 64,
        },
        compressionFormat: options.compression ?? ArchiveCompression.GZIP,
        encryptionConfiguration: bucket.encryptionKey && { kmsEncryptionConfig: { awskmsKeyArn: bucket.encryptionKey.keyArn } },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: this.logGroup.logGroupName,
          logStreamName: logStream.logStreamName,
        },
      },
    });
    this.node.defaultChild = this.deliveryStream;
    this.deliveryStream.node.addDependency(...grants);
    acknowledge(this.deliveryStream, {
      id: 'AwsSolutions-KDF1',
      reason: 'A delivery stream that reads a Kinesis stream cannot be encrypted itself: it keeps nothing, the stream and the bucket are (Amazon Data Firehose Developer Guide, "Data protection").',
    });
    alarmWhenGuarded(this, 'FreshnessAlarm', () => ({
      metric: this.metricFreshness(),
      threshold: 3600,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Records have not reached the archive for an hour: read the log group, before the stream drops them.',
    }));
  }

  public metricFreshness(options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/Firehose',
      metricName: 'DeliveryToS3.DataFreshness',
      dimensionsMap: { DeliveryStreamName: this.deliveryStream.ref },
      statistic: Stats.MAXIMUM,
      ...options,
    });
  }

  private grant(stream: IStream): Grant[] {
    const to = (actions: string[], resourceArns: string[]) =>
      Grant.addToPrincipal({ grantee: this.role, actions, resourceArns });
    const objects = `/${this.prefix}*`;
    acknowledgeObjectsBelow(this.role, this.bucket, objects, 'Firehose names the objects of the archive itself, below this prefix of the one bucket.');
    const keys = [
      stream.encryptionKey?.grant(this.role, 'kms:Decrypt'),
      this.bucket.encryptionKey?.grant(this.role, 'kms:Decrypt', 'kms:GenerateDataKey'),
    ];
    return [
      to(STREAM_ACTIONS, [stream.streamArn]),
      to(BUCKET_ACTIONS, [this.bucket.bucketArn]),
      to(OBJECT_ACTIONS, [`${this.bucket.bucketArn}${objects}`]),
      to(['logs:PutLogEvents'], [this.logGroup.logGroupArn]),
      ...keys.flatMap((key) => key ? [key] : []),
    ];
  }
}
