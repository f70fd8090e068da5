/** Where an entry of the cache is, and the lease of whoever loads it. */
export interface EntryKeys {
  readonly entry: string;
  readonly lease: string;
}

/**
 * The keys of an entry: `<namespace>:{<key>}` and `<namespace>:{<key>}:lease`. The braces are a hash tag: in a cluster both are
 * on the same shard, where one script reaches them. `%`, `{` and `}` of the key are percent-encoded, so that there is one tag.
 *
 * @throws TypeError when the key is empty, which no hash tag can be
 */
export function entryKeys(namespace: string, key: string): EntryKeys {
  if (key === '') {
    throw new TypeError('the key of a cache entry is empty');
  }
  const entry = `${namespace}:{${key.replace(/[%{}]/g, encodeURIComponent)}}`;
  return { entry, lease: `${entry}:lease` };
}

/**
 * The key under which an item of a table is cached: its partition key; with a sort key both with `/` between them, `%` and `/` of
 * the partition key percent-encoded. What invalidates on changes of a table finds entries by it.
 */
export function itemKey(partition: string | number, sort?: string | number): string {
  return sort === undefined ? String(partition) : `${String(partition).replace(/[%/]/g, encodeURIComponent)}/${sort}`;
}

/** The keys of the item that is cached under a key; the reverse of `itemKey`. */
export function keysOfItem(key: string, withSortKey: boolean): [partition: string, sort?: string] {
  if (!withSortKey) {
    return [key];
  }
  const slash = key.indexOf('/');
  if (slash < 1) {
    throw new TypeError(`'${key}' is not a key of an item with a sort key; itemKey(partition, sort) makes one`);
  }
  return [decodeURIComponent(key.slice(0, slash)), key.slice(slash + 1)];
}
