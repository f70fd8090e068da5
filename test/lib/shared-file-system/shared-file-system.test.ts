import { Duration, type Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { FileSystem, LifecyclePolicy, PerformanceMode, ThroughputMode } from 'aws-cdk-lib/aws-efs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ContainerService } from '../../../lib/container-service';
import { Access, type ICompute, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Egress, Network } from '../../../lib/network';
import { SharedFileSystem, type SharedFileSystemProps } from '../../../lib/shared-file-system';
import { SHARED_FILE_SYSTEM_RULES } from '../../../lib/shared-file-system/shared-file-system-rules';
import { HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf } from '../../support/stacks';

const FILE_SYSTEM = 'AWS::EFS::FileSystem';
const networkOf = (stack: Stack) => Network.of(stack);
const functionIn = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER, network: networkOf(stack) });

/** The resources that the construct makes, without those of the network. */
const own = (stack: Stack) => Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => name.startsWith('Media')));

const deny = (Sid: string, Condition: object) => ({ Action: 'elasticfilesystem:Client*', Condition, Effect: 'Deny', Principal: { AWS: '*' }, Sid });

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one closed file system, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const media = new SharedFileSystem(stack, 'Media');
    expect(templateOf(stack).Outputs).toBeUndefined();
    const target = (zone: number) => ({
      Type: 'AWS::EFS::MountTarget',
      Properties: {
        FileSystemId: { Ref: 'MediaFileSystem' },
        SecurityGroups: [{ 'Fn::GetAtt': ['MediaSecurityGroup', 'GroupId'] }],
        SubnetId: { Ref: `NetworkVpcIsolatedSubnet${zone}Subnet` },
      },
    });
    const found = own(stack);
    const name = (type: string) => Object.keys(found).filter((each) => found[each]!.Type === type);
    expect(name('AWS::EFS::MountTarget').map((each) => found[each])).toEqual([target(1), target(2)]);
    expect(Object.values(found).filter(({ Type }) => Type !== 'AWS::EFS::MountTarget')).toEqual([
      {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'Files of Stack/Media',
          SecurityGroupEgress: [{
            CidrIp: '255.255.255.255/32', Description: 'Disallow all traffic', FromPort: 252, IpProtocol: 'icmp', ToPort: 86,
          }],
          VpcId: { Ref: 'NetworkVpc' },
        },
      },
      {
        Type: FILE_SYSTEM,
        Properties: {
          Encrypted: true,
          FileSystemPolicy: {
            Statement: [
              deny('OnlyEncrypted', { Bool: { 'aws:SecureTransport': 'false' } }),
              deny('OnlyThroughAccessPoints', { Null: { 'elasticfilesystem:AccessPointArn': 'true' } }),
            ],
            Version: '2012-10-17',
          },
          FileSystemTags: [{ Key: 'Name', Value: 'Stack/Media/FileSystem' }],
          LifecyclePolicies: [{ TransitionToIA: 'AFTER_30_DAYS' }, { TransitionToPrimaryStorageClass: 'AFTER_1_ACCESS' }],
          ThroughputMode: 'elastic',
        },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      },
      {
        Type: 'AWS::EFS::AccessPoint',
        Properties: {
          AccessPointTags: [{ Key: 'Name', Value: 'Stack/Media/AccessPoint' }],
          FileSystemId: { Ref: 'MediaFileSystem' },
          PosixUser: { Gid: '1000', Uid: '1000' },
          RootDirectory: { CreationInfo: { OwnerGid: '1000', OwnerUid: '1000', Permissions: '750' }, Path: '/shared' },
        },
      },
    ]);
    expect(media.node.defaultChild).toBe(media.fileSystem);
    expect(media.mountPath).toBe('/mnt/media');
  });

  test('under PRODUCTION keeps backups and watches its limit, and adds nothing else', () => {
    const [sandbox, production] = [Profile.SANDBOX, Profile.PRODUCTION].map((profile) => {
      const stack = stackWith(profile);
      new SharedFileSystem(stack, 'Media', { disposable: true });
      return own(stack);
    });
    expect(Object.keys(production!).filter((name) => !(name in sandbox!))).toEqual(['MediaIoLimitAlarm']);
    expect(production!.MediaFileSystem).toMatchObject({ Properties: { BackupPolicy: { Status: 'ENABLED' } }, DeletionPolicy: 'Retain' });
    expect(production!.MediaIoLimitAlarm?.Properties).toMatchObject({
      Namespace: 'AWS/EFS', MetricName: 'PercentIOLimit', Threshold: 80, EvaluationPeriods: 3, TreatMissingData: 'notBreaching', Statistic: 'Maximum',
      Dimensions: [{ Name: 'FileSystemId', Value: { Ref: 'MediaFileSystem' } }],
    });
    expect(sandbox!.MediaFileSystem?.DeletionPolicy).toBe('Delete');
  });
});

