import type { Duration } from 'aws-cdk-lib';
import type { Cache } from '../cache';
import type { KeyValueStore } from '../key-value-store';
import type { WorkQueue } from '../work-queue';

/** Who moves values between the cache and the store, and when. */
export enum CachingStrategy {
  /** The program loads what the cache does not have, writes the store itself and then invalidates. */
  CACHE_ASIDE = 'cache-aside',
  /** The cache loads what it does not have; the program writes the store itself and then invalidates. */
  READ_THROUGH = 'read-through',
  /** Writes go to the store, then to the cache: what was written is read from the cache. */
  WRITE_THROUGH = 'write-through',
  /** Writes go to the store only, and what the cache has is dropped: what is not read again takes no memory. */
  WRITE_AROUND = 'write-around',
  /** Writes go to a durable queue and the cache, and to the store later: short writes, and a store that is written evenly. */
  WRITE_BEHIND = 'write-behind',
}

/** Who loads when many miss the same key at once. */
export enum StampedeProtection {
  /** Everybody. */
  NONE = 'none',
  /** One in each process. */
  COALESCE = 'coalesce',
  /** One over all processes; the others wait for it. */
  LOCK = 'lock',
}

/** What a CacheStrategy does. */
export interface CacheStrategyProps {
  /** The cache: Valkey or Redis OSS. */
  readonly cache: Cache;
  /**
   * The store that holds the truth.
   * @default - the program has one of its own
   */
  readonly store?: KeyValueStore;
  /**
   * Who moves values between the cache and the store, and when.
   * @default CachingStrategy.CACHE_ASIDE
   */
  readonly strategy?: CachingStrategy;
  /**
   * How long a value is fresh, 1 s to 30 days. It bounds how long a wrong value can stay, whatever went wrong.
   * @default Duration.minutes(5)
   */
  readonly ttl?: Duration;
  /**
   * How long it is known that there is no value, 1 s to `ttl`.
   * @default - not at all: the store is asked every time
   */
  readonly negativeTtl?: Duration;
  /**
   * How long past its time a value is still answered, while it is loaded anew, 1 s to 30 days.
   * @default - not at all
   */
  readonly stale?: Duration;
  /**
   * By what share of it a time to live is shortened at most, at random, so that what was cached together does not expire
   * together; from 0 to 0.9.
   * @default 0.1
   */
  readonly jitter?: number;
  /**
   * The last share of its time in which a value that is read is loaded anew for those to come; above 0, and below 1 together with
   * `jitter`.
   * @default - a value is loaded when it is missing
   */
  readonly refreshAhead?: number;
  /**
   * Who loads when many miss the same key at once.
   * @default StampedeProtection.COALESCE
   */
  readonly stampede?: StampedeProtection;
  /**
   * How long a load may take, 1 s to 15 min. What takes longer is answered but not cached, and who waits for it waits no longer.
   * @default Duration.seconds(10)
   */
  readonly lease?: Duration;
  /**
   * What the keys of all entries begin with: 1 to 100 characters without blanks and braces. Strategies with the same one in one
   * cache share their entries.
   * @default - the path of the construct
   */
  readonly namespace?: string;
  /**
   * The queue that keeps writes until they are applied, when they are written behind: ordered by `key`.
   * @default - a new one
   */
  readonly queue?: WorkQueue;
  /**
   * The writes in the queue may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
}
