import type { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { TrafficEstimate } from '../core/traffic-estimate';
import type { INetwork } from '../core/wiring';
import type { CacheCapacity } from './cache-capacity';
import type { CacheAuthentication, CacheEngine, CacheEviction, CacheUse } from './cache-engine';
import type { ExistingCache } from './existing-cache';

/** What a Cache is. */
export interface CacheProps {
  /**
   * What runs it.
   * @default CacheEngine.VALKEY
   */
  readonly engine?: CacheEngine;
  /**
   * The version of the engine; a serverless cache follows its major version.
   * @default - Valkey 8.2, Redis OSS 7.1, Memcached 1.6.22
   */
  readonly engineVersion?: string;
  /**
   * What it runs on.
   * @default - serverless for Valkey; nodes for brokers, and for Redis OSS and Memcached, whose serverless minimum is high
   */
  readonly capacity?: CacheCapacity;
  /**
   * What it is for. A broker runs on one shard, evicts nothing and is signed in to with a password.
   * @default CacheUse.CACHE
   */
  readonly use?: CacheUse;
  /**
   * How clients prove who they are. Memcached knows no users: there the security group alone decides.
   * @default - CacheAuthentication.IAM; PASSWORD for brokers, whose clients take no tokens
   */
  readonly authentication?: CacheAuthentication;
  /**
   * Which keys give way when memory is full. Serverless caches always evict by VOLATILE_LRU, Memcached any key by LRU.
   * @default - CacheEviction.VOLATILE_LRU; NO_EVICTION for brokers
   */
  readonly eviction?: CacheEviction;
  /**
   * The share of the memory of each node that is kept free for snapshots, replication and failover, 0 to 75 percent.
   * @default 25
   */
  readonly reservedMemoryPercent?: number;
  /**
   * How long daily snapshots are kept, 0 (none) to 35 days. Nodes of Memcached take none.
   * @default - none under SANDBOX, 15 days under PRODUCTION
   */
  readonly snapshotRetention?: Duration;
  /**
   * Writes slow commands and what the engine says about itself to log groups. Nodes of Valkey and Redis OSS only.
   * @default - under PRODUCTION
   */
  readonly logs?: boolean;
  /**
   * The port that nodes listen on, 1024 to 65535.
   * @default - 6379, Memcached 11211
   */
  readonly port?: number;
  /**
   * How many items it has to hold; together with `traffic`, which says how large one is.
   * @default - unknown
   */
  readonly items?: number;
  /**
   * What it has to carry. With `items`, the type and number of nodes follow from it.
   * @default - nothing is sized
   */
  readonly traffic?: TrafficEstimate;
  /**
   * The network that it lives in, and that its clients have to run in.
   * @default - the network of the stack: Network.of(this)
   */
  readonly network?: INetwork;
  /**
   * The key that encrypts data at rest. Nodes of Memcached keep nothing at rest.
   * @default - a key that ElastiCache owns, at no cost
   */
  readonly encryptionKey?: IKey;
  /**
   * The data may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * An existing cache to adopt. Nothing is created, and props that would shape a new cache are refused.
   * @default - a new cache
   */
  readonly cache?: ExistingCache;
}
