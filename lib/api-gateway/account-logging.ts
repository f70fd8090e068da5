import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge } from '../core/acknowledge';

const POLICY = 'service-role/AmazonAPIGatewayPushToCloudWatchLogs';

/**
 * The role in which API Gateway writes the logs of every REST and WebSocket API of an account and region. It is a setting
 * of the account, shared by all of them: made once a stack, and kept when the stack goes, since others log by it.
 */
export function accountLogging(scope: IConstruct): IConstruct {
  const stack = Stack.of(scope);
  return stack.node.tryFindChild('ApiGatewayAccountLogging') ?? new AccountLogging(stack, 'ApiGatewayAccountLogging');
}

class AccountLogging extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(POLICY)],
    });
    acknowledge(role, {
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${POLICY}]`,
      reason: 'The account setting serves every API of the account, also those of other stacks; this is the policy that AWS keeps for it (API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs").',
    });
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
