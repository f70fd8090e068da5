import type { Stack } from 'aws-cdk-lib';
import { type Case, BLUEPRINT_CASES, CONCEPTS_WITH_CASES, CONSTRUCTS, PROFILES, stackOf } from '../support/cases';
import { CONCEPTS } from '../support/folder';
import { resourcesOf, statementsOf, templateOf, type TemplateResource } from '../support/stacks';
import { Profile } from '../../lib/core';

type Row = [string, string, Case, Profile];
const rows = (cases: readonly Case[], profiles: readonly Profile[] = PROFILES): Row[] =>
  cases.flatMap((one) => profiles.map((profile): Row => [one.name, profile.name, one, profile]));

/** Resources whose deletion loses something that cannot be made again. */
const DATA = new RegExp(`^AWS::(${[
  'DynamoDB::(Global)?Table', 'SQS::Queue', 'Logs::LogGroup', 'S3::Bucket', 'RDS::DB(Cluster|Instance)', 'Kinesis::Stream',
  'EFS::FileSystem', 'Cognito::UserPool', 'ElastiCache::(ReplicationGroup|ServerlessCache)', 'OpenSearchService::Domain', 'SecretsManager::Secret',
].join('|')})$`);

/** Names that are no names of ours to choose, or that AWS does not want to be unique. */
const NOT_PHYSICAL = [
  'AWS::IAM::Policy.PolicyName', 'AWS::CloudWatch::Alarm.MetricName', 'AWS::ApiGatewayV2::Stage.StageName', 'AWS::ApiGatewayV2::Api.Name',
  'AWS::ApiGateway::RestApi.Name', 'AWS::ApiGateway::Stage.StageName', 'AWS::ApiGateway::Authorizer.Name',
  'AWS::ApiGatewayV2::Authorizer.Name', 'AWS::ApiGatewayV2::DomainName.DomainName',
  // Redis OSS asks for a user of this name in every group; it is closed.
  'AWS::ElastiCache::User.UserName',
  // A database inside the cluster.
  'AWS::RDS::DBCluster.DatabaseName',
  // Of every proxy.
  'AWS::RDS::DBProxyTargetGroup.TargetGroupName',
  'AWS::Kinesis::StreamConsumer.ConsumerName', 'AWS::MSK::ServerlessCluster.ClusterName', 'AWS::Route53::RecordSet.Name',
  'AWS::ApplicationAutoScaling::ScalingPolicy.PolicyName', 'AWS::ServiceDiscovery::PrivateDnsNamespace.Name', 'AWS::ServiceDiscovery::Service.Name',
  'AWS::EC2::VPCEndpoint.ServiceName',
  // Names within one user pool; and a FIFO topic has to be named: the CDK takes its path.
  'AWS::Cognito::UserPoolGroup.GroupName', 'AWS::Cognito::UserPoolIdentityProvider.ProviderName', 'AWS::Cognito::UserPoolResourceServer.Name',
  'AWS::SNS::Topic.TopicName',
];

/** Actions that no resource narrows: to send traces, to log in to a registry, to open a shell, to look at load balancers. */
const NOT_NARROWED = [
  'xray:PutTelemetryRecords', 'xray:PutTraceSegments', 'ecr:GetAuthorizationToken', 'logs:DescribeLogGroups',
  'ssmmessages:CreateControlChannel', 'ssmmessages:CreateDataChannel', 'ssmmessages:OpenControlChannel', 'ssmmessages:OpenDataChannel',
  'elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeRules', 'elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetHealth',
  // What Step Functions does to deliver logs and to sample traces, as its own documentation has it.
  'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery', 'logs:ListLogDeliveries',
  'logs:PutResourcePolicy', 'logs:UpdateLogDelivery', 'xray:GetSamplingRules', 'xray:GetSamplingTargets',
  // What Lambda does to network interfaces of functions and pollers, as its own managed policies have it.
  'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs', 'ec2:UnassignPrivateIpAddresses',
];

