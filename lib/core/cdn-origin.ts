import type { IOrigin } from 'aws-cdk-lib/aws-cloudfront';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** Where a Cdn fetches from: exactly one of the four. */
export interface CdnSource {
  /**
   * A private bucket, which the Cdn alone is let into.
   * @default - none
   */
  readonly bucket?: IBucket;
  /**
   * The domain name of an HTTPS server.
   * @default - none
   */
  readonly domainName?: string;
  /**
   * A load balancer without an address in the internet, which the Cdn reaches inside its network, over HTTP on port 80.
   * @default - none
   */
  readonly loadBalancer?: IApplicationLoadBalancer;
  /**
   * Any other origin of CloudFront.
   * @default - none
   */
  readonly origin?: IOrigin;
}

/** What a Cdn can stand in front of. */
export interface ICdnOrigin {
  /** Where the Cdn fetches from. Asked while the Cdn is built, more than once. */
  cdnSource(): CdnSource;
}
