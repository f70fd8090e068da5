import { Role, type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket, IBucket, ReplicationRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledgeInlineGrants, acknowledgeWildcard } from '../core/acknowledge';

/** The role with which S3 copies objects. The L2 would give it one fixed name in every account. */
export function replicationRole(scope: Construct): Role {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const role = new Role(scope, 'ReplicationRole', { assumedBy: new ServicePrincipal('s3.amazonaws.com') });
  acknowledgeInlineGrants(role);
  return role;
}

/** Copies everything, deletions included, so that the copy can take over. */
export function replicationRule(destination: IBucket, encrypted: boolean): ReplicationRule {
  return {
    destination,
    priority: 1,
    deleteMarkerReplication: true,
    ...encrypted && { kmsKey: destination.encryptionKey, sseKmsEncryptedObjects: true },
  };
}

/** What S3 needs to copy from one bucket to another (Amazon S3 User Guide, "Setting up permissions for live replication"). */
export function allowReplication(role: IRole, source: Bucket, destination: IBucket): void {
  const allow = (actions: string[], ...resources: string[]) =>
    role.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  allow(['s3:GetReplicationConfiguration', 's3:ListBucket'], source.bucketArn);
  allow(['s3:GetObjectVersionAcl', 's3:GetObjectVersionForReplication', 's3:GetObjectVersionTagging'], source.arnForObjects('*'));
  allow(['s3:ReplicateDelete', 's3:ReplicateObject', 's3:ReplicateTags'], destination.arnForObjects('*'));
  allowKey(role, source.encryptionKey, 'kms:Decrypt');
  allowKey(role, source.encryptionKey && destination.encryptionKey, 'kms:Encrypt');
  const reason = 'The objects of the two buckets that replication connects: it copies every one of them.';
  [source, destination].forEach((bucket) => acknowledgeWildcard(role, bucket, bucket.arnForObjects('*'), reason));
}

function allowKey(role: IRole, key: IKey | undefined, action: string): void {
  key?.grant(role, action);
}
