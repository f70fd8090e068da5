import type { Clock } from '../clock';
import type { StructuredLogger } from '../logger';
import type { ValkeyClient } from '../valkey';
import type { CountCacheEvent } from './events';
import type { Version } from './version';

/**
 * Who loads when many miss at once: `none`, each for itself; `coalesce`, one in each process; `lock`, one over all processes, and
 * the others wait for it.
 */
export type Stampede = 'none' | 'coalesce' | 'lock';

/** How values are cached. `cacheSettings` reads all but the client from the environment. */
export interface CacheOptions<Value> {
  /** The cache. */
  readonly client: ValkeyClient;
  /** What all keys begin with: whose they are. No braces. */
  readonly namespace: string;
  /**
   * How long a value is fresh.
   * @default 300
   */
  readonly ttlSeconds?: number;
  /**
   * How long it is known that there is no value.
   * @default - not at all: the store is asked every time
   */
  readonly negativeTtlSeconds?: number;
  /**
   * How long past its time a value is still answered, while it is loaded anew.
   * @default 0
   */
  readonly staleSeconds?: number;
  /**
   * By what share of it a time to live is shortened at most, at random, so that what was cached together does not expire
   * together; from 0 to below 1.
   * @default 0.1
   */
  readonly jitter?: number;
  /**
   * The last share of its time in which a value that is read is loaded anew, by one reader and for those to come; above 0, and
   * below 1 together with the jitter.
   * @default - a value is loaded when it is missing
   */
  readonly refreshAhead?: number;
  /**
   * Who loads when many miss at once.
   * @default coalesce
   */
  readonly stampede?: Stampede;
  /**
   * How long a load may take: what is loaded later is answered, but not kept. Who waits for another process waits no longer.
   * @default 10000
   */
  readonly leaseMilliseconds?: number;
  /**
   * How long the cache may take to answer, before the store is asked.
   * @default 100
   */
  readonly deadlineMilliseconds?: number;
  /**
   * The version of a value, a whole number that grows with every change of its key. The cache never replaces a value by an older
   * one.
   * @default - values have no versions
   */
  readonly versionOf?: (value: Value) => Version | undefined;
  /**
   * Told of every event.
   * @default - nobody
   */
  readonly count?: CountCacheEvent;
  /**
   * Told when the cache stops and starts answering: 'cache bypassed' and 'cache back'.
   * @default - nobody
   */
  readonly logger?: Pick<StructuredLogger, 'warn' | 'info'>;
  /** @default systemClock */
  readonly clock?: Clock;
  /**
   * Uniform in [0, 1).
   * @default Math.random
   */
  readonly random?: () => number;
}

/** Loads the value of a key, or undefined when there is none. It has to read what was written last: strongly consistent. */
export type Load<Value> = (key: string) => Promise<Value | undefined>;

/** Where values come from. */
export interface CacheSource<Value> {
  /** Loads the value of a key. */
  load(key: string): Promise<Value | undefined>;
}

/** Where values come from and go to. */
export interface WritableSource<Value> extends CacheSource<Value> {
  /**
   * Saves a value.
   *
   * @returns the value as it was saved, for example with its new version; nothing when it is the one that was given
   */
  save(key: string, value: Value): Promise<Value | void>;
  /** Removes a value. */
  remove?(key: string): Promise<unknown>;
}
