import { type App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Port, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerImage, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { ApplicationTargetGroup, ListenerCondition, NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { ContainerService, type ContainerServiceProps, Deployment, TaskSize } from '../../../lib/container-service';
import { backlogSteps } from '../../../lib/container-service/backlog-steps';
import { tasksFor } from '../../../lib/container-service/sizing';
import { Access, Profile, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { Network } from '../../../lib/network';
import { WorkQueue } from '../../../lib/work-queue';
import { imageIn, listenerIn, shiftingRouteIn } from '../../support/cases/container-service';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf } from '../../support/stacks';

const SERVICE = 'AWS::ECS::Service';
const TARGET = 'AWS::ApplicationAutoScaling::ScalableTarget';
const POLICY = 'AWS::ApplicationAutoScaling::ScalingPolicy';

const serviceIn = (stack: Stack, props: Partial<ContainerServiceProps> = {}) =>
  new ContainerService(stack, 'Shop', { image: imageIn(stack), port: 8080, ...props });
const workerIn = (stack: Stack, props: Partial<ContainerServiceProps> = {}) => serviceIn(stack, { port: undefined, ...props });
const propertiesOf = (stack: Stack, type: string) =>
  Object.values(resourcesOf(stack)).filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
const variablesOf = (stack: Stack) =>
  (onlyOne(stack, 'AWS::ECS::TaskDefinition').ContainerDefinitions as { Environment: unknown[] }[])[0]!.Environment;

/** Routes some requests of a load balancer to a service. */
function route(stack: Stack, service: ContainerService, priority = 1) {
  const present = stack.node.tryFindChild('PlainBalancer')?.node.findChild('PlainListener');
  const listener = present as ReturnType<typeof listenerIn> | undefined ?? listenerIn(stack);
  return listener.addTargets(`Shop${priority}`, { port: 80, priority, conditions: [ListenerCondition.pathPatterns([`/${priority}/*`])], targets: [service] });
}

/** What a synthesis of the whole app says. */
function errorsOf(stack: Stack): string {
  try {
    (stack.node.root as App).synth();
  } catch (error) {
    return String(error);
  }
  return '';
}

describe('using a backing service', () => {
  test('grants the role of the code and tells the address', () => {
    const stack = stackWith();
    serviceIn(stack).use(new KeyValueStore(stack, 'Carts', { partitionKey: 'id' }), Access.READ);
    expect(statementsOf(stack).flatMap(({ Action }) => Action)).toContain('dynamodb:GetItem');
    expect(namesOf(stack, 'AWS::IAM::Policy')).toContain('ShopTaskRoleDefaultPolicy');
    expect(variablesOf(stack)).toEqual([expect.objectContaining({ Name: 'CARTS_TABLE_NAME' })]);
  });

  test('takes each variable once', () => {
    const shop = serviceIn(stackWith(), { environment: { MODE: 'test' } });
    shop.addEnvironment('MODE', 'test');
    expect(refusedBy(() => shop.addEnvironment('MODE', 'other'))).toEqual([
      { code: 'ContainerService.EnvironmentTaken', given: 'a second value for MODE', allowed: expect.stringContaining('{ name }') },
    ]);
    expect(codesOf(() => shop.addEnvironment('1A', 'x'))).toEqual(['ContainerService.EnvironmentName']);
  });
});

describe('being used by other compute', () => {
  const caller = (stack: Stack) => new FunctionService(stack, 'Caller', { handler: HANDLER, network: Network.of(stack) });

  test('opens the port on both sides and tells the address', () => {
    const stack = stackWith();
    caller(stack).use(serviceIn(stack, { discoverAs: 'shop' }), Access.READ);
    expect(propertiesOf(stack, 'AWS::EC2::SecurityGroupIngress')).toEqual([
      expect.objectContaining({ FromPort: 8080, ToPort: 8080, GroupId: { 'Fn::GetAtt': ['ShopServiceSecurityGroup', 'GroupId'] } }),
    ]);
    expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({ Variables: { SHOP_URL: 'http://shop.stack.internal:8080' } });
  });

  test('needs a name and a network', () => {
    const stack = stackWith();
    expect(codesOf(() => caller(stack).use(serviceIn(stack), Access.READ))).toEqual(['ContainerService.NotDiscoverable']);
    const other = stackWith();
    const outside = new FunctionService(other, 'Caller', { handler: HANDLER });
    expect(codesOf(() => outside.use(serviceIn(other, { discoverAs: 'shop' }), Access.READ))).toEqual(['Wiring.NoNetworkPath']);
  });
});

describe('scaling', () => {
  const policies = (stack: Stack) =>
    propertiesOf(stack, POLICY).map(({ TargetTrackingScalingPolicyConfiguration: policy }) => policy as object);

  test('holds CPU unless told otherwise, and takes the number out of the template', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const shop = serviceIn(stack, { scaling: { max: 10 } });
    expect(onlyOne(stack, SERVICE)).not.toHaveProperty('DesiredCount');
    expect(onlyOne(stack, TARGET)).toMatchObject({ MinCapacity: 2, MaxCapacity: 10, ScalableDimension: 'ecs:service:DesiredCount' });
    expect(policies(stack)).toEqual([{ PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' }, TargetValue: 60 }]);
    expect(shop.scalableTarget).toBeDefined();
  });

  test('holds what it is told, and requests where a route counts them', () => {
    const stack = stackWith();
    const shop = serviceIn(stack, { scaling: { max: 10, memoryPercent: 70, requestsPerSecond: 5 } });
    route(stack, shop);
    expect(policies(stack)).toEqual([
      { PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' }, TargetValue: 70 },
      {
        PredefinedMetricSpecification: {
          PredefinedMetricType: 'ALBRequestCountPerTarget',
          ResourceLabel: { 'Fn::Join': ['', expect.arrayContaining([{ 'Fn::GetAtt': [expect.stringContaining('Shop1'), 'TargetGroupFullName'] }])] },
        },
        TargetValue: 300,
      },
    ]);
  });

  test('a fixed number has no scaler', () => {
    const stack = stackWith();
    serviceIn(stack, { scaling: { min: 4, max: 4 } });
    expect(onlyOne(stack, SERVICE)).toMatchObject({ DesiredCount: 4 });
    expect(namesOf(stack, TARGET)).toEqual([]);
  });

  test('follows from traffic, and scaling wins', () => {
    const traffic = new TrafficEstimate({ requestsPerSecond: 100 });
    const stack = stackWith();
    const shop = serviceIn(stack, { traffic });
    expect(onlyOne(stack, TARGET)).toMatchObject({ MinCapacity: 4, MaxCapacity: 10 });
    expect(shop.sizing.map(({ name, value }) => [name, value])).toEqual([['minTasks', 4], ['maxTasks', 10]]);
    const other = stackWith();
    serviceIn(other, { traffic, scaling: { min: 1, max: 2 } });
    expect(onlyOne(other, TARGET)).toMatchObject({ MinCapacity: 1, MaxCapacity: 2 });
  });

  test('says at synthesis when nothing tells how many tasks are needed', () => {
    const stack = stackWith();
    workerIn(stack, { scaling: { max: 5 } });
    expect(errorsOf(stack)).toContain('ContainerService.NothingToScaleBy: scaling and nothing that tells');
    const routed = stackWith();
    serviceIn(routed, { scaling: { max: 5, requestsPerSecond: 1 } });
    expect(errorsOf(routed)).toContain('ContainerService.NothingToScaleBy');
    const fine = stackWith();
    serviceIn(fine, { scaling: { max: 5 } });
    expect(errorsOf(fine)).toBe('');
  });
});

describe('working a queue', () => {
  const queueIn = (stack: Stack, id = 'Jobs') => new WorkQueue(stack, id);

  test('follows the backlog from zero and to zero, and nothing else', () => {
    const stack = stackWith();
    const worker = workerIn(stack, { maxProcessingTime: Duration.seconds(30) });
    queueIn(stack).consumedBy(worker, { idempotent: true, maxConcurrency: 3 });
    expect(onlyOne(stack, SERVICE)).not.toHaveProperty('DesiredCount');
    expect(onlyOne(stack, TARGET)).toMatchObject({ MinCapacity: 0, MaxCapacity: 3 });
    const { ShopScalingWork, ShopScalingRest, ShopScalingBacklogAlarm, ShopScalingIdleAlarm } = resourcesOf(stack);
    expect(ShopScalingWork!.Properties.StepScalingPolicyConfiguration).toEqual({
      AdjustmentType: 'ExactCapacity',
      Cooldown: 60,
      MetricAggregationType: 'Maximum',
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
        { MetricIntervalLowerBound: 10, MetricIntervalUpperBound: 20, ScalingAdjustment: 2 },
        { MetricIntervalLowerBound: 20, ScalingAdjustment: 3 },
      ],
    });
    expect(ShopScalingRest!.Properties.StepScalingPolicyConfiguration)
      .toMatchObject({ AdjustmentType: 'ExactCapacity', StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: 0 }] });
    expect(ShopScalingBacklogAlarm!.Properties).toMatchObject({
      AlarmActions: [{ Ref: 'ShopScalingWork' }], ComparisonOperator: 'GreaterThanOrEqualToThreshold', Threshold: 1, TreatMissingData: 'notBreaching',
    });
    expect(ShopScalingIdleAlarm!.Properties).toMatchObject({
      AlarmActions: [{ Ref: 'ShopScalingRest' }], ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching',
    });
    const metrics = ShopScalingBacklogAlarm!.Properties.Metrics as { MetricStat?: { Period: number; Stat: string } }[];
    expect(metrics.flatMap(({ MetricStat }) => MetricStat ? [[MetricStat.Period, MetricStat.Stat]] : [])).toEqual([[300, 'Maximum'], [300, 'Maximum']]);
    expect(namesOf(stack, POLICY)).toEqual(['ShopScalingWork', 'ShopScalingRest']);
  });

  test('hides messages once as long as work may take', () => {
    const stack = stackWith();
    const worker = workerIn(stack, { maxProcessingTime: Duration.minutes(3) });
    queueIn(stack).consumedBy(worker, { idempotent: true });
    expect(resourcesOf(stack).JobsQueue!.Properties.VisibilityTimeout).toBe(180);
    expect(variablesOf(stack)).toContainEqual({ Name: 'JOBS_QUEUE_URL', Value: { Ref: 'JobsQueue' } });
  });

  test('by the backlog per task and the window that it is told, never below one under PRODUCTION', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const worker = workerIn(stack, { scaling: { max: 2, backlogPerTask: 200, scaleInAfter: Duration.minutes(15) } });
    queueIn(stack).consumedBy(worker, { idempotent: true });
    expect(onlyOne(stack, TARGET)).toMatchObject({ MinCapacity: 1, MaxCapacity: 2 });
    expect(JSON.stringify(resourcesOf(stack).ShopScalingWork)).toContain('"MetricIntervalUpperBound":200');
    expect(JSON.stringify(resourcesOf(stack).ShopScalingIdleAlarm)).toContain('"Period":900');
  });

  test('CPU where that was asked for, nothing for a fixed number', () => {
    const stack = stackWith();
    const worker = workerIn(stack, { scaling: { min: 1, max: 5, cpuPercent: 50 } });
    expect(queueIn(stack).consumedBy(worker, { idempotent: true })).toBe(worker.service);
    expect(namesOf(stack, POLICY)).toEqual(['ShopScalingTasksCpu']);
    const fixed = stackWith();
    queueIn(fixed).consumedBy(workerIn(fixed, { scaling: { min: 2, max: 2 } }), { idempotent: true });
    expect(namesOf(fixed, POLICY)).toEqual([]);
  });

  test('one queue only', () => {
    const stack = stackWith();
    const worker = workerIn(stack);
    queueIn(stack).consumedBy(worker, { idempotent: true });
    expect(refusedBy(() => queueIn(stack, 'More').consumedBy(worker, { idempotent: true }))).toEqual([
      { code: 'ContainerService.SecondQueue', given: 'the queue More beside another one', allowed: expect.stringContaining('one queue') },
    ]);
  });
});

describe('behind a load balancer', () => {
  test('takes requests from it only', () => {
    const stack = stackWith();
    route(stack, serviceIn(stack, { health: { path: '/health' } }));
    expect(onlyOne(stack, SERVICE).LoadBalancers).toEqual([
      { ContainerName: 'App', ContainerPort: 8080, TargetGroupArn: { Ref: expect.stringContaining('Shop1') } },
    ]);
    expect(propertiesOf(stack, 'AWS::ElasticLoadBalancingV2::TargetGroup')).toEqual([expect.objectContaining({ HealthCheckPath: '/health', TargetType: 'ip' })]);
    expect(propertiesOf(stack, 'AWS::EC2::SecurityGroupIngress')).toEqual([
      expect.objectContaining({ FromPort: 8080, SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringContaining('PlainBalancer'), 'GroupId'] } }),
    ]);
  });

  test('under PRODUCTION failed requests send a deployment back', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const shop = serviceIn(stack);
    route(stack, shop);
    route(stack, shop, 2);
    shop.rollbackOn(Alarm.fromAlarmName(stack, 'Mine', 'mine'));
    expect(onlyOne(stack, SERVICE).DeploymentConfiguration).toMatchObject({
      Alarms: { AlarmNames: [{ Ref: 'ShopFailedRequestsAlarm' }, { Ref: 'ShopFailedRequestsAlarm2' }, 'mine'], Enable: true, Rollback: true },
    });
    expect(resourcesOf(stack).ShopFailedRequestsAlarm!.Properties).toMatchObject({
      Metrics: [
        { Expression: '100 * FILL(failed0, 0) / FILL(all0, 1)' },
        { MetricStat: { Metric: { MetricName: 'HTTPCode_Target_5XX_Count' }, Period: 60, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'RequestCount' } } },
      ],
      Threshold: 5,
    });
  });

  test('of layer 4', () => {
    const stack = stackWith();
    const { vpc, computeSubnets: vpcSubnets } = Network.of(stack);
    const listener = new NetworkLoadBalancer(stack, 'Balancer', { vpc, vpcSubnets }).addListener('Listener', { port: 80 });
    listener.addTargets('Shop', { port: 80, targets: [serviceIn(stack)] });
    expect(onlyOne(stack, SERVICE).LoadBalancers).toHaveLength(1);
    const blue = new ContainerService(stack, 'Blue', { image: imageIn(new Stack(undefined, 'Other')), port: 80, deployment: Deployment.canary() });
    expect(codesOf(() => listener.addTargets('Blue', { port: 81, targets: [blue] }))).toEqual(['ContainerService.ShiftNeedsLayer7']);
  });

  test('needs a port, and a target group that counts requests', () => {
    const stack = stackWith();
    expect(codesOf(() => route(stack, workerIn(stack)))).toEqual(['ContainerService.NoPort']);
    const other = stackWith();
    const shop = serviceIn(other, { scaling: { max: 5, requestsPerSecond: 1 } });
    const imported = ApplicationTargetGroup.fromTargetGroupAttributes(other, 'Group', {
      targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/0123456789abcdef',
    });
    expect(codesOf(() => shop.attachToApplicationTargetGroup(imported))).toEqual(['ContainerService.RequestsNotCounted']);
  });
});

