import { Postgres, type PostgresOptions } from '../../../local/postgres';

const started: Postgres[] = [];

/** A real PostgreSQL for tests. */
export async function startPostgres(options: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const postgres = await Postgres.start({ progress: () => undefined, signal: new AbortController().signal, ...options });
  started.push(postgres);
  return postgres;
}

/** Ends every one this file started, also after a failure: `afterAll(stopPostgres)`. */
export async function stopPostgres(): Promise<void> {
  await Promise.all(started.map((postgres) => postgres.stop()));
}
