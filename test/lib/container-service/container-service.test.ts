import { CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Cluster, ContainerImage, CpuArchitecture, FargateService, FargateTaskDefinition, Secret } from 'aws-cdk-lib/aws-ecs';
import { Secret as ManagedSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import type { Construct } from 'constructs';
import { ContainerService, type ContainerServiceProps, Deployment, TaskSize } from '../../../lib/container-service';
import { CONTAINER_SERVICE_RULES } from '../../../lib/container-service/container-service-rules';
import { Profile, TrafficEstimate } from '../../../lib/core';
import { Egress, Network } from '../../../lib/network';
import { imageIn } from '../../support/cases/container-service';
import { codesOf, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, type TemplateResource } from '../../support/stacks';

const SERVICE = 'AWS::ECS::Service';
const TASK = 'AWS::ECS::TaskDefinition';
const ENDPOINT = 'AWS::EC2::VPCEndpoint';

const serviceIn = (stack: Stack, props: Partial<ContainerServiceProps> = {}, id = 'Shop') =>
  new ContainerService(stack, id, { image: imageIn(stack), port: 8080, ...props });
const containerOf = (stack: Stack) => (onlyOne(stack, TASK).ContainerDefinitions as Record<string, unknown>[])[0]!;

/** A list of just these texts. */
const inAnyOrder = (...texts: string[]) => expect.arrayContaining(texts) as string[];

/** The part of a template that is not the network. */
const apartFromNetwork = (stack: Stack) =>
  Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => !name.startsWith('Network'))) as Record<string, TemplateResource>;