describe('deployments', () => {
  test.each([
    ['blue/green', Deployment.blueGreen({ bake: Duration.minutes(3) }), { Strategy: 'BLUE_GREEN', BakeTimeInMinutes: 3 }],
    ['canary', Deployment.canary(), {
      Strategy: 'CANARY', BakeTimeInMinutes: 5, CanaryConfiguration: { CanaryPercent: 5, CanaryBakeTimeInMinutes: 10 },
    }],
    ['linear', Deployment.linear({ percent: 25, wait: Duration.minutes(2) }), {
      Strategy: 'LINEAR', BakeTimeInMinutes: 5, LinearConfiguration: { StepPercent: 25, StepBakeTimeInMinutes: 2 },
    }],
  ])('%s shifts between two target groups, with rights on this route only', (_, deployment, configuration) => {
    const stack = stackWith(Profile.PRODUCTION);
    serviceIn(stack, { deployment }).attachToShiftingRoute(shiftingRouteIn(stack));
    expect(onlyOne(stack, SERVICE)).toMatchObject({
      DeploymentConfiguration: { ...configuration, Alarms: { AlarmNames: [{ Ref: 'ShopFailedRequestsAlarm' }] } },
      LoadBalancers: [{
        AdvancedConfiguration: {
          AlternateTargetGroupArn: { Ref: 'PlainGreen' },
          ProductionListenerRule: { Ref: 'PlainRule' },
          RoleArn: { 'Fn::GetAtt': ['ShopShiftingRole', 'Arn'] },
        },
        TargetGroupArn: { Ref: 'PlainBlue' },
      }],
    });
    const { ShopShiftingRole } = resourcesOf(stack);
    const { Policies } = ShopShiftingRole!.Properties as { Policies: { PolicyDocument: { Statement: object[] } }[] };
    expect(Policies[0]!.PolicyDocument.Statement).toMatchObject([
      { Action: 'elasticloadbalancing:ModifyRule', Resource: { Ref: 'PlainRule' } },
      { Action: ['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets'], Resource: [{ Ref: 'PlainBlue' }, { Ref: 'PlainGreen' }] },
      { Resource: '*' },
    ]);
    expect(JSON.stringify(resourcesOf(stack).ShopFailedRequestsAlarm)).toContain('MAX([100 * FILL(failed0, 0) / FILL(all0, 1), 100 * FILL(failed1, 0)');
  });

  test('that shift need a route of two target groups', () => {
    const stack = stackWith();
    const shop = serviceIn(stack, { deployment: Deployment.blueGreen() });
    expect(codesOf(() => route(stack, shop))).toEqual(['ContainerService.ShiftNeedsTwoTargetGroups']);
    const alone = stackWith();
    serviceIn(alone, { deployment: Deployment.blueGreen() });
    expect(errorsOf(alone)).toContain('ContainerService.ShiftWithoutRoute');
  });

  test.each([
    [() => Deployment.canary({ percent: 0.05 }), 'Deployment.Percent', 'percent is 0.05'],
    [() => Deployment.linear({ percent: 2.9 }), 'Deployment.Percent', 'percent is 2.9'],
    [() => Deployment.canary({ percent: 33.33 }), 'Deployment.Percent', 'percent is 33.33'],
    [() => Deployment.canary({ wait: Duration.seconds(90) }), 'Deployment.Wait', 'wait is 90 s'],
    [() => Deployment.blueGreen({ bake: Duration.hours(25) }), 'Deployment.Bake', 'bake is 90000 s'],
    [() => Deployment.blueGreen({ bake: 5 as unknown as Duration }), 'Deployment.Bake', 'bake is 5'],
  ])('%s is refused', (build, code, given) => {
    expect(refusedBy(build)).toEqual([{ code, given, allowed: expect.any(String) }]);
  });
});

