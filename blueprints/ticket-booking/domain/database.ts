/** One statement of SQL. */
export interface Queries {
  query<Row>(text: string, values?: readonly unknown[]): Promise<{ readonly rows: Row[]; readonly rowCount: number | null }>;
}

/** The database of seats and orders. */
export interface Database extends Queries {
  /** Several statements that happen all or not at all; what `work` throws undoes them. */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
}
