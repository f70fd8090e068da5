import { Duration, RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLevel, AllowedMethods, Distribution, HeadersFrameOption, HeadersReferrerPolicy, HttpVersion, PriceClass,
  ResponseHeadersPolicy, ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';

/**
 * The same as ours: a private bucket, encrypted by S3's own key, over TLS only, without access control lists, which clears
 * unfinished uploads after a day and is kept when the stack goes; CloudFront alone may read and list it; HTTP/2 and 3,
 * HTTPS enforced, compression, an index, and headers that say HSTS for a year, nosniff, no frames and a short referrer.
 */
export function build(stack: Stack): void {
  const bucket = new Bucket(stack, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const override = true;
  const headers = new ResponseHeadersPolicy(stack, 'Headers', {
    securityHeadersBehavior: {
      contentTypeOptions: { override },
      frameOptions: { frameOption: HeadersFrameOption.DENY, override },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override },
      strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override },
    },
  });
  const distribution = new Distribution(stack, 'Distribution', {
    defaultBehavior: {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, { originAccessLevels: [AccessLevel.READ, AccessLevel.LIST] }),
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: headers,
    },
    defaultRootObject: 'index.html',
    httpVersion: HttpVersion.HTTP2_AND_3,
    priceClass: PriceClass.PRICE_CLASS_ALL,
  });
  Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S1', reason: 'Nobody reads access logs of these files.' });
  Validations.of(distribution).acknowledge(
    { id: 'AwsSolutions-CFR1', reason: 'Visitors are everywhere.' },
    { id: 'AwsSolutions-CFR2', reason: 'Static files need no firewall.' },
    { id: 'AwsSolutions-CFR3', reason: 'Nobody reads access logs of these files.' },
    { id: 'AwsSolutions-CFR4', reason: 'The certificate is the one of cloudfront.net.' },
  );
}
