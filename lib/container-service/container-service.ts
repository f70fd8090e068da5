import { Duration } from 'aws-cdk-lib';
import type { ScalableTarget } from 'aws-cdk-lib/aws-applicationautoscaling';
import { ComparisonOperator, type IAlarm, type IMetric, MathExpression, Metric, type MetricOptions, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type Connections, Port } from 'aws-cdk-lib/aws-ec2';
import {
  AlternateTarget, type CfnService, type ContainerDefinition, type FargateService, type IAlternateTarget, type ICluster, type IEcsLoadBalancerTarget, ListenerRuleConfiguration, type TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationTargetGroup, type IApplicationTargetGroup, type INetworkLoadBalancerTarget, type INetworkTargetGroup, type LoadBalancerTargetProps,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IPrincipal, IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import { Environment } from '../core/environment';
import { createLogGroup } from '../core/logs';
import { openPath } from '../core/network-path';
import type { IQueueWorker, QueueSource } from '../core/queue-worker';
import { enforce, refuse } from '../core/rules';
import type { IShiftingTarget, ShiftingRoute } from '../core/shifting-target';
import type { Sizing } from '../core/traffic-estimate';
import { type Access, environmentName, type IBackingService, type ICompute, type INetwork, type UseOptions } from '../core/wiring';
import { Network } from '../network';
import { countsTasks, offerSpot, sharedCluster } from './cluster';
import type { ContainerScaling, ContainerServiceProps } from './container-service-props';
import { CONTAINER_SERVICE_RULES, held } from './container-service-rules';
import { namespaceOf } from './discovery';
import { failedRequests } from './failed-requests';
import { reachImage } from './image-access';
import { createService } from './new-service';
import { RollbackAlarms } from './rollback-alarms';
import { createShiftingRole } from './roles';
import { createAlarms } from './service-alarms';
import { type Bounds, isOpen, ServiceScaling } from './service-scaling';
import { boundsOf, leastTasks, sizingOf } from './task-count';
import { createTask } from './task';

/** What a service with a port holds when it is told nothing else, in percent of its CPU. */
const CPU_PERCENT = 60;

/**
 * Compute that runs as long as it is needed, in a container: Amazon ECS on AWS Fargate and arm64, with its own least-privilege
 * roles, its own log group, and deployments that go back by themselves.
 */
export class ContainerService extends Construct implements IQueueWorker, IBackingService, IShiftingTarget, INetworkLoadBalancerTarget {
  /** The service itself. */
  public readonly service: FargateService;
  /** What one task is made of. */
  public readonly taskDefinition: TaskDefinition;
  /** The container of the code. */
  public readonly container: ContainerDefinition;
  /** The cluster that it runs in. */
  public readonly cluster: ICluster;
  /** The role of the code. */
  public readonly role: IRole;
  /** The role of AWS Fargate before the code runs; undefined for an adopted service that has none. */
  public readonly executionRole?: IRole;
  /** Where it logs; undefined for an adopted service. */
  public readonly logGroup?: ILogGroup;
  /** The network it runs in; undefined for an adopted service that was given none. */
  public readonly network?: INetwork;
  /** Its security groups. */
  public readonly connections: Connections;
  /** The port that it listens on; undefined for a worker. */
  public readonly port?: number;
  /** The longest time it works on what it takes from a queue at once; undefined when that is not known. */
  public readonly timeout?: Duration;
  public readonly visibilityFactor = 1;
  /** Whether its deployments shift requests from one target group to another. */
  public readonly shifts: boolean;
  /** The sizes that follow from `traffic`; empty without it. */
  public readonly sizing: Sizing[];
  public readonly grantPrincipal: IPrincipal;

  private readonly environment: Environment;
  private readonly props: ContainerServiceProps;
  private readonly bounds?: Bounds;
  private readonly rollback: RollbackAlarms;
  private scaler?: ServiceScaling;
  private address?: string;
  private acknowledged = false;
  private signals = 0;
  private routes = 0;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: ContainerServiceProps) {
    super(scope, id);
    enforce(this, CONTAINER_SERVICE_RULES, props);
    this.props = props;
    this.timeout = props.maxProcessingTime;
    this.shifts = props.deployment?.shifts ?? false;
    this.environment = new Environment(this, 'ContainerService', props.environment);
    const least = leastTasks(this, props.port);
    this.sizing = sizingOf(props, least);
    this.bounds = boundsOf(props, this.sizing, least);
    if (props.service) {
      this.service = props.service;
      this.container = props.service.taskDefinition.defaultContainer
        ?? refuse(this, 'ContainerService.NoContainer', `service ${props.service.node.path} without a container`, 'a service whose task definition has one');
      this.network = props.network;
      this.port = this.container.portMappings[0]?.containerPort;
    } else {
      this.logGroup = createLogGroup(this, 'Logs', props.logRetention);
      const { definition, container } = createTask(this, props, this.logGroup);
      this.container = container;
      this.network = props.network ?? Network.of(this);
      this.port = props.port;
      const { vpc, computeSubnets } = this.network;
      const fixed = this.bounds?.min ?? least;
      this.service = createService(this, props, props.cluster ?? sharedCluster(this, vpc), computeSubnets, definition, Math.max(1, fixed));
      this.node.defaultChild = this.service;
    }
    this.taskDefinition = this.service.taskDefinition;
    this.cluster = this.service.cluster;
    this.role = this.taskDefinition.taskRole;
    this.executionRole = this.taskDefinition.executionRole;
    this.connections = this.service.connections;
    this.grantPrincipal = this.role.grantPrincipal;
    this.rollback = new RollbackAlarms(this.service, props.service !== undefined);
    if (!props.service) {
      this.complete(this.network!);
    }
    this.node.addValidation({ validate: () => this.leftOpen() });
  }

  /** What scales it; undefined for a fixed number of tasks. */
  public get scalableTarget(): ScalableTarget | undefined {
    return this.scaler?.target;
  }

  public use(service: IBackingService, access: Access, options?: UseOptions): void {
    service.attach(this, access, options);
  }

  /**
   * Tells the code a value through its environment.
   *
   * @throws RuleError when it cannot have that name, or already has another value
   */
  public addEnvironment(name: string, value: string): void {
    this.environment.add(name, value);
    this.container.addEnvironment(name, value);
    this.acknowledgeEnvironment();
  }

  /**
   * Lets other compute of the network call it: opens the port in the security groups of both sides; the address is in
   * `<NAME>_URL`.
   *
   * @throws RuleError without `discoverAs`, or when the compute runs outside any network
   */
  public attach(compute: ICompute, _access: Access, options?: UseOptions): void {
    if (this.address === undefined || this.port === undefined) {
      refuse(this, 'ContainerService.NotDiscoverable', `use by ${compute.node.path}`, 'discoverAs: a name under which other compute finds it');
    }
    openPath(this, compute, this.connections, Port.tcp(this.port));
    compute.addEnvironment(environmentName(this, 'URL', options), `http://${this.address}:${this.port}`);
  }

  /**
   * Has it work a queue: tasks follow the backlog. Called by `queue.consumedBy()`; the code itself takes the messages off.
   *
   * @throws RuleError for a second queue, whose backlog would undo what the first one asks for
   */
  public workQueue(source: QueueSource): FargateService {
    const { scaling, port, service: adopted } = this.props;
    const followed = scaling?.backlogPerTask !== undefined || port === undefined && held(scaling ?? { max: 1 }).length === 0;
    const bounds = this.bounds ?? (adopted || port !== undefined ? undefined : { min: leastTasks(this), max: Math.max(1, source.maxConcurrency) });
    if (followed && bounds && isOpen(bounds)) {
      if (this.signals > 0) {
        refuse(this, 'ContainerService.SecondQueue', `the queue ${source.name} beside another one`,
          'one queue for each service that follows a backlog; scaling.cpuPercent or a fixed number of tasks works several');
      }
      this.scaleBetween(bounds).followBacklog(source, scaling ?? {});
    }
    return this.service;
  }

  /** Attaches it to the target group of a route. Called by load balancers. */
  public attachToApplicationTargetGroup(targetGroup: IApplicationTargetGroup): LoadBalancerTargetProps {
    if (this.shifts) {
      refuse(this, 'ContainerService.ShiftNeedsTwoTargetGroups', `${targetGroup.node.path} alone, for a deployment that shifts requests`,
        'route() of LoadBalancer, which makes both target groups; or attachToShiftingRoute');
    }
    return this.attachTo([targetGroup]);
  }

  /** Attaches it to both target groups of a route between which its deployments shift requests. Called by load balancers. */
  public attachToShiftingRoute({ targetGroup, alternateTargetGroup, rule }: ShiftingRoute): LoadBalancerTargetProps {
    const targetGroups = [targetGroup, alternateTargetGroup];
    return this.attachTo(targetGroups, new AlternateTarget('Alternate', {
      alternateTargetGroup,
      productionListener: ListenerRuleConfiguration.applicationListenerRule(rule),
      role: createShiftingRole(this, `ShiftingRole${this.routes || ''}`, rule, targetGroups),
    }));
  }

  /** Attaches it to a target group of a layer 4 load balancer. Called by load balancers. */
  public attachToNetworkTargetGroup(targetGroup: INetworkTargetGroup): LoadBalancerTargetProps {
    if (this.shifts) {
      refuse(this, 'ContainerService.ShiftNeedsLayer7', `${targetGroup.node.path}, for a deployment that shifts requests`, 'route() of LoadBalancer, or Deployment.rolling()');
    }
    const props = this.target(targetGroup.node.path).attachToNetworkTargetGroup(targetGroup);
    this.routes++;
    return props;
  }

  /** Has deployments go back while an alarm is in state ALARM. An alarm that was there before a deployment does not stop it. */
  public rollbackOn(alarm: IAlarm): void {
    this.rollback.add(alarm);
  }

  /** CPU in use, in percent of what tasks have; average over five minutes unless told otherwise. */
  public metricCpu(options?: MetricOptions): Metric {
    return this.service.metricCpuUtilization(options);
  }

  /** Memory in use, in percent of what tasks have; average over five minutes unless told otherwise. */
  public metricMemory(options?: MetricOptions): Metric {
    return this.service.metricMemoryUtilization(options);
  }

  /** Tasks that run; average over five minutes unless told otherwise. Only in clusters with Container Insights. */
  public metricRunningTasks(options?: MetricOptions): Metric {
    return this.insight('RunningTaskCount', options);
  }

  /** Tasks that should run and do not; over five minutes unless told otherwise. Only in clusters with Container Insights. */
  public metricMissingTasks(options?: MetricOptions): IMetric {
    return new MathExpression({
      expression: 'desired - running',
      usingMetrics: { desired: this.insight('DesiredTaskCount', options), running: this.insight('RunningTaskCount', options) },
      label: 'Tasks that should run and do not',
      period: options?.period,
    });
  }

  /** What only a service of ours gets: the ways out of its network, its address, its scaler, its alarms. */
  private complete(network: INetwork): void {
    const { image, secrets = {}, debug, spot, cluster, discoverAs, scaling } = this.props;
    reachImage(this, image!, this.container, network);
    const ways = Object.values(secrets).map((secret) => JSON.stringify(this.service.stack.resolve(secret.arn)).includes(':ssm:') ? 'ssm' : 'secretsmanager');
    ['logs', ...ways, ...debug ? ['ssmmessages'] : []].forEach((way) => { network.reach(way, this); });
    if (debug) {
      // Without the statements that the L2 would add to the policy with the grants of the user.
      (this.service.node.defaultChild as CfnService).enableExecuteCommand = true;
    }
    if (spot) {
      offerSpot(this, cluster);
    }
    if (discoverAs !== undefined) {
      this.address = this.discoverIn(network, discoverAs);
    }
    if (this.bounds && isOpen(this.bounds) && (held(scaling ?? { max: 1 }).length > 0 || this.port !== undefined && scaling?.backlogPerTask === undefined)) {
      this.holdUse(this.bounds, scaling);
    }
    if (Object.keys(this.props.environment ?? {}).length > 0) {
      this.acknowledgeEnvironment();
    }
    createAlarms(this, { cpu: this.metricCpu(), memory: this.metricMemory(), missingTasks: cluster || !countsTasks(this) ? undefined : this.metricMissingTasks() });
  }

  private attachTo(targetGroups: IApplicationTargetGroup[], alternateTarget?: IAlternateTarget): LoadBalancerTargetProps {
    const [first] = targetGroups;
    const target = this.target(first!.node.path, alternateTarget);
    const { health, scaling } = this.props;
    const known = targetGroups.filter((each) => each instanceof ApplicationTargetGroup);
    if (health?.path !== undefined) {
      // What the route says about health wins.
      known.forEach((each) => { each.configureHealthCheck({ path: health.path, ...each.healthCheck }); });
    }
    if (scaling?.requestsPerSecond !== undefined && this.scaler) {
      if (!(first instanceof ApplicationTargetGroup)) {
        refuse(this, 'ContainerService.RequestsNotCounted', `scaling.requestsPerSecond with ${first!.node.path}, which was imported`, 'scaling.cpuPercent, or a target group of this app');
      }
      this.scaler.holdRequests(first, scaling.requestsPerSecond);
      this.signals++;
    }
    if (known.length > 0 && !this.props.service) {
      const alarm = alarmWhenGuarded(this, `FailedRequestsAlarm${this.routes || ''}`, {
        metric: failedRequests(known),
        threshold: 5,
        evaluationPeriods: 2,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: 'More than 5 % of the requests of a route fail: a deployment that is under way goes back.',
      });
      if (alarm) {
        this.rollbackOn(alarm);
      }
    }
    this.routes++;
    return target.attachToApplicationTargetGroup(first!);
  }

  private target(by: string, alternateTarget?: IAlternateTarget): IEcsLoadBalancerTarget {
    if (this.port === undefined) {
      refuse(this, 'ContainerService.NoPort', `a route by ${by} to a service without port`, 'port: where it listens');
    }
    return this.service.loadBalancerTarget({ containerName: this.container.containerName, containerPort: this.port, alternateTarget });
  }

  private scaleBetween(bounds: Bounds): ServiceScaling {
    this.signals++;
    return this.scaler ??= new ServiceScaling(this, 'Scaling', this.service, bounds);
  }

  private holdUse(bounds: Bounds, scaling: Partial<ContainerScaling> = {}): void {
    const asked = held({ max: 1, ...scaling });
    const scaler = this.scaleBetween(bounds);
    scaler.holdUse({ ...scaling, cpuPercent: scaling.cpuPercent ?? (asked.length === 0 ? CPU_PERCENT : undefined) });
    if (asked.length === 1 && asked[0] === 'requestsPerSecond') {
      this.signals--;
    }
  }

  private discoverIn(network: INetwork, name: string): string {
    const namespace = namespaceOf(this, network.vpc);
    // An address that is gone must be forgotten soon.
    this.service.enableCloudMap({ name, cloudMapNamespace: namespace, dnsTtl: Duration.seconds(10) });
    return `${name}.${namespace.namespaceName}`;
  }

  private insight(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'ECS/ContainerInsights',
      metricName,
      dimensionsMap: { ClusterName: this.cluster.clusterName, ServiceName: this.service.serviceName },
      ...options,
    });
  }

  private acknowledgeEnvironment(): void {
    if (!this.props.service && !this.acknowledged) {
      this.acknowledged = true;
      acknowledge(this.taskDefinition.node.defaultChild as Construct, {
        id: 'AwsSolutions-ECS2',
        reason: 'The variables hold names and addresses of what the code uses, which are no secrets; those go through the prop secrets, which AWS Secrets Manager or Systems Manager fills when a task starts.',
      });
    }
  }

  /** What can be seen only when all wiring is done. */
  private leftOpen(): string[] {
    const { scaling, deployment } = this.props;
    const line = (code: string, given: string, allowed: string) => `ContainerService.${code}: ${given}; allowed: ${allowed}`;
    const waits = this.bounds && isOpen(this.bounds) && this.signals === 0;
    return [
      ...waits ? [line('NothingToScaleBy', `${scaling ? 'scaling' : 'traffic'} without anything that tells how many tasks are needed`,
        'queue.consumedBy(service), a route for requestsPerSecond, or cpuPercent or memoryPercent')] : [],
      ...deployment?.shifts && this.routes === 0 ? [line('ShiftWithoutRoute', 'a deployment that shifts requests, without a route',
        'route() of LoadBalancer to it, or Deployment.rolling()')] : [],
    ];
  }
}
