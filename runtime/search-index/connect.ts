import type { Environment } from '../environment';
import { openSearchClient, type OpenSearchClientOptions } from './open-search-client';
import { OpenSearchEngine } from './open-search-engine';
import { PostgresEngine, type SqlClient } from './postgres-engine';
import { SearchIndex } from './search-index';
import { searchIndexSettings } from './settings';

/** What holds for `connectSearchIndex`. */
export interface ConnectSearchIndexOptions {
  /**
   * Makes the connection to the database that holds the index: a pool of `pg`, for example
   * `() => connectDatabase('EVENTS_DATABASE', { Pool, secrets })`. Asked where the engine is PostgreSQL, at the first use.
   */
  readonly database: () => SqlClient | Promise<SqlClient>;
  /** How requests to OpenSearch are sent, where that is the engine. */
  readonly openSearch?: OpenSearchClientOptions;
  /** @default process.env */
  readonly environment?: Environment;
}

/**
 * Connects to an index that is wired to this function, whichever engine holds it.
 *
 * @param name the name under which the index is wired: `EVENTS`
 * @throws MissingSettingError when the index is not wired to this function
 */
export function connectSearchIndex(name: string, { database, openSearch, environment }: ConnectSearchIndexOptions): SearchIndex {
  const settings = searchIndexSettings(name, environment);
  const engine = settings.engine === 'postgres'
    ? new PostgresEngine(connecting(database), settings)
    : new OpenSearchEngine(openSearchClient(settings.endpoint!, { environment, ...openSearch }), settings, openSearch?.clock);
  return new SearchIndex({ engine, fields: settings.fields });
}

/** A connection that is made at its first use, and tried again by the next when that fails. */
function connecting(connect: () => SqlClient | Promise<SqlClient>): SqlClient {
  let client: Promise<SqlClient> | undefined;
  const connected = async () => connect();
  return {
    query: async (text, values) => {
      client ??= connected().catch((error: unknown) => {
        client = undefined;
        throw error;
      });
      return (await client).query(text, values);
    },
  };
}
