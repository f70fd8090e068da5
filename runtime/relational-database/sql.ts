/** One row of an answer, by column. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** What runs statements: a client of `pg`. */
export interface DatabaseClient {
  query(statement: string, values?: unknown[]): Promise<{ readonly rows: SqlRow[]; readonly rowCount: number | null }>;
}

/** What lends clients: a pool of `pg`. */
export interface DatabasePool<Client extends DatabaseClient = DatabaseClient> {
  connect(): Promise<Client & { release(destroy?: boolean): void }>;
}
