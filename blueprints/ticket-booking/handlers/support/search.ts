import { connectSearchIndex, type SearchIndex } from '../../../../runtime';
import { poolOf } from './database';

/** What events are found by, in PostgreSQL or OpenSearch, as it is wired. */
export function openIndex(): SearchIndex {
  const pool = poolOf('SEARCH_DATABASE');
  return connectSearchIndex('SEARCH', { database: () => ({ query: async (text, values) => (await pool()).query(text, values?.slice()) }) });
}
