import { Stack } from 'aws-cdk-lib';
import { type FlowLog, FlowLogDestination, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeInlineGrants } from '../core/acknowledge';
import { createLogGroup } from '../core/logs';

/** Records who talked to whom in a VPC, accepted and rejected, into a log group. */
export function recordFlows(scope: Construct, vpc: Vpc, retention?: RetentionDays): FlowLog {
  // eslint-disable-next-line awscdk/require-passing-this -- it belongs to the network
  const role = new Role(scope, 'FlowLogsRole', {
    // The condition keeps the service from writing here on behalf of another account.
    assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  acknowledgeInlineGrants(role);
  return vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(createLogGroup(scope, 'FlowLogs', retention), role) });
}
