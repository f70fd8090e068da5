import type { Duration } from 'aws-cdk-lib';
import type { ITable, TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Cache } from '../cache/index';

/** How long a lock outlives its holder, and where locks are kept. */
export interface DistributedLockProps {
  /**
   * After how long others may take the lock of a holder that is gone. It bounds the pause after a crash, not how long a lock is
   * held: holders renew it. Whole seconds, 1 s to 15 min.
   * @default Duration.seconds(10)
   */
  readonly lease?: Duration;
  /**
   * The data may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to keep locks in: partition key `name` (text), time to live `ttl`, in one region. Nothing is created.
   * @default - a new table
   */
  readonly table?: ITable;
  /**
   * A cache of Valkey or Redis OSS to keep locks in: quicker, and forgetful when a replica takes over. Nothing is created.
   * @default - a table
   */
  readonly cache?: Cache;
  /**
   * Independent caches for the Redlock algorithm, 3 to 9, each on one node of Valkey or Redis OSS: no replicas, since one that
   * takes over may not know of a lock. Locks outlive the loss of a minority of them. Nothing is created.
   * @default - a table
   */
  readonly caches?: Cache[];
}
