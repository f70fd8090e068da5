import type { SearchIndexSettings } from './settings';

/** The table of every index of the database, and which of its generations is what. */
export const GENERATIONS_TABLE = 'search_generations';

/** The letters by which PostgreSQL weighs the words of a document, by weight. */
const WEIGHT_LETTERS: Readonly<Record<number, string>> = { 1: 'D', 2: 'C', 4: 'B', 8: 'A' };

/** The statements of one index. `generation` in them is put in by PostgreSQL or by `ofGeneration`. */
export class PostgresSchema {
  /** Searches go here: views of the live generation, which are replaced in one step. */
  public readonly view: string;
  public readonly dictionaryView: string;
  /** The language, as PostgreSQL takes it. */
  public readonly language: string;

  private readonly lock: string;

  constructor(private readonly settings: Pick<SearchIndexSettings, 'index' | 'language' | 'fields'>) {
    const { index, language } = settings;
    if (!/^[a-z][a-z0-9_]{0,44}$/.test(index) || !/^[a-z]+$/.test(language)) {
      throw new TypeError(`'${index}' is no name of an index, or '${language}' none of a language`);
    }
    this.view = index;
    this.dictionaryView = `${index}_words`;
    this.language = `'pg_catalog.${language}'::regconfig`;
    this.lock = `PERFORM pg_advisory_xact_lock(hashtextextended('${GENERATIONS_TABLE}/${index}', 0));`;
  }

  public get name(): string {
    return this.settings.index;
  }

  public table(generation: number | string): string {
    return `${this.name}_g${generation}`;
  }

  public dictionary(generation: number | string): string {
    return `${this.name}_g${generation}_words`;
  }

  /** All the text of a document that is searched, as an expression over its fields. */
  public textOf(fields: string): string {
    return `concat_ws(' ', ${this.texts.map(({ name }) => `${fields}->>${quoted(name)}`).join(', ')})`;
  }

  /** Makes the first generation, unless there is one. */
  public get create(): string {
    return this.block(`
      CREATE TABLE IF NOT EXISTS ${GENERATIONS_TABLE} (name text PRIMARY KEY, live int NOT NULL, building int, last int NOT NULL);
      IF NOT EXISTS (SELECT FROM ${GENERATIONS_TABLE} WHERE name = '${this.name}') THEN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        ${this.createGeneration('1')}
        ${this.replaceViews('1')}
        INSERT INTO ${GENERATIONS_TABLE} VALUES ('${this.name}', 1, NULL, 1);
      END IF;`);
  }

  /** Makes the next generation, drops one that was being made, and answers its number. */
  public get open(): string {
    return `${this.block(`
      SELECT * INTO known FROM ${GENERATIONS_TABLE} WHERE name = '${this.name}';
      ${this.drop('known.building')}
      generation := known.last + 1;
      ${this.execute(this.createGeneration('$generation$'))}
      UPDATE ${GENERATIONS_TABLE} SET building = generation, last = generation WHERE name = '${this.name}';`)};
      SELECT building FROM ${GENERATIONS_TABLE} WHERE name = '${this.name}'`;
  }

  /** Has searches go to a generation, drops the one before, and answers which one is live. */
  public switchTo(number: number): string {
    return `${this.block(`
      SELECT * INTO known FROM ${GENERATIONS_TABLE} WHERE name = '${this.name}';
      IF known.building = ${number} THEN
        ${this.replaceViews(String(number))}
        UPDATE ${GENERATIONS_TABLE} SET live = ${number}, building = NULL WHERE name = '${this.name}';
        ${this.drop('known.live')}
      END IF;`)};
      SELECT live FROM ${GENERATIONS_TABLE} WHERE name = '${this.name}'`;
  }

  private get texts() {
    return this.settings.fields.filter(({ kind }) => kind === 'text');
  }

  /** One at a time for each index; a transaction of its own. */
  private block(body: string): string {
    return `DO $do$ DECLARE known record; generation int; BEGIN ${this.lock} ${body} END $do$`;
  }

  private createGeneration(generation: string): string {
    const table = this.table(generation);
    const words = this.texts.map(({ name, weight = 1 }) =>
      `setweight(to_tsvector(${this.language}, coalesce(fields->>${quoted(name)}, '')), '${WEIGHT_LETTERS[weight]}')`);
    const filters = this.settings.fields.filter(({ kind }) => kind !== 'text').map(({ name, kind }, position) => kind === 'keyword'
      ? `CREATE INDEX ${table}_f${position} ON ${table} USING gin ((fields->${quoted(name)}));`
      : `CREATE INDEX ${table}_f${position} ON ${table} (((fields->>${quoted(name)})::numeric));`);
    return `
      CREATE TABLE ${table} (
        id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, fields jsonb, deleted_at timestamptz,
        words tsvector GENERATED ALWAYS AS (${words.join(' || ')}) STORED);
      CREATE INDEX ${table}_words_in ON ${table} USING gin (words);
      CREATE INDEX ${table}_deleted ON ${table} (deleted_at) WHERE deleted_at IS NOT NULL;
      ${filters.join('\n')}
      CREATE TABLE ${this.dictionary(generation)} (word text COLLATE "C" PRIMARY KEY);
      CREATE INDEX ${table}_alike ON ${this.dictionary(generation)} USING gin (word gin_trgm_ops);`;
  }

  private replaceViews(generation: string): string {
    return `
      CREATE OR REPLACE VIEW ${this.view} AS SELECT id, fields, words FROM ${this.table(generation)} WHERE deleted_at IS NULL;
      CREATE OR REPLACE VIEW ${this.dictionaryView} AS SELECT word FROM ${this.dictionary(generation)};`;
  }

  private drop(generation: string): string {
    return `IF ${generation} IS NOT NULL THEN
      ${this.execute(`DROP TABLE IF EXISTS ${this.table('$generation$')}, ${this.dictionary('$generation$')};`, generation)}
    END IF;`;
  }

  private execute(statements: string, generation = 'generation'): string {
    return `EXECUTE replace($sql$${statements}$sql$, '$generation$', ${generation}::text);`;
  }
}

/** A text as SQL writes it. */
export const quoted = (text: string) => `'${text.replaceAll('\'', '\'\'')}'`;
