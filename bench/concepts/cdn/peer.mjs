import { CloudFrontToS3 } from '@aws-solutions-constructs/aws-cloudfront-s3';

/**
 * The pattern's minimal call. The same as ours: a private encrypted bucket behind CloudFront by origin access control, with
 * security headers. It adds two buckets for access logs, which ours makes on request only.
 */
export function build(stack) {
  new CloudFrontToS3(stack, 'Pattern', {});
}
