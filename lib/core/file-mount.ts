import type { IAccessPoint } from 'aws-cdk-lib/aws-efs';
import type { IDependable } from 'constructs';
import type { ICompute } from './wiring';

/** Files as compute mounts them. */
export interface FileMount {
  /** A name of the mount that is no other's in the stack. */
  readonly name: string;
  /** Where the code finds the files: `/mnt/media`. */
  readonly path: string;
  /** Whether the code only reads them. */
  readonly readOnly: boolean;
  /** As whom, and below which folder, the code reaches the file system. */
  readonly accessPoint: IAccessPoint;
  /** What must be there before anything can be mounted. */
  readonly ready: IDependable;
}

/** Compute that can mount files. */
export interface IFileMounter extends ICompute {
  /** Mounts files. Called by `compute.use()`, which has granted the permission and opened the way. */
  mountFiles(mount: FileMount): void;
}
