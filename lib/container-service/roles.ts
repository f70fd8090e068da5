import { Stack } from 'aws-cdk-lib';
import type { ApplicationListenerRule, IApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeInlineGrants } from '../core/acknowledge';

/** The role of the code: what `use()` and grants give it. With `debug` also what ECS Exec needs to open a shell. */
export function createTaskRole(scope: Construct, debugLogs?: ILogGroup): Role {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const role = new Role(scope, 'TaskRole', { assumedBy: tasksOf(scope), inlinePolicies: debugLogs && { Debug: openShell(debugLogs) } });
  if (debugLogs) {
    acknowledgeInlineGrants(role);
    // On the role resource, not on the role: the policy with the grants of the user is a child of it and must still be judged.
    acknowledge(role.node.defaultChild as Construct, {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'The channels of ECS Exec and the list of log groups do not support resource-level permissions (Service Authorization Reference, Amazon Session Manager Message Gateway Service and Amazon CloudWatch Logs).',
    });
  }
  return role;
}

/** The role of AWS Fargate before the code runs: pull the image, write the logs, read the secrets. The code never has it. */
export function createExecutionRole(scope: Construct): Role {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const role = new Role(scope, 'ExecutionRole', { assumedBy: tasksOf(scope) });
  acknowledgeInlineGrants(role);
  return role;
}

/**
 * The role of Amazon ECS while a deployment shifts requests: what the managed policy
 * AmazonECSInfrastructureRolePolicyForLoadBalancers allows on every load balancer, for one route.
 */
export function createShiftingRole(
  scope: Construct, id: string, rule: ApplicationListenerRule, targetGroups: readonly IApplicationTargetGroup[],
): Role {
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('ecs.amazonaws.com', { conditions: inThisAccount(scope) }),
    inlinePolicies: {
      Shift: new PolicyDocument({
        statements: [
          new PolicyStatement({ actions: ['elasticloadbalancing:ModifyRule'], resources: [rule.listenerRuleArn] }),
          new PolicyStatement({
            actions: ['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets'],
            resources: targetGroups.map(({ targetGroupArn }) => targetGroupArn),
          }),
          new PolicyStatement({
            actions: ['Listeners', 'Rules', 'TargetGroups', 'TargetHealth'].map((what) => `elasticloadbalancing:Describe${what}`),
            resources: ['*'],
          }),
        ],
      }),
    },
  });
  acknowledgeInlineGrants(role);
  acknowledge(role.node.defaultChild as Construct, {
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Describing load balancers does not support resource-level permissions (Service Authorization Reference, Elastic Load Balancing V2); what changes anything is granted on the one rule and its two target groups.',
  });
  return role;
}

/** Tasks of this account only, against the confused deputy (Amazon ECS Developer Guide, "Amazon ECS task IAM role"). */
const tasksOf = (scope: Construct) => new ServicePrincipal('ecs-tasks.amazonaws.com', { conditions: inThisAccount(scope) });

const inThisAccount = (scope: Construct) => ({ StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } });

function openShell(logs: ILogGroup): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        actions: ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'].map((action) => `ssmmessages:${action}`),
        resources: ['*'],
      }),
      new PolicyStatement({ actions: ['logs:DescribeLogGroups'], resources: ['*'] }),
      new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
    ],
  });
}
