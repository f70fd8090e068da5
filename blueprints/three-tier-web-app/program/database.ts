import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import type { AwsCredentials } from '../../../runtime/cache-connection';
import { connectDatabase, migrate, type Migration, ReadYourWrites, withTransaction } from '../../../runtime/relational-database';
import type { Secrets } from '../../../runtime/secret';

/** A value, and the mark of the write that made it: who gives it to the next read sees the write. */
export interface Written<Value> {
  readonly value: Value;
  readonly mark: string;
}

/** A database that has paused takes 15 s to answer. The load balancer waits for 60 s. */
const CONNECT_MILLISECONDS = 20_000;

/** The primary, which knows everything, and a reader, which knows it a moment later. */
export class Database {
  private readonly both: ReadYourWrites<PoolClient>;

  private constructor(private readonly primary: Pool, private readonly reader: Pool) {
    this.both = new ReadYourWrites({ writer: primary, reader });
  }

  /** Connects to both, signed in with the secret that is wired to this service, or to the pool with a token of IAM. */
  public static async connect(secrets: Secrets, credentials: () => Promise<AwsCredentials>): Promise<Database> {
    const options = { Pool, secrets, credentials, connectionTimeoutMilliseconds: CONNECT_MILLISECONDS };
    return new Database(...await Promise.all([
      connectDatabase('DATABASE', options), connectDatabase('DATABASE', { ...options, reader: true }),
    ]));
  }

  /** Brings the schema up to date; resolves to the migrations that this node has applied, while the others have waited. */
  public migrate(migrations: readonly Migration[]): Promise<string[]> {
    return migrate(this.primary, migrations);
  }

  /** Runs a statement on the primary, in a transaction of its own. */
  public async write<Row extends QueryResultRow>(text: string, values: unknown[]): Promise<Written<Row[]>> {
    const { result, mark } = await this.both.write((client) => client.query<Row>(text, values));
    return { value: result.rows, mark };
  }

  /**
   * Asks the reader; the primary when the reader does not have the marked write yet, or is away.
   *
   * @param mark of the last write that must be in the answer
   */
  public async read<Row extends QueryResultRow>(text: string, values: unknown[], mark?: string): Promise<Row[]> {
    const { rows } = await this.both.read(mark, (client) => client.query<Row>(text, values));
    return rows;
  }

  /** Asks the primary. */
  public async readFresh<Row extends QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    const ask = (client: PoolClient) => client.query<Row>(text, values);
    const { rows } = await withTransaction(this.primary, ask, { readOnly: true });
    return rows;
  }

  /** Whether both answer. */
  public isWell(): Promise<boolean> {
    return Promise.all([this.primary, this.reader].map((pool) => pool.query('SELECT 1'))).then(() => true, () => false);
  }

  public async end(): Promise<void> {
    await Promise.all([this.primary.end(), this.reader.end()]);
  }
}
