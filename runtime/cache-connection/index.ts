export { type ClusterOptions, connectCache, type NodeOptions, type ValkeyClasses } from './client';
export { cacheConnection, type CacheConnection } from './connection';
export { type AwsCredentials, cacheToken, type CacheTokenOptions, tokenSigner } from './token';