describe('the shortest call', () => {
  const ofThisAccount = {
    AssumeRolePolicyDocument: {
      Statement: [{
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        Effect: 'Allow',
        Principal: { Service: 'ecs-tasks.amazonaws.com' },
      }],
      Version: '2012-10-17',
    },
  };
  const TEMPLATE = {
    ContainerCluster: { Type: 'AWS::ECS::Cluster' },
    ShopLogs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' },
    ShopTaskRole: { Type: 'AWS::IAM::Role', Properties: ofThisAccount },
    ShopExecutionRole: { Type: 'AWS::IAM::Role', Properties: ofThisAccount },
    ShopExecutionRoleDefaultPolicy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyDocument: {
          Statement: [
            {
              Action: inAnyOrder('ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'),
              Effect: 'Allow',
              Resource: 'arn:aws:ecr:eu-west-1:111122223333:repository/shop',
            },
            { Action: 'ecr:GetAuthorizationToken', Effect: 'Allow', Resource: '*' },
            { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Effect: 'Allow', Resource: { 'Fn::GetAtt': ['ShopLogs', 'Arn'] } },
          ],
          Version: '2012-10-17',
        },
        PolicyName: 'ShopExecutionRoleDefaultPolicy',
        Roles: [{ Ref: 'ShopExecutionRole' }],
      },
    },
    ShopTask: {
      Type: TASK,
      Properties: {
        ContainerDefinitions: [{
          Essential: true,
          Image: expect.objectContaining({ 'Fn::Join': expect.anything() }),
          LinuxParameters: { Capabilities: {}, InitProcessEnabled: true },
          LogConfiguration: {
            LogDriver: 'awslogs',
            Options: {
              'awslogs-group': { Ref: 'ShopLogs' },
              'awslogs-stream-prefix': 'Shop',
              'awslogs-region': { Ref: 'AWS::Region' },
              'mode': 'non-blocking',
              'max-buffer-size': '26214400b',
            },
          },
          MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'writable0' }],
          Name: 'App',
          PortMappings: [{ ContainerPort: 8080, Protocol: 'tcp' }],
          ReadonlyRootFilesystem: true,
        }],
        Cpu: '256',
        ExecutionRoleArn: { 'Fn::GetAtt': ['ShopExecutionRole', 'Arn'] },
        Family: expect.stringMatching(/^StackShopTask/),
        Memory: '512',
        NetworkMode: 'awsvpc',
        RequiresCompatibilities: ['FARGATE'],
        RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
        TaskRoleArn: { 'Fn::GetAtt': ['ShopTaskRole', 'Arn'] },
        Volumes: [{ Name: 'writable0' }],
      },
    },
    ShopServiceSecurityGroup: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: 'Stack/Shop/Service/SecurityGroup',
        SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', Description: 'Allow all outbound traffic by default', IpProtocol: '-1' }],
        VpcId: { Ref: 'NetworkVpc' },
      },
      DependsOn: ['ShopTaskRole'],
    },
    ShopService: {
      Type: SERVICE,
      Properties: {
        AvailabilityZoneRebalancing: 'ENABLED',
        Cluster: { Ref: 'ContainerCluster' },
        DeploymentConfiguration: {
          DeploymentCircuitBreaker: { Enable: true, Rollback: true },
          MaximumPercent: 200,
          MinimumHealthyPercent: 100,
          Strategy: 'ROLLING',
        },
        DesiredCount: 1,
        EnableECSManagedTags: true,
        LaunchType: 'FARGATE',
        NetworkConfiguration: {
          AwsvpcConfiguration: {
            AssignPublicIp: 'DISABLED',
            SecurityGroups: [{ 'Fn::GetAtt': ['ShopServiceSecurityGroup', 'GroupId'] }],
            Subnets: [{ Ref: 'NetworkVpcIsolatedSubnet1Subnet' }, { Ref: 'NetworkVpcIsolatedSubnet2Subnet' }],
          },
        },
        PlatformVersion: 'LATEST',
        PropagateTags: 'SERVICE',
        TaskDefinition: { Ref: 'ShopTask' },
      },
      // A first task that comes up before its way to the image is a failure, and three of them send the deployment back.
      DependsOn: expect.arrayContaining(['NetworkEndpointecrapi', 'NetworkEndpointecrdkr', 'NetworkEndpointlogs', 'ShopExecutionRoleDefaultPolicy']),
    },
  };
  // What the CDK says only with the flags, or only without: what is the default anyway.
  const withMore = (properties: object, deployment: object) => ({
    ...TEMPLATE,
    ShopService: {
      ...TEMPLATE.ShopService,
      Properties: {
        ...TEMPLATE.ShopService.Properties, ...properties,
        DeploymentConfiguration: { ...TEMPLATE.ShopService.Properties.DeploymentConfiguration, ...deployment },
      },
    },
  });
  const noAlarms = { AlarmNames: [], Enable: false, Rollback: false };

  test.each([
    ['no feature flags', {}, withMore({ DeploymentController: { Type: 'ECS' } }, { Alarms: noAlarms })],
    ['the recommended feature flags', flags, withMore({ LoadBalancers: [] }, {})],
  ])('runs one task in the tier for compute of the shared network, under %s', (_, context, template) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    serviceIn(stack);
    expect(apartFromNetwork(stack)).toEqual(template);
    expect(namesOf(stack, ENDPOINT).sort()).toEqual(
      ['NetworkEndpointecrapi', 'NetworkEndpointecrdkr', 'NetworkEndpointlogs', 'NetworkVpcDynamoDb', 'NetworkVpcS3']);
  });

  test('under PRODUCTION runs two, counts them and watches them', () => {
    const stack = stackWith(Profile.PRODUCTION);
    serviceIn(stack);
    const { ShopCpuAlarm, ShopMemoryAlarm, ShopMissingTasksAlarm, ...others } = apartFromNetwork(stack);
    expect(Object.keys(others).sort()).toEqual(Object.keys(TEMPLATE).sort());
    expect(others.ShopService!.Properties).toMatchObject({ DesiredCount: 2 });
    expect(others.ShopLogs!.Properties).toEqual({ RetentionInDays: 365 });
    expect(others.ContainerCluster!.Properties).toEqual({ ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }] });
    expect(ShopCpuAlarm!.Properties).toMatchObject({ MetricName: 'CPUUtilization', Threshold: 90, TreatMissingData: 'notBreaching' });
    expect(ShopMemoryAlarm!.Properties).toMatchObject({ MetricName: 'MemoryUtilization', Threshold: 90 });
    expect(ShopMissingTasksAlarm!.Properties).toMatchObject({
      Metrics: [
        { Expression: 'desired - running' },
        { MetricStat: { Metric: { MetricName: 'DesiredTaskCount', Namespace: 'ECS/ContainerInsights' } } },
        { MetricStat: { Metric: { MetricName: 'RunningTaskCount' } } },
      ],
      Threshold: 0,
    });
  });
});

