import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, wildcardBelow } from '../core/acknowledge';

/**
 * Acknowledges that a grant covers the objects below a prefix of one bucket, whose names are not known beforehand.
 *
 * @param objects what follows the ARN of the bucket: `/aws/lambda/*`
 */
export function acknowledgeObjectsBelow(grantee: IGrantable, bucket: IBucket, objects: string, reason: string): void {
  const { grantPrincipal } = grantee;
  if (Construct.isConstruct(grantPrincipal)) {
    const id = bucket.node.defaultChild
      ? wildcardBelow(bucket, objects)
      : `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${bucket.bucketName}${objects}]`;
    acknowledge(grantPrincipal, { id, reason });
  }
}
