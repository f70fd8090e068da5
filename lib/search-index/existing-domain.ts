import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';

/** A domain of Amazon OpenSearch Service that exists already, in the network of those who use it. */
export interface ExistingDomain {
  /** Its ARN. */
  readonly domainArn: string;
  /** Its endpoint, without `https://`. */
  readonly endpoint: string;
  /** Its security group. */
  readonly securityGroup: ISecurityGroup;
}
