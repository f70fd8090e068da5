import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { SubnetSelection, Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { CODE } from './code';

const INTERFACE_ACTIONS = [
  'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses',
];

/** Where a function runs that is in a network. */
interface Place {
  readonly vpc: Vpc;
  readonly vpcSubnets: SubnetSelection;
}

/**
 * The function of the twins, as a careful engineer writes it from plain L2s: a role of its own that may write to its one
 * log group and send traces, logs as JSON for a week, Node.js 24 on arm64 with 512 MiB and 10 s. As FunctionService has it.
 */
export function secureFunction(scope: Construct, place?: Place): LambdaFunction {
  const logGroup = new LogGroup(scope, 'Logs', { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY });
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Telemetry: new PolicyDocument({
        statements: [
          new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
          new PolicyStatement({ actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] }),
        ],
      }),
      ...place && { Network: new PolicyDocument({ statements: [new PolicyStatement({ actions: INTERFACE_ACTIONS, resources: ['*'] })] }) },
    },
  });
  Validations.of(role.node.defaultChild!).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray and network interfaces of functions have no resource-level permissions (Service Authorization Reference).',
  });
  const created = new LambdaFunction(scope, 'Function', {
    code: CODE,
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 512,
    timeout: Duration.seconds(10),
    loggingFormat: LoggingFormat.JSON,
    logGroup,
    role,
    ...place,
  });
  // `tracing` of the L2 would add a policy with a wildcard of its own.
  (created.node.defaultChild as CfnFunction).tracingConfig = { mode: 'Active' };
  return created;
}