const list = (value: unknown): unknown[] => Array.isArray(value) ? value : [value];

test('every concept has cases', () => {
  expect(CONCEPTS_WITH_CASES).toEqual(CONCEPTS);
});

describe.each(rows([...CONSTRUCTS, ...BLUEPRINT_CASES]))('%s under %s', (_name, _profile, one, profile) => {
  // Not while the tests are collected: a construct that throws is then one red case, not a red file.
  let stack: Stack;
  let resources: Record<string, TemplateResource>;
  beforeAll(() => {
    stack = stackOf(one, profile);
    resources = resourcesOf(stack);
  });

  test('has no custom resource', () => {
    const custom = Object.values(resources).filter(({ Type }) => /^Custom::|^AWS::CloudFormation::CustomResource$/.test(Type));
    expect(custom).toEqual([]);
  });

  test('allows no action by wildcard', () => {
    const allowed = statementsOf(stack).filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => list(Action));
    expect(allowed.filter((action) => String(action).includes('*'))).toEqual([]);
  });

  test('allows nothing on every resource that a resource could narrow', () => {
    const wide = statementsOf(stack).filter(({ Resource }) => list(Resource).includes('*'));
    const actions = new Set(wide.flatMap(({ Action }) => list(Action)));
    expect([...actions].filter((action) => !NOT_NARROWED.includes(String(action)))).toEqual([]);
  });

  test('names nothing', () => {
    const named = Object.values(resources).flatMap(({ Type, Properties = {} }) => Object.entries(Properties)
      .filter(([property, value]) => /(^|[a-z])Name$/.test(property) && typeof value === 'string')
      .map(([property]) => `${Type}.${property}`));
    expect(named.filter((name) => !NOT_PHYSICAL.includes(name))).toEqual([]);
  });

  test('has no outputs', () => {
    expect(templateOf(stack).Outputs).toBeUndefined();
  });

  test('says of all data what becomes of it, and loses none under PRODUCTION', () => {
    const data = Object.entries(resources).filter(([, { Type }]) => DATA.test(Type));
    const policies = data.map(([name, { DeletionPolicy, UpdateReplacePolicy }]) => [name, DeletionPolicy, UpdateReplacePolicy]);
    const wanted = profile === Profile.PRODUCTION ? /^Retain$/ : /^(Retain|Delete)$/;
    expect(policies.filter(([, ...both]) => !both.every((policy) => wanted.test(policy ?? '')))).toEqual([]);
  });
});

describe.each(rows(BLUEPRINT_CASES))('the blueprint %s under %s', (_name, _profile, one, profile) => {
  test('has at most 120 resources, alarms aside', () => {
    const resources = Object.values(resourcesOf(stackOf(one, profile)));
    expect(resources.filter(({ Type }) => Type !== 'AWS::CloudWatch::Alarm').length).toBeLessThanOrEqual(120);
  });

  test('has no NAT gateway', () => {
    expect(Object.values(resourcesOf(stackOf(one, profile))).filter(({ Type }) => Type === 'AWS::EC2::NatGateway')).toEqual([]);
  });
});

test.each(BLUEPRINT_CASES.map((one) => [one.name, one] as const))('%s leaves nothing behind when a sandbox is destroyed', (_name, one) => {
  const left = Object.entries(resourcesOf(stackOf(one, Profile.SANDBOX)))
    .flatMap(([name, { DeletionPolicy = 'Delete' }]) => DeletionPolicy === 'Delete' ? [] : [name]);
  expect(left).toEqual([]);
});

test('url-shortener is small: at most 40 resources in a sandbox', () => {
  const shortener = BLUEPRINT_CASES.find(({ name }) => name === 'url-shortener')!;
  expect(Object.keys(resourcesOf(stackOf(shortener, Profile.SANDBOX))).length).toBeLessThanOrEqual(40);
});
