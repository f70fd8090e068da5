import { type CfnResource, RemovalPolicy, Tokenization, Validations } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Connections, type ISecurityGroup, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { CfnDBProxyEndpoint, IDatabaseCluster, IDatabaseProxy } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { freeName } from '../core/free-name';
import { keepWith } from '../core/keep-with';
import { openPath } from '../core/network-path';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import type { Sizing } from '../core/traffic-estimate';
import {
  type Access, environmentName, type IBackingService, type ICompute, type INetwork, reads, type UseOptions, writes,
} from '../core/wiring';
import { Network } from '../network';
import { createCluster, createLogs } from './database-cluster';
import { DatabaseMetrics } from './database-metrics';
import { DEFAULT_NAME, planDatabase, PORT, USER } from './database-plan';
import { createPool, createReadOnlyEndpoint } from './database-pool';
import { RELATIONAL_DATABASE_RULES } from './relational-database-rules';
import type { RelationalDatabaseProps } from './relational-database-props';

/**
 * Tables, joins and transactions: Amazon Aurora PostgreSQL, Serverless v2, encrypted, in the isolated tier of a network, with a
 * generated password in Secrets Manager or, behind its pool, sign-in with IAM.
 */
export class RelationalDatabase extends Construct implements IBackingService {
  /** The address that takes writes: of the pool, where there is one. */
  public readonly endpoint: string;
  /** The address that reads may go to, a moment behind; the one that takes writes when nothing stands beside the writer. */
  public readonly readerEndpoint: string;
  /** The port of both addresses. */
  public readonly port: number;
  /** The name of the database. */
  public readonly databaseName: string;
  /** The security group that clients have to reach: of the pool, where there is one. */
  public readonly securityGroup: ISecurityGroup;
  /** That security group with its port, to open paths by hand. */
  public readonly connections: Connections;
  /** The secret with `username` and `password`. */
  public readonly secret: ISecret;
  /** The sizes that follow from what it has to carry; empty without `traffic`. */
  public readonly sizing: Sizing[] = [];
  /** The database itself; undefined when it is adopted. */
  public readonly cluster?: IDatabaseCluster;
  /** What shares connections among clients; undefined without `pool`. */
  public readonly pool?: IDatabaseProxy;
  /** Slow statements and errors; undefined when they are not logged. */
  public readonly logs?: ILogGroup;

