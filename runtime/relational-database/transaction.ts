import { exponentialBackoff, retry, type RetryOptions } from '../retry';
import { CommitUnknownError, isConnectionLost, isTransient } from './errors';
import type { DatabaseClient, DatabasePool } from './sql';

/** What transactions see of each other. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

/** How a transaction is run. */
export interface TransactionOptions {
  /** @default read committed */
  readonly isolation?: Isolation;
  /**
   * Refuses to write.
   * @default false
   */
  readonly readOnly?: boolean;
  /** @default - 5 attempts, 50 ms to 5 s between them, with full jitter */
  readonly retry?: Omit<RetryOptions, 'retryable'>;
}

const BACKOFF = exponentialBackoff({ firstDelayMilliseconds: 50, maxDelayMilliseconds: 5000 });

/**
 * Does all of it or nothing. It is done again, on another connection where that one is lost, when transactions were in each
 * other's way or the server went away before the commit: the work must have no effect but on the database.
 *
 * @param work is given the client of the transaction and must use no other one
 * @throws CommitUnknownError when the connection broke during the commit; the error of the work when it is not to be done again;
 *   RetryError when all attempts failed
 */
export async function withTransaction<Result, Client extends DatabaseClient>(
  pool: DatabasePool<Client>, work: (client: Client) => Promise<Result>, options: TransactionOptions = {},
): Promise<Result> {
  const { isolation = 'read committed', readOnly = false } = options;
  return retry(async () => {
    const client = await pool.connect();
    let lost = false;
    try {
      await client.query(`BEGIN ISOLATION LEVEL ${isolation}${readOnly ? ' READ ONLY' : ''}`);
      const result = await work(client);
      await commit(client, readOnly);
      return result;
    } catch (error) {
      lost = error instanceof CommitUnknownError || isConnectionLost(error)
        || await client.query('ROLLBACK').then(() => false, () => true);
      throw error;
    } finally {
      client.release(lost);
    }
  }, { attempts: 5, backoff: BACKOFF, ...options.retry, retryable: isTransient });
}

async function commit(client: DatabaseClient, readOnly: boolean): Promise<void> {
  try {
    await client.query('COMMIT');
  } catch (error) {
    // The server said no, it was never asked, or there was nothing to lose; otherwise nobody knows.
    throw isConnectionLost(error) && !wasNotSent(error) && !readOnly ? new CommitUnknownError(error) : error;
  }
}

/** What pg says of a connection that it knew to be broken before it sent anything. */
const wasNotSent = (error: unknown) => /not queryable/.test(String(error));
