import type { OrderedChange } from './documents';
import { boundsOf, type ParsedQuery, type ParsedText, type SearchFilter } from './query';
import type { SearchField, SearchIndexSettings } from './settings';

/** All text of a document that is searched is in it too, since a search is for words anywhere in the document. */
const WORDS = 'words';
/** A document that is found as it was asked for comes before all that are found by their typos only. */
const EXACT_BOOST = 1000;
const MOST_VALUES = 100;
/**
 * A score depends on the document and the query alone: how often the word is in it, and how long it is. The usual one (BM25) also
 * looks at all other documents, so that every change of one of them would shift the pages of everybody.
 */
const SIMILARITY = 'return query.boost * Math.sqrt(doc.freq) / Math.sqrt(doc.length);';

/** What a new generation is made of. */
export function indexBody({ language, fields, shards = 1, replicas = 1 }: SearchIndexSettings): object {
  const analyzer = language === 'simple' ? 'standard' : language;
  const types = {
    text: { type: 'text', analyzer, copy_to: WORDS },
    keyword: { type: 'keyword' },
    number: { type: 'double' },
  };
  return {
    settings: {
      index: {
        number_of_shards: shards,
        number_of_replicas: replicas,
        similarity: { default: { type: 'scripted', script: { source: SIMILARITY } } },
      },
    },
    mappings: {
      dynamic: false,
      properties: {
        id: { type: 'keyword' },
        deleted_at: { type: 'date' },
        [WORDS]: { type: 'text', analyzer },
        fields: { dynamic: false, properties: Object.fromEntries(fields.map(({ name, kind }) => [name, types[kind]])) },
      },
    },
  };
}

/**
 * Changes for `_bulk`. The version of a document is not that of OpenSearch but ours: of two writers the one with the newer
 * version wins, whoever comes last. A deletion is a document too, since OpenSearch forgets deletions after a minute.
 */
export function bulkBody(changes: readonly OrderedChange[], now: number): string {
  return changes.map(({ id, order, fields }) => {
    // A version may have more digits than a number of JavaScript.
    const action = `{"index":{"_id":${JSON.stringify(id)},"version":${order},"version_type":"external_gte"}}`;
    return `${action}\n${JSON.stringify(fields ? { id, fields } : { id, deleted_at: now })}\n`;
  }).join('');
}

/** The body of `_search`. */
export function searchBody(query: ParsedQuery, fields: readonly SearchField[]): object {
  const { text, filters, facets, limit, after } = query;
  const wanted = text && textQuery(text, query.typos, fields);
  return {
    size: limit + 1,
    _source: ['fields'],
    track_total_hits: false,
    query: {
      bool: {
        must: wanted?.must ?? [],
        should: wanted?.should ?? [],
        must_not: [{ exists: { field: 'deleted_at' } }, ...wanted?.excluded ?? []],
        filter: filters.map(([field, filter]) => filterQuery(field, filter)),
        minimum_should_match: 0,
      },
    },
    sort: [{ _score: 'desc' }, { id: 'asc' }],
    ...after && { search_after: [after.score, after.id] },
    ...facets.length > 0 && {
      aggs: Object.fromEntries(facets.map((name) => [name, { terms: { field: `fields.${name}`, size: MOST_VALUES } }])),
    },
  };
}

function textQuery({ words, phrases, excluded }: ParsedText, typos: boolean, fields: readonly SearchField[]) {
  const joined = words.join(' ');
  // Words that every text has are passed over, unless there are no others.
  const several = words.length > 0 && phrases.length > 0 || phrases.length > 1;
  const none = { zero_terms_query: several ? 'all' : 'none' };
  const phrase = (query: string, more = {}) => ({ match_phrase: { [WORDS]: { query, ...more } } });
  const match = (more = {}) => ({ match: { [WORDS]: { query: joined, operator: 'and', ...none, ...more } } });
  return {
    must: [...joined ? [match(typos ? { fuzziness: 'AUTO' } : {})] : [], ...phrases.map((each) => phrase(each, none))],
    should: joined ? [
      { constant_score: { filter: match(), boost: EXACT_BOOST } },
      {
        multi_match: {
          query: joined,
          type: 'most_fields',
          fields: fields.flatMap(({ name, kind, weight = 1 }) => kind === 'text' ? [`fields.${name}^${weight}`] : []),
        },
      },
    ] : [],
    excluded: excluded.map((each) => phrase(each)),
  };
}

function filterQuery({ name, kind }: SearchField, filter: SearchFilter): object {
  if (kind === 'keyword') {
    return { terms: { [`fields.${name}`]: [filter].flat() } };
  }
  const { from, to } = boundsOf(filter);
  return { range: { [`fields.${name}`]: { ...from !== undefined && { gte: from }, ...to !== undefined && { lte: to } } } };
}
