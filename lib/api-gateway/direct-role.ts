import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeInlineGrants } from '../core/acknowledge';

/** The role in which API Gateway makes one kind of call for a route. */
export function createCallerRole(scope: Construct, grant: (grantee: IGrantable) => unknown): Role {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const role = new Role(scope, 'CallerRole', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') });
  acknowledgeInlineGrants(role);
  grant(role);
  return role;
}
