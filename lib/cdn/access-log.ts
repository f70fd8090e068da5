import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { addStatement } from '../core/outside-policy';

/** Standard logging v2, which needs no access control list on the bucket, unlike the one before. */
export function logTo(scope: Construct, distributionId: string, bucket: IBucket): void {
  const { account } = Stack.of(scope);
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const log = new Construct(scope, 'AccessLog');
  // The id of the distribution is the one name that is free for certain.
  const name = distributionId;
  const source = new CfnDeliverySource(log, 'Source', {
    name,
    logType: 'ACCESS_LOGS',
    resourceArn: `arn:${Aws.PARTITION}:cloudfront::${account}:distribution/${distributionId}`,
  });
  const destination = new CfnDeliveryDestination(log, 'Destination', {
    name, destinationResourceArn: bucket.bucketArn, outputFormat: 'json',
  });
  new CfnDelivery(log, 'Resource', { deliverySourceName: source.ref, deliveryDestinationArn: destination.attrArn });
  addStatement(scope, 'Cdn', bucket, new PolicyStatement({
    principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(`AWSLogs/${account}/CloudFront/*`)],
    conditions: {
      StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:logs:us-east-1:${account}:delivery-source:*` },
    },
  }));
}
