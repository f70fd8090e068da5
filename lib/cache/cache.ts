import { CfnResource, type RemovalPolicy, Tokenization, Validations } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Connections, type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { CfnParameterGroup, CfnSubnetGroup, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { keepWith } from '../core/keep-with';
import { createLogGroup } from '../core/logs';
import { openPath } from '../core/network-path';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import type { Sizing } from '../core/traffic-estimate';
import { Access, environmentName, type IBackingService, type ICompute, type INetwork, type UseOptions } from '../core/wiring';
import { Network } from '../network';
import { acknowledgeCache } from './cache-acknowledgements';
import { type Deployment, type DeploymentParts, deployMemcached, deployReplicationGroup, deployServerless } from './cache-deployment';
import { type CacheFace, faceOf, portsOf } from './cache-face';
import { CacheMetrics } from './cache-metrics';
import { type CachePlan, isMemcached, planCache } from './cache-plan';
import type { CacheProps } from './cache-props';
import { CACHE_RULES } from './cache-rules';
import { CacheUsers } from './cache-users';

/** What ElastiCache gives every cluster unless asked for more. */
const NODE_QUOTA = 90;

/**
 * Copies kept in memory, close to who asks: Amazon ElastiCache with Valkey, encrypted, in a private network, for
 * clients that sign in with their IAM role.
 */
export class Cache extends Construct implements IBackingService {
  /** The address of the endpoint. */
  public readonly endpoint: string;
  /** The port of the endpoint. */
  public readonly port: number;
  /** The address that reads may go to, a moment behind the endpoint; undefined without replicas and for clusters of nodes. */
  public readonly readerEndpoint?: string;
  /** Its security group. */
  public readonly securityGroup: ISecurityGroup;
  /** Its security group with its ports, to open paths by hand. */
  public readonly connections: Connections;
  /** The sizes that follow from what it has to carry; empty without `traffic`. */
  public readonly sizing: Sizing[] = [];
  /** The cache itself, an AWS::ElastiCache::ServerlessCache, ReplicationGroup or CacheCluster; undefined when it is adopted. */
  public readonly cache?: CfnResource;
  /** Where its nodes stand; undefined when it is serverless or adopted. */
  public readonly subnetGroup?: CfnSubnetGroup;
  /** What its nodes do otherwise than by default; undefined when there is nothing. */
  public readonly parameterGroup?: CfnParameterGroup;
  /** Who may sign in; undefined for Memcached and when it is adopted. */
  public readonly userGroup?: CfnUserGroup;
  /** Slow commands; undefined when they are not logged. */
  public readonly slowLogs?: ILogGroup;
  /** What the engine says about itself; undefined when it is not logged. */
  public readonly engineLogs?: ILogGroup;

  /** Whether it runs scripts: Valkey and Redis do, Memcached does not. An existing cache is taken to be one that does. */
  public readonly runsScripts: boolean;

  private readonly face: CacheFace;
  private readonly accounts?: CacheUsers;
  private readonly metrics?: CacheMetrics;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: CacheProps = {}) {
    super(scope, id);
    enforce(this, CACHE_RULES, props);
    if (props.cache) {
      this.securityGroup = props.cache.securityGroup;
      this.face = faceOf(props.cache);
    } else {
      const profile = Profile.of(this);
      const plan = planCache(props, profile);
      const network = props.network ?? Network.of(this);
      const removal = profile.dataRemoval(props.disposable);
      this.securityGroup = this.createSecurityGroup(network, removal);
      this.accounts = plan.authentication && new CacheUsers(this, plan.engine, plan.authentication, removal);
      if (plan.logs) {
        this.slowLogs = createLogGroup(this, 'SlowLogs');
        this.engineLogs = createLogGroup(this, 'EngineLogs');
      }
      const deployment = this.deploy(plan, {
        subnets: network.vpc.selectSubnets(plan.serverless ? { ...network.dataSubnets, onePerAz: true } : network.dataSubnets),
        securityGroupId: this.securityGroup.securityGroupId,
        userGroupId: this.accounts?.group.ref,
        removal,
        encryptionKey: props.encryptionKey,
        slowLogs: this.slowLogs,
        engineLogs: this.engineLogs,
      });
      this.face = deployment.face;
      this.cache = deployment.resource;
      this.subnetGroup = deployment.subnetGroup;
      this.parameterGroup = deployment.parameterGroup;
      this.userGroup = this.accounts?.group;
      this.sizing = plan.sizing;
      this.node.defaultChild = deployment.resource;
      this.metrics = new CacheMetrics(plan, deployment);
      this.metrics.createAlarms(this);
      acknowledgeCache(deployment.resource, plan);
      this.warn(plan, profile);
    }
    this.runsScripts = !isMemcached(props);
    this.endpoint = this.face.endpoint;
    this.port = this.face.port;
    this.readerEndpoint = this.face.readerEndpoint;
    this.connections = new Connections({ securityGroups: [this.securityGroup], defaultPort: portsOf(this.face)[0] });
  }

  /** The users that may sign in: one that reads and writes, and one that only reads once somebody uses it. */
  public get users(): CfnUser[] {
    return [...this.accounts?.members ?? []];
  }

  /** The secrets with the passwords of the users; empty when they sign in with IAM. */
  public get secrets(): ISecret[] {
    return [...this.accounts?.secrets ?? []];
  }

  /**
   * Lets compute sign in and reach the cache. Its code finds the way in `<NAME>_ENDPOINT`, `<NAME>_PORT`, `<NAME>_TLS`,
   * `<NAME>_CLUSTER_MODE` and, where there is one, `<NAME>_READER_ENDPOINT` and `<NAME>_READER_PORT`; who it is in
   * `<NAME>_USER` with `<NAME>_CACHE_NAME` and `<NAME>_SERVERLESS` (IAM), or in `<NAME>_SECRET_ARN` (password).
   *
   * @throws RuleError when the compute runs outside any network
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    const { face } = this;
    portsOf(face).forEach((port) => openPath(this, compute, this.connections, port));
    this.warnWhenClosed(compute);
    const tell = (setting: string, value: string | undefined) => {
      if (value !== undefined) {
        compute.addEnvironment(environmentName(this, setting, options), value);
      }
    };
    tell('ENDPOINT', face.endpoint);
    tell('PORT', Tokenization.stringifyNumber(face.port));
    tell('TLS', String(face.tls));
    tell('CLUSTER_MODE', String(face.clusterMode));
    tell('READER_ENDPOINT', face.readerEndpoint);
    tell('READER_PORT', face.readerEndpoint && Tokenization.stringifyNumber(face.readerPort!));
    const login = this.loginFor(access);
    tell('USER', login?.user);
    if (login?.userArn) {
      this.grantConnect(compute, access);
      tell('CACHE_NAME', face.name);
      tell('SERVERLESS', String(face.serverless));
    }
    if (login?.secret) {
      login.secret.grantRead(compute);
      compute.network?.reach('secretsmanager', compute);
      tell('SECRET_ARN', login.secret.secretArn);
    }
  }

  /**
   * Lets a principal sign in with IAM as the user that has an access. The network path is another matter: `connections`.
   *
   * @throws RuleError when clients do not sign in with IAM
   */
  public grantConnect(grantee: IGrantable, access: Access = Access.READ_WRITE): Grant {
    const login = this.loginFor(access);
    if (!login?.userArn || !this.face.arn) {
      refuse(this, 'Cache.NoIam', 'grantConnect', 'a cache whose clients sign in with CacheAuthentication.IAM');
    }
    return Grant.addToPrincipal({ grantee, actions: ['elasticache:Connect'], resourceArns: [this.face.arn, login.userArn] });
  }

  /** Keys evicted before they expired; sum over five minutes unless told otherwise. */
  public metricEvictions(options?: MetricOptions): IMetric {
    return this.watched('metricEvictions').evictions(options);
  }

  /** The share of reads that found something, in percent; average over five minutes unless told otherwise. */
  public metricHitRate(options?: MetricOptions): IMetric {
    return this.watched('metricHitRate').hitRate(options);
  }

  /**
   * Memory in use: percent of the fullest node; bytes of a serverless cache and of Memcached. Maximum over five minutes
   * unless told otherwise.
   */
  public metricMemory(options?: MetricOptions): IMetric {
    return this.watched('metricMemory').memory(options);
  }

  /** Clients that are connected; maximum over five minutes unless told otherwise. */
  public metricConnections(options?: MetricOptions): IMetric {
    return this.watched('metricConnections').connections(options);
  }

  /**
   * CPU of the busiest node in percent, of the thread that runs commands; maximum over five minutes unless told otherwise.
   *
   * @throws RuleError for a serverless cache, which has no nodes
   */
  public metricCpu(options?: MetricOptions): IMetric {
    return this.watched('metricCpu').cpu(options) ?? this.without('metricCpu', 'a cache on nodes');
  }

  /**
   * How far the slowest replica is behind its primary, in seconds; maximum over five minutes unless told otherwise.
   *
   * @throws RuleError for a cache without replicas
   */
  public metricReplicationLag(options?: MetricOptions): IMetric {
    return this.watched('metricReplicationLag').replicationLag(options)
      ?? this.without('metricReplicationLag', 'a cache on nodes with replicas');
  }

  /**
   * Commands refused because the load grew faster than the cache or reached its limit; sum over five minutes unless told
   * otherwise.
   *
   * @throws RuleError for a cache on nodes, which refuse nothing
   */
  public metricThrottled(options?: MetricOptions): IMetric {
    return this.watched('metricThrottled').throttled(options) ?? this.without('metricThrottled', 'a serverless cache');
  }

  private deploy(plan: CachePlan, parts: DeploymentParts): Deployment {
    if (plan.serverless) {
      return deployServerless(this, plan, plan.serverless, parts);
    }
    const deploy = plan.authentication ? deployReplicationGroup : deployMemcached;
    return deploy(this, plan, plan.nodes!, parts);
  }

  private createSecurityGroup(network: INetwork, removal: RemovalPolicy): SecurityGroup {
    const description = this.node.path;
    const group = new SecurityGroup(this, 'SecurityGroup', { vpc: network.vpc, description, allowAllOutbound: false });
    keepWith(group.node.defaultChild as CfnResource, removal);
    return group;
  }

  private loginFor(access: Access) {
    return this.accounts?.loginFor(access) ?? this.face.login;
  }

  private watched(method: string): CacheMetrics {
    return this.metrics ?? this.without(method, 'a cache that this construct made; an adopted one is watched where it is defined');
  }

  private without(method: string, allowed: string): never {
    refuse(this, 'Cache.NoSuchMetric', method, allowed);
  }

  private warn({ nodes, authentication }: CachePlan, profile: Profile): void {
    if (nodes && authentication && nodes.replicas === 0 && profile.guarded) {
      Validations.of(this).addWarning('cdk-system-blueprints:Cache.NoReplica',
        'replicas is 0: when a node fails, an empty one takes its place after minutes, and everybody asks the source behind the cache meanwhile');
    }
    const count = nodes ? nodes.shards * (1 + nodes.replicas) : 0;
    if (count > NODE_QUOTA) {
      Validations.of(this).addWarning('cdk-system-blueprints:Cache.NodeQuota',
        `${count} nodes are more than the ${NODE_QUOTA} that an account may have in a cluster: have the quota "Nodes per cluster" raised first`);
    }
  }

  /** An imported security group that is not mutable takes rules in silence and does nothing. */
  private warnWhenClosed(compute: ICompute): void {
    const sides = [this.securityGroup, ...compute.connections?.securityGroups ?? []];
    const opened = sides.some((side) => side.node.findAll().some((child) =>
      CfnResource.isCfnResource(child) && child.cfnResourceType === 'AWS::EC2::SecurityGroupIngress'));
    if (!this.cache && !opened) {
      Validations.of(this).addWarning('cdk-system-blueprints:Cache.SecurityGroupClosed',
        `the security group of ${this.node.path} is imported as immutable: open ${portsOf(this.face).join(' and ')} to ${compute.node.path} where it is defined`);
    }
  }
}
