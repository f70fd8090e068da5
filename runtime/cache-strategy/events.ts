/**
 * What happens in a cache, as it is counted.
 *
 * - `hit`, `negativeHit`: answered by the cache with a value, or that there is none
 * - `stale`: answered by the cache with a value past its time, while it is loaded anew
 * - `miss`: not in the cache
 * - `loaded`, `refreshed`: loaded from the store, for a caller that waits, or for those to come
 * - `coalesced`: answered with what somebody else has loaded
 * - `outdated`: loaded, but not kept, since something was written meanwhile
 * - `refreshFailed`: not loaded anew; the old value is answered until it expires
 * - `cacheError`: the cache refused, or did not answer in time
 * - `bypassed`: the cache was not asked, since it has not answered lately
 */
export type CacheEvent =
  | 'hit' | 'negativeHit' | 'stale' | 'miss' | 'loaded' | 'refreshed' | 'coalesced' | 'outdated' | 'refreshFailed' | 'cacheError' | 'bypassed';

/** Told of every event. A `CountEvent` is one. */
export type CountCacheEvent = (event: CacheEvent) => void;
