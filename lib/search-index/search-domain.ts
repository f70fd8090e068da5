/* eslint-disable awscdk/require-passing-this -- the construct passes itself */
import type { CfnResource } from 'aws-cdk-lib';
import { type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ILogGroup, ResourcePolicy } from 'aws-cdk-lib/aws-logs';
import { CfnDomain } from 'aws-cdk-lib/aws-opensearchservice';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeCompliance } from '../core/acknowledge';
import { freeName } from '../core/free-name';
import { keepWith } from '../core/keep-with';
import { createLogGroup } from '../core/logs';
import type { Profile } from '../core/profile';
import type { Sizing } from '../core/traffic-estimate';
import type { INetwork } from '../core/wiring';
import type { SearchIndexProps } from './search-index-props';
import { sizeIndex } from './sizing';

const DEFAULT_VERSION = 'OpenSearch_3.3';
const MOST_ZONES = 3;

/** A domain, as far as it is decided from the props. */
export interface DomainPlan {
  readonly nodes: number;
  readonly zones: number;
  readonly type: string;
  readonly managers: number;
  readonly managerType: string;
  /** Of each node, in GiB. */
  readonly storage: number;
  readonly shards: number;
  readonly replicas: number;
  readonly sizing: Sizing[];
}

/** What a domain consists of. */
export interface DomainParts {
  readonly domain: CfnDomain;
  readonly securityGroup: ISecurityGroup;
  readonly logs: ILogGroup[];
}

/** The machines of a domain in a network of so many zones. */
export function planDomain(
  { nodes = {}, documents, traffic }: SearchIndexProps, profile: Profile, zonesOfNetwork: number,
): DomainPlan {
  const { guarded } = profile;
  const count = nodes.count ?? (guarded ? Math.min(MOST_ZONES, zonesOfNetwork) : 1);
  const replicas = count > 1 ? 1 : 0;
  const sized = documents !== undefined && traffic ? sizeIndex(documents, traffic, count, replicas) : undefined;
  return {
    nodes: count,
    zones: Math.min(MOST_ZONES, zonesOfNetwork, count),
    type: nodes.type ?? (guarded ? 'm7g.large.search' : 't3.small.search'),
    managers: nodes.managers ?? (guarded ? 3 : 0),
    managerType: nodes.managerType ?? 'm7g.medium.search',
    storage: nodes.storage?.toGibibytes() ?? sized?.storage.value ?? (guarded ? 50 : 10),
    shards: sized?.shards.value ?? 1,
    replicas,
    sizing: sized ? [sized.storage, sized.shards] : [],
  };
}

/** Makes the domain of an index: in the data subnets, encrypted everywhere, open to nobody but those who are wired to it. */
export function createDomain(
  scope: Construct, props: SearchIndexProps, plan: DomainPlan, network: INetwork, profile: Profile,
): DomainParts {
  const removal = profile.dataRemoval(props.disposable ?? true);
  const securityGroup = new SecurityGroup(scope, 'SecurityGroup', {
    vpc: network.vpc, description: scope.node.path, allowAllOutbound: false,
  });
  keepWith(securityGroup.node.defaultChild as CfnResource, removal);
  const logs = profile.guarded ? createLogs(scope) : undefined;
  const { subnetIds } = network.vpc.selectSubnets({ ...network.dataSubnets, onePerAz: true });
  const domain = new CfnDomain(scope, 'Domain', {
    engineVersion: props.engineVersion ?? DEFAULT_VERSION,
    clusterConfig: {
      instanceType: plan.type,
      instanceCount: plan.nodes,
      zoneAwarenessEnabled: plan.zones > 1,
      ...plan.zones > 1 && { zoneAwarenessConfig: { availabilityZoneCount: plan.zones } },
      dedicatedMasterEnabled: plan.managers > 0,
      ...plan.managers > 0 && { dedicatedMasterCount: plan.managers, dedicatedMasterType: plan.managerType },
    },
    ebsOptions: { ebsEnabled: true, volumeType: 'gp3', volumeSize: plan.storage },
    vpcOptions: { subnetIds: subnetIds.slice(0, plan.zones), securityGroupIds: [securityGroup.securityGroupId] },
    encryptionAtRestOptions: { enabled: true, kmsKeyId: props.encryptionKey?.keyId },
    nodeToNodeEncryptionOptions: { enabled: true },
    domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
    // The policies of those who use it name their index in the path; a body that named another one would pass them by.
    advancedOptions: { 'rest.action.multi.allow_explicit_index': 'false' },
    softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
    logPublishingOptions: logs?.options,
    ...props.domainProps,
  });
  domain.applyRemovalPolicy(removal);
  if (logs) {
    domain.node.addDependency(logs.policy);
  }
  acknowledgeDomain(domain, plan, logs !== undefined);
  return { domain, securityGroup, logs: logs?.groups ?? [] };
}

function createLogs(scope: Construct) {
  const groups = {
    ES_APPLICATION_LOGS: createLogGroup(scope, 'ErrorLogs'),
    SEARCH_SLOW_LOGS: createLogGroup(scope, 'SlowSearchLogs'),
    INDEX_SLOW_LOGS: createLogGroup(scope, 'SlowWriteLogs'),
  };
  const all = Object.values(groups);
  const policy = new ResourcePolicy(scope, 'LogPolicy', {
    resourcePolicyName: freeName(scope),
    policyStatements: [new PolicyStatement({
      principals: [new ServicePrincipal('es.amazonaws.com')],
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: all.map(({ logGroupArn }) => logGroupArn),
    })],
  });
  const options = Object.fromEntries(Object.entries(groups).map(([type, { logGroupArn }]) =>
    [type, { enabled: true, cloudWatchLogsLogGroupArn: logGroupArn }]));
  return { groups: all, policy, options };
}

function acknowledgeDomain(domain: CfnDomain, plan: DomainPlan, logged: boolean): void {
  const signed = 'It has no policy of its own: without one only signed requests of principals get in whose own policies allow the path (Amazon OpenSearch Service Developer Guide, "Identity and Access Management"), and only from the security groups of what is wired with use().';
  acknowledge(domain, { id: 'AwsSolutions-OS3', reason: signed }, { id: 'AwsSolutions-OS5', reason: signed });
  if (plan.managers === 0) {
    acknowledge(domain, {
      id: 'AwsSolutions-OS4',
      reason: 'No nodes that only manage: they were not asked for, or this is SANDBOX, whose documents can be indexed again. Under PRODUCTION the default is three.',
    });
  }
  if (plan.zones === 1) {
    acknowledge(domain, {
      id: 'AwsSolutions-OS7',
      reason: 'One node stands in one zone; its documents can be indexed again from where they come from. Under PRODUCTION the default is a node in each zone.',
    });
  }
  if (!logged) {
    acknowledgeCompliance(domain, 'OpenSearchErrorLogsToCloudWatch', 'SANDBOX keeps no error logs; under PRODUCTION they are on.');
    ['SEARCH_SLOW_LOGS', 'INDEX_SLOW_LOGS'].forEach((type) => acknowledge(domain, {
      id: `AwsSolutions-OS9[LogExport::${type}]`, reason: 'SANDBOX keeps no slow logs; under PRODUCTION they are on.',
    }));
  }
}
