import { isConnectionLost } from './errors';
import type { DatabaseClient, DatabasePool } from './sql';
import { type TransactionOptions, withTransaction } from './transaction';

/** Where it writes and reads. */
export interface ReadYourWritesOptions<Client extends DatabaseClient> {
  /** A pool of connections to the writer. */
  readonly writer: DatabasePool<Client>;
  /** A pool of connections to a reader, or to any of them. */
  readonly reader: DatabasePool<Client>;
}

/** What a transaction returned, and its mark. */
export interface Marked<Result> {
  readonly result: Result;
  /** Given to `read`, by whoever must see this transaction: keep it with the session of the user, in a cookie or a token. */
  readonly mark: string;
}

/**
 * Whether a server has seen a transaction commit. Its snapshot does not tell: on a standby it leaves out what is in progress
 * there. One that was forgotten has long been seen; one in the future must not be asked for.
 */
const SEEN = `SELECT CASE WHEN $1::xid8 < pg_snapshot_xmax(pg_current_snapshot())
  THEN coalesce(pg_xact_status($1::xid8), 'committed') = 'committed' ELSE false END AS seen`;

/** Says on the reader that the transaction is not there yet. */
class NotYet extends Error {}

/**
 * Reads from a reader what must not be older than one's own writes. The mark of a write is the number of its transaction; a
 * reader that has seen it commit answers, and otherwise the writer does. The check is the first statement of the transaction that
 * reads, so that it asks the very server that answers, also behind a pool.
 */
export class ReadYourWrites<Client extends DatabaseClient> {
  constructor(private readonly pools: ReadYourWritesOptions<Client>) {}

  /**
   * Writes in a transaction, as `withTransaction` does.
   *
   * @throws as `withTransaction` does
   */
  public async write<Result>(work: (client: Client) => Promise<Result>, options?: TransactionOptions): Promise<Marked<Result>> {
    return withTransaction(this.pools.writer, async (client) => {
      const result = await work(client);
      const { rows: [row] } = await client.query('SELECT pg_current_xact_id()::text AS mark');
      return { result, mark: String(row!.mark) };
    }, options);
  }

  /**
   * Reads, from the reader where it has the marked write, else from the writer; also when the reader is away.
   *
   * @param mark of the last write that must be seen; undefined when an older answer will do
   */
  public async read<Result>(mark: string | undefined, work: (client: Client) => Promise<Result>): Promise<Result> {
    // Each statement sees what was there when it began, and so at least what the check saw.
    const once = { isolation: 'read committed', readOnly: true, retry: { attempts: 1 } } as const;
    try {
      return await withTransaction(this.pools.reader, async (client) => {
        if (mark !== undefined) {
          const { rows: [row] } = await client.query(SEEN, [mark]);
          if (!row!.seen) {
            throw new NotYet();
          }
        }
        return work(client);
      }, once);
    } catch (error) {
      if (!(error instanceof NotYet) && !isConnectionLost(error)) {
        throw error;
      }
      return withTransaction(this.pools.writer, work, { readOnly: true });
    }
  }
}
