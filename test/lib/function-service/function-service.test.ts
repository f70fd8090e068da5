import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Construct } from 'constructs';
import { Access, Alarms, Handler, type IBackingService, type ICompute, Profile } from '../../../lib/core';
import { FunctionService, type FunctionServiceProps } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { WorkQueue } from '../../../lib/work-queue';
import { FUNCTION_SERVICE_RULES } from '../../../lib/function-service/function-service-rules';
import {
  codesOf, HANDLER, namesOf, onlyOne, plainFunction, refusedBy, resourcesOf, stackWith, statementsOf, templateOf,
} from '../../support/stacks';

const FUNCTION = 'AWS::Lambda::Function';
const ALARM = 'AWS::CloudWatch::Alarm';

/** A backing service that only sets a variable. */
class Flag extends Construct implements IBackingService {
  public attach(compute: ICompute): void {
    compute.addEnvironment('FLAG', this.node.path);
  }
}

describe('the shortest call', () => {
  const TEMPLATE = (days: number, policy: string) => ({
    WorkerFunction: {
      Type: FUNCTION,
      Properties: {
        Architectures: ['arm64'],
        Code: { ZipFile: 'exports.handler = async () => {};' },
        Handler: 'index.handler',
        LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: 'WorkerLogs' } },
        MemorySize: 512,
        Role: { 'Fn::GetAtt': ['WorkerRole', 'Arn'] },
        Runtime: 'nodejs24.x',
        Timeout: 10,
        TracingConfig: { Mode: 'Active' },
      },
      DependsOn: ['WorkerRole'],
    },
    WorkerLogs: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { RetentionInDays: days },
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
    },
    WorkerRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }],
          Version: '2012-10-17',
        },
        Policies: [{
          PolicyName: 'Telemetry',
          PolicyDocument: {
            Statement: [
              {
                Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                Effect: 'Allow',
                Resource: { 'Fn::GetAtt': ['WorkerLogs', 'Arn'] },
              },
              { Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Effect: 'Allow', Resource: '*' },
            ],
            Version: '2012-10-17',
          },
        }],
      },
    },
  });

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a function with its role and log group, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    new FunctionService(stack, 'Worker', { handler: HANDLER });
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual(TEMPLATE(7, 'Delete'));
  });

  test('under PRODUCTION keeps logs, and adds three alarms', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new FunctionService(stack, 'Worker', { handler: HANDLER });
    const { WorkerErrorsAlarm, WorkerThrottlesAlarm, WorkerDurationAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual(TEMPLATE(365, 'Retain'));
    const ofTheFunction = { Namespace: 'AWS/Lambda', Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'WorkerFunction' } }], TreatMissingData: 'notBreaching' };
    expect(WorkerErrorsAlarm?.Properties).toMatchObject({ ...ofTheFunction, MetricName: 'Errors', Statistic: 'Sum', Threshold: 1 });
    expect(WorkerThrottlesAlarm?.Properties).toMatchObject({ ...ofTheFunction, MetricName: 'Throttles', Statistic: 'Sum', Threshold: 1 });
    expect(WorkerDurationAlarm?.Properties).toMatchObject({ ...ofTheFunction, MetricName: 'Duration', ExtendedStatistic: 'p99', Threshold: 8000 });
  });
});

test('every prop shapes the function', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const worker = new FunctionService(stack, 'Worker', {
    handler: Handler.of('url-shortener/redirect'),
    memorySize: 1769,
    timeout: Duration.minutes(1),
    maxConcurrency: 7,
    environment: { STAGE: 'test' },
    logRetention: RetentionDays.ONE_DAY,
    functionProps: { description: 'redirects', environment: { STAGE: 'overridden', REGION_NAME: 'here' }, memorySize: 2048 },
  });
  expect(onlyOne(stack, FUNCTION)).toMatchObject({
    Code: { S3Key: '<asset>.zip' },
    Description: 'redirects',
    Environment: { Variables: { STAGE: 'test', REGION_NAME: 'here' } },
    MemorySize: 2048,
    ReservedConcurrentExecutions: 7,
    Timeout: 60,
  });
  expect(onlyOne(stack, 'AWS::Logs::LogGroup')).toEqual({ RetentionInDays: 1 });
  expect(resourcesOf(stack).WorkerDurationAlarm?.Properties.Threshold).toBe(48_000);
  expect(worker.node.defaultChild).toBe(worker.function);
  expect(worker.timeout?.toSeconds()).toBe(60);
  expect(worker.grantPrincipal).toBe(worker.role?.grantPrincipal);
  expect(worker.logGroup?.node.path).toBe('Stack/Worker/Logs');
});