describe('adopting a service', () => {
  function adopted(props: Partial<ContainerServiceProps> = {}) {
    const stack = stackWith(Profile.PRODUCTION);
    const taskDefinition = new FargateTaskDefinition(stack, 'Definition');
    taskDefinition.addContainer('Web', { image: ContainerImage.fromRegistry('nginx'), portMappings: [{ containerPort: 80 }] });
    const cluster = new Cluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { natGateways: 0 }) });
    const service = new FargateService(stack, 'Mine', { cluster, taskDefinition });
    return { stack, service, shop: new ContainerService(stack, 'Shop', { service, ...props }) };
  }

  test('makes nothing, and wires it', () => {
    const { stack, service, shop } = adopted();
    expect(shop.node.children).toEqual([]);
    shop.use(new KeyValueStore(stack, 'Carts', { partitionKey: 'id' }), Access.READ);
    expect(JSON.stringify(variablesOf(stack))).toContain('CARTS_TABLE_NAME');
    expect([shop.service, shop.port, shop.network]).toEqual([service, 80, undefined]);
    expect(shop.connections).toBe(service.connections);
    shop.connections!.allowFromAnyIpv4(Port.tcp(80));
  });

  test('scales it only when told to', () => {
    const { stack, shop } = adopted();
    new WorkQueue(stack, 'Jobs').consumedBy(shop, { idempotent: true });
    expect(namesOf(stack, TARGET)).toEqual([]);
    const told = adopted({ scaling: { max: 4, backlogPerTask: 5 }, maxProcessingTime: Duration.seconds(5) });
    new WorkQueue(told.stack, 'Jobs').consumedBy(told.shop, { idempotent: true });
    expect(onlyOne(told.stack, TARGET)).toMatchObject({ MinCapacity: 1, MaxCapacity: 4 });
  });

  test('adds to the alarms that it may have', () => {
    const { stack, shop } = adopted();
    const metric = new Topic(stack, 'Topic').metricNumberOfMessagesPublished();
    shop.rollbackOn(new Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 }));
    expect(onlyOne(stack, SERVICE).DeploymentConfiguration)
      .toMatchObject({ Alarms: { AlarmNames: [{ Ref: expect.stringMatching(/^Alarm/) }], Enable: true } });
  });
});

