import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type ISecurityGroup, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AccessPoint, type CfnFileSystem, FileSystem, type FileSystemProps, type IAccessPoint, type IFileSystem, LifecyclePolicy,
  OutOfInfrequentAccessPolicy, ThroughputMode,
} from 'aws-cdk-lib/aws-efs';
import { AnyPrincipal, Effect, Grant, type IGrantable, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledgeCompliance, CompliancePack } from '../core/acknowledge';
import { alarmWhenAbove } from '../core/alarms';
import type { IFileMounter } from '../core/file-mount';
import { openPath } from '../core/network-path';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import { type Access, environmentName, type IBackingService, type ICompute, type INetwork, type UseOptions, writes } from '../core/wiring';
import { Network } from '../network';
import { SHARED_FILE_SYSTEM_RULES } from './shared-file-system-rules';

/** As whom files are read and written, whoever the code runs as. */
export interface FileOwner {
  /** The number of the user, 1 to 4294967295. Never root. */
  readonly uid: number;
  /** The number of the group, 1 to 4294967295. */
  readonly gid: number;
}

/** What a SharedFileSystem holds, and for whom. */
export interface SharedFileSystemProps {
  /**
   * The network in which it is reached.
   * @default - the one that the stack shares
   */
  readonly network?: INetwork;
  /**
   * Where the code finds the files: `/mnt/` and one name.
   * @default - `/mnt/` and the construct id in lower case
   */
  readonly mountPath?: string;
  /**
   * The folder of the file system that is seen as its root. It is made at the first mount.
   * @default '/shared'
   */
  readonly folder?: string;
  /**
   * As whom files are read and written.
   * @default - user 1000 of group 1000
   */
  readonly owner?: FileOwner;
  /**
   * After how long without use files move to storage that costs a twentieth; the first use brings them back.
   * @default LifecyclePolicy.AFTER_30_DAYS
   */
  readonly coldAfter?: LifecyclePolicy;
  /**
   * After how long without use files move to storage that costs half of that again. Not less than 90 days.
   * @default - never
   */
  readonly archiveAfter?: LifecyclePolicy;
  /**
   * Whether AWS Backup keeps a copy of every day, for 35 days.
   * @default - under PRODUCTION
   */
  readonly backups?: boolean;
  /**
   * The key that encrypts data at rest.
   * @default - the key `aws/elasticfilesystem` of the account, at no cost
   */
  readonly encryptionKey?: IKey;
  /**
   * The files may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner file system, applied last. Its type asks for `vpc`: give the one of the network.
   * @default - nothing else
   */
  readonly fileSystemProps?: FileSystemProps;
  /**
   * An existing file system to adopt: a further folder or owner of it. Props that would shape a new one are refused.
   * @default - a new file system
   */
  readonly fileSystem?: IFileSystem;
}

/** NFS. */
const PORT = Port.tcp(2049);

/**
 * A folder that many see at once: Amazon EFS, mounted by containers and functions, encrypted at rest and on the way, with
 * one owner for all files, so that nobody writes as root.
 */
