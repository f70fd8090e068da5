import type { IOrigin } from 'aws-cdk-lib/aws-cloudfront';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** Where a Cdn fetches from: exactly one of the three. */
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
   * Any other origin of CloudFront.
   * @default - none
   */
  readonly origin?: IOrigin;
}

/** What a Cdn can stand in front of. */
export interface ICdnOrigin {
  /** Where the Cdn fetches from. Asked once while the Cdn is built. */
  cdnSource(): CdnSource;
}
