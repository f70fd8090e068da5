import { Duration, Stack } from 'aws-cdk-lib';
import type { BaseLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeCompliance } from '../core/acknowledge';
import { addStatement } from '../core/outside-policy';
import { Profile } from '../core/profile';

/** What a load balancer can log: every request or connection, and every TLS handshake of clients. */
export type LogKind = 'access_logs' | 'connection_logs';

/**
 * A bucket for the logs of one load balancer: private, TLS only, expiring. It is kept when the stack goes, since a bucket
 * that holds anything cannot be deleted and CloudFormation would fail.
 */
export function createLogBucket(scope: Construct): Bucket {
  const profile = Profile.of(scope);
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const bucket = new Bucket(scope, 'AccessLogs', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(profile.logRetention), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy: profile.dataRemoval(),
  });
  acknowledgeLogBucket(bucket.node.defaultChild as Construct);
  return bucket;
}

/** Has an Application Load Balancer write logs to a bucket, in whatever region the stack is deployed to. */
export function logApplication(
  scope: Construct, loadBalancer: BaseLoadBalancer, bucket: IBucket, kinds: readonly LogKind[],
): void {
  const { account, region, partition } = Stack.of(scope);
  log(scope, loadBalancer, bucket, kinds, [new PolicyStatement({
    principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(`AWSLogs/${account}/*`)],
    conditions: { ArnLike: { 'aws:SourceArn': `arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/*` } },
  })]);
}

/** Has a Network Load Balancer write the log of its TLS listeners to a bucket. */
export function logNetwork(scope: Construct, loadBalancer: BaseLoadBalancer, bucket: IBucket): void {
  const { account, region, partition } = Stack.of(scope);
  const principals = [new ServicePrincipal('delivery.logs.amazonaws.com')];
  const source = {
    StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': `arn:${partition}:logs:${region}:${account}:*` },
  };
  log(scope, loadBalancer, bucket, ['access_logs'], [
    new PolicyStatement({ principals, actions: ['s3:GetBucketAcl'], resources: [bucket.bucketArn], conditions: source }),
    new PolicyStatement({
      principals,
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`AWSLogs/${account}/*`)],
      conditions: { ...source, StringEquals: { ...source.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' } },
    }),
  ]);
}

function log(
  scope: Construct, loadBalancer: BaseLoadBalancer, bucket: IBucket, kinds: readonly LogKind[],
  statements: readonly PolicyStatement[],
): void {
  for (const kind of kinds) {
    loadBalancer.setAttribute(`${kind}.s3.enabled`, 'true');
    loadBalancer.setAttribute(`${kind}.s3.bucket`, bucket.bucketName);
  }
  statements.forEach((statement) => addStatement(scope, 'LoadBalancer', bucket, statement));
  const policy = bucket.policy?.node.defaultChild;
  if (policy) {
    // The service tries to write when the attribute is set.
    loadBalancer.node.defaultChild!.node.addDependency(policy);
  }
}

function acknowledgeLogBucket(bucket: Construct): void {
  const ownLog = 'It is itself the log of a load balancer; logging the writes of the logging service would need a bucket for each bucket, without end.';
  acknowledge(bucket, { id: 'AwsSolutions-S1', reason: ownLog });
  acknowledgeCompliance(bucket, 'S3BucketLoggingEnabled', ownLog);
  acknowledgeCompliance(bucket, 'S3BucketVersioningEnabled',
    'The logging service writes every object once, under a name of its own, and nobody else may write: there are no earlier versions to keep.');
  acknowledgeCompliance(bucket, 'S3BucketReplicationEnabled',
    'Logs tell what happened to the load balancer of this region and expire; a copy in another region is a choice with a price: accessLogs takes a bucket that has one.');
  acknowledgeCompliance(bucket, 'S3DefaultEncryptionKMS',
    'Load balancers deliver logs only to buckets with keys that Amazon S3 manages (Elastic Load Balancing, "Enable access logs").');
}
