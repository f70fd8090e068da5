import { Token } from 'aws-cdk-lib';
import { LifecyclePolicy } from 'aws-cdk-lib/aws-efs';
import { adoptsOrShapes, notManaged, wholeNumber } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { SharedFileSystemProps } from './shared-file-system';

const MOST_ID = 4_294_967_295;
const DAYS = Object.values(LifecyclePolicy);

/** What SharedFileSystem refuses. Bounds: Amazon EFS access points and lifecycle, AWS Lambda file systems. */
export const SHARED_FILE_SYSTEM_RULES: readonly Rule<SharedFileSystemProps>[] = [
  {
    code: 'SharedFileSystem.WrongType',
    first: true,
    check: (props) => typed(props, {
      network: 'construct',
      mountPath: 'text',
      folder: 'text',
      owner: { uid: 'number', gid: 'number' },
      coldAfter: 'text',
      archiveAfter: 'text',
      backups: 'flag',
      encryptionKey: 'construct',
      disposable: 'flag',
      fileSystemProps: 'object',
      fileSystem: 'construct',
    }),
  },
  { code: 'SharedFileSystem.AdoptOrShape', check: (props) => adoptsOrShapes('fileSystem', props, ['mountPath', 'folder', 'owner']) },
  {
    code: 'SharedFileSystem.MountPath',
    check: ({ mountPath }) => mountPath === undefined || Token.isUnresolved(mountPath)
      || /^\/mnt\/[\w.-]{1,155}$/.test(mountPath) && !/\/\.+$/.test(mountPath)
      ? undefined
      : { given: `mountPath is ${show(mountPath)}`, allowed: "'/mnt/' and one name of letters, digits, ., - and _" },
  },
  {
    code: 'SharedFileSystem.Folder',
    check: ({ folder }) => folder === undefined || Token.isUnresolved(folder)
      || /^(\/[\w.-]+){1,4}$/.test(folder) && folder.length <= 100 && !/\/\.+(\/|$)/.test(folder)
      ? undefined
      : { given: `folder is ${show(folder)}`, allowed: 'a path from /, one to four names of letters, digits, ., - and _, at most 100 characters' },
  },
  {
    code: 'SharedFileSystem.Owner',
    check: ({ owner }) => owner && (id('owner.uid', owner.uid) ?? id('owner.gid', owner.gid)),
  },
  {
    code: 'SharedFileSystem.Lifecycle',
    check: ({ coldAfter, archiveAfter }) => {
      const wrong = [coldAfter, archiveAfter].filter((value) => value !== undefined && !DAYS.includes(value));
      return wrong.length === 0
        ? undefined
        : { given: `a lifecycle of ${wrong.map(show).join(', ')}`, allowed: 'LifecyclePolicy.AFTER_1_DAY to AFTER_365_DAYS' };
    },
  },
  {
    code: 'SharedFileSystem.ArchiveBeforeCold',
    check: ({ coldAfter = LifecyclePolicy.AFTER_30_DAYS, archiveAfter }) =>
      archiveAfter !== undefined && DAYS.includes(archiveAfter) && days(archiveAfter) <= Math.max(89, days(coldAfter))
        ? { given: `archiveAfter is ${days(archiveAfter)} days, coldAfter ${days(coldAfter)}`, allowed: '90 days or more, and later than coldAfter' }
        : undefined,
  },
  {
    code: 'SharedFileSystem.ManagedByTheConstruct',
    check: ({ fileSystemProps }) => notManaged('fileSystemProps', fileSystemProps,
      [
        'vpcSubnets', 'securityGroup', 'encrypted', 'kmsKey', 'fileSystemName', 'fileSystemPolicy', 'allowAnonymousAccess', 'removalPolicy',
      ],
      'network, encryptionKey and disposable, which say it; it is always encrypted, and nobody gets in without permission'),
  },
];

const days = (policy: LifecyclePolicy) => Number(/\d+/.exec(policy)?.[0]);

const id = (prop: string, value: number | undefined): Refusal | undefined =>
  value === undefined ? { given: `${prop} is not given`, allowed: 'uid and gid' } : wholeNumber(prop, value, 1, MOST_ID);
