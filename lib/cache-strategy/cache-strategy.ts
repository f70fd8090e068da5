import { Construct, type IConstruct } from 'constructs';
import type { Cache } from '../cache';
import type { IQueueWorker } from '../core/queue-worker';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import type { KeyValueStore } from '../key-value-store';
import { type ConsumerOptions, WorkQueue } from '../work-queue/index';
import { type CacheStrategyProps, CachingStrategy, StampedeProtection } from './cache-strategy-props';
import { CACHE_STRATEGY_RULES, DEFAULT_JITTER, DEFAULT_TTL_SECONDS, INVALIDATION_RULES } from './cache-strategy-rules';
import { type IInvalidation, Invalidation, type InvalidationOptions, keysOf } from './invalidation';

/**
 * How values get from a store into a cache and back, and stay true there: who loads, who writes, how long what is cached holds,
 * what happens when many miss at once. The code does it with the class of the strategy in `cdk-system-blueprints/runtime`.
 */
export class CacheStrategy extends Construct implements IBackingService {
  /** The cache. */
  public readonly cache: Cache;
  /** The store that holds the truth; undefined when the program has one of its own. */
  public readonly store?: KeyValueStore;
  /** Where writes wait until they are applied; undefined unless they are written behind. */
  public readonly queue?: WorkQueue;
  /** What the keys of all entries begin with: `<namespace>:{<key>}`. */
  public readonly namespace: string;

  private readonly strategy: CachingStrategy;
  private readonly settings: string;
  private drained = false;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: CacheStrategyProps) {
    super(scope, id);
    enforce(this, CACHE_STRATEGY_RULES, props);
    this.cache = props.cache;
    recordWire(this, props.cache, 'is kept in');
    this.store = props.store;
    this.strategy = props.strategy ?? CachingStrategy.CACHE_ASIDE;
    this.namespace = props.namespace ?? this.node.path.replace(/[\s{}]/g, '-');
    this.settings = JSON.stringify({
      strategy: this.strategy,
      namespace: this.namespace,
      ttlSeconds: props.ttl?.toSeconds() ?? DEFAULT_TTL_SECONDS,
      negativeTtlSeconds: props.negativeTtl?.toSeconds(),
      staleSeconds: props.stale?.toSeconds(),
      jitter: props.jitter ?? DEFAULT_JITTER,
      refreshAhead: props.refreshAhead,
      stampede: props.stampede ?? StampedeProtection.COALESCE,
      leaseMilliseconds: props.lease?.toMilliseconds(),
    });
    if (this.strategy === CachingStrategy.WRITE_BEHIND) {
      this.queue = props.queue ?? new WorkQueue(this, 'Writes', { orderBy: 'key', disposable: props.disposable });
      // An adopted queue may be drained by another stack.
      const isOurs = !props.queue;
      this.node.addValidation({ validate: () => isOurs && !this.drained ? [NOT_DRAINED] : [] });
    }
  }

  /**
   * Lets compute read or write values by the strategy. Either needs the cache with `Access.READ_WRITE`, since who reads fills it;
   * of the store it gets what it asks for. Its code finds all variables of the cache, `<NAME>_TABLE_NAME` of the store,
   * `<NAME>_QUEUE_URL` of the writes, and the rest as JSON in `<NAME>_CACHE_STRATEGY`.
   *
   * @throws RuleError when the compute runs outside any network, where no cache is reached
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    this.tell(compute, options);
    const named = this.named(options);
    if (reads(access)) {
      this.store?.attach(compute, Access.READ, named);
    }
    if (writes(access)) {
      (this.queue ?? this.store)?.attach(compute, Access.WRITE, named);
    }
  }

  /**
   * Has compute apply the writes that wait in the queue: to the store, and then to the cache, in which it drops what is older.
   * The code answers with `queueConsumer` and `applyWrites` of `cdk-system-blueprints/runtime`.
   *
   * @throws RuleError when nothing is written behind, or the options break a rule of the queue
   */
  public drainedBy(worker: IQueueWorker, options: ConsumerOptions): IConstruct {
    if (!this.queue) {
      refuse(this, 'CacheStrategy.NothingToDrain', `drainedBy of ${this.strategy}`, 'CachingStrategy.WRITE_BEHIND, which alone has a queue');
    }
    const reader = this.queue.consumedBy(worker, { ...options, name: options.name ?? this.node.id });
    this.tell(worker, options);
    this.store?.attach(worker, Access.WRITE, this.named(options));
    this.drained = true;
    return reader;
  }

  /**
   * Drops the entry of an item whenever it changes, whoever has changed it: a function reads the changes of the store, usually
   * within a second. It finds the entries of whoever caches items under the keys that `itemKey` makes.
   *
   * @throws RuleError when the options break a rule, the cache wants a password, or what is written behind has no versions
   */
  public invalidateOn(store: KeyValueStore, options: InvalidationOptions = {}): IInvalidation {
    enforce(this, INVALIDATION_RULES, options);
    if (this.cache.secrets.length > 0) {
      refuse(this, 'CacheStrategy.InvalidationSignIn', `the cache ${this.cache.node.path}, which wants a password`,
        'a cache with CacheAuthentication.IAM, or a function of your own');
    }
    if (this.queue && options.versionAttribute === undefined) {
      refuse(this, 'CacheStrategy.VersionNeeded', 'invalidateOn of write-behind without versionAttribute',
        "versionAttribute, for example 'version': a change that is applied late would drop what was written after it");
    }
    const id = `Invalidation-${store.node.id}`;
    if (this.node.tryFindChild(id)) {
      refuse(this, 'CacheStrategy.InvalidatedTwice', `a second invalidateOn of a store ${store.node.id}`, 'one for each store');
    }
    const keys = options.keys ?? keysOf(this, store);
    return new Invalidation(this, id, { cache: this.cache, store, namespace: this.namespace, keys, options });
  }

  private tell(compute: ICompute, options?: UseOptions): void {
    this.cache.attach(compute, Access.READ_WRITE, this.named(options));
    compute.addEnvironment(environmentName(this, 'CACHE_STRATEGY', options), this.settings);
  }

  private named(options?: UseOptions): UseOptions {
    return { name: options?.name ?? this.node.id };
  }
}

const NOT_DRAINED = 'CacheStrategy.NotDrained: writes are written behind and nobody applies them; allowed: drainedBy(worker, { idempotent: true })';