describe('in a network', () => {
  const INTERFACES = [
    'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses',
  ];

  test('it stands in its tier for compute with a security group of its own, and may have network interfaces', () => {
    const stack = stackWith();
    const network = Network.of(stack);
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER, network });
    const { WorkerFunction, WorkerFunctionSecurityGroup, WorkerLogs, WorkerRole, ...others } = resourcesOf(stack);
    expect(WorkerFunction?.Properties.VpcConfig).toEqual({
      SecurityGroupIds: [{ 'Fn::GetAtt': ['WorkerFunctionSecurityGroup', 'GroupId'] }],
      SubnetIds: [{ Ref: 'NetworkVpcIsolatedSubnet1Subnet' }, { Ref: 'NetworkVpcIsolatedSubnet2Subnet' }],
    });
    expect(WorkerFunctionSecurityGroup?.Properties).toMatchObject({
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }], VpcId: { Ref: 'NetworkVpc' },
    });
    expect(WorkerFunctionSecurityGroup?.Properties.SecurityGroupIngress).toBeUndefined();
    expect([WorkerLogs, WorkerRole]).not.toContain(undefined);
    expect(Object.keys(others).filter((name) => !name.startsWith('Network'))).toEqual([]);
    expect(statementsOf(stack).slice(2)).toEqual([{ Action: INTERFACES, Effect: 'Allow', Resource: '*' }]);
    expect(worker.network).toBe(network);
    expect(worker.connections?.securityGroups).toHaveLength(1);
  });

  test('it takes the security groups it is given, and can be kept from going out', () => {
    const stack = stackWith();
    const network = Network.of(stack);
    const group = new SecurityGroup(stack, 'Group', { vpc: network.vpc, allowAllOutbound: false });
    new FunctionService(stack, 'Worker', { handler: HANDLER, network, functionProps: { securityGroups: [group] } });
    new FunctionService(stack, 'Quiet', { handler: HANDLER, network, functionProps: { allowAllOutbound: false } });
    const { WorkerFunction, QuietFunctionSecurityGroup, ...others } = resourcesOf(stack);
    expect(WorkerFunction?.Properties.VpcConfig).toMatchObject({ SecurityGroupIds: [{ 'Fn::GetAtt': ['Group', 'GroupId'] }] });
    expect(others.WorkerFunctionSecurityGroup).toBeUndefined();
    expect(QuietFunctionSecurityGroup?.Properties.SecurityGroupEgress).toEqual([expect.objectContaining({ CidrIp: '255.255.255.255/32' })]);
  });

  test.each([
    [true, ['0.0.0.0/0', '::/0']],
    [false, ['0.0.0.0/0']],
  ])('it speaks IPv6 where the network does: %s', (dualStack, ranges) => {
    const stack = stackWith();
    const network = new Network(stack, 'Network', { dualStack });
    new FunctionService(stack, 'Worker', { handler: HANDLER, network });
    const { Ipv6AllowedForDualStack } = onlyOne(stack, FUNCTION).VpcConfig as { Ipv6AllowedForDualStack?: boolean };
    expect(Ipv6AllowedForDualStack).toBe(dualStack || undefined);
    const egress = onlyOne(stack, 'AWS::EC2::SecurityGroup').SecurityGroupEgress as { CidrIp?: string; CidrIpv6?: string }[];
    expect(egress.map(({ CidrIp, CidrIpv6 }) => CidrIp ?? CidrIpv6)).toEqual(ranges);
  });

  test('it asks the network for a way to the regional services it uses; outside it needs none', () => {
    const stack = stackWith();
    const network = Network.of(stack);
    const reach = jest.spyOn(network, 'reach');
    const queue = new WorkQueue(stack, 'Jobs');
    const inside = new FunctionService(stack, 'Inside', { handler: HANDLER, network });
    inside.use(queue, Access.WRITE);
    new FunctionService(stack, 'Outside', { handler: HANDLER }).use(queue, Access.WRITE);
    expect(reach.mock.calls).toEqual([['sqs', inside]]);
    expect(namesOf(stack, 'AWS::EC2::VPCEndpoint')).toContain('NetworkEndpointsqs');
  });

  test('outside one it has no security group and touches no network interface', () => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    expect([worker.network, worker.connections]).toEqual([undefined, undefined]);
    expect(statementsOf(stack).flatMap(({ Action }) => Action).filter((action) => action.startsWith('ec2:'))).toEqual([]);
  });

  test('by functionProps is refused, since nothing would see to permissions and ways', () => {
    const stack = stackWith();
    const vpc = new Vpc(stack, 'Vpc', { natGateways: 0 });
    expect(refusedBy(() => new FunctionService(stack, 'Worker', { handler: HANDLER, functionProps: { vpc } }))).toEqual([{
      code: 'FunctionService.ManagedByTheConstruct', given: 'functionProps has vpc', allowed: expect.stringContaining('network adopts a VPC'),
    }]);
  });
});

