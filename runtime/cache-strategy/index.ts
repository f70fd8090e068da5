export type { CacheEvent, CountCacheEvent } from './events';
export { entryKeys, type EntryKeys, itemKey } from './keys';
export type { CacheOptions, CacheSource, Load, Stampede, WritableSource } from './options';
export { cacheSettings, type CacheSettings } from './settings';
export { CacheAside, ReadThrough, type SourceOptions, type WritableOptions, WriteAround, WriteThrough } from './strategies';
export { type Version } from './version';
