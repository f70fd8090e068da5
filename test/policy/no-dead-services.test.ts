import { BLUEPRINT_CASES, CONSTRUCTS, PROFILES, stackOf } from '../support/cases';
import { resourcesOf, type TemplateResource } from '../support/stacks';

/**
 * Resource types not to build on: the service is gone, closed to new customers, or superseded within a service that
 * lives on. The template validation knows some of them, not all (App Runner, Audit Manager). Check it against
 * https://docs.aws.amazon.com/general/latest/gr/service-lifecycle.html once a year.
 */
const DEAD: readonly (readonly [RegExp, string])[] = [
  // Shut down.
  [/^AWS::QLDB::/, 'a ledger table in Aurora or DynamoDB'],
  [/^AWS::Evidently::/, 'AppConfig'],
  [/^AWS::(CodeStar|OpsWorks|OpsWorksCM|Proton|SimSpaceWeaver|FinSpace|FraudDetector|MediaStore)::/, 'nothing of AWS'],
  [/^AWS::IoT(Analytics|Events|1Click)::/, 'Lambda, Flink or Step Functions'],
  [/^AWS::KinesisAnalytics::/, 'Flink (KinesisAnalyticsV2) or Lambda on Kinesis'],
  [/^AWS::AppMesh::/, 'ECS Service Connect or VPC Lattice'],
  [/^AWS::Pinpoint(Email)?::/, 'SES and End User Messaging'],
  [/^AWS::Greengrass::/, 'GreengrassV2'],
  [/^AWS::Inspector::/, 'InspectorV2'],
  // Closed to new customers.
  [/^AWS::AppRunner::/, 'ECS on Fargate or Lambda'],
  [/^AWS::Timestream::(Database|Table|ScheduledQuery)$/, 'Timestream for InfluxDB or S3 Tables'],
  [/^AWS::(S3ObjectLambda|SSMIncidents|M2|MigrationHubRefactorSpaces|RefactorSpaces|CodeGuruReviewer|AuditManager|WorkMail|Cloud9|Forecast|SDB|CodeCommit)::/, 'nothing of AWS'],
  [/^AWS::CloudTrail::EventDataStore$/, 'CloudWatch or Athena on the trail'],
  // Superseded.
  [/^AWS::WAF(Regional)?::/, 'WAFv2'],
  [/^AWS::AutoScaling::LaunchConfiguration$/, 'launch templates'],
  [/^AWS::ElasticLoadBalancing::/, 'ElasticLoadBalancingV2'],
  [/^AWS::DynamoDB::Table$/, 'DynamoDB GlobalTable (TableV2)'],
  [/^AWS::CloudFront::CloudFrontOriginAccessIdentity$/, 'origin access control'],
];

/** What is dead about a resource, and what to build on in its place. */
function epitaph({ Type, Properties = {} }: Pick<TemplateResource, 'Type'> & Partial<TemplateResource>): string | undefined {
  const instead = DEAD.find(([pattern]) => pattern.test(Type))?.[1];
  if (instead) {
    return `${Type}; instead: ${instead}`;
  }
  if (Type === 'AWS::RDS::DBCluster' && Properties.EngineMode === 'serverless') {
    return 'Aurora Serverless v1; instead: serverless v2 instances';
  }
  const [, node = 22, python = 12] = /^(?:nodejs(\d+)|python3\.(\d+))/.exec(String(Properties.Runtime)) ?? [];
  return Type === 'AWS::Lambda::Function' && (Number(node) < 22 || Number(python) < 12)
    ? `runtime ${String(Properties.Runtime)}; instead: one that can still be created and updated`
    : undefined;
}

const cases = [...CONSTRUCTS, ...BLUEPRINT_CASES].flatMap((one) =>
  PROFILES.map((profile) => [one.name, profile.name, one, profile] as const));

test.each(cases)('%s under %s builds on nothing dead', (_name, _profile, one, profile) => {
  expect(Object.values(resourcesOf(stackOf(one, profile))).flatMap((resource) => epitaph(resource) ?? [])).toEqual([]);
});

test.each([
  ['AWS::AppRunner::Service', {}],
  ['AWS::Timestream::Table', {}],
  ['AWS::KinesisAnalytics::Application', {}],
  ['AWS::DynamoDB::Table', {}],
  ['AWS::RDS::DBCluster', { EngineMode: 'serverless' }],
  ['AWS::Lambda::Function', { Runtime: 'nodejs20.x' }],
  ['AWS::Lambda::Function', { Runtime: 'python3.9' }],
])('%s %j would be found', (Type, Properties) => {
  expect(epitaph({ Type, Properties })).toBeDefined();
});

test.each([
  'AWS::KinesisAnalyticsV2::Application', 'AWS::GreengrassV2::Deployment', 'AWS::Timestream::InfluxDBInstance', 'AWS::CodeStarConnections::Connection',
  'AWS::InspectorV2::Filter', 'AWS::WAFv2::WebACL', 'AWS::DynamoDB::GlobalTable', 'AWS::Kinesis::Stream', 'AWS::IoT::Thing',
])('%s lives', (Type) => {
  expect(epitaph({ Type, Properties: {} })).toBeUndefined();
});
