export { type ConnectOptions, connectDatabase, type PoolClass, type PoolSettings } from './connect';
export { databaseConnection, type DatabaseConnection } from './connection';
export { CommitUnknownError, isConnectionLost, isTransient } from './errors';
export { migrate, type Migration, MigrationError } from './migrate';
export { type Marked, ReadYourWrites, type ReadYourWritesOptions } from './read-your-writes';
export type { DatabaseClient, DatabasePool, SqlRow } from './sql';
export { databaseToken, type DatabaseTokenOptions } from './token';
export { type Isolation, type TransactionOptions, withTransaction } from './transaction';
