import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** A PostgreSQL database that exists already, as its clients have to know it. */
export interface ExistingDatabase {
  /** The address that takes writes. */
  readonly endpoint: string;
  /** Its security group. */
  readonly securityGroup: ISecurityGroup;
  /** The secret with `username` and `password`. */
  readonly secret: ISecret;
  /**
   * The address that reads may go to, a moment behind.
   * @default - reads go to `endpoint`
   */
  readonly readerEndpoint?: string;
  /**
   * The port of both addresses.
   * @default 5432
   */
  readonly port?: number;
}
