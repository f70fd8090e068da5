import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { Pool } from 'pg';
import {
  CommitUnknownError, connectDatabase, type DatabaseClient, type HttpHandler, isConnectionLost, migrate, Problem, RetryError,
  withTransaction,
} from '../../../../runtime';
import type { SqlRow } from '../../../../runtime/relational-database';
import { patience } from '../../../patience';
import type { Database, Queries } from '../../domain/database';
import { SCHEMA } from '../../domain/schema';

/** A visitor does not wait for a database that is away: better told to come back. */
const CONNECTION_TIMEOUT_MILLISECONDS = 2000;
const RETRY = { attempts: 2 };

/**
 * The connections to a database that is wired under a name, made when the first statement comes.
 *
 * @param prepare what has to be there before it, done once in each process
 */
export function poolOf(name: string, prepare: (pool: Pool) => Promise<unknown> = () => Promise.resolve()): () => Promise<Pool> {
  let pool: Promise<Pool> | undefined;
  return () => {
    pool ??= (async () => {
      const connected = await connectDatabase(name, {
        Pool, secrets: new SecretsManager(patience()), connectionTimeoutMilliseconds: CONNECTION_TIMEOUT_MILLISECONDS,
      });
      await prepare(connected);
      return connected;
    })();
    // Whoever comes next tries again.
    pool.catch(() => pool = undefined);
    return pool;
  };
}

/** The database of seats and orders, with its schema up to date. */
export function openDatabase(): Database {
  const pool = poolOf('DATABASE', (connected) => migrate(connected, SCHEMA));
  return {
    query: async (text, values) => answer(await (await pool()).query<SqlRow>(text, values?.slice())),
    transaction: async (work) => withTransaction(await pool(), (client) => work(queriesOf(client)), { retry: RETRY }),
  };
}

const queriesOf = (client: DatabaseClient): Queries => ({
  query: async (text, values) => answer(await client.query(text, values?.slice())),
});

interface Answer<Result> {
  readonly rows: Result[];
  readonly rowCount: number | null;
}

/** What the columns of a statement are is known where it is written. */
const answer = <Result>({ rows, rowCount }: Answer<SqlRow>): Answer<Result> => ({ rows: rows as Result[], rowCount });

/** Where the database is out of reach, callers are told to come back: nothing was done, or it is done again under its key. */
export function withDatabase(handler: HttpHandler): HttpHandler {
  return async (request, context) => {
    try {
      return await handler(request, context);
    } catch (error) {
      throw isOutOfReach(error) ? outOfReach() : error;
    }
  };
}

const outOfReach = () => new Problem({
  status: 503, detail: 'The database is out of reach for a moment. Try again.', headers: { 'retry-after': '2' },
});

function isOutOfReach(error: unknown): boolean {
  const last = error instanceof RetryError ? error.cause : error;
  return last instanceof CommitUnknownError || isConnectionLost(last);
}