test('every prop shapes it', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const network = new Network(stack, 'Own', { additional: true, availabilityZones: 3 });
  const media = new SharedFileSystem(stack, 'Media', {
    network,
    mountPath: '/mnt/files',
    folder: '/media/uploads',
    owner: { uid: 33, gid: 34 },
    coldAfter: LifecyclePolicy.AFTER_7_DAYS,
    archiveAfter: LifecyclePolicy.AFTER_90_DAYS,
    backups: true,
    encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k'),
    disposable: true,
    fileSystemProps: { vpc: network.vpc, performanceMode: PerformanceMode.MAX_IO, throughputMode: ThroughputMode.BURSTING },
  });
  expect(onlyOne(stack, FILE_SYSTEM)).toMatchObject({
    BackupPolicy: { Status: 'ENABLED' },
    KmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/k',
    LifecyclePolicies: [{ TransitionToIA: 'AFTER_7_DAYS' }, { TransitionToPrimaryStorageClass: 'AFTER_1_ACCESS' }, { TransitionToArchive: 'AFTER_90_DAYS' }],
    PerformanceMode: 'maxIO',
    ThroughputMode: 'bursting',
  });
  expect(onlyOne(stack, 'AWS::EFS::AccessPoint')).toMatchObject({
    PosixUser: { Uid: '33', Gid: '34' }, RootDirectory: { Path: '/media/uploads', CreationInfo: { OwnerUid: '33', OwnerGid: '34' } },
  });
  expect(namesOf(stack, 'AWS::EFS::MountTarget')).toHaveLength(3);
  expect(media.mountPath).toBe('/mnt/files');
  expect(media.metricMeteredBytes({ period: Duration.hours(1) })).toMatchObject({ metricName: 'MeteredIOBytes', statistic: 'Sum' });
  expect(media.metricConnections()).toMatchObject({ metricName: 'ClientConnections', statistic: 'Sum' });
});

