import type { CfnReplicationGroup } from 'aws-cdk-lib/aws-elasticache';
import type { Cache } from '../cache/index';
import { adoptsOrShapes, runsScripts, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { DistributedLockProps } from './distributed-lock-props';

const MAX_LEASE_SECONDS = 15 * 60;

/** What DistributedLock refuses. */
export const DISTRIBUTED_LOCK_RULES: readonly Rule<DistributedLockProps>[] = [
  {
    code: 'DistributedLock.WrongType',
    first: true,
    check: (props) => typed(props, {
      lease: 'duration', disposable: 'flag', tableProps: 'object', table: 'construct', cache: 'construct', caches: 'list',
    }) ?? onlyCaches(props.caches),
  },
  {
    code: 'DistributedLock.AdoptOrShape',
    check: (props) => adoptsOrShapes('table', props, ['lease']) ?? adoptsOrShapes('cache', props, ['lease'])
      ?? adoptsOrShapes('caches', props, ['lease']),
  },
  {
    // Code is told the lease in milliseconds.
    code: 'DistributedLock.Lease',
    check: ({ lease }) => lease?.isUnresolved()
      ? { given: 'lease is known only at deployment', allowed: 'a Duration known at synthesis' }
      : wholeSeconds('lease', lease, 1, MAX_LEASE_SECONDS),
  },
  {
    code: 'DistributedLock.NoScripts',
    check: ({ cache, caches = [] }) => [cache, ...caches].map(runsScripts).find((refusal) => refusal),
  },
  { code: 'DistributedLock.Caches', check: ({ caches }) => wholeNumber('the number of caches', caches?.length, 3, 9) },
  {
    code: 'DistributedLock.CacheTwice',
    check: ({ caches = [] }) => {
      const twice = caches.find((one, index) => caches.indexOf(one) < index);
      return twice && { given: `caches has ${twice.node.path} twice`, allowed: 'each once: a majority of one cache is none' };
    },
  },
  {
    code: 'DistributedLock.NotOneNode',
    check: ({ caches = [] }) => {
      const wrong = caches.filter((one) => one.cache && one.runsScripts && !isOneNode(one)).map(({ node }) => node.path);
      return wrong.length === 0
        ? undefined
        : {
          given: `${wrong.join(', ')} with more than one node in caches`,
          allowed: 'CacheCapacity.nodes({ shards: 1, replicas: 0, clusterMode: false }): a replica that takes over may not know of a lock',
        };
    },
  },
];

/** The elements of the list, for those who call from plain JavaScript. */
function onlyCaches(values: readonly unknown[] = []): Refusal | undefined {
  const wrong = values.filter((value) => typeof (value as Cache | null | undefined)?.attach !== 'function');
  return wrong.length === 0 ? undefined : { given: `caches has ${wrong.map(show).join(', ')}`, allowed: 'caches: a list of Cache' };
}

/** One shard without the cluster protocol says how many nodes it has; more shards say it for each of them. */
function isOneNode({ cache }: Cache): boolean {
  return (cache as CfnReplicationGroup | undefined)?.numCacheClusters === 1;
}
