import { FileSystem, LifecyclePolicy, PerformanceMode } from 'aws-cdk-lib/aws-efs';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { Network } from '../../../lib/network';
import { SharedFileSystem, type SharedFileSystemProps } from '../../../lib/shared-file-system';
import { flag, NOT_FLAG, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const id = fc.integer({ min: 1, max: 4_294_967_295 });
const word = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);

export const SUBJECTS: Record<string, Subject<object>> = {
  SharedFileSystem: {
    concept: 'SharedFileSystem',
    valid: (scope) => {
      const network = Network.of(scope);
      return optional<SharedFileSystemProps>({
        network: fc.constant(network),
        mountPath: word.map((name) => `/mnt/${name}`),
        folder: fc.array(word, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`),
        owner: fc.record({ uid: id, gid: id }),
        coldAfter: fc.constantFrom(LifecyclePolicy.AFTER_1_DAY, LifecyclePolicy.AFTER_60_DAYS),
        archiveAfter: fc.constantFrom(LifecyclePolicy.AFTER_90_DAYS, LifecyclePolicy.AFTER_365_DAYS),
        backups: flag,
        encryptionKey: fc.constant(new Key(scope, 'Key')),
        disposable: flag,
        fileSystemProps: fc.constant({ vpc: network.vpc, performanceMode: PerformanceMode.GENERAL_PURPOSE }),
      });
    },
    invalid: () => ({
      network: [null, 'vpc', {}],
      mountPath: [...NOT_TEXT, '', '/mnt', '/mnt/', '/mnt/a/b', '/data', '/mnt/..', '/mnt/a b'],
      folder: [...NOT_TEXT, '', '/', 'a', '/a/b/c/d/e', '/a/../b', '/a b', `/${'x'.repeat(100)}`],
      owner: [...NOT_OBJECT, {}, { uid: 0, gid: 1 }, { uid: 1 }, { uid: 1, gid: 4_294_967_296 }, { uid: '1', gid: 1 }],
      coldAfter: [...NOT_TEXT, 'soon'],
      archiveAfter: [...NOT_TEXT, 'late', LifecyclePolicy.AFTER_60_DAYS],
      backups: NOT_FLAG,
      encryptionKey: [null, 'arn', {}],
      disposable: NOT_FLAG,
      fileSystemProps: [...NOT_OBJECT, { encrypted: false }, { fileSystemName: 'x' }],
      fileSystem: [null, 'fs-1', {}],
    }),
    conflicting: (scope) => ({
      fileSystem: [new FileSystem(scope, 'Given', { vpc: Network.of(scope).vpc })],
    }),
    build: (scope, props) => new SharedFileSystem(scope, 'Subject', props),
  } satisfies Subject<SharedFileSystemProps>,
};
