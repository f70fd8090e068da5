import type { OrderedChange } from './documents';
import type { ParsedQuery, SearchResult } from './query';

/** The generations of an index: each is a whole index. */
export interface IndexGenerations {
  /** The one that is searched. */
  readonly live: number;
  /** The one that a reindex is making, and that takes every change too; undefined without one. */
  readonly building?: number;
}

/** What keeps the documents. */
export interface SearchEngine {
  /** Makes the first generation, unless it is there. */
  create(): Promise<void>;

  /** As of now: what was changed before is seen. Undefined when there is no index yet. */
  generations(): Promise<IndexGenerations | undefined>;

  /**
   * Writes the changes that are newer than what is there, or the same.
   *
   * @returns why documents were rejected, by id; all others are written
   */
  write(generation: number, changes: readonly OrderedChange[]): Promise<Map<string, string>>;

  /** Searches the live generation. Nothing is found while there is no index yet. */
  search(query: ParsedQuery): Promise<SearchResult>;

  /** Makes the next generation, which takes every change from now on. One that was being made is dropped. */
  open(): Promise<number>;

  /**
   * From now on the generation is the one that is searched; the one before is dropped.
   *
   * @returns false when another one is being made by now
   */
  switchTo(generation: number): Promise<boolean>;

  /** Forgets deletions that are older. */
  sweep(olderThanSeconds: number): Promise<void>;
}
