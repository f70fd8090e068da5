export { type ExistingDatabase } from './existing-database';
export { RelationalDatabase } from './relational-database';
export { type RelationalDatabaseProps } from './relational-database-props';