test('metrics', () => {
  const stack = stackWith();
  const shop = serviceIn(stack);
  expect([shop.metricCpu(), shop.metricMemory(), shop.metricRunningTasks()].map(({ namespace, metricName }) => `${namespace}/${metricName}`))
    .toEqual(['AWS/ECS/CPUUtilization', 'AWS/ECS/MemoryUtilization', 'ECS/ContainerInsights/RunningTaskCount']);
});

describe('arithmetic', () => {
  test.each([
    [100, 3, 50, 1, 4, 10],
    [1, 1, 50, 2, 2, 2],
    [30, 2, 10, 0, 5, 10],
  ])('%s requests/s x %s at %s a task, at least %s: %s to %s tasks', (requestsPerSecond, peakFactor, perTask, least, min, max) => {
    const sizes = tasksFor(new TrafficEstimate({ requestsPerSecond, peakFactor }), perTask, least);
    expect(sizes.map(({ value }) => value)).toEqual([min, max]);
    const load = Number((requestsPerSecond / (perTask * 0.6)).toPrecision(3));
    expect(sizes[0].arithmetic)
      .toBe(`${requestsPerSecond} requests/s at ${perTask} a task x 60 % load = ${load}; at least ${least} -> ${min}`);
  });

  test.each([
    [0, 3, 10, [[1, 11, 1], [11, 21, 2], [21, undefined, 3]]],
    [2, 3, 5, [[1, 11, 2], [11, undefined, 3]]],
    [0, 1, 10, [[1, undefined, 1]]],
  ])('%s to %s tasks at %s messages', (min, max, each, steps) => {
    expect(backlogSteps(min, max, each).map(({ from, below, tasks }) => [from, below, tasks])).toEqual(steps);
  });

  test.each([[21], [100], [5000]])('%s tasks in twenty steps, none with more than its share', (max) => {
    const steps = backlogSteps(0, max, 7);
    expect(steps).toHaveLength(20);
    expect(steps[0]).toMatchObject({ from: 1, tasks: 1 });
    expect(steps.at(-1)).toMatchObject({ below: undefined, tasks: max });
    steps.slice(0, -1).forEach(({ below, tasks }, index) => {
      expect((below! - 1) / tasks).toBeLessThanOrEqual(7);
      expect(steps[index + 1]!.from).toBe(below);
    });
  });

  test('sizes of tasks', () => {
    const sizes = [TaskSize.SMALL, TaskSize.XLARGE2].map(({ vcpu, memory }) => [vcpu, memory.toMebibytes()]);
    expect(sizes).toEqual([[0.25, 512], [4, 8192]]);
    expect(TaskSize.of(16, Size.gibibytes(120)).memory.toGibibytes()).toBe(120);
    expect(refusedBy(() => TaskSize.of(0.5, Size.gibibytes(5)))).toEqual([{ code: 'TaskSize.Memory', given: '5 GiB with 0.5 vCPU', allowed: '1, 2, 3, 4 GiB' }]);
    expect(refusedBy(() => TaskSize.of(3, Size.gibibytes(8)))).toEqual([{ code: 'TaskSize.Cpu', given: '3 vCPU', allowed: '0.25, 0.5, 1, 2, 4, 8, 16' }]);
    expect(codesOf(() => TaskSize.of(1, 2048 as unknown as Size))).toEqual(['TaskSize.Memory']);
  });
});
