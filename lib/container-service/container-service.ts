import { Duration } from 'aws-cdk-lib';
import type { IScalableTarget } from 'aws-cdk-lib/aws-applicationautoscaling';
import { type IAlarm, type IMetric, MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type Connections, Port } from 'aws-cdk-lib/aws-ec2';
import {
  AlternateTarget, type CfnService, type ContainerDefinition, type FargateService, type IAlternateTarget, type ICluster,
  type IEcsLoadBalancerTarget, type IFargateService, type ITaskDefinition, ListenerRuleConfiguration,
} from 'aws-cdk-lib/aws-ecs';
import type {
  IApplicationTargetGroup, INetworkLoadBalancerTarget, INetworkTargetGroup, LoadBalancerTargetProps,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IPrincipal, IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge, acknowledgeInlineGrants } from '../core/acknowledge';
import { Environment } from '../core/environment';
import type { FileMount, IFileMounter } from '../core/file-mount';
import { createLogGroup } from '../core/logs';
import { openPath } from '../core/network-path';
import type { IQueueWorker, QueueSource } from '../core/queue-worker';
import { enforce, refuse } from '../core/rules';
import type { IShiftingTarget, ShiftingRoute } from '../core/shifting-target';
import type { Sizing } from '../core/traffic-estimate';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, type INetwork, type UseOptions } from '../core/wiring';
import { Network } from '../network';
import { countsTasks, offerSpot, sharedCluster } from './cluster';
import type { ContainerServiceProps } from './container-service-props';
import { CONTAINER_SERVICE_RULES } from './container-service-rules';
import { namespaceOf } from './discovery';
import { reachImage } from './image-access';
import { createService, waitFor } from './new-service';
import { createShiftingRole } from './roles';
import { RollbackAlarms } from './rollback-alarms';
import { Routes } from './routes';
import { createAlarms } from './service-alarms';
import { type Bounds, isOpen, ServiceScaling } from './service-scaling';
import { boundsOf, followsBacklog, held, leastTasks, sizingOf } from './task-count';
import { createTask } from './task';

/**
 * Compute that runs as long as it is needed, in a container: Amazon ECS on AWS Fargate and arm64, with its own
 * least-privilege roles, its own log group, and deployments that go back by themselves.
 */
