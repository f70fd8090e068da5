export { Cache } from './cache';
export { CacheCapacity, type NodeOptions, type ServerlessLimits } from './cache-capacity';
export { CacheAuthentication, CacheEngine, CacheEviction, CacheUse } from './cache-engine';
export { type CacheProps } from './cache-props';
export { type ExistingCache } from './existing-cache';
