import type { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { TrafficEstimate } from '../core/traffic-estimate';
import type { INetwork } from '../core/wiring';
import type { ExistingDatabase } from './existing-database';

/** What a RelationalDatabase is. */
export interface RelationalDatabaseProps {
  /**
   * The name of the database: lower-case letters, digits and _, starting with a letter, up to 63.
   * @default app
   */
  readonly databaseName?: string;
  /**
   * The version of Aurora PostgreSQL, 14 or later.
   * @default 17.7
   */
  readonly engineVersion?: string;
  /**
   * How many readers stand beside the writer, 0 to 15. The first one takes over within about half a minute when the writer
   * fails; without one, a new writer takes minutes.
   * @default - 0 under SANDBOX, 1 under PRODUCTION
   */
  readonly readers?: number;
  /**
   * The least capacity of each instance, in ACUs of 2 GiB of memory, 0 to 256 in halves. At 0 it pauses when nobody is connected
   * for `autoPause`, and the next connection waits about 15 seconds.
   * @default - 0 under SANDBOX, 0.5 under PRODUCTION and with `pool`, which keeps connections open
   */
  readonly minCapacity?: number;
  /**
   * The most capacity of each instance, in ACUs, 1 to 256 in halves.
   * @default - follows from `traffic`; else 2 under SANDBOX, 8 under PRODUCTION
   */
  readonly maxCapacity?: number;
  /**
   * The time without connections after which it pauses, 5 minutes to 1 day; only with `minCapacity` 0.
   * @default Duration.minutes(5)
   */
  readonly autoPause?: Duration;
  /**
   * Puts a proxy (Amazon RDS Proxy) before it, which shares few connections among many clients, keeps them over a failover, and
   * lets them sign in with IAM. For functions, of which a burst opens more connections than a database has.
   * @default false
   */
  readonly pool?: boolean;
  /**
   * Statements that take longer are logged with their time, 1 ms to 1 h.
   * @default - nothing is logged under SANDBOX; Duration.seconds(1) under PRODUCTION
   */
  readonly slowQuery?: Duration;
  /**
   * How far readers may be behind the writer before an alarm says so, in whole milliseconds; under PRODUCTION with readers.
   * @default Duration.seconds(1)
   */
  readonly maxReplicaLag?: Duration;
  /**
   * How long backups are kept, to restore any second of them: 1 to 35 days.
   * @default - 1 day under SANDBOX, 14 days under PRODUCTION
   */
  readonly backupRetention?: Duration;
  /**
   * What it has to carry. Capacity and the arithmetic of connections follow from it.
   * @default - nothing is sized
   */
  readonly traffic?: TrafficEstimate;
  /**
   * The network that it lives in, and that its clients have to run in.
   * @default - the network of the stack: Network.of(this)
   */
  readonly network?: INetwork;
  /**
   * The key that encrypts data, backups and logs of it at rest.
   * @default - the key aws/rds of the account
   */
  readonly encryptionKey?: IKey;
  /**
   * The data may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * An existing database to adopt; `databaseName` says which one of its server. Nothing is created, and props that would shape a
   * new one are refused.
   * @default - a new database
   */
  readonly database?: ExistingDatabase;
}
