import { type CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import { acknowledge } from './acknowledge';

/** What a kept store stands on is kept as well: it cannot be deleted under it, and the deletion of the stack would fail. */
export function keepWith(part: CfnResource, removal: RemovalPolicy): void {
  if (removal === RemovalPolicy.RETAIN) {
    part.applyRemovalPolicy(removal, { applyToUpdateReplacePolicy: false });
    acknowledge(part, {
      id: 'CloudFormation-Validate::W3011',
      reason: 'It is kept for the store that is kept; once it is replaced by another one, nothing needs it.',
    });
  }
}
