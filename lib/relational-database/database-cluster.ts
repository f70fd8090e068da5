/* eslint-disable awscdk/require-passing-this -- the construct passes itself */
import { type CfnResource, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnLogGroup, ILogGroup } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion, ClusterInstance, Credentials, DatabaseCluster, DatabaseClusterEngine, ParameterGroup,
} from 'aws-cdk-lib/aws-rds';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { keepWith } from '../core/keep-with';
import { createLogGroup } from '../core/logs';
import type { INetwork } from '../core/wiring';
import { acknowledgeDatabase } from './database-acknowledgements';
import { type DatabasePlan, USER } from './database-plan';

/** What a cluster is made with. */
export interface ClusterParts {
  /** Its name, by which its logs are found. */
  readonly name: string;
  readonly network: INetwork;
  readonly removal: RemovalPolicy;
  readonly guarded: boolean;
  readonly securityGroup: ISecurityGroup;
  readonly encryptionKey?: IKey;
  readonly logs?: ILogGroup;
}

/** The log group that the cluster of that name writes to; it has to be there first, or RDS makes one that is kept for ever. */
export function createLogs(scope: Construct, clusterName: string): ILogGroup {
  const group = createLogGroup(scope, 'Logs');
  (group.node.defaultChild as CfnLogGroup).logGroupName = `/aws/rds/cluster/${clusterName}/postgresql`;
  return group;
}

/** A writer and its readers over one storage. */
export function createCluster(scope: Construct, plan: DatabasePlan, parts: ClusterParts): DatabaseCluster {
  const { removal, guarded, logs } = parts;
  const engine = DatabaseClusterEngine.auroraPostgres({
    version: AuroraPostgresEngineVersion.of(plan.version, plan.version.split('.')[0]!),
  });
  const parameterGroup = new ParameterGroup(scope, 'Parameters', {
    engine,
    description: scope.node.path,
    parameters: {
      'rds.force_ssl': '1',
      ...plan.slowQueryMs !== undefined && { log_min_duration_statement: String(plan.slowQueryMs) },
    },
  });
  const instance = { publiclyAccessible: false, autoMinorVersionUpgrade: true };
  const cluster = new DatabaseCluster(scope, 'Cluster', {
    engine,
    clusterIdentifier: parts.name,
    defaultDatabaseName: plan.name,
    // Nothing that a URL, a shell or JSON would trip over; length makes up for it.
    credentials: Credentials.fromGeneratedSecret(USER, { excludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\,^=-_.' }),
    writer: ClusterInstance.serverlessV2('Writer', instance),
    // The first reader grows and shrinks with the writer, to take over its load.
    readers: Array.from({ length: plan.readers }, (_, index) =>
      ClusterInstance.serverlessV2(`Reader${index + 1}`, { ...instance, scaleWithWriter: index === 0 })),
    serverlessV2MinCapacity: plan.minCapacity,
    serverlessV2MaxCapacity: plan.maxCapacity,
    serverlessV2AutoPauseDuration: plan.autoPauseSeconds === undefined ? undefined : Duration.seconds(plan.autoPauseSeconds),
    parameterGroup,
    vpc: parts.network.vpc,
    vpcSubnets: parts.network.dataSubnets,
    securityGroups: [parts.securityGroup],
    storageEncrypted: true,
    storageEncryptionKey: parts.encryptionKey,
    iamAuthentication: true,
    backup: { retention: Duration.days(plan.backupDays) },
    copyTagsToSnapshot: true,
    deletionProtection: guarded,
    removalPolicy: removal,
    cloudwatchLogsExports: logs ? ['postgresql'] : undefined,
  });
  if (logs) {
    cluster.node.defaultChild!.node.addDependency(logs);
  }
  // Data without its password would be of no use.
  const secret = cluster.node.findChild('Secret') as Secret;
  secret.applyRemovalPolicy(removal);
  keepWith(parameterGroup.node.findChild('Resource') as CfnResource, removal);
  acknowledgeDatabase(cluster, secret, { guarded, logged: logs !== undefined });
  return cluster;
}
