export { type ClusterOptions, connectCache, type NodeOptions, type ValkeyClasses } from './client';
export { cacheConnection, type CacheConnection } from './connection';
export { type AwsCredentials } from '../sigv4';
export { cacheToken, type CacheTokenOptions, tokenSigner } from './token';
