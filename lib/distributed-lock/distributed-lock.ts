import { Duration, Validations } from 'aws-cdk-lib';
import { type IMetric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Cache } from '../cache/index';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import { KeyValueStore } from '../key-value-store/index';
import type { DistributedLockProps } from './distributed-lock-props';
import { DISTRIBUTED_LOCK_RULES } from './distributed-lock-rules';

/**
 * One holder at a time of a name, over all processes, with a lease that ends when the holder is gone and a number, the fence,
 * by which what it protects refuses holders that came before: a DynamoDB table of locks, and `DistributedLock` of
 * `cdk-system-blueprints/runtime/lock` in the code.
 */
export class DistributedLock extends Construct implements IBackingService {
  /** Where locks are kept: a KeyValueStore, the cache, or the caches that were given. */
  public readonly stores: IBackingService[];
  /** The table; undefined when locks are kept in caches. */
  public readonly table?: ITable;
  /** After how long others may take the lock of a holder that is gone. */
  public readonly lease: Duration;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: DistributedLockProps = {}) {
    super(scope, id);
    enforce(this, DISTRIBUTED_LOCK_RULES, props);
    this.lease = props.lease ?? Duration.seconds(10);
    const caches = props.caches ?? (props.cache ? [props.cache] : []);
    if (caches.length > 0) {
      this.stores = [...caches];
      caches.forEach((cache) => recordWire(this, cache, 'is kept in'));
      this.warn(caches);
      return;
    }
    const { table, disposable, tableProps } = props;
    const store = new KeyValueStore(this, 'State', table ? { table } : { partitionKey: 'name', timeToLive: 'ttl', disposable, tableProps });
    this.node.defaultChild = store.node.defaultChild;
    this.stores = [store];
    this.table = store.table;
  }

  /**
   * Lets compute take locks. Its code finds the lease in `<NAME>_LOCK`, and the table in `<NAME>_TABLE_NAME`, the cache in
   * `<NAME>_ENDPOINT` and what else a Cache tells, or each of several caches in `<NAME>_1_ENDPOINT`, `<NAME>_2_ENDPOINT` ...
   *
   * @throws RuleError when access is Access.READ: whoever takes a lock writes it
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (access === Access.READ) {
      refuse(this, 'DistributedLock.ReadOnly', `Access.READ for ${compute.node.path}`,
        'Access.WRITE or READ_WRITE: whoever takes a lock writes it');
    }
    const name = options?.name ?? this.node.id;
    const several = this.stores.length > 1;
    this.stores.forEach((store, index) => store.attach(compute, access, { name: several ? `${name}_${index + 1}` : name }));
    const lease = this.lease.toMilliseconds();
    compute.addEnvironment(environmentName(this, 'LOCK', options), several ? `${lease},${this.stores.length}` : String(lease));
  }

  /**
   * Tries for a lock that somebody else has; sum over five minutes unless told otherwise. For tries that ask for several locks at
   * once, DynamoDB documents no such count.
   *
   * @throws RuleError when locks are kept in caches, which count no refusals
   */
  public metricContention(options?: MetricOptions): IMetric {
    return this.table?.metric('ConditionalCheckFailedRequests', { statistic: Stats.SUM, label: 'Refused', ...options })
      ?? refuse(this, 'DistributedLock.NoSuchMetric', 'metricContention', 'a lock that is kept in a table');
  }

  private warn(caches: readonly Cache[]): void {
    const evicting = caches.filter(({ cache, parameterGroup }) =>
      cache?.cfnResourceType === 'AWS::ElastiCache::ReplicationGroup' && policyOf(parameterGroup?.properties) !== 'noeviction');
    if (evicting.length > 0) {
      Validations.of(this).addWarning('cdk-system-blueprints:DistributedLock.Eviction',
        `${evicting.map(({ node }) => node.path).join(', ')} may evict locks when memory is full, and then two hold the same one: `
        + 'give it eviction: CacheEviction.NO_EVICTION');
    }
    if (caches.length % 2 === 0) {
      Validations.of(this).addWarning('cdk-system-blueprints:DistributedLock.EvenNumber',
        `${caches.length} caches outlive the loss of no more of them than ${caches.length - 1} do: an odd number costs less`);
    }
  }
}

/** How a node evicts, where its parameters say so. */
const policyOf = (properties: unknown) => (properties as { readonly 'maxmemory-policy'?: string } | undefined)?.['maxmemory-policy'];