export class SharedFileSystem extends Construct implements IBackingService {
  /** The file system itself. */
  public readonly fileSystem: IFileSystem;
  /** As whom and below which folder it is reached. */
  public readonly accessPoint: IAccessPoint;
  /** The security group of its mount targets; undefined for an adopted file system, whose connections have it. */
  public readonly securityGroup?: ISecurityGroup;
  /** Where the code finds the files. */
  public readonly mountPath: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: SharedFileSystemProps = {}) {
    super(scope, id);
    enforce(this, SHARED_FILE_SYSTEM_RULES, props);
    this.mountPath = props.mountPath ?? `/mnt/${id.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
    if (props.fileSystem) {
      this.fileSystem = props.fileSystem;
    } else {
      const network = props.network ?? Network.of(this);
      if (props.fileSystemProps?.vpc && props.fileSystemProps.vpc !== network.vpc) {
        refuse(this, 'SharedFileSystem.OtherVpc', 'fileSystemProps.vpc is another one than that of the network', 'network, which brings its VPC');
      }
      this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
        vpc: network.vpc, description: `Files of ${this.node.path}`, allowAllOutbound: false,
      });
      this.fileSystem = this.createFileSystem(props, network, this.securityGroup);
      alarmWhenAbove(this, 'IoLimitAlarm', () => ({
        metric: this.metricIoLimit(),
        threshold: 80,
        alarmDescription: 'The file system is near its limit of operations: fewer, larger reads and writes, or a second file system.',
      }));
    }
    this.accessPoint = this.createAccessPoint(props);
  }

  /**
   * Mounts the files in a container or a function, to read (`Access.READ`) or also to write them. Both sides' security groups
   * are opened; the code finds the files below `<NAME>_PATH`.
   *
   * @throws RuleError when the compute runs outside any network, or cannot mount files
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (typeof (compute as Partial<IFileMounter>).mountFiles !== 'function') {
      refuse(this, 'SharedFileSystem.CannotMount', `use by ${compute.node.path}`, 'a ContainerService or a FunctionService');
    }
    openPath(this, compute, this.fileSystem.connections, PORT);
    this.grantMount(compute, access);
    (compute as IFileMounter).mountFiles({
      name: `files-${this.node.addr.slice(-8)}`,
      path: this.mountPath,
      readOnly: !writes(access),
      accessPoint: this.accessPoint,
      ready: this.fileSystem.mountTargetsAvailable,
    });
    compute.addEnvironment(environmentName(this, 'PATH', options), this.mountPath);
  }

  /** Lets a principal mount the files through the access point, and with `Access.WRITE` change them. It opens no way. */
  public grantMount(grantee: IGrantable, access: Access): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['elasticfilesystem:ClientMount', ...writes(access) ? ['elasticfilesystem:ClientWrite'] : []],
      resourceArns: [this.fileSystem.fileSystemArn],
      conditions: { StringEquals: { 'elasticfilesystem:AccessPointArn': this.accessPoint.accessPointArn } },
    });
  }

  /** Operations in percent of what the file system can do; maximum over five minutes unless told otherwise. */
  public metricIoLimit(options?: MetricOptions): Metric {
    return this.metric('PercentIOLimit', { statistic: Stats.MAXIMUM, ...options });
  }

  /** Bytes that were read, written and asked for, as they are paid; sum over five minutes unless told otherwise. */
  public metricMeteredBytes(options?: MetricOptions): Metric {
    return this.metric('MeteredIOBytes', { statistic: Stats.SUM, ...options });
  }

  /** Clients that are connected; sum over five minutes unless told otherwise. */
  public metricConnections(options?: MetricOptions): Metric {
    return this.metric('ClientConnections', { statistic: Stats.SUM, ...options });
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    const dimensionsMap = { FileSystemId: this.fileSystem.fileSystemId };
    return new Metric({ namespace: 'AWS/EFS', metricName, dimensionsMap, ...options });
  }

  private createFileSystem(props: SharedFileSystemProps, network: INetwork, securityGroup: ISecurityGroup): FileSystem {
    const profile = Profile.of(this);
    const backups = props.backups ?? profile.guarded;
    const fileSystem = new FileSystem(this, 'FileSystem', {
      vpcSubnets: { ...network.dataSubnets, onePerAz: true },
      securityGroup,
      encrypted: true,
      kmsKey: props.encryptionKey,
      throughputMode: ThroughputMode.ELASTIC,
      lifecyclePolicy: props.coldAfter ?? LifecyclePolicy.AFTER_30_DAYS,
      outOfInfrequentAccessPolicy: OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
      transitionToArchivePolicy: props.archiveAfter,
      enableAutomaticBackups: backups,
      removalPolicy: profile.dataRemoval(props.disposable),
      ...props.fileSystemProps,
      vpc: network.vpc,
    });
    // The policy of the L2 would let everybody write who may mount, also those who are to read only.
    (fileSystem.node.defaultChild as CfnFileSystem).fileSystemPolicy = closed();
    this.node.defaultChild = fileSystem;
    acknowledgeCompliance(fileSystem, 'EFSInBackupPlan', backups
      ? 'Its own backup policy is on, by which AWS Backup copies it every day and keeps copies for 35 days (Amazon EFS User Guide, "Backing up EFS file systems"); a plan of its own is not needed for that.'
      : 'Backups were switched off, or the profile is one for what can be thrown away; PRODUCTION has them: the prop backups.',
    [CompliancePack.HIPAA, CompliancePack.NIST]);
    return fileSystem;
  }

  private createAccessPoint({ owner: { uid, gid } = { uid: 1000, gid: 1000 }, folder }: SharedFileSystemProps): AccessPoint {
    const user = { uid: String(uid), gid: String(gid) };
    return new AccessPoint(this, 'AccessPoint', {
      fileSystem: this.fileSystem,
      path: folder ?? '/shared',
      posixUser: user,
      createAcl: { ownerUid: user.uid, ownerGid: user.gid, permissions: '750' },
    });
  }
}

/**
 * Nobody gets in who is not allowed to by a policy of their own, over TLS, through an access point: a policy that allows
 * nothing takes the place of the default one, which lets in whoever reaches a mount target.
 */
function closed(): PolicyDocument {
  const deny = (sid: string, conditions: object) => new PolicyStatement({
    sid, effect: Effect.DENY, principals: [new AnyPrincipal()], actions: ['elasticfilesystem:Client*'], conditions: { ...conditions },
  });
  return new PolicyDocument({
    statements: [
      deny('OnlyEncrypted', { Bool: { 'aws:SecureTransport': 'false' } }),
      deny('OnlyThroughAccessPoints', { Null: { 'elasticfilesystem:AccessPointArn': 'true' } }),
    ],
  });
}
