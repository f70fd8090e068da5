import { Stack } from 'aws-cdk-lib';
import { type IApplicationTargetGroup, type LoadBalancerTargetProps, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

const PERMISSION = 'LoadBalancers';

/**
 * Lets load balancers of the account invoke a function, and puts it into a target group. The permission cannot name the
 * group, which CloudFormation makes only after the function may be invoked; the CDK's own would name no account either.
 */
export function invokedByLoadBalancer(
  scope: Construct, invoked: IFunction, targetGroup: IApplicationTargetGroup,
): LoadBalancerTargetProps {
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  const permission = scope.node.tryFindChild(PERMISSION) ?? new CfnPermission(scope, PERMISSION, {
    action: 'lambda:InvokeFunction',
    functionName: invoked.functionArn,
    principal: 'elasticloadbalancing.amazonaws.com',
    sourceAccount: Stack.of(scope).account,
  });
  targetGroup.node.addDependency(permission);
  return { targetType: TargetType.LAMBDA, targetJson: { id: invoked.functionArn } };
}
