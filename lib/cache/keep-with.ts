import { type CfnResource, RemovalPolicy } from 'aws-cdk-lib';

/** What a kept cache stands on is kept as well: it cannot be deleted under it, and the deletion of the stack would fail. */
export function keepWith(part: CfnResource, removal: RemovalPolicy): void {
  if (removal === RemovalPolicy.RETAIN) {
    part.applyRemovalPolicy(removal, { applyToUpdateReplacePolicy: false });
  }
}
