import { lastOfEach, type SearchChange, type SearchDocument, type SearchRemoval, throwIfRejected } from './documents';
import type { IndexGenerations, SearchEngine } from './engine';
import { ReindexSupersededError } from './errors';
import { parseQuery, type SearchQuery, type SearchResult } from './query';
import type { SearchField } from './settings';

/** What documents are found by, and what puts them there. */
export interface SearchClient {
  /** Makes the index, unless it is there. The first write does so too. */
  createIndex(): Promise<void>;

  /**
   * Puts documents, in place of older versions of them.
   *
   * @throws RejectedDocumentsError for documents that the index cannot hold, once the others are written
   */
  index(documents: readonly SearchDocument[]): Promise<void>;

  /** Removes documents. That they are gone is remembered, so that a change that comes late does not bring them back. */
  remove(removals: readonly SearchRemoval[]): Promise<void>;

  /** @throws SearchQueryError when it cannot be answered as it is asked */
  search(query: SearchQuery): Promise<SearchResult>;
}

/** What holds for `SearchIndex`. */
export interface SearchIndexOptions {
  readonly engine: SearchEngine;
  readonly fields: readonly SearchField[];
}

/** How long a deletion is remembered: the stream of a table keeps changes for a day, and failed ones are read again by hand. */
const REMEMBERED_SECONDS = 7 * 24 * 3600;

/**
 * An index of documents that is eventually consistent with where they come from. The version of a document decides, not when it
 * arrives: changes may come twice, late and in any order.
 */
export class SearchIndex implements SearchClient {
  private readonly engine: SearchEngine;
  private readonly fields: readonly SearchField[];

  constructor({ engine, fields }: SearchIndexOptions) {
    this.engine = engine;
    this.fields = fields;
  }

  public createIndex(): Promise<void> {
    return this.engine.create();
  }

  public index(documents: readonly SearchDocument[]): Promise<void> {
    return this.write(documents);
  }

  public remove(removals: readonly SearchRemoval[]): Promise<void> {
    return this.write(removals.map(({ id, version }) => ({ id, version })));
  }

  /**
   * Puts and removes documents in one go. While a reindex is under way both generations take the changes.
   *
   * @throws RejectedDocumentsError for documents that the index cannot hold, once the others are written
   */
  public async write(changes: readonly SearchChange[]): Promise<void> {
    if (changes.length === 0) {
      return;
    }
    const { last, rejected } = lastOfEach(changes, this.fields);
    const { live, building } = await this.generations();
    // The one to come first: whenever it becomes the live one, it is not behind.
    for (const generation of building === undefined ? [live] : [building, live]) {
      const refused = await this.engine.write(generation, last);
      refused.forEach((reason, id) => rejected.set(id, reason));
    }
    throwIfRejected(rejected);
  }

  public async search(query: SearchQuery): Promise<SearchResult> {
    return this.engine.search(parseQuery(query, this.fields));
  }

  /** Begins a further generation, which takes every change from now on. `reindex` fills it. */
  public async openGeneration(): Promise<number> {
    await this.engine.create();
    return this.engine.open();
  }

  /**
   * Writes into a generation that is being made.
   *
   * @throws ReindexSupersededError when another one is being made by now
   */
  public async fill(generation: number, changes: readonly SearchChange[]): Promise<void> {
    const { building } = await this.generations();
    if (building !== generation) {
      throw new ReindexSupersededError(`generation ${generation} is not being made any more`);
    }
    const { last, rejected } = lastOfEach(changes, this.fields);
    (await this.engine.write(generation, last)).forEach((reason, id) => rejected.set(id, reason));
    throwIfRejected(rejected);
  }

  /**
   * Searches go to a generation from now on.
   *
   * @throws ReindexSupersededError when another one is being made by now
   */
  public async switchTo(generation: number): Promise<void> {
    if (!await this.engine.switchTo(generation)) {
      throw new ReindexSupersededError(`generation ${generation} is not being made any more`);
    }
  }

  /** Forgets deletions that are older than a change can come late. */
  public sweep(olderThanSeconds = REMEMBERED_SECONDS): Promise<void> {
    return this.engine.sweep(olderThanSeconds);
  }

  private async generations(): Promise<IndexGenerations> {
    const found = await this.engine.generations();
    if (found) {
      return found;
    }
    await this.engine.create();
    return (await this.engine.generations())!;
  }
}
