import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, type CfnBucket, type CorsRule, type IBucket, ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeCompliance, acknowledgeWildcard } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import type { CdnSource, ICdnOrigin } from '../core/cdn-origin';
import type { IEventTarget } from '../core/event-target';
import { addStatement } from '../core/outside-policy';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import { type ObjectEvent, type ObjectFilter, objectPattern } from './object-event';
import { EVENT_RULES, OBJECT_STORE_RULES } from './object-store-rules';
import { allowReplication, replicationRole, replicationRule } from './replication';
import { lifecycleRule, type Tiering } from './tiering';

const REQUEST_METRICS = 'EntireBucket';

/** What an ObjectStore keeps, and for how long. */
export interface ObjectStoreProps {
  /**
   * Overwritten and deleted objects are kept as old versions.
   * @default - under PRODUCTION, and when objects are replicated
   */
  readonly versioned?: boolean;
  /**
   * How long old versions are kept, in whole days.
   * @default Duration.days(90)
   */
  readonly oldVersionsExpireAfter?: Duration;
  /**
   * When objects move to cheaper storage.
   * @default - never
   */
  readonly tiering?: Tiering;
  /**
   * When objects are deleted, in whole days after their upload.
   * @default - never
   */
  readonly expireAfter?: Duration;
  /**
   * When the parts of an unfinished multipart upload are deleted, in whole days after it began.
   * @default Duration.days(1)
   */
  readonly abortUploadsAfter?: Duration;
  /**
   * The key that encrypts objects.
   * @default - a key that S3 owns, at no cost
   */
  readonly encryptionKey?: IKey;
  /**
   * Which web pages of other origins may read and write objects from a browser, with URLs signed for that.
   * @default - none
   */
  readonly cors?: CorsRule[];
  /**
   * A bucket that gets a copy of every object and every deletion, for example in another region. It must be versioned.
   * @default - no copy
   */
  readonly replicateTo?: IBucket;
  /**
   * A bucket that gets a log of every request.
   * @default - none: requests are not logged
   */
  readonly serverAccessLogs?: IBucket;
  /**
   * Tells EventBridge what happens to objects, for rules of your own.
   * @default - as soon as `on` is called
   */
  readonly events?: boolean;
  /**
   * Counts requests, errors and bytes each minute, and under PRODUCTION alarms on server errors. CloudWatch charges for it.
   * @default false
   */
  readonly requestMetrics?: boolean;
  /**
   * The bucket may be deleted with the stack, once it is empty. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner bucket, applied last. Its lifecycle rules come on top.
   * @default - nothing else
   */
  readonly bucketProps?: BucketProps;
  /**
   * An existing bucket to adopt. Nothing is created, and props that would shape a new bucket are refused.
   * @default - a new bucket
   */
  readonly bucket?: IBucket;
}

/**
 * Objects of any size, found by their key and kept durably: a private Amazon S3 bucket, encrypted, reached over TLS only,
 * with old versions under PRODUCTION.
 */
export class ObjectStore extends Construct implements IBackingService, ICdnOrigin {
  /** The bucket itself. */
  public readonly bucket: IBucket;

