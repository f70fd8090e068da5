import { createHash } from 'node:crypto';
import type { DatabasePool } from './sql';
import { withTransaction } from './transaction';

/** One step of the schema. */
export interface Migration {
  /** Its name, once and for ever: `0001-orders`. */
  readonly name: string;
  /** Its statements, which run in one transaction. */
  readonly sql: string;
}

/** The schema does not follow from the migrations that were given. */
export class MigrationError extends Error {
  public override readonly name = 'MigrationError';
}

/** What whoever migrates holds meanwhile: any number that nobody else locks. */
const LOCK = 7_261_839_450_127;
const APPLIED = 'schema_migrations';

/**
 * Brings the schema up to date: applies in order what was not applied yet, each migration in a transaction with the note that it
 * was. Of many that migrate at once one works and the others wait, and find nothing left to do. What is there and not given,
 * since a newer version of the code has applied it, stays.
 *
 * @returns the names of those that this call applied
 * @throws MigrationError when two have one name, one was changed since it was applied, or one comes before one that is applied
 *   already; the error of the database when a statement fails: that migration is undone, those before it stay
 */
export async function migrate(pool: DatabasePool, migrations: readonly Migration[]): Promise<string[]> {
  const names = migrations.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new MigrationError(`two migrations are named ${twice}`);
  }
  const mine: string[] = [];
  for (const [index, migration] of migrations.entries()) {
    if (await applied(pool, migration, names.slice(index + 1))) {
      mine.push(migration.name);
    }
  }
  return mine;
}

/** Applies one, unless it is: whoever waits for the lock looks only then. */
async function applied(pool: DatabasePool, { name, sql }: Migration, later: readonly string[]): Promise<boolean> {
  const checksum = createHash('sha256').update(sql).digest('hex');
  return withTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1::bigint)', [LOCK]);
    await client.query(`CREATE TABLE IF NOT EXISTS ${APPLIED} (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const { rows } = await client.query(`SELECT name, checksum FROM ${APPLIED} WHERE name = $1 OR name = ANY($2::text[])`, [name, later]);
    const known = rows.find((row) => row.name === name);
    if (known) {
      if (known.checksum !== checksum) {
        throw new MigrationError(`${name} was changed since it was applied; what it should have done needs a migration of its own`);
      }
      return false;
    }
    if (rows.length > 0) {
      throw new MigrationError(`${name} comes before ${String(rows[0]!.name)}, which is applied already; put it behind`);
    }
    await client.query(sql);
    await client.query(`INSERT INTO ${APPLIED} (name, checksum) VALUES ($1, $2)`, [name, checksum]);
    return true;
  });
}
