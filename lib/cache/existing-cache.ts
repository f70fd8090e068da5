import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** A cache that exists already, as its clients have to know it. */
export interface ExistingCache {
  /** The address of its primary or configuration endpoint. */
  readonly endpoint: string;
  /** Its security group. */
  readonly securityGroup: ISecurityGroup;
  /**
   * The port of the endpoint.
   * @default 6379
   */
  readonly port?: number;
  /**
   * The address that reads may go to, a moment behind the endpoint.
   * @default - none
   */
  readonly readerEndpoint?: string;
  /**
   * The port of the reader endpoint.
   * @default - the port of the endpoint
   */
  readonly readerPort?: number;
  /**
   * Whether clients have to speak the cluster protocol. Every serverless cache does.
   * @default false
   */
  readonly clusterMode?: boolean;
  /**
   * Whether connections are encrypted.
   * @default true
   */
  readonly tls?: boolean;
  /**
   * The ARN of the cache, for clients that sign in with IAM; together with `userArn`.
   * @default - clients do not sign in with IAM
   */
  readonly cacheArn?: string;
  /**
   * The ARN of the ElastiCache user that clients sign in as with IAM; together with `cacheArn`.
   * @default - clients do not sign in with IAM
   */
  readonly userArn?: string;
  /**
   * A secret with `username` and `password`, for clients that sign in with them.
   * @default - clients do not sign in with a password
   */
  readonly secret?: ISecret;
}
