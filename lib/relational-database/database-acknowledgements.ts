import { CfnDBInstance, type DatabaseCluster, type DatabaseProxy } from 'aws-cdk-lib/aws-rds';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { acknowledge, acknowledgeCompliance, acknowledgeInlineGrants, CompliancePack } from '../core/acknowledge';

const HIPAA_AND_NIST = [CompliancePack.HIPAA, CompliancePack.NIST];

/** Acknowledges what the rule packs find on a cluster, its instances and its secret. */
export function acknowledgeDatabase(
  cluster: DatabaseCluster, secret: Secret, { guarded, logged }: { readonly guarded: boolean; readonly logged: boolean },
): void {
  const instances = cluster.node.findAll().filter((construct) => construct instanceof CfnDBInstance);
  const resource = cluster.node.defaultChild!;
  for (const instance of instances) {
    acknowledgeCompliance(instance, 'RDSInBackupPlan',
      'Aurora backs up its storage continuously, to any second of backupRetention (Aurora User Guide, "Overview of backing up and restoring"); a plan of AWS Backup for longer archives is the account\'s choice.',
      HIPAA_AND_NIST);
    acknowledgeCompliance(instance, 'RDSEnhancedMonitoringEnabled',
      'CPU, capacity, connections, deadlocks and replica lag are watched by alarms on the metrics that Aurora sends every minute; the processes of a serverless instance are not the user\'s to manage.',
      HIPAA_AND_NIST);
  }
  if (!guarded) {
    const reason = 'Under SANDBOX a database can be thrown away where it is disposable; under PRODUCTION it is protected from deletion.';
    acknowledge(resource, { id: 'AwsSolutions-RDS10', reason });
    acknowledgeCompliance(resource, 'RDSInstanceDeletionProtectionEnabled', reason, HIPAA_AND_NIST);
  }
  if (!logged) {
    acknowledgeCompliance(resource, 'RDSLoggingEnabled[LogExport::postgresql]',
      'Logs are a choice, slowQuery, under SANDBOX; under PRODUCTION they are written by default.');
  }
  const rotation = 'To rotate the one password takes a function in the network that this library does not bring along, and clients that read the secret again; pool: true lets clients sign in with IAM, whose tokens last 15 minutes.';
  acknowledge(secret, { id: 'AwsSolutions-SMG4', reason: rotation });
  acknowledgeCompliance(secret, 'SecretsManagerRotationEnabled', rotation, HIPAA_AND_NIST);
  acknowledgeCompliance(secret, 'SecretsManagerUsingKMSKey',
    'Secrets Manager encrypts every secret with the key aws/secretsmanager of the account (Secrets Manager User Guide, "Secret encryption and decryption").');
}

/** Acknowledges what the rule packs find on a proxy. */
export function acknowledgePool(pool: DatabaseProxy): void {
  acknowledgeInlineGrants(pool.node.findChild('IAMRole'));
}
