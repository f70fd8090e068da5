import type { CfnResource } from 'aws-cdk-lib';
import { acknowledge, acknowledgeCompliance, CompliancePack } from '../core/acknowledge';
import { CacheEngine, DEFAULT_PORT } from './cache-engine';
import type { CachePlan } from './cache-plan';

/** What the checks ask for at least, in days. */
const SNAPSHOT_DAYS = 15;

/** Acknowledges what the rule packs find on nodes; they know no rules for serverless caches. */
export function acknowledgeCache(resource: CfnResource, { engine, port, nodes, authentication, snapshotDays }: CachePlan): void {
  if (!nodes) {
    return;
  }
  if (port === DEFAULT_PORT[engine] && engine !== CacheEngine.VALKEY) {
    acknowledge(resource, {
      id: 'AwsSolutions-AEC5',
      reason: 'A port is no secret: the security group admits only what was wired with use(), every connection is encrypted, and the port is an option.',
    });
  }
  if (authentication === undefined) {
    return;
  }
  acknowledge(resource, {
    id: 'AwsSolutions-AEC6',
    reason: 'Clients sign in as users of the user group, with IAM or a password of their own, which replaces the one AUTH token of all (Amazon ElastiCache User Guide, "Role-Based Access Control").',
  });
  if (nodes.replicas === 0) {
    acknowledge(resource, {
      id: 'AwsSolutions-AEC4',
      reason: 'No replica was asked for, and without one there is nothing to fail over to: what is lost with the node is read again from its source. Under PRODUCTION the default is one replica in another zone.',
    });
  }
  if (snapshotDays < SNAPSHOT_DAYS) {
    acknowledgeCompliance(resource, 'ElastiCacheRedisClusterAutomaticBackup',
      'Snapshots of a cache are a choice, snapshotRetention, since its data can be read again from its source. Under PRODUCTION the default is 15 days.',
      [CompliancePack.HIPAA, CompliancePack.NIST]);
  }
}
