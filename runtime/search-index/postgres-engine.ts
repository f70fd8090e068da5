import type { OrderedChange } from './documents';
import type { IndexGenerations, SearchEngine } from './engine';
import { GENERATIONS_TABLE, PostgresSchema, quoted } from './postgres-schema';
import {
  boundsOf, type FacetCount, pageOf, type ParsedQuery, type ParsedText, type SearchFilter, type SearchHit, type SearchResult,
} from './query';
import type { SearchField, SearchIndexSettings } from './settings';
import { alike, allowedTypos } from './typos';

/** What runs SQL: a pool or a client of `pg`. */
export interface SqlClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: object[] }>;
}

/** Numbers of ts_rank for the weights D, C, B and A. */
const WEIGHTS = '\'{0.125,0.25,0.5,1}\'';
/** Of ts_rank: long documents do not win by length, and the rank stays below 1. */
const NORMALIZATION = 1 | 32;
const MOST_ALIKE = 50;
const MOST_VALUES = 100;

/**
 * Documents in PostgreSQL: words in a `tsvector` with a GIN index, each stemmed by the language of the index; typos by way of a
 * dictionary of all words with an index of their trigrams (`pg_trgm`).
 *
 * Round trips: two for a write, one for a search and one more for its typos and for each facet.
 */
export class PostgresEngine implements SearchEngine {
  private readonly schema: PostgresSchema;

  constructor(private readonly sql: SqlClient, settings: Pick<SearchIndexSettings, 'index' | 'language' | 'fields'>) {
    this.schema = new PostgresSchema(settings);
  }

  public async create(): Promise<void> {
    if (!await this.generations()) {
      await this.sql.query(this.schema.create);
    }
  }

  public async generations(): Promise<IndexGenerations | undefined> {
    const rows = await this.unlessMissing(() => this.rows<{ live: number; building: number | null }>(
      `SELECT live, building FROM ${GENERATIONS_TABLE} WHERE name = $1`, [this.schema.name]));
    return rows?.[0] && { live: rows[0].live, building: rows[0].building ?? undefined };
  }

  public async write(generation: number, changes: readonly OrderedChange[]): Promise<Map<string, string>> {
    if (changes.length === 0) {
      return new Map();
    }
    try {
      // One that is gone by now was made before what is being written, and the one in its place has it.
      await this.unlessMissing(() => this.upsert(generation, changes));
      return new Map();
    } catch (error) {
      if (!isDataError(error)) {
        throw error;
      }
      if (changes.length === 1) {
        return new Map([[changes[0]!.id, (error as Error).message]]);
      }
      const middle = Math.ceil(changes.length / 2);
      const first = await this.write(generation, changes.slice(0, middle));
      return new Map([...first, ...await this.write(generation, changes.slice(middle))]);
    }
  }

  public async search(query: ParsedQuery): Promise<SearchResult> {
    const answer = () => this.answer(query);
    try {
      return await answer();
    } catch (error) {
      if (!isMissing(error)) {
        throw error;
      }
    }
    // Switched under the search, or never written to.
    return await this.unlessMissing(answer) ?? { hits: [], facets: {} };
  }

  public async open(): Promise<number> {
    const [row] = await this.rows<{ building: number }>(this.schema.open);
    return row!.building;
  }

  public async switchTo(generation: number): Promise<boolean> {
    const [row] = await this.rows<{ live: number }>(this.schema.switchTo(generation));
    return row?.live === generation;
  }

  public async sweep(olderThanSeconds: number): Promise<void> {
    const generations = await this.generations();
    for (const generation of [generations?.live, generations?.building]) {
      if (generation !== undefined) {
        await this.unlessMissing(() => this.sql.query(
          `DELETE FROM ${this.schema.table(generation)} WHERE deleted_at < now() - make_interval(secs => $1)`, [olderThanSeconds]));
      }
    }
  }

  private async upsert(generation: number, changes: readonly OrderedChange[]): Promise<void> {
    const table = this.schema.table(generation);
    const dictionary = this.schema.dictionary(generation);
    await this.sql.query(`
      WITH given AS (SELECT id, version, fields::jsonb FROM unnest($1::text[], $2::bigint[], $3::text[]) AS given (id, version, fields)),
      written AS (
        INSERT INTO ${table} AS kept (id, version, fields, deleted_at)
        SELECT id, version, fields, CASE WHEN fields IS NULL THEN now() END FROM given ORDER BY id COLLATE "C"
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, fields = excluded.fields, deleted_at = excluded.deleted_at
        WHERE kept.version <= excluded.version)
      INSERT INTO ${dictionary}
      SELECT DISTINCT new.word COLLATE "C"
      FROM given, unnest(tsvector_to_array(to_tsvector('simple', ${this.schema.textOf('fields')}))) AS new (word)
      WHERE length(new.word) BETWEEN 3 AND 64 AND NOT EXISTS (SELECT FROM ${dictionary} AS known WHERE known.word = new.word COLLATE "C")
      ORDER BY 1 ON CONFLICT DO NOTHING`,
    [
      changes.map(({ id }) => id),
      changes.map(({ order }) => String(order)),
      changes.map(({ fields }) => fields ? JSON.stringify(fields) : null),
    ]);
  }

