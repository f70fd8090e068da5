import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { FileSystem, LifecyclePolicy } from 'aws-cdk-lib/aws-efs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Access, ContainerService, FunctionService, Network, SharedFileSystem } from '../../../lib';
import { HANDLER } from '../stacks';
import type { Case } from './case';

export const CASES: readonly Case[] = [
  { name: 'SharedFileSystem, minimal', build: (stack) => { new SharedFileSystem(stack, 'Files'); } },
  {
    name: 'SharedFileSystem, maximal and used',
    build: (stack) => {
      const network = Network.of(stack);
      const files = new SharedFileSystem(stack, 'Files', {
        network,
        mountPath: '/mnt/media',
        folder: '/media/uploads',
        owner: { uid: 33, gid: 33 },
        coldAfter: LifecyclePolicy.AFTER_7_DAYS,
        archiveAfter: LifecyclePolicy.AFTER_90_DAYS,
        backups: true,
        encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
        disposable: true,
      });
      const image = ContainerImage.fromEcrRepository(Repository.fromRepositoryName(stack, 'PlainImages', 'shop'), '1.0.0');
      new ContainerService(stack, 'Shop', { image, network }).use(files, Access.READ_WRITE);
      new FunctionService(stack, 'Worker', { handler: HANDLER, network }).use(files, Access.READ);
    },
  },
  {
    name: 'SharedFileSystem, adopted and used',
    build: (stack) => {
      const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'PlainGroup', 'sg-0123456789abcdef0');
      const fileSystem = FileSystem.fromFileSystemAttributes(stack, 'PlainFiles', { fileSystemId: 'fs-0123456789abcdef0', securityGroup });
      const files = new SharedFileSystem(stack, 'Files', { fileSystem, folder: '/second' });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) }).use(files, Access.READ_WRITE);
    },
  },
];