test('every prop shapes the service', () => {
  const stack = stackWith();
  const shop = serviceIn(stack, {
    size: TaskSize.of(1, Size.gibibytes(3)),
    scaling: { min: 3, max: 3 },
    environment: { MODE: 'test' },
    health: { command: ['CMD-SHELL', 'curl -f http://localhost:8080/health'], startup: Duration.seconds(20) },
    command: ['serve'],
    entryPoint: ['/bin/app'],
    user: '1000',
    writablePaths: ['/tmp', '/var/cache'],
    architecture: CpuArchitecture.X86_64,
    gracefulStop: Duration.seconds(10),
    ephemeralStorage: Size.gibibytes(30),
    deployment: Deployment.rolling(),
  });
  expect(containerOf(stack)).toMatchObject({
    Command: ['serve'],
    EntryPoint: ['/bin/app'],
    Environment: [{ Name: 'MODE', Value: 'test' }],
    HealthCheck: { Command: ['CMD-SHELL', 'curl -f http://localhost:8080/health'], Interval: 10, Retries: 3, StartPeriod: 20, Timeout: 5 },
    MountPoints: [{ ContainerPath: '/tmp' }, { ContainerPath: '/var/cache' }],
    StopTimeout: 10,
    User: '1000',
  });
  expect(onlyOne(stack, TASK)).toMatchObject({
    Cpu: '1024', Memory: '3072', EphemeralStorage: { SizeInGiB: 30 }, RuntimePlatform: { CpuArchitecture: 'X86_64' },
  });
  expect(onlyOne(stack, SERVICE)).toMatchObject({ DesiredCount: 3, HealthCheckGracePeriodSeconds: 20 });
  expect(shop.node.defaultChild).toBe(shop.service);
  expect(shop.executionRole).toBe(shop.taskDefinition.executionRole);
});

test('a worker without port may finish for two minutes', () => {
  const stack = stackWith();
  serviceIn(stack, { port: undefined });
  expect(containerOf(stack)).toMatchObject({ StopTimeout: 120 });
  expect(containerOf(stack).PortMappings).toBeUndefined();
});

test('a file system that can be written needs no volumes', () => {
  const stack = stackWith();
  serviceIn(stack, { readonlyRootFilesystem: false });
  expect(containerOf(stack).ReadonlyRootFilesystem).toBe(false);
  expect(onlyOne(stack, TASK).Volumes).toBeUndefined();
});

test('secrets come from where they are, and the network reaches that', () => {
  const stack = stackWith();
  serviceIn(stack, {
    secrets: {
      PASSWORD: Secret.fromSecretsManager(new ManagedSecret(stack, 'Secret'), 'password'),
      LIMIT: Secret.fromSsmParameter(new StringParameter(stack, 'Parameter', { stringValue: '5' })),
    },
  });
  expect(containerOf(stack).Secrets).toEqual([
    { Name: 'PASSWORD', ValueFrom: { 'Fn::Join': ['', [{ Ref: 'Secret' }, ':password::']] } },
    { Name: 'LIMIT', ValueFrom: expect.anything() },
  ]);
  expect(namesOf(stack, ENDPOINT)).toEqual(expect.arrayContaining(['NetworkEndpointsecretsmanager', 'NetworkEndpointssm']));
});

test('one kind of secret needs one way only', () => {
  const stack = stackWith();
  serviceIn(stack, { secrets: { PASSWORD: Secret.fromSecretsManager(new ManagedSecret(stack, 'Secret')) } });
  expect(namesOf(stack, ENDPOINT)).not.toContain('NetworkEndpointssm');
});

