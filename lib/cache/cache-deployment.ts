/* eslint-disable awscdk/require-passing-this -- the construct passes itself */
import { ArnFormat, type CfnResource, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { SelectedSubnets } from 'aws-cdk-lib/aws-ec2';
import { CfnCacheCluster, CfnParameterGroup, CfnReplicationGroup, CfnServerlessCache, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { freeName } from '../core/free-name';
import { keepWith } from '../core/keep-with';
import type { ServerlessLimits } from './cache-capacity';
import { parameterFamily } from './cache-engine';
import type { CacheFace } from './cache-face';
import { type CachePlan, DEFAULT_EVICTION, DEFAULT_RESERVED, type NodePlan } from './cache-plan';

/** What a cache is made with, whatever it runs on. */
export interface DeploymentParts {
  readonly subnets: SelectedSubnets;
  readonly securityGroupId: string;
  /** Undefined for Memcached. */
  readonly userGroupId?: string;
  readonly removal: RemovalPolicy;
  readonly encryptionKey?: IKey;
  readonly slowLogs?: ILogGroup;
  readonly engineLogs?: ILogGroup;
}

/** A cache that was made, whatever it runs on. */
export interface Deployment {
  readonly resource: CfnResource;
  readonly subnetGroup?: CfnSubnetGroup;
  readonly parameterGroup?: CfnParameterGroup;
  /** What clients have to know. */
  readonly face: CacheFace;
  /** The ids of the nodes that metrics are kept for, shard by shard. */
  readonly nodes: readonly (readonly string[])[];
}

/** A serverless cache. */
export function deployServerless(
  scope: Construct, plan: CachePlan, limits: ServerlessLimits, parts: DeploymentParts,
): Deployment {
  const resource = new CfnServerlessCache(scope, 'Cache', {
    engine: plan.engine,
    majorEngineVersion: majorVersion(plan),
    serverlessCacheName: parts.userGroupId ?? freeName(scope),
    // Endpoints in more than three zones are not taken; compute in a fourth one reaches those of the others.
    subnetIds: parts.subnets.subnetIds.slice(0, 3),
    securityGroupIds: [parts.securityGroupId],
    userGroupId: parts.userGroupId,
    kmsKeyId: parts.encryptionKey?.keyArn,
    snapshotRetentionLimit: plan.snapshotDays || undefined,
    cacheUsageLimits: usageLimits(limits),
  });
  resource.applyRemovalPolicy(parts.removal);
  const valkeyOrRedis = plan.authentication !== undefined;
  return {
    resource,
    nodes: [],
    face: {
      endpoint: resource.attrEndpointAddress,
      port: plan.port,
      readerEndpoint: valkeyOrRedis ? resource.attrReaderEndpointAddress : undefined,
      // Memcached listens on two ports as well: the second one answers reads with less delay.
      readerPort: plan.port + 1,
      clusterMode: valkeyOrRedis,
      tls: true,
      serverless: true,
      name: resource.ref,
      arn: resource.attrArn,
    },
  };
}

/** Nodes of Valkey or Redis OSS. */
export function deployReplicationGroup(scope: Construct, plan: CachePlan, nodes: NodePlan, parts: DeploymentParts): Deployment {
  const { shards, replicas, clusterMode } = nodes;
  const subnetGroup = createSubnetGroup(scope, parts);
  const parameterGroup = createParameterGroup(scope, plan, nodes, parts);
  const resource = new CfnReplicationGroup(scope, 'Cache', {
    replicationGroupDescription: scope.node.path,
    engine: plan.engine,
    engineVersion: plan.version,
    cacheNodeType: nodes.nodeType,
    ...clusterMode ? { numNodeGroups: shards, replicasPerNodeGroup: replicas } : { numCacheClusters: 1 + replicas },
    automaticFailoverEnabled: clusterMode || replicas > 0,
    multiAzEnabled: replicas > 0,
    port: plan.port,
    transitEncryptionEnabled: true,
    atRestEncryptionEnabled: true,
    kmsKeyId: parts.encryptionKey?.keyArn,
    userGroupIds: parts.userGroupId === undefined ? undefined : [parts.userGroupId],
    cacheSubnetGroupName: subnetGroup.ref,
    cacheParameterGroupName: parameterGroup?.ref,
    securityGroupIds: [parts.securityGroupId],
    snapshotRetentionLimit: plan.snapshotDays || undefined,
    autoMinorVersionUpgrade: true,
    logDeliveryConfigurations: parts.slowLogs && parts.engineLogs
      && [logs('slow-log', parts.slowLogs), logs('engine-log', parts.engineLogs)],
  });
  resource.applyRemovalPolicy(parts.removal);
  if (clusterMode) {
    // Otherwise another number of shards would replace the cache.
    resource.cfnOptions.updatePolicy = { useOnlineResharding: true };
  }
  const readable = replicas > 0 && !clusterMode;
  return {
    resource,
    subnetGroup,
    parameterGroup,
    nodes: nodeIds(resource.ref, nodes),
    face: {
      endpoint: clusterMode ? resource.attrConfigurationEndPointAddress : resource.attrPrimaryEndPointAddress,
      port: plan.port,
      readerEndpoint: readable ? resource.attrReaderEndPointAddress : undefined,
      readerPort: readable ? plan.port : undefined,
      clusterMode,
      tls: true,
      serverless: false,
      name: resource.ref,
      arn: arnOf(scope, 'replicationgroup', resource.ref),
    },
  };
}

/** Nodes of Memcached. */
export function deployMemcached(
  scope: Construct, plan: CachePlan, { nodeType, shards }: NodePlan, parts: DeploymentParts,
): Deployment {
  const subnetGroup = createSubnetGroup(scope, parts);
  const resource = new CfnCacheCluster(scope, 'Cache', {
    engine: plan.engine,
    engineVersion: plan.version,
    cacheNodeType: nodeType,
    numCacheNodes: shards,
    azMode: shards > 1 ? 'cross-az' : undefined,
    port: plan.port,
    transitEncryptionEnabled: true,
    cacheSubnetGroupName: subnetGroup.ref,
    vpcSecurityGroupIds: [parts.securityGroupId],
    autoMinorVersionUpgrade: true,
  });
  resource.applyRemovalPolicy(parts.removal);
  return {
    resource,
    subnetGroup,
    nodes: [[resource.ref]],
    face: {
      endpoint: resource.attrConfigurationEndpointAddress, port: plan.port, clusterMode: false, tls: true, serverless: false,
    },
  };
}

function usageLimits({ maxStorage, minStorage, maxRequestUnits, minRequestUnits }: ServerlessLimits) {
  const storage = maxStorage || minStorage
    ? { unit: 'GB', maximum: maxStorage?.toGibibytes(), minimum: minStorage?.toGibibytes() }
    : undefined;
  const requests = maxRequestUnits !== undefined || minRequestUnits !== undefined
    ? { maximum: maxRequestUnits, minimum: minRequestUnits }
    : undefined;
  return storage || requests ? { dataStorage: storage, ecpuPerSecond: requests } : undefined;
}

function createSubnetGroup(scope: Construct, { subnets, removal }: DeploymentParts): CfnSubnetGroup {
  const group = new CfnSubnetGroup(scope, 'SubnetGroup', { description: scope.node.path, subnetIds: subnets.subnetIds });
  keepWith(group, removal);
  return group;
}

/** The parameters that differ from those of the engine; none, no group. */
function createParameterGroup(
  scope: Construct, plan: CachePlan, { clusterMode }: NodePlan, { removal }: DeploymentParts,
): CfnParameterGroup | undefined {
  const properties = {
    ...clusterMode && { 'cluster-enabled': 'yes' },
    ...plan.eviction !== DEFAULT_EVICTION && { 'maxmemory-policy': plan.eviction },
    ...plan.reservedMemoryPercent !== DEFAULT_RESERVED && { 'reserved-memory-percent': String(plan.reservedMemoryPercent) },
  };
  if (Object.keys(properties).length === 0) {
    return undefined;
  }
  const group = new CfnParameterGroup(scope, 'Parameters', {
    cacheParameterGroupFamily: parameterFamily(plan.engine, plan.version),
    description: scope.node.path,
    properties,
  });
  keepWith(group, removal);
  return group;
}

/** What ElastiCache calls the nodes of a replication group. */
function nodeIds(group: string, { shards, replicas, clusterMode }: NodePlan): string[][] {
  const number = (value: number, digits: number) => String(value).padStart(digits, '0');
  return Array.from({ length: shards }, (_, shard) => Array.from({ length: 1 + replicas }, (__, node) =>
    [group, ...clusterMode ? [number(shard + 1, 4)] : [], number(node + 1, 3)].join('-')));
}

function logs(logType: string, logGroup: ILogGroup): CfnReplicationGroup.LogDeliveryConfigurationRequestProperty {
  return {
    logType,
    logFormat: 'json',
    destinationType: 'cloudwatch-logs',
    destinationDetails: { cloudWatchLogsDetails: { logGroup: logGroup.logGroupName } },
  };
}

function majorVersion({ authentication, version }: CachePlan): string {
  // Memcached counts its versions in the second number.
  const [major, minor] = version.split('.');
  return authentication ? major! : `${major}.${minor}`;
}

function arnOf(scope: Construct, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({ service: 'elasticache', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}