describe('wiring', () => {
  const arn = { 'Fn::GetAtt': ['MediaFileSystem', 'Arn'] };
  const accessPoint = { 'Fn::Join': ['', expect.arrayContaining([{ Ref: 'MediaAccessPoint' }])] as unknown };
  const throughAccessPoint = { StringEquals: { 'elasticfilesystem:AccessPointArn': accessPoint } };

  test.each([
    [Access.READ, 'elasticfilesystem:ClientMount', true],
    [Access.READ_WRITE, ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'], false],
  ])('a container mounts the files over TLS with %s', (access, actions, readOnly) => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const network = new Network(stack, 'Network', { egress: Egress.SINGLE_NAT });
    const shop = new ContainerService(stack, 'Shop', { image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:1.27'), network });
    shop.use(new SharedFileSystem(stack, 'Media'), access);
    const { Volumes, ContainerDefinitions: [container] } = onlyOne(stack, 'AWS::ECS::TaskDefinition') as {
      Volumes: { Name: string }[]; ContainerDefinitions: [{ MountPoints: object[]; Environment: object[] }];
    };
    const [volume] = Volumes.filter(({ Name }) => Name.startsWith('files-'));
    expect(volume).toMatchObject({
      EFSVolumeConfiguration: {
        FilesystemId: { Ref: 'MediaFileSystem' },
        TransitEncryption: 'ENABLED',
        AuthorizationConfig: { AccessPointId: { Ref: 'MediaAccessPoint' }, IAM: 'ENABLED' },
      },
    });
    expect(container.MountPoints).toContainEqual({ ContainerPath: '/mnt/media', ReadOnly: readOnly, SourceVolume: volume!.Name });
    expect(container.Environment).toContainEqual({ Name: 'MEDIA_PATH', Value: '/mnt/media' });
    expect(statementsOf(stack)).toContainEqual({ Action: actions, Effect: 'Allow', Resource: arn, Condition: throughAccessPoint });
    const opened = Object.values(resourcesOf(stack)).filter(({ Type, Properties }) =>
      Type === 'AWS::EC2::SecurityGroupIngress' && Properties.FromPort === 2049);
    expect(opened.map(({ Properties }) => Properties)).toMatchObject([{
      ToPort: 2049, GroupId: { 'Fn::GetAtt': ['MediaSecurityGroup', 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringMatching(/^ShopServiceSecurityGroup/), 'GroupId'] },
    }]);
    const { DependsOn } = Object.values(resourcesOf(stack)).find(({ Type }) => Type === 'AWS::ECS::Service') as unknown as { DependsOn: string[] };
    expect(DependsOn.filter((name) => name.includes('EfsMountTarget'))).toHaveLength(2);
  });

  test('a function mounts them too, once they can be mounted', () => {
    const stack = stackWith();
    functionIn(stack).use(new SharedFileSystem(stack, 'Media'), Access.READ_WRITE, { name: 'files' });
    expect(onlyOne(stack, 'AWS::Lambda::Function')).toMatchObject({
      FileSystemConfigs: [{ Arn: accessPoint, LocalMountPath: '/mnt/media' }],
      Environment: { Variables: { FILES_PATH: '/mnt/media' } },
    });
    const { DependsOn } = Object.values(resourcesOf(stack)).find(({ Type }) => Type === 'AWS::Lambda::Function') as unknown as { DependsOn: string[] };
    expect(DependsOn.filter((name) => name.includes('EfsMountTarget'))).toHaveLength(2);
    expect(DependsOn).toContain('WorkerRoleDefaultPolicy');
  });

  test('a second folder of an adopted file system is reached by an owner of its own', () => {
    const stack = stackWith(Profile.PRODUCTION, {}, SOMEWHERE);
    const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1');
    const fileSystem = FileSystem.fromFileSystemAttributes(stack, 'Given', { fileSystemId: 'fs-1', securityGroup });
    const files = new SharedFileSystem(stack, 'Files', { fileSystem, folder: '/second', owner: { uid: 2000, gid: 2000 } });
    functionIn(stack).use(files, Access.READ);
    expect(namesOf(stack, FILE_SYSTEM)).toEqual([]);
    expect(onlyOne(stack, 'AWS::EFS::AccessPoint')).toMatchObject({ FileSystemId: 'fs-1', PosixUser: { Uid: '2000' } });
    expect(files.securityGroup).toBeUndefined();
    expect(Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties.GroupId)).toEqual(['sg-1']);
  });
});

describe('refusals', () => {
  const asProps = (props: unknown) => props as SharedFileSystemProps;
  const rows: [string, (stack: Stack) => SharedFileSystemProps, string][] = [
    ['WrongType', () => asProps({ owner: { uid: '1000' }, backups: 1 }), "owner.uid is '1000', backups is 1"],
    ['AdoptOrShape', (stack) => ({ fileSystem: new FileSystem(stack, 'Given', { vpc: new Vpc(stack, 'Vpc') }), backups: true }), 'fileSystem together with backups'],
    ['MountPath', () => ({ mountPath: '/data' }), "mountPath is '/data'"],
    ['MountPath', () => ({ mountPath: '/mnt/..' }), "mountPath is '/mnt/..'"],
    ['Folder', () => ({ folder: '/' }), "folder is '/'"],
    ['Folder', () => ({ folder: '/a/../b' }), "folder is '/a/../b'"],
    ['Owner', () => ({ owner: { uid: 0, gid: 1000 } }), 'owner.uid is 0'],
    ['Owner', () => ({ owner: asProps({ uid: 5 }) as never }), 'owner.gid is not given'],
    ['Lifecycle', () => asProps({ coldAfter: 'soon' }), "a lifecycle of 'soon'"],
    ['ArchiveBeforeCold', () => ({ archiveAfter: LifecyclePolicy.AFTER_60_DAYS }), 'archiveAfter is 60 days, coldAfter 30'],
    ['ArchiveBeforeCold', () => ({ coldAfter: LifecyclePolicy.AFTER_180_DAYS, archiveAfter: LifecyclePolicy.AFTER_90_DAYS }), 'archiveAfter is 90 days, coldAfter 180'],
    ['ManagedByTheConstruct', () => asProps({ fileSystemProps: { encrypted: false, allowAnonymousAccess: true } }), 'fileSystemProps has encrypted, allowAnonymousAccess'],
  ];

  test.each(rows)('%s', (code, props, given) => {
    const stack = stackWith();
    expect(refusedBy(() => new SharedFileSystem(stack, 'Media', props(stack)))).toMatchObject([{ code: `SharedFileSystem.${code}`, given }]);
  });

  test('every rule has a test', () => {
    expect(new Set(rows.map(([code]) => `SharedFileSystem.${code}`))).toEqual(new Set(SHARED_FILE_SYSTEM_RULES.map(({ code }) => code)));
  });

  test('what is known only while wiring', () => {
    const stack = stackWith();
    const media = new SharedFileSystem(stack, 'Media');
    const found = (build: () => unknown) => refusedBy(build).map(({ code, given }) => [code, given]);
    expect(found(() => new FunctionService(stack, 'Outside', { handler: HANDLER }).use(media, Access.READ)))
      .toEqual([['Wiring.NoNetworkPath', 'use by Stack/Outside, which runs outside any network']]);
    expect(found(() => media.attach({ node: stack.node } as unknown as ICompute, Access.READ))).toEqual([['SharedFileSystem.CannotMount', 'use by Stack']]);
    const other = { vpc: new Vpc(stack, 'Other'), performanceMode: PerformanceMode.MAX_IO };
    expect(found(() => new SharedFileSystem(stack, 'Elsewhere', { fileSystemProps: other })))
      .toEqual([['SharedFileSystem.OtherVpc', 'fileSystemProps.vpc is another one than that of the network']]);
    const worker = functionIn(stack);
    worker.use(media, Access.READ);
    expect(found(() => worker.use(new SharedFileSystem(stack, 'More'), Access.READ)))
      .toEqual([['FunctionService.FileSystem', '/mnt/more in a function that has mounted files']]);
    const imported = LambdaFunction.fromFunctionAttributes(stack, 'Given', {
      functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:given', securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1'),
    });
    expect(found(() => new FunctionService(stack, 'Adopted', { function: imported }).use(media, Access.READ)))
      .toEqual([['FunctionService.FileSystem', '/mnt/media in an imported function']]);
  });
});

test('two stand in one stack, and a container mounts both', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const network = new Network(stack, 'Network', { egress: Egress.SINGLE_NAT });
  const shop = new ContainerService(stack, 'Shop', { image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:1.27'), network });
  ['One', 'Two'].forEach((id) => shop.use(new SharedFileSystem(stack, id), Access.READ_WRITE));
  expect(namesOf(stack, FILE_SYSTEM)).toEqual(['OneFileSystem', 'TwoFileSystem']);
  const { Volumes } = onlyOne(stack, 'AWS::ECS::TaskDefinition') as { Volumes: { Name: string }[] };
  expect(new Set(Volumes.map(({ Name }) => Name)).size).toBe(Volumes.length);
});