describe('it refuses', () => {
  const BROKEN: Record<string, (stack: Stack) => FunctionServiceProps> = {
    'FunctionService.WrongType': () => ({ handler: 'url-shortener/redirect' as unknown as Handler }),
    'FunctionService.AdoptOrShape': (stack) => ({ function: plainFunction(stack, 'Plain'), memorySize: 256 }),
    'FunctionService.NoCode': () => ({}),
    'FunctionService.MemorySize': () => ({ handler: HANDLER, memorySize: 64 }),
    'FunctionService.Timeout': () => ({ handler: HANDLER, timeout: Duration.minutes(16) }),
    'FunctionService.MaxConcurrency': () => ({ handler: HANDLER, maxConcurrency: 0 }),
    'FunctionService.EnvironmentName': () => ({ handler: HANDLER, environment: { 'not-a-name': '1' } }),
    'FunctionService.ManagedByTheConstruct': () => ({ handler: HANDLER, functionProps: { logRetention: RetentionDays.ONE_DAY } }),
  };

  test.each(FUNCTION_SERVICE_RULES.map(({ code }) => [code]))('%s', (code) => {
    const stack = stackWith();
    expect(codesOf(() => new FunctionService(stack, 'Worker', BROKEN[code]!(stack)))).toEqual([code]);
  });

  test('every option that the construct manages', () => {
    const stack = stackWith();
    const functionProps = {
      role: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
      logGroup: new LogGroup(stack, 'Group'),
      events: [],
    };
    expect(refusedBy(() => new FunctionService(stack, 'Worker', { handler: HANDLER, functionProps }))[0]?.given)
      .toBe('functionProps has role, logGroup, events');
  });

  test('everything at once, naming the construct and what was given', () => {
    const build = () => new FunctionService(stackWith(), 'Worker', {
      memorySize: 100.5, timeout: Duration.seconds(0), maxConcurrency: -1, environment: { 'A': 'too short', '1ST': 'a digit' },
    });
    expect(refusedBy(build)).toEqual([
      { code: 'FunctionService.NoCode', given: 'neither handler nor function', allowed: expect.stringContaining('handler') },
      { code: 'FunctionService.MemorySize', given: 'memorySize is 100.5', allowed: 'a whole number from 128 to 10240' },
      { code: 'FunctionService.Timeout', given: 'timeout is 0 s', allowed: 'whole seconds from 1 to 900' },
      { code: 'FunctionService.MaxConcurrency', given: 'maxConcurrency is -1', allowed: 'a whole number from 1 to 1000000' },
      { code: 'FunctionService.EnvironmentName', given: "environment has 'A', '1ST'", allowed: expect.stringContaining('letters') },
    ]);
    expect(build).toThrow(/^Stack\/Worker was given what it cannot be:\n {2}FunctionService\.NoCode: /);
  });

  test('nothing that is known only at deployment', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const number = (id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;
    new FunctionService(stack, 'Worker', {
      handler: HANDLER, memorySize: number('Memory'), timeout: Duration.seconds(number('Timeout')), maxConcurrency: number('Most'),
    });
    expect(onlyOne(stack, FUNCTION)).toMatchObject({
      MemorySize: { Ref: 'Memory' }, Timeout: { Ref: 'Timeout' }, ReservedConcurrentExecutions: { Ref: 'Most' },
    });
    expect(namesOf(stack, ALARM)).toEqual(['WorkerErrorsAlarm', 'WorkerThrottlesAlarm']);
  });
});

describe('wiring', () => {
  test('is left to the service that is used', () => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    const flag = new Flag(stack, 'Flag');
    const attach = jest.spyOn(flag, 'attach');
    worker.use(flag, Access.READ, { name: 'other' });
    expect(attach).toHaveBeenCalledWith(worker, Access.READ, { name: 'other' });
    expect(onlyOne(stack, FUNCTION).Environment).toEqual({ Variables: { FLAG: 'Stack/Flag' } });
  });

  test('refuses a second value for a variable, also for one that was given as a prop, and takes the same value twice', () => {
    const worker = new FunctionService(stackWith(), 'Worker', {
      handler: HANDLER, environment: { MODE: 'a' }, functionProps: { environment: { OTHER: 'b' } },
    });
    worker.addEnvironment('MODE', 'a');
    expect(codesOf(() => worker.addEnvironment('MODE', 'b'))).toEqual(['FunctionService.EnvironmentTaken']);
    expect(codesOf(() => worker.addEnvironment('OTHER', 'c'))).toEqual(['FunctionService.EnvironmentTaken']);
  });

  test('refuses a name that Lambda would refuse', () => {
    const worker = new FunctionService(stackWith(), 'Worker', { handler: HANDLER });
    expect(refusedBy(() => worker.addEnvironment('1ST_TABLE_NAME', 'x'))[0]).toMatchObject({
      code: 'FunctionService.EnvironmentName', given: "the variable '1ST_TABLE_NAME'",
    });
  });

  test('lets a principal invoke the function, by its ARN and its versions only', () => {
    const stack = stackWith();
    new FunctionService(stack, 'Worker', { handler: HANDLER })
      .grantInvoke(new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('events.amazonaws.com') }));
    const arn = { 'Fn::GetAtt': ['WorkerFunction', 'Arn'] };
    expect(statementsOf(stack).filter(({ Action }) => Action === 'lambda:InvokeFunction'))
      .toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: [arn, { 'Fn::Join': ['', [arn, ':*']] }] }]);
  });
});