export class ContainerService extends Construct
  implements IFileMounter, IQueueWorker, IBackingService, IShiftingTarget, INetworkLoadBalancerTarget {
  /** The service itself. */
  public readonly service: IFargateService;
  /** What its tasks are made of. */
  public readonly taskDefinition: ITaskDefinition;
  /** The container of the code; beside it `container.taskDefinition` takes further containers and volumes. */
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
  public readonly connections?: Connections;
  /** The port that it listens on; undefined for a worker. */
  public readonly port?: number;
  /** The longest time it works on what it takes from a queue at once; undefined when that is not known. */
  public readonly timeout?: Duration;
  public readonly visibilityFactor = 1;
  /** Whether its deployments shift requests from one target group to another. */
  public readonly shifts: boolean;
  /** The sizes that follow from `traffic`; empty without it. */
  public readonly sizing: Sizing[];

  private readonly inner: FargateService;
  private readonly props: ContainerServiceProps;
  private readonly environment: Environment;
  private readonly bounds?: Bounds;
  private readonly rollback: RollbackAlarms;
  private readonly routes: Routes;
  private scaler?: ServiceScaling;
  private domainName?: string;
  private environmentAcknowledged = false;
  private grantsAcknowledged = false;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: ContainerServiceProps) {
    super(scope, id);
    enforce(this, CONTAINER_SERVICE_RULES, props);
    this.props = props;
    this.timeout = props.maxProcessingTime;
    this.shifts = props.deployment?.shifts ?? false;
    const least = leastTasks(this, props.port);
    this.sizing = sizingOf(props, least);
    this.bounds = boundsOf(props, this.sizing, least);
    if (props.service) {
      this.inner = props.service as FargateService;
      this.network = props.network;
    } else {
      this.network = props.network ?? Network.of(this);
      this.logGroup = createLogGroup(this, 'Logs', props.logRetention);
      const { vpc, computeSubnets } = this.network;
      this.inner = createService(this, props, props.cluster ?? sharedCluster(this, vpc), computeSubnets,
        createTask(this, props, this.logGroup), Math.max(1, this.bounds?.min ?? least));
      this.node.defaultChild = this.inner;
    }
    this.service = this.inner;
    this.taskDefinition = this.inner.taskDefinition;
    this.container = this.inner.taskDefinition.defaultContainer
      ?? refuse(this, 'ContainerService.NoContainer', `service ${this.inner.node.path}, which has no container`, 'a service with one');
    this.port = props.port ?? this.container.portMappings[0]?.containerPort;
    this.cluster = this.inner.cluster;
    this.role = this.taskDefinition.taskRole;
    this.executionRole = this.taskDefinition.executionRole;
    this.connections = this.inner.connections;
    this.environment = new Environment(this, 'ContainerService', props.environment);
    this.rollback = new RollbackAlarms(this.inner, props.service !== undefined);
    this.routes = new Routes(this, props, this.rollback);
    if (!props.service) {
      this.complete(this.network!);
    }
    if (this.bounds && isOpen(this.bounds) && !followsBacklog(props)) {
      this.scaleBetween(this.bounds).holdUse(held(props));
    }
    this.node.addValidation({ validate: () => this.leftOpen() });
  }

  /** What scales it; undefined for a fixed number of tasks. */
  public get scalableTarget(): IScalableTarget | undefined {
    return this.scaler?.target;
  }

  /** Who gets what is granted to it: the role of the code. */
  public get grantPrincipal(): IPrincipal {
    // Asked for by whoever grants something; a role that was granted nothing has no policy.
    if (!this.props.service && !this.props.debug && !this.grantsAcknowledged) {
      this.grantsAcknowledged = true;
      acknowledgeInlineGrants(this.role);
    }
    return this.role.grantPrincipal;
  }

  public use(service: IBackingService, access: Access, options?: UseOptions): void {
    service.attach(this, access, options);
    recordWire(this, service, access);
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

  /** Mounts files in the container of the code. Called by `compute.use()`. */
  public mountFiles({ name, path, readOnly, accessPoint, ready }: FileMount): void {
    this.inner.taskDefinition.addVolume({
      name,
      efsVolumeConfiguration: {
        fileSystemId: accessPoint.fileSystem.fileSystemId,
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId: accessPoint.accessPointId, iam: 'ENABLED' },
      },
    });
    this.container.addMountPoints({ sourceVolume: name, containerPath: path, readOnly });
    this.inner.node.addDependency(ready);
  }

  /**
   * Lets other compute of the network call it: opens the port in the security groups of both sides; the address is in
   * `<NAME>_URL`. Both kinds of access are the same.
   *
   * @throws RuleError without `discoverAs`, or when the compute runs outside any network
   */
  public attach(compute: ICompute, _access: Access, options?: UseOptions): void {
    if (this.domainName === undefined || this.port === undefined) {
      refuse(this, 'ContainerService.NotDiscoverable', `use by ${compute.node.path}`, 'discoverAs: a name under which other compute finds it');
    }
    openPath(this, compute, this.inner.connections, Port.tcp(this.port));
    compute.addEnvironment(environmentName(this, 'URL', options), `http://${this.domainName}:${this.port}`);
  }

  /**
   * Has it work a queue: tasks follow the backlog. Called by `queue.consumedBy()`; the code takes the messages off itself.
   *
   * @throws RuleError for a second queue, whose backlog would undo what the first one asks for
   */
  public workQueue(source: QueueSource): IConstruct {
    const { scaling, service: adopted } = this.props;
    const unsaid = adopted ? undefined : { min: leastTasks(this), max: source.maxConcurrency };
    const bounds = this.bounds ?? (this.port === undefined ? unsaid : undefined);
    if (bounds && isOpen(bounds) && followsBacklog(this.props)) {
      if (this.scaler) {
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
    const target = this.target(targetGroup);
    this.routes.add([targetGroup], this.scaler);
    return target.attachToApplicationTargetGroup(targetGroup);
  }

  /** Attaches it to both target groups of a route between which its deployments shift requests. Called by load balancers. */
  public attachToShiftingRoute(route: ShiftingRoute): LoadBalancerTargetProps {
    const { targetGroup, alternateTargetGroup, rule } = route;
    const targetGroups = [targetGroup, alternateTargetGroup];
    const target = this.target(targetGroup, new AlternateTarget(`Alternate${this.routes.suffix}`, {
      alternateTargetGroup,
      productionListener: ListenerRuleConfiguration.applicationListenerRule(rule),
      role: createShiftingRole(this, `ShiftingRole${this.routes.suffix}`, rule, targetGroups),
    }));
    this.routes.add(targetGroups, this.scaler);
    return target.attachToApplicationTargetGroup(targetGroup);
  }

  /** Attaches it to a target group of a layer 4 load balancer. Called by load balancers. */
  public attachToNetworkTargetGroup(targetGroup: INetworkTargetGroup): LoadBalancerTargetProps {
    if (this.shifts) {
      refuse(this, 'ContainerService.ShiftNeedsLayer7', `${targetGroup.node.path}, for a deployment that shifts requests`,
        'route() of LoadBalancer, or Deployment.rolling()');
    }
    const target = this.target(targetGroup);
    this.routes.addOpaque();
    return target.attachToNetworkTargetGroup(targetGroup);
  }

  /** Has deployments go back when an alarm goes off. One that is in ALARM when a deployment starts does not stop it. */
  public rollbackOn(alarm: IAlarm): void {
    this.rollback.add(alarm);
  }

  /** CPU in use, in percent of what tasks have; average over five minutes unless told otherwise. */
  public metricCpu(options?: MetricOptions): Metric {
    return this.inner.metricCpuUtilization(options);
  }

  /** Memory in use, in percent of what tasks have; average over five minutes unless told otherwise. */
  public metricMemory(options?: MetricOptions): Metric {
    return this.inner.metricMemoryUtilization(options);
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

  /** What only a service of ours gets: its ways out of the network, its address, its scaler, its alarms. */
  private complete(network: INetwork): void {
    const { image, secrets = {}, debug, spot, cluster, discoverAs, environment = {} } = this.props;
    reachImage(this, image!, this.container, network);
    const parameter = (arn: string) => JSON.stringify(this.inner.stack.resolve(arn)).includes(':ssm:');
    ['logs', ...Object.values(secrets).map(({ arn }) => parameter(arn) ? 'ssm' : 'secretsmanager'), ...debug ? ['ssmmessages'] : []]
      .forEach((way) => { network.reach(way, this); });
    waitFor(this.inner, this.taskDefinition.executionRole!, network);
    if (debug) {
      // The L2 would write the wildcards of ECS Exec into the policy that holds the user's grants.
      (this.inner.node.defaultChild as CfnService).enableExecuteCommand = true;
    }
    if (spot) {
      offerSpot(this, cluster);
    }
    if (discoverAs !== undefined) {
      const namespace = namespaceOf(this, network.vpc);
      // The address of a task that is gone must be forgotten soon.
      this.inner.enableCloudMap({ name: discoverAs, cloudMapNamespace: namespace, dnsTtl: Duration.seconds(10) });
      this.domainName = `${discoverAs}.${namespace.namespaceName}`;
    }
    if (Object.keys(environment).length > 0) {
      this.acknowledgeEnvironment();
    }
    const missingTasks = cluster || !countsTasks(this) ? undefined : this.metricMissingTasks();
    createAlarms(this, { cpu: this.metricCpu(), memory: this.metricMemory(), missingTasks });
  }

  private target(targetGroup: IConstruct, alternateTarget?: IAlternateTarget): IEcsLoadBalancerTarget {
    if (this.port === undefined) {
      refuse(this, 'ContainerService.NoPort', `a route by ${targetGroup.node.path} to a service without port`, 'port: where it listens');
    }
    const { containerName } = this.container;
    return this.inner.loadBalancerTarget({ containerName, containerPort: this.port, alternateTarget });
  }

  private scaleBetween(bounds: Bounds): ServiceScaling {
    this.scaler = new ServiceScaling(this, 'Scaling', this.inner, bounds);
    return this.scaler;
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
    if (!this.props.service && !this.environmentAcknowledged) {
      this.environmentAcknowledged = true;
      acknowledge(this.taskDefinition.node.defaultChild as Construct, {
        id: 'AwsSolutions-ECS2',
        reason: 'The variables hold names and addresses of what the code uses, which are no secrets; those go through the prop secrets, from AWS Secrets Manager or Systems Manager when a task starts.',
      });
    }
  }

  /** What can be seen only when all wiring is done. */
  private leftOpen(): string[] {
    const { scaling } = this.props;
    const told = this.scaler?.told || !this.bounds || !isOpen(this.bounds);
    return [
      ...told ? [] : [
        `ContainerService.NothingToScaleBy: ${scaling ? 'scaling' : 'traffic'} and nothing that tells how many tasks are needed; `
        + 'allowed: queue.consumedBy(service), a route for requestsPerSecond, cpuPercent or memoryPercent',
      ],
      ...!this.shifts || this.routes.count > 0 ? [] : [
        'ContainerService.ShiftWithoutRoute: a deployment that shifts requests, and no route; '
        + 'allowed: route() of LoadBalancer, or Deployment.rolling()',
      ],
    ];
  }
}