  private async answer(query: ParsedQuery): Promise<SearchResult> {
    const { sql, values, score } = await this.matching(query);
    const after = query.after;
    const value = (given: unknown) => `$${values.push(given)}`;
    const facets = await Promise.all(query.facets.map(async (name) => [name, await this.count(name, sql, [...values])] as const));
    const rows = await this.rows<SearchHit>(`
      SELECT id, score, fields FROM (SELECT id, fields, (${score})::float8 AS score FROM ${sql}) AS found
      ${after ? `WHERE score < ${value(after.score)} OR score = ${value(after.score)} AND id > ${value(after.id)}` : ''}
      ORDER BY score DESC, id LIMIT ${query.limit + 1}`, values);
    return { ...pageOf(rows, query.limit), facets: Object.fromEntries(facets) };
  }

  /** What is found, as the rest of a statement behind FROM, and how well it fits. */
  private async matching({ text, filters, typos }: ParsedQuery): Promise<{ sql: string; values: unknown[]; score: string }> {
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    const conditions = filters.map(([field, filter]) => condition(field, filter, value));
    let score = '0';
    if (text) {
      const alternatives = typos ? await this.alternatives(text.words) : [];
      const { exact, found } = this.wanted(text, alternatives, value);
      conditions.push(`words @@ (${found})`);
      score = `CASE WHEN words @@ (${exact}) THEN 1 ELSE 0 END + ts_rank(${WEIGHTS}, words, ${found}, ${NORMALIZATION})`;
    }
    return { sql: `${this.schema.view} WHERE ${['true', ...conditions].join(' AND ')}`, values, score };
  }

  private wanted({ words, phrases, excluded }: ParsedText, alternatives: readonly string[], value: (given: unknown) => string) {
    const { language } = this.schema;
    const plain = words.map((word) => `plainto_tsquery(${language}, ${value(word)})`);
    const rest = [
      ...phrases.map((phrase) => `phraseto_tsquery(${language}, ${value(phrase)})`),
      ...excluded.map((phrase) => `!!phraseto_tsquery(${language}, ${value(phrase)})`),
    ];
    const either = plain.map((word, index) => alternatives[index] ? `(${word} || ${value(alternatives[index])}::tsquery)` : word);
    return { exact: [...plain, ...rest].join(' && '), found: [...either, ...rest].join(' && ') };
  }

  /** For each word the words of the index that differ from it by typos only, as a query. */
  private async alternatives(words: readonly string[]): Promise<string[]> {
    const asked = words.map((word) => word.toLowerCase());
    if (asked.every((word) => allowedTypos(word) === 0)) {
      return [];
    }
    const rows = await this.rows<{ position: number; word: string; query: string }>(`
      SELECT position::int, known.word, plainto_tsquery(${this.schema.language}, known.word)::text AS query
      FROM unnest($1::text[]) WITH ORDINALITY AS asked (word, position),
      LATERAL (SELECT word FROM ${this.schema.dictionaryView} AS known WHERE known.word % asked.word
        ORDER BY similarity(known.word, asked.word) DESC, known.word LIMIT ${MOST_ALIKE}) AS known
      WHERE numnode(plainto_tsquery(${this.schema.language}, asked.word)) > 0`, [asked]);
    return asked.map((word, index) => rows
      .filter((row) => row.position === index + 1 && row.query !== '' && alike(word, row.word, allowedTypos(word)))
      .map((row) => `(${row.query})`).join(' | '));
  }

  private count(name: string, sql: string, values: unknown[]): Promise<FacetCount[]> {
    const field = `fields->${quoted(name)}`;
    return this.rows<FacetCount>(`
      SELECT value, count(*)::int AS count FROM (SELECT ${field} AS held FROM ${sql}) AS found,
      LATERAL jsonb_array_elements_text(CASE jsonb_typeof(held) WHEN 'array' THEN held WHEN 'string' THEN jsonb_build_array(held) ELSE '[]' END) AS value
      GROUP BY value ORDER BY count DESC, value COLLATE "C" LIMIT ${MOST_VALUES}`, values);
  }

  private async rows<Row extends object>(text: string, values?: unknown[]): Promise<Row[]> {
    // Of several statements the last one answers.
    const result = [await this.sql.query(text, values)].flat().at(-1);
    return result!.rows as Row[];
  }

  private async unlessMissing<Result>(task: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await task();
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw error;
    }
  }
}

function condition({ name, kind }: SearchField, filter: SearchFilter, value: (given: unknown) => string): string {
  const field = quoted(name);
  if (kind === 'keyword') {
    return `fields->${field} ?| ${value([filter].flat())}::text[]`;
  }
  const { from, to } = boundsOf(filter);
  const bounds = [...from === undefined ? [] : [['>=', from]], ...to === undefined ? [] : [['<=', to]]];
  return bounds.map(([sign, bound]) => `(fields->>${field})::numeric ${sign} ${value(bound)}`).join(' AND ') || 'true';
}

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code ?? '');
/** No such table, or one that was dropped after the statement had found it. */
const isMissing = (error: unknown) => codeOf(error) === '42P01'
  || codeOf(error) === 'XX000' && (error as Error).message.startsWith('could not open relation');
/** Data that no attempt gets in: what does not fit its type, or is too long. */
const isDataError = (error: unknown) => ['22', '54'].includes(codeOf(error).slice(0, 2));
