import type { Size } from 'aws-cdk-lib';

/** Between what a serverless cache scales. */
export interface ServerlessLimits {
  /**
   * The most data it holds, 1 to 5000 GiB; then keys that expire are evicted, and writes fail when there are none.
   * @default - 5000 GiB, the most there is
   */
  readonly maxStorage?: Size;
  /**
   * The data it is paid for at least, 1 to 5000 GiB.
   * @default - none
   */
  readonly minStorage?: Size;
  /**
   * The most request units (ECPU: 1 kB read or written) a second, 1,000 to 15,000,000; what is above is throttled.
   * @default - 15,000,000, the most there is
   */
  readonly maxRequestUnits?: number;
  /**
   * The request units a second that are always ready and paid for, 1,000 to 15,000,000. Without them a cache carries about
   * 30,000 at once and doubles every ten to twelve minutes.
   * @default - none
   */
  readonly minRequestUnits?: number;
}

/** Nodes that a cache runs on. */
export interface NodeOptions {
  /**
   * The type of each node.
   * @default - follows from `items` and `traffic`; `cache.t4g.micro` without them
   */
  readonly nodeType?: string;
  /**
   * Over how many nodes keys are spread: shards (1 to 500), or the nodes of Memcached (1 to 60).
   * @default - follows from `items` and `traffic`; else 1, and 2 for Memcached under PRODUCTION
   */
  readonly shards?: number;
  /**
   * Replicas of each shard, 0 to 5, in other availability zones. The first one takes over when its primary fails.
   * @default - 0 under SANDBOX, 1 under PRODUCTION; Memcached has none
   */
  readonly replicas?: number;
  /**
   * Speaks the cluster protocol, which can be resharded online and which clients have to understand.
   * @default - when there is more than one shard
   */
  readonly clusterMode?: boolean;
}

/** What a cache runs on. */
export class CacheCapacity {
  /**
   * Capacity that follows the load, over several availability zones, paid for what is stored and done. It speaks the
   * cluster protocol and evicts by `volatile-lru`; both are fixed.
   */
  public static serverless(limits: ServerlessLimits = {}): CacheCapacity {
    return new CacheCapacity(limits);
  }

  /** Nodes of a size that is chosen and paid for by the hour. */
  public static nodes(options: NodeOptions = {}): CacheCapacity {
    return new CacheCapacity(undefined, options);
  }

  private constructor(
    /** Between what it scales; undefined when it runs on nodes. */
    public readonly serverlessLimits?: ServerlessLimits,
    /** The nodes it runs on; undefined when it is serverless. */
    public readonly nodeOptions?: NodeOptions,
  ) {}
}
