export { type ExistingDomain } from './existing-domain';
export { SearchEngine, SearchLanguage } from './search-engine';
export { SearchField, type SearchTextOptions } from './search-field';
export { SearchIndex } from './search-index';
export { type SearchIndexProps, type SearchNodes } from './search-index-props';
