import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AccessPoint, type CfnFileSystem, FileSystem, LifecyclePolicy, OutOfInfrequentAccessPolicy, ThroughputMode,
} from 'aws-cdk-lib/aws-efs';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { network } from '../support/network';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: an encrypted file system with elastic throughput in the isolated subnets of a network without a way out, cold
 * after a month without use, kept when the stack goes, that nobody enters but over TLS and through an access point, whose owner
 * is not root; a function in the same subnets that mounts it and may write, and finds the folder in its environment.
 */
export function build(stack: Stack): void {
  const vpc = network(stack);
  const securityGroup = new SecurityGroup(stack, 'SecurityGroup', { vpc, allowAllOutbound: false });
  const fileSystem = new FileSystem(stack, 'FileSystem', {
    vpc,
    vpcSubnets: { subnetGroupName: 'Isolated', onePerAz: true },
    securityGroup,
    encrypted: true,
    throughputMode: ThroughputMode.ELASTIC,
    lifecyclePolicy: LifecyclePolicy.AFTER_30_DAYS,
    outOfInfrequentAccessPolicy: OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
    enableAutomaticBackups: false,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // `allowAnonymousAccess: false` of the L2 would let everybody write who may mount.
  (fileSystem.node.defaultChild as CfnFileSystem).fileSystemPolicy = new PolicyDocument({
    statements: [denied({ Bool: { 'aws:SecureTransport': 'false' } }), denied({ Null: { 'elasticfilesystem:AccessPointArn': 'true' } })],
  });
  const accessPoint = new AccessPoint(stack, 'AccessPoint', {
    fileSystem,
    path: '/shared',
    posixUser: { uid: '1000', gid: '1000' },
    createAcl: { ownerUid: '1000', ownerGid: '1000', permissions: '750' },
  });
  const service = secureFunction(stack, { vpc, vpcSubnets: { subnetGroupName: 'Isolated' } });
  securityGroup.connections.allowFrom(service, Port.tcp(2049));
  service.addToRolePolicy(new PolicyStatement({
    actions: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
    resources: [fileSystem.fileSystemArn],
    conditions: { StringEquals: { 'elasticfilesystem:AccessPointArn': accessPoint.accessPointArn } },
  }));
  const resource = service.node.defaultChild as CfnFunction;
  resource.fileSystemConfigs = [{ arn: accessPoint.accessPointArn, localMountPath: '/mnt/files' }];
  resource.node.addDependency(fileSystem.mountTargetsAvailable);
  service.addEnvironment('FILES_PATH', '/mnt/files');
}

const denied = (conditions: Record<string, unknown>) => new PolicyStatement({
  effect: Effect.DENY, principals: [new AnyPrincipal()], actions: ['elasticfilesystem:Client*'], conditions,
});
