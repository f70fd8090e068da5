/** What runs a cache. */
export enum CacheEngine {
  /** The open-source successor of Redis OSS, with its protocol; a fifth to a third cheaper than the others. */
  VALKEY = 'valkey',
  /** Redis OSS. */
  REDIS = 'redis',
  /** Plain keys and values, no replicas, no snapshots, no users. */
  MEMCACHED = 'memcached',
}

/** Which keys give way when memory is full. */
export enum CacheEviction {
  /** The least recently used of all keys. */
  ALLKEYS_LRU = 'allkeys-lru',
  /** The least frequently used of all keys. */
  ALLKEYS_LFU = 'allkeys-lfu',
  /** Any key. */
  ALLKEYS_RANDOM = 'allkeys-random',
  /** The least recently used of the keys that expire. Keys without a time to live stay. */
  VOLATILE_LRU = 'volatile-lru',
  /** The least frequently used of the keys that expire. */
  VOLATILE_LFU = 'volatile-lfu',
  /** Any of the keys that expire. */
  VOLATILE_RANDOM = 'volatile-random',
  /** The key that expires soonest. */
  VOLATILE_TTL = 'volatile-ttl',
  /** None: writes fail when memory is full. */
  NO_EVICTION = 'noeviction',
}

/** What a cache is for. */
export enum CacheUse {
  /** Copies of what can be read or computed again. */
  CACHE = 'cache',
  /** The broker of a task queue such as Celery: lists that nothing may evict, on one shard. */
  BROKER = 'broker',
}

/** How clients prove who they are. */
export enum CacheAuthentication {
  /** With a token of 15 minutes that they sign with their IAM role. No secret exists. */
  IAM = 'iam',
  /** With a password that is generated into AWS Secrets Manager. */
  PASSWORD = 'password',
}

/** The version of an engine that is made unless another one is asked for. */
export const DEFAULT_VERSION: { readonly [engine in CacheEngine]: string } = {
  [CacheEngine.VALKEY]: '8.2',
  [CacheEngine.REDIS]: '7.1',
  [CacheEngine.MEMCACHED]: '1.6.22',
};

/** The port on which an engine listens unless told otherwise. */
export const DEFAULT_PORT: { readonly [engine in CacheEngine]: number } = {
  [CacheEngine.VALKEY]: 6379,
  [CacheEngine.REDIS]: 6379,
  [CacheEngine.MEMCACHED]: 11211,
};

/** The family of parameters of a version: `valkey8`, `redis7`, `memcached1.6`. */
export function parameterFamily(engine: CacheEngine, version: string): string {
  const [major, minor] = version.split('.');
  return engine === CacheEngine.MEMCACHED
    ? `memcached${major}.${minor}`
    : engine === CacheEngine.REDIS && major === '6' ? 'redis6.x' : `${engine}${major}`;
}
