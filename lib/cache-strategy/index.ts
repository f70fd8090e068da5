export { CacheStrategy } from './cache-strategy';
export { type CacheStrategyProps, CachingStrategy, StampedeProtection } from './cache-strategy-props';
export { type IInvalidation, type InvalidationOptions } from './invalidation';
