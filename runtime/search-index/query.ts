import { SearchQueryError } from './errors';
import type { SearchFields } from './documents';
import type { SearchField } from './settings';

/** Numbers within bounds, which belong to it. */
export interface NumberRange {
  readonly from?: number;
  readonly to?: number;
}

/** What a field must be: one value, any of several, or a number within bounds. */
export type SearchFilter = string | number | readonly string[] | NumberRange;

/** What is asked. */
export interface SearchQuery {
  /**
   * Words that must all occur, in any form of the language and with small typos; `"words in quotes"` as they stand; `-word` must
   * not occur.
   * @default - whatever the filters let through, in the order of ids
   */
  readonly text?: string;
  /** What fields of kind keyword and number must be. */
  readonly filters?: Readonly<Record<string, SearchFilter>>;
  /** Fields of kind keyword whose values are counted over everything that is found; up to 100 values each. */
  readonly facets?: readonly string[];
  /**
   * How many are answered at most, 1 to 100.
   * @default 10
   */
  readonly limit?: number;
  /** Where the page before ended: its `cursor`. */
  readonly cursor?: string;
  /**
   * Whether words that are almost the same are found too.
   * @default true
   */
  readonly typos?: boolean;
}

/** A document that was found. */
export interface SearchHit {
  readonly id: string;
  /** How well it fits: higher is better. Comparable within one search only. */
  readonly score: number;
  readonly fields: SearchFields;
}

/** A value of a field, and in how many of the found documents it is. */
export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

/** An answer. */
export interface SearchResult {
  /** Best first; of the same score in the order of ids. */
  readonly hits: readonly SearchHit[];
  /** Where the next page begins; undefined at the end. */
  readonly cursor?: string;
  /** By field. */
  readonly facets: Readonly<Record<string, readonly FacetCount[]>>;
}

/** A query that an engine can answer. */
export interface ParsedQuery {
  /** Undefined when nothing is searched for, so that the filters alone decide. */
  readonly text?: ParsedText;
  readonly filters: readonly (readonly [field: SearchField, filter: SearchFilter])[];
  readonly facets: readonly string[];
  readonly limit: number;
  readonly after?: Position;
  readonly typos: boolean;
}

/** The parts of a text that somebody typed. */
export interface ParsedText {
  readonly words: readonly string[];
  readonly phrases: readonly string[];
  readonly excluded: readonly string[];
}

/** Where a page ended. */
export interface Position {
  readonly score: number;
  readonly id: string;
}

const MOST_HITS = 100;
const MOST_WORDS = 32;

/** @throws SearchQueryError when it cannot be answered as it is asked */
export function parseQuery(query: SearchQuery, fields: readonly SearchField[]): ParsedQuery {
  const { limit = 10, filters = {}, facets = [], typos = true } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_HITS) {
    throw new SearchQueryError(`limit is ${limit}, not a whole number from 1 to ${MOST_HITS}`);
  }
  const fieldOf = (name: string) => fields.find((field) => field.name === name && field.kind !== 'text');
  const wrongFacet = facets.find((name) => fieldOf(name)?.kind !== 'keyword');
  if (wrongFacet !== undefined) {
    throw new SearchQueryError(`'${wrongFacet}' is no keyword of this index`);
  }
  const given = Object.entries(filters).filter(([, filter]) => filter !== undefined);
  return {
    text: query.text === undefined ? undefined : parseText(query.text),
    filters: given.map(([name, filter]) => [checked(fieldOf(name), name, filter), filter]),
    facets,
    limit,
    after: query.cursor === undefined ? undefined : positionOf(query.cursor),
    typos,
  };
}

/** Never fails: whatever is typed means something, or nothing. */
function parseText(text: string): ParsedText | undefined {
  const parts = [...text.normalize('NFC').matchAll(/(-?)"([^"]*)"?|(-?)([^\s"]+)/g)].slice(0, MOST_WORDS);
  const found = parts.map(([, notPhrase, phrase, notWord, word]) => ({
    excluded: (notPhrase || notWord) === '-', phrase: phrase !== undefined, text: (phrase ?? word!).trim(),
  })).filter((part) => /[\p{L}\p{N}]/u.test(part.text));
  if (found.length === 0) {
    return undefined;
  }
  const select = (excluded: boolean, phrase: boolean) =>
    found.filter((part) => part.excluded === excluded && part.phrase === phrase).map((part) => part.text);
  return { words: select(false, false), phrases: select(false, true), excluded: [...select(true, false), ...select(true, true)] };
}

function checked(field: SearchField | undefined, name: string, filter: SearchFilter): SearchField {
  if (!field) {
    throw new SearchQueryError(`'${name}' is no keyword and no number of this index`);
  }
  const kept = field.kind === 'keyword'
    ? [filter].flat().every((value) => typeof value === 'string')
    : typeof filter === 'number' || isRange(filter);
  if (!kept) {
    throw new SearchQueryError(`the filter of '${name}' is ${JSON.stringify(filter)}, which fits no ${field.kind}`);
  }
  return field;
}

const isRange = (filter: SearchFilter): filter is NumberRange => typeof filter === 'object' && !Array.isArray(filter)
  && [(filter as NumberRange).from, (filter as NumberRange).to].every((bound) => bound === undefined || Number.isFinite(bound));

/** The bounds of a filter of a number. */
export const boundsOf = (filter: SearchFilter): NumberRange =>
  typeof filter === 'number' ? { from: filter, to: filter } : filter as NumberRange;

/** The page of the hits, and where the next one begins: one more than the limit was asked for. */
export function pageOf(found: readonly SearchHit[], limit: number): Pick<SearchResult, 'hits' | 'cursor'> {
  const hits = found.slice(0, limit);
  const last = hits.at(-1);
  return { hits, cursor: found.length > limit && last ? cursorOf(last) : undefined };
}

const cursorOf = ({ score, id }: Position) => Buffer.from(JSON.stringify([score, id])).toString('base64url');

function positionOf(cursor: string): Position {
  try {
    const [score, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (typeof score === 'number' && typeof id === 'string') {
      return { score, id };
    }
  } catch {
    // Said below.
  }
  throw new SearchQueryError('cursor is not one that a search has answered');
}