  private readonly metrics?: DatabaseMetrics;
  private readonly network?: INetwork;
  private readonly readers: number = 0;
  private poolReader?: CfnDBProxyEndpoint;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: RelationalDatabaseProps = {}) {
    super(scope, id);
    enforce(this, RELATIONAL_DATABASE_RULES, props);
    if (props.database) {
      const { endpoint, readerEndpoint = endpoint, port = PORT, secret, securityGroup } = props.database;
      this.endpoint = endpoint;
      this.readerEndpoint = readerEndpoint;
      this.port = port;
      this.databaseName = props.databaseName ?? DEFAULT_NAME;
      this.secret = secret;
      this.securityGroup = securityGroup;
    } else {
      const profile = Profile.of(this);
      const plan = planDatabase(props, profile);
      const network = props.network ?? Network.of(this);
      const removal = profile.dataRemoval(props.disposable);
      const name = freeName(this);
      const securityGroup = this.createSecurityGroup('SecurityGroup', network, removal);
      this.logs = plan.slowQueryMs === undefined ? undefined : createLogs(this, name);
      const cluster = createCluster(this, plan, {
        name, network, removal, guarded: profile.guarded, securityGroup, encryptionKey: props.encryptionKey, logs: this.logs,
      });
      this.cluster = cluster;
      this.secret = cluster.secret!;
      this.network = network;
      this.readers = plan.readers;
      this.port = PORT;
      this.databaseName = plan.name;
      if (plan.pool) {
        this.securityGroup = this.createSecurityGroup('PoolSecurityGroup', network, RemovalPolicy.DESTROY);
        this.pool = createPool(this, name, cluster, network, this.securityGroup);
      } else {
        this.securityGroup = securityGroup;
      }
      this.endpoint = this.pool?.endpoint ?? cluster.clusterEndpoint.hostname;
      this.readerEndpoint = this.pool?.endpoint ?? cluster.clusterReadEndpoint.hostname;
      this.sizing = plan.sizing;
      this.node.defaultChild = cluster.node.defaultChild;
      this.metrics = new DatabaseMetrics(plan, cluster.clusterIdentifier);
      this.metrics.createAlarms(this);
      if (plan.readers === 0 && profile.guarded) {
        Validations.of(this).addWarning('cdk-system-blueprints:RelationalDatabase.NoReader',
          'readers is 0: when the writer fails, nothing answers until another one is made, up to ten minutes later');
      }
    }
    this.connections = new Connections({ securityGroups: [this.securityGroup], defaultPort: Port.tcp(this.port) });
  }

  /**
   * Lets compute reach the database and sign in. Its code finds the way in `<NAME>_HOST`, `<NAME>_PORT` and `<NAME>_DATABASE`;
   * for reads in `<NAME>_READER_HOST`. With READ alone `<NAME>_HOST` is the reader, and `<NAME>_READ_ONLY` is `true` unless that
   * takes no writes by itself. It signs in as `<NAME>_USER` with a token of IAM where there is a pool, else with the secret
   * `<NAME>_SECRET_ARN`.
   *
   * @throws RuleError when the compute runs outside any network
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    openPath(this, compute, this.connections, Port.tcp(this.port));
    const tell = (setting: string, value: string) => compute.addEnvironment(environmentName(this, setting, options), value);
    const reader = reads(access) ? this.reader() : this.endpoint;
    tell('HOST', writes(access) ? this.endpoint : reader);
    if (reads(access)) {
      tell('READER_HOST', reader);
    }
    tell('PORT', Tokenization.stringifyNumber(this.port));
    tell('DATABASE', this.databaseName);
    // A reader takes no writes by itself; what stands in for one has to be told.
    if (!writes(access) && !this.poolReader) {
      tell('READ_ONLY', 'true');
    }
    if (this.pool) {
      this.grantConnect(compute);
      tell('USER', USER);
    } else {
      this.secret.grantRead(compute);
      compute.network?.reach('secretsmanager', compute);
      tell('SECRET_ARN', this.secret.secretArn);
    }
  }

  /**
   * Lets a principal sign in to the pool with IAM. The network path is another matter: `connections`.
   *
   * @throws RuleError without a pool
   */
  public grantConnect(grantee: IGrantable): Grant {
    return this.pool?.grantConnect(grantee, USER)
      ?? refuse(this, 'RelationalDatabase.NoPool', 'grantConnect', 'a database with pool: true; without it clients read the secret');
  }

  /** CPU of the busiest instance in percent; maximum over five minutes unless told otherwise. */
  public metricCpu(options?: MetricOptions): IMetric {
    return this.watched('metricCpu').of('CPUUtilization', options);
  }

  /** The capacity of the largest instance in ACUs; maximum over five minutes unless told otherwise. */
  public metricCapacity(options?: MetricOptions): IMetric {
    return this.watched('metricCapacity').of('ServerlessDatabaseCapacity', options);
  }

  /** The capacity in percent of `maxCapacity`; maximum over five minutes unless told otherwise. */
  public metricCapacityUse(options?: MetricOptions): IMetric {
    return this.watched('metricCapacityUse').of('ACUUtilization', options);
  }

  /** Connections of the instance that has most of them; maximum over five minutes unless told otherwise. */
  public metricConnections(options?: MetricOptions): IMetric {
    return this.watched('metricConnections').of('DatabaseConnections', options);
  }

  /** Deadlocks a second; maximum over five minutes unless told otherwise. */
  public metricDeadlocks(options?: MetricOptions): IMetric {
    return this.watched('metricDeadlocks').of('Deadlocks', options);
  }

  /** How far the slowest reader is behind the writer, in milliseconds; maximum over five minutes unless told otherwise. */
  public metricReplicaLag(options?: MetricOptions): IMetric {
    return this.watched('metricReplicaLag').of('AuroraReplicaLagMaximum', options);
  }

  /** A pool leads to the readers through an endpoint of its own, made when the first one needs it. */
  private reader(): string {
    if (!this.pool || this.readers === 0) {
      return this.readerEndpoint;
    }
    this.poolReader ??= createReadOnlyEndpoint(this, this.pool, this.network!, this.securityGroup);
    return this.poolReader.attrEndpoint;
  }

  private createSecurityGroup(id: string, network: INetwork, removal: RemovalPolicy): SecurityGroup {
    const group = new SecurityGroup(this, id, { vpc: network.vpc, description: `${this.node.path}/${id}`, allowAllOutbound: false });
    keepWith(group.node.defaultChild as CfnResource, removal);
    return group;
  }

  private watched(method: string): DatabaseMetrics {
    return this.metrics ?? refuse(this, 'RelationalDatabase.NoSuchMetric', method,
      'a database that this construct made; an adopted one is watched where it is defined');
  }
}