test('debug opens a shell, in a file system that can be written, by a policy of its own', () => {
  const stack = stackWith();
  serviceIn(stack, { debug: true });
  expect(onlyOne(stack, SERVICE)).toMatchObject({ EnableExecuteCommand: true });
  expect(containerOf(stack).ReadonlyRootFilesystem).toBe(false);
  const { ShopTaskRole, ShopTaskRoleDefaultPolicy } = resourcesOf(stack);
  expect(JSON.stringify(ShopTaskRole!.Properties.Policies)).toContain('ssmmessages:OpenDataChannel');
  expect(ShopTaskRoleDefaultPolicy).toBeUndefined();
  expect(namesOf(stack, ENDPOINT)).toContain('NetworkEndpointssmmessages');
});

describe('on Fargate Spot', () => {
  test.each([
    [0.7, [{ CapacityProvider: 'FARGATE_SPOT', Weight: 70 }, { Base: 1, CapacityProvider: 'FARGATE', Weight: 30 }]],
    [1, [{ CapacityProvider: 'FARGATE_SPOT', Weight: 100 }]],
  ])('a share of %s', (spot, strategy) => {
    const stack = stackWith();
    serviceIn(stack, { spot });
    expect(onlyOne(stack, SERVICE)).toMatchObject({ CapacityProviderStrategy: strategy });
    expect(onlyOne(stack, SERVICE).LaunchType).toBeUndefined();
    expect(onlyOne(stack, 'AWS::ECS::Cluster')).toEqual({ CapacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  });

  test('in a cluster that was brought along', () => {
    const stack = stackWith();
    const { vpc } = Network.of(stack);
    serviceIn(stack, { spot: 1, cluster: new Cluster(stack, 'Mine', { vpc }), network: Network.of(stack) });
    expect(namesOf(stack, 'AWS::ECS::ClusterCapacityProviderAssociations')).toHaveLength(1);
    expect(namesOf(stack, 'AWS::ECS::Cluster')).toEqual([expect.stringMatching(/^Mine/)]);
  });
});

test('two services share the cluster; one in another network too', () => {
  const stack = stackWith();
  serviceIn(stack);
  new ContainerService(stack, 'Other', { image: ContainerImage.fromRegistry('nginx'), port: 80, network: new Network(stack, 'Outside', {
    additional: true, egress: Egress.SINGLE_NAT,
  }) });
  expect(namesOf(stack, 'AWS::ECS::Cluster')).toHaveLength(1);
  const { OtherService, ShopService } = resourcesOf(stack);
  expect(OtherService!.Properties.Cluster).toEqual(ShopService!.Properties.Cluster);
  expect(JSON.stringify(OtherService!.Properties.NetworkConfiguration)).toContain('OutsideVpcPrivateSubnet1');
});

test('compute of the same stack finds it by name', () => {
  const stack = stackWith();
  serviceIn(stack, { discoverAs: 'shop' });
  expect(onlyOne(stack, 'AWS::ServiceDiscovery::PrivateDnsNamespace')).toEqual({ Name: 'stack.internal', Vpc: { Ref: 'NetworkVpc' } });
  expect(onlyOne(stack, 'AWS::ServiceDiscovery::Service')).toMatchObject({ Name: 'shop', DnsConfig: { DnsRecords: [{ TTL: 10, Type: 'A' }] } });
});

describe('it refuses', () => {
  const imports = new Stack();
  const secret = Secret.fromSecretsManager(ManagedSecret.fromSecretNameV2(imports, 'Secret', 'shop'));
  const cluster = new Cluster(imports, 'Cluster', { vpc: new Vpc(imports, 'Vpc') });
  const definition = new FargateTaskDefinition(imports, 'Definition');
  definition.addContainer('App', { image: ContainerImage.fromRegistry('nginx') });
  const service = new FargateService(imports, 'Service', { cluster, taskDefinition: definition });
  const BROKEN: Record<string, Partial<ContainerServiceProps>> = {
    'ContainerService.WrongType': { port: '80' as unknown as number },
    'ContainerService.AdoptOrShape': { service, port: 80, image: undefined },
    'ContainerService.NoImage': { image: undefined },
    'ContainerService.ClusterWithoutNetwork': { cluster },
    'ContainerService.Port': { port: 65_536 },
    'ContainerService.Texts': { command: ['a', 5 as unknown as string] },
    'ContainerService.EnvironmentName': { environment: { '1A': 'x' } },
    'ContainerService.SecretAndEnvironment': { environment: { PASSWORD: 'x' }, secrets: { PASSWORD: secret } },
    'ContainerService.NotASecret': { secrets: { PASSWORD: 'x' as unknown as Secret } },
    'ContainerService.DiscoverAs': { discoverAs: 'Shop.' },
    'ContainerService.HealthStartup': { health: { command: ['true'], startup: Duration.seconds(301) } },
    'ContainerService.HealthPath': { health: { path: 'health' } },
    'ContainerService.DebugNeedsWriting': { debug: true, readonlyRootFilesystem: true },
    'ContainerService.WritablePaths': { writablePaths: ['tmp'] },
    'ContainerService.GracefulStop': { gracefulStop: Duration.seconds(121) },
    'ContainerService.MaxProcessingTime': { maxProcessingTime: Duration.hours(13) },
    'ContainerService.Spot': { spot: 1.1 },
    'ContainerService.EphemeralStorage': { ephemeralStorage: Size.gibibytes(20) },
    'ContainerService.ShiftNeedsPort': { port: undefined, deployment: Deployment.canary() },
    'ContainerService.CapacityPerTask': { capacityPerTask: 10 },
    'ContainerService.NoMax': { scaling: {} as { max: number } },
    'ContainerService.MaxTasks': { scaling: { max: 5001 } },
    'ContainerService.MinTasks': { scaling: { min: 1.5, max: 3 } },
    'ContainerService.TasksInverted': { scaling: { min: 4, max: 3 } },
    'ContainerService.NobodyAnswers': { scaling: { min: 0, max: 3 } },
    'ContainerService.CpuPercent': { scaling: { max: 3, cpuPercent: 0 } },
    'ContainerService.MemoryPercent': { scaling: { max: 3, memoryPercent: 101 } },
    'ContainerService.RequestsPerSecond': { scaling: { max: 3, requestsPerSecond: 5 }, deployment: Deployment.blueGreen() },
    'ContainerService.BacklogPerTask': { scaling: { max: 3, backlogPerTask: 0 } },
    'ContainerService.ScalingMixed': { scaling: { max: 3, backlogPerTask: 10, cpuPercent: 50 } },
    'ContainerService.ScaleInAfter': { scaling: { max: 3, scaleInAfter: Duration.seconds(90) } },
  };
  const build = (props: Partial<ContainerServiceProps>, stack = new Stack()) =>
    new ContainerService(stack, 'Shop', { image: ContainerImage.fromRegistry('nginx'), port: 80, ...props });

  test.each(CONTAINER_SERVICE_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => build(BROKEN[code]!))).toEqual([code]);
  });

  test.each([
    ['discoverAs without port', { port: undefined, discoverAs: 'shop' }, 'discoverAs is \'shop\' without port'],
    ['a health path without port', { port: undefined, health: { path: '/health' } }, 'health.path is \'/health\' without port'],
    ['writable paths of a debugged container', { debug: true, writablePaths: ['/tmp'] }, 'writablePaths where everything can be written'],
    ['requests without port', { port: undefined, scaling: { max: 3, requestsPerSecond: 5 } }, 'scaling.requestsPerSecond without port'],
    ['requests below one a minute', { scaling: { max: 3, requestsPerSecond: 0 } }, 'scaling.requestsPerSecond is 0'],
    ['a capacity of nothing', { capacityPerTask: 0, traffic: new TrafficEstimate({ requestsPerSecond: 1 }) }, 'capacityPerTask is 0'],
    ['an empty health command', { health: { command: [] } }, 'health.command holds something else than texts, or nothing'],
  ])('%s', (_, props, given) => {
    expect(refusedBy(() => build(props)).map((finding) => finding.given)).toEqual([given]);
  });

  test('everything at once, naming the construct and what was given', () => {
    const all = () => build({ port: 0, spot: 2, scaling: { min: 0, max: 2 } }, stackWith());
    expect(refusedBy(all)).toEqual([
      { code: 'ContainerService.Port', given: 'port is 0', allowed: 'a whole number from 1 to 65535' },
      { code: 'ContainerService.Spot', given: 'spot is 2', allowed: 'a number from 0 to 1' },
      { code: 'ContainerService.NobodyAnswers', given: 'scaling.min is 0 with port', allowed: expect.stringContaining('at least 1') },
    ]);
    expect(all).toThrow(/^Stack\/Shop was given what it cannot be:/);
  });

  test('an image that no task could pull', () => {
    expect(refusedBy(() => build({}, stackWith()))).toEqual([{
      code: 'ContainerService.ImageOutOfReach',
      given: 'the image nginx of a public registry, in Stack/Network, which has no way to the internet',
      allowed: expect.stringContaining('NAT'),
    }]);
    const name = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1';
    expect(refusedBy(() => build({ image: ContainerImage.fromRegistry(name) }, stackWith()))).toEqual([
      { code: 'ContainerService.ImageWithoutGrant', given: `the image ${name} by its name`, allowed: expect.stringContaining('fromEcrRepository') },
    ]);
  });

  test('an adopted service without a container', () => {
    const stack = new Stack();
    const empty = new FargateService(stack, 'Service', {
      cluster: new Cluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc') }), taskDefinition: new FargateTaskDefinition(stack, 'Definition'),
    });
    expect(codesOf(() => new ContainerService(stack, 'Shop', { service: empty }))).toEqual(['ContainerService.NoContainer']);
  });

  test('nothing that is known only at deployment', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const number = (id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;
    const text = (id: string) => new CfnParameter(stack, id).valueAsString;
    serviceIn(stack, {
      image: ContainerImage.fromRegistry(text('Image')),
      scaling: { min: number('Min'), max: number('Max'), cpuPercent: number('Cpu') },
      gracefulStop: Duration.seconds(number('Stop')),
      user: text('User'),
    });
    expect(containerOf(stack)).toMatchObject({ StopTimeout: { Ref: 'Stop' }, User: { Ref: 'User' } });
    expect(onlyOne(stack, 'AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({ MinCapacity: { Ref: 'Min' }, MaxCapacity: { Ref: 'Max' } });
  });
});

test('an image of a public registry is reached through NAT, without endpoints and without rights on Amazon ECR', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const outside = new Network(stack, 'Outside', { egress: Egress.SINGLE_NAT });
  new ContainerService(stack, 'Shop', { image: ContainerImage.fromRegistry('nginx'), port: 80, network: outside });
  expect(namesOf(stack, ENDPOINT)).toEqual(['OutsideVpcS3', 'OutsideVpcDynamoDb']);
  expect(JSON.stringify(resourcesOf(stack).ShopExecutionRoleDefaultPolicy)).not.toContain('ecr:');
});

test('two services in one stack', () => {
  const build = (scope: Construct) => {
    const repository = Repository.fromRepositoryName(scope, 'Repository', 'shop');
    return ['One', 'Two'].map((id) => new ContainerService(scope, id, { image: ContainerImage.fromEcrRepository(repository), port: 80, discoverAs: id.toLowerCase() }));
  };
  const stack = stackWith(Profile.PRODUCTION);
  build(stack);
  expect(namesOf(stack, SERVICE)).toHaveLength(2);
  expect(namesOf(stack, 'AWS::ServiceDiscovery::PrivateDnsNamespace')).toHaveLength(1);
});