describe('an existing function', () => {
  test('of this app is adopted: nothing is created, and it is wired like a new one', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const existing = plainFunction(stack, 'Plain', { timeout: Duration.seconds(5) });
    const worker = new FunctionService(stack, 'Worker', { function: existing });
    worker.use(new Flag(stack, 'Flag'), Access.READ);
    expect(worker).toMatchObject({ function: existing, role: existing.role, logGroup: undefined });
    expect(worker.timeout?.toSeconds()).toBe(5);
    expect(Object.keys(resourcesOf(stack))).toEqual(['PlainServiceRole', 'Plain']);
    expect(onlyOne(stack, FUNCTION).Environment).toEqual({ Variables: { FLAG: 'Stack/Flag' } });
  });

  test('of another app is adopted; a warning names each variable that cannot be set from here', () => {
    const stack = stackWith();
    const imported = LambdaFunction.fromFunctionArn(stack, 'Imported', 'arn:aws:lambda:eu-west-1:111122223333:function:worker');
    const worker = new FunctionService(stack, 'Worker', { function: imported });
    expect(worker.timeout).toBeUndefined();
    worker.use(new Flag(stack, 'Flag'), Access.READ);
    Annotations.fromStack(stack).hasWarning('/Stack/Worker', Match.stringLikeRegexp('FLAG cannot be set on the function .*set it where'));
    expect(codesOf(() => worker.addEnvironment('FLAG', 'another'))).toEqual(['FunctionService.EnvironmentTaken']);
    expect(templateOf(stack).Resources).toBeUndefined();
  });
});

test('two of them live in one stack, without physical names', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new FunctionService(stack, 'A', { handler: HANDLER });
  new FunctionService(stack, 'B', { handler: HANDLER });
  expect(namesOf(stack, FUNCTION)).toEqual(['AFunction', 'BFunction']);
  const names = Object.values(resourcesOf(stack)).flatMap(({ Properties }) => Object.keys(Properties).filter((name) => name.endsWith('Name')));
  expect(names.filter((name) => name !== 'MetricName')).toEqual([]);
});

test('its metrics are those of the function, and can be asked for otherwise', () => {
  const worker = new FunctionService(stackWith(), 'Worker', { handler: HANDLER });
  const dimensions = { FunctionName: worker.function.functionName };
  expect(worker.metricErrors()).toMatchObject({ metricName: 'Errors', statistic: 'Sum', dimensions });
  const period = Duration.hours(1);
  expect(worker.metricThrottles({ period })).toMatchObject({ metricName: 'Throttles', period, dimensions });
  expect(worker.metricDuration()).toMatchObject({ metricName: 'Duration', statistic: 'p99', dimensions });
  expect(worker.metricDuration({ statistic: 'Average' })).toMatchObject({ statistic: 'Average' });
});

test('its alarms go to the topic of its scope', () => {
  const stack = stackWith(Profile.PRODUCTION);
  Alarms.notify(stack, Topic.fromTopicArn(stack, 'OnCall', 'arn:aws:sns:eu-west-1:111122223333:on-call'));
  new FunctionService(stack, 'Worker', { handler: HANDLER });
  const alarms = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === ALARM);
  expect(alarms.map(({ Properties }) => Properties.AlarmActions)).toEqual(Array(3).fill(['arn:aws:sns:eu-west-1:111122223333:on-call']));
});

test('property injectors of the CDK reach the function', () => {
  const injector = {
    constructUniqueId: LambdaFunction.PROPERTY_INJECTION_ID,
    inject: (props: object) => ({ ...props, description: 'by order of the platform team' }),
  };
  const stack = stackWith(Profile.SANDBOX, { propertyInjectors: [injector] });
  new FunctionService(stack, 'Worker', { handler: HANDLER });
  expect(onlyOne(stack, FUNCTION).Description).toBe('by order of the platform team');
});