  private readonly resource?: CfnBucket;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: ObjectStoreProps = {}) {
    super(scope, id);
    enforce(this, OBJECT_STORE_RULES, props);
    if (props.bucket) {
      this.bucket = props.bucket;
      return;
    }
    const bucket = this.createBucket(props);
    this.bucket = bucket;
    this.resource = bucket.node.defaultChild as CfnBucket;
    this.node.defaultChild = bucket;
    if (props.events) {
      this.tellEvents();
    }
    if (props.serverAccessLogs) {
      this.logTo(props.serverAccessLogs, this.resource);
    }
    this.acknowledgeBucket(this.resource, props);
    if (props.requestMetrics) {
      this.createAlarm();
    }
  }

  /** Gives compute the permission to read objects, write them or both; it finds the bucket in `<NAME>_BUCKET_NAME`. */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (reads(access)) {
      this.grantRead(compute);
    }
    if (writes(access)) {
      this.grantWrite(compute);
    }
    compute.addEnvironment(environmentName(this, 'BUCKET_NAME', options), this.bucket.bucketName);
  }

  /**
   * Delivers what happens to objects, at least once and in no order. Copies of one object may be told out of turn: look at the
   * `sequencer` of the event.
   *
   * @param target for example a WorkQueue
   * @returns the rule that does it
   * @throws RuleError when the same events go to a target of that name already
   */
  public on(event: ObjectEvent, target: IEventTarget, filter: ObjectFilter = {}): Rule {
    enforce(this, EVENT_RULES, { event, target, filter });
    const words = ['On', event, 'To', target.node.id, filter.prefix, filter.suffix];
    const id = words.flatMap((word) => word === undefined ? [] : [word.replace(/[/\s]/g, '')]).join('');
    if (this.node.tryFindChild(id)) {
      refuse(this, 'ObjectStore.EventTaken', `'${event}' to ${target.node.path} twice`, 'each event once for a target and a filter');
    }
    this.tellEvents();
    recordWire(this, target, event);
    const eventPattern = objectPattern(this.bucket.bucketName, event, filter);
    return new Rule(this, id, { eventPattern, targets: [target.eventTarget()] });
  }

  /** Lets a principal read objects and list their keys. */
  public grantRead(grantee: IGrantable): Grant {
    this.bucket.encryptionKey?.grant(grantee, 'kms:Decrypt');
    return this.grant(grantee, ['s3:GetObject'], ['s3:ListBucket']);
  }

  /** Lets a principal add, replace and delete objects, in one request or in parts. */
  public grantWrite(grantee: IGrantable): Grant {
    // The parts of an upload are decrypted to be put together.
    this.bucket.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
    return this.grant(grantee, ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:ListMultipartUploadParts', 's3:PutObject']);
  }

  /** What a Cdn is let into. */
  public cdnSource(): CdnSource {
    return { bucket: this.bucket };
  }

  /** Bytes in S3 Standard storage, counted once a day; average over a day unless told otherwise. */
  public metricSize(options?: MetricOptions): Metric {
    return this.metricDaily('BucketSizeBytes', 'StandardStorage', options);
  }

  /** Objects of all storage classes, old versions included, counted once a day; average over a day unless told otherwise. */
  public metricObjects(options?: MetricOptions): Metric {
    return this.metricDaily('NumberOfObjects', 'AllStorageTypes', options);
  }

  /** Requests that failed on the side of S3 (5xx); sum over five minutes unless told otherwise. Needs `requestMetrics`. */
  public metricServerErrors(options?: MetricOptions): Metric {
    return this.metric('5xxErrors', { FilterId: REQUEST_METRICS }, { statistic: Stats.SUM, ...options });
  }

  private metricDaily(metricName: string, StorageType: string, options?: MetricOptions): Metric {
    return this.metric(metricName, { StorageType }, { statistic: Stats.AVERAGE, period: Duration.days(1), ...options });
  }

  private metric(metricName: string, dimensions: Record<string, string>, options: MetricOptions): Metric {
    const dimensionsMap = { BucketName: this.bucket.bucketName, ...dimensions };
    return new Metric({ namespace: 'AWS/S3', metricName, dimensionsMap, ...options }).attachTo(this.bucket);
  }

  private createBucket(props: ObjectStoreProps): Bucket {
    const profile = Profile.of(this);
    const versioned = props.versioned ?? (profile.guarded || props.replicateTo !== undefined);
    const role = props.replicateTo && replicationRole(this);
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      encryption: props.encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
      encryptionKey: props.encryptionKey,
      bucketKeyEnabled: props.encryptionKey ? true : undefined,
      versioned,
      cors: props.cors,
      metrics: props.requestMetrics ? [{ id: REQUEST_METRICS }] : undefined,
      replicationRole: role,
      replicationRules: props.replicateTo && [replicationRule(props.replicateTo, props.encryptionKey !== undefined)],
      removalPolicy: profile.dataRemoval(props.disposable),
      ...props.bucketProps,
      lifecycleRules: [lifecycleRule({ ...props, versioned }), ...props.bucketProps?.lifecycleRules ?? []],
    });
    if (props.replicateTo && role) {
      allowReplication(role, bucket, props.replicateTo);
    }
    return bucket;
  }

  /** The L2 would do it with a custom resource. */
  private tellEvents(): void {
    if (this.resource) {
      this.resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    } else {
      Validations.of(this).addWarning('cdk-system-blueprints:ObjectStore.EventsOfAdopted',
        `${this.node.path} adopts its bucket, so events are not switched on here; where it is defined, add to its notification configuration: `
        + '{"EventBridgeConfiguration":{"EventBridgeEnabled":true}}');
    }
  }

  /** The L2 would open the bucket of the logs by an access control list, which S3 switches off by default. */
  private logTo(logs: IBucket, resource: CfnBucket): void {
    const prefix = `${this.node.path}/`;
    resource.loggingConfiguration = { destinationBucketName: logs.bucketName, logFilePrefix: prefix };
    addStatement(this, 'ObjectStore', logs, new PolicyStatement({
      principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`${prefix}*`)],
      conditions: {
        ArnLike: { 'aws:SourceArn': this.bucket.bucketArn },
        StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
      },
    }));
  }

  private grant(grantee: IGrantable, onObjects: string[], onBucket: string[] = []): Grant {
    const { grantPrincipal } = grantee;
    if (Construct.isConstruct(grantPrincipal)) {
      acknowledgeWildcard(grantPrincipal, this.bucket, this.bucket.arnForObjects('*'),
        'The objects of the one bucket of this store, which is what was granted.');
    }
    const allow = (actions: string[], resource: string) =>
      Grant.addToPrincipalOrResource({ grantee, actions, resourceArns: [resource], resource: this.bucket });
    const objects = allow(onObjects, this.bucket.arnForObjects('*'));
    return onBucket.length > 0 ? objects.combine(allow(onBucket, this.bucket.bucketArn)) : objects;
  }

  private acknowledgeBucket(resource: CfnBucket, props: ObjectStoreProps): void {
    if (!props.serverAccessLogs) {
      const reason = 'Logs of every request are a choice, serverAccessLogs, since they fill a bucket of their own; CloudTrail records who changed the bucket, and data events where they are switched on.';
      acknowledge(resource, { id: 'AwsSolutions-S1', reason });
      acknowledgeCompliance(resource, 'S3BucketLoggingEnabled', reason);
    }
    if (!props.replicateTo) {
      acknowledgeCompliance(resource, 'S3BucketReplicationEnabled',
        'S3 keeps every object in three availability zones or more, for eleven nines of durability; a copy in another region is a choice: replicateTo.');
    }
    if (!resource.versioningConfiguration) {
      acknowledgeCompliance(resource, 'S3BucketVersioningEnabled',
        'Old versions are kept under PRODUCTION; here they are switched off by versioned: false or by the SANDBOX profile, whose data can be made again.');
    }
    if (!props.encryptionKey) {
      acknowledgeCompliance(resource, 'S3DefaultEncryptionKMS',
        'Every object is encrypted with AES-256 and a key that S3 owns and rotates; a key of the customer is a choice: encryptionKey.');
    }
  }

  private createAlarm(): void {
    alarmWhenGuarded(this, 'ServerErrorsAlarm', () => ({
      metric: this.metricServerErrors(),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'S3 fails or slows requests down (503): spread keys over more prefixes, or retry more slowly.',
    }));
  }
}
