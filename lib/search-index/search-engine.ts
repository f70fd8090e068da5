/** What holds the documents of a SearchIndex. */
export enum SearchEngine {
  /** Tables of a relational database: full-text search of PostgreSQL. Nothing of its own to pay for. */
  POSTGRES = 'postgres',
  /** A domain of Amazon OpenSearch Service: ranks better, scales out, costs by the hour. */
  OPENSEARCH = 'opensearch',
}

/** The language of the texts: which words are forms of one another, and which are too common to be searched for. */
export enum SearchLanguage {
  DUTCH = 'dutch',
  ENGLISH = 'english',
  FRENCH = 'french',
  GERMAN = 'german',
  ITALIAN = 'italian',
  PORTUGUESE = 'portuguese',
  SPANISH = 'spanish',
  /** No language: every word counts, and only as it is written. */
  NONE = 'simple',
}
