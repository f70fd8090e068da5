import { Aws, Stack } from 'aws-cdk-lib';
import { type IOrigin, type OriginBindConfig, type OriginBindOptions, S3OriginAccessControl } from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { addStatement } from '../core/outside-policy';
import { globalName } from './global-name';

/**
 * A private bucket that lets one distribution in (origin access control). Own code, since the L2 cannot look into a bucket of
 * another stack without a cycle, and names no statement for what it cannot change.
 */
export class BucketOrigin implements IOrigin {
  constructor(private readonly bucket: IBucket) {}

  public bind(scope: Construct, options: OriginBindOptions): OriginBindConfig {
    // eslint-disable-next-line awscdk/require-passing-this -- the distribution passes the scope of the origin
    const access = new S3OriginAccessControl(scope, 'Access', { originAccessControlName: globalName(scope, 'Access') });
    const { originAccessControlId } = access;
    return S3BucketOrigin.withBucketDefaults(this.bucket, { originAccessControlId }).bind(scope, options);
  }

  /** Lets a distribution in, once it is there: its id is not known before. */
  public admit(scope: Construct, distributionId: string): void {
    const distributions = `arn:${Aws.PARTITION}:cloudfront::${Stack.of(scope).account}:distribution/`;
    const principals = [new ServicePrincipal('cloudfront.amazonaws.com')];
    // A bucket of another stack cannot name the distribution that names it: then any distribution of this account is let in.
    const apart = Stack.of(this.bucket) !== Stack.of(scope);
    const conditions = apart
      ? { ArnLike: { 'aws:SourceArn': `${distributions}*` } }
      : { StringEquals: { 'aws:SourceArn': `${distributions}${distributionId}` } };
    addStatement(scope, 'Cdn', this.bucket, new PolicyStatement({
      principals, conditions, actions: ['s3:GetObject'], resources: [this.bucket.arnForObjects('*')],
    }));
    // Without it S3 says 403 of what does not exist. The root has an index, so no list is ever shown.
    addStatement(scope, 'Cdn', this.bucket, new PolicyStatement({
      principals, conditions, actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn],
    }));
    if (this.bucket.encryptionKey) {
      // The key is named by the bucket, and the bucket by the distribution, so the key cannot name the distribution.
      addStatement(scope, 'Cdn', this.bucket.encryptionKey, new PolicyStatement({
        principals, actions: ['kms:Decrypt'], resources: ['*'], conditions: { ArnLike: { 'aws:SourceArn': `${distributions}*` } },
      }));
    }
  }
}
