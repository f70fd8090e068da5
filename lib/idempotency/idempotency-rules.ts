import type { Duration } from 'aws-cdk-lib';
import type { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import type { Cache } from '../cache/index';
import { adoptsOrShapes, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { typed } from '../core/typed';
import type { IdempotencyProps } from './idempotency';

const DAY = 24 * 60 * 60;
const TIMES = ['expiry', 'inProgressExpiry'] as const;

/** What Idempotency refuses. */
export const IDEMPOTENCY_RULES: readonly Rule<IdempotencyProps>[] = [
  {
    code: 'Idempotency.WrongType',
    first: true,
    check: (props) => typed(props, {
      expiry: 'duration', inProgressExpiry: 'duration', disposable: 'flag', tableProps: 'object', table: 'construct', cache: 'construct',
    }),
  },
  { code: 'Idempotency.AdoptOrShape', check: (props) => adoptsOrShapes('table', props, TIMES) ?? adoptsOrShapes('cache', props, TIMES) },
  {
    code: 'Idempotency.Memcached',
    check: ({ cache }) => cache && isMemcached(cache)
      ? { given: 'a cache of Memcached', allowed: 'CacheEngine.VALKEY or REDIS, which run scripts' }
      : undefined,
  },
  { code: 'Idempotency.Expiry', check: ({ expiry }) => known('expiry', expiry, 365 * DAY) },
  { code: 'Idempotency.InProgressExpiry', check: ({ inProgressExpiry }) => known('inProgressExpiry', inProgressExpiry, DAY) },
];

/** Memcached runs on clusters of nodes, or is a serverless cache of that engine. */
function isMemcached({ cache }: Cache): boolean {
  return cache?.cfnResourceType === 'AWS::ElastiCache::CacheCluster' || (cache as CfnServerlessCache | undefined)?.engine === 'memcached';
}

/** The code of compute is told in numbers, so they have to be known. */
function known(prop: string, value: Duration | undefined, max: number): Refusal | undefined {
  return value?.isUnresolved()
    ? { given: `${prop} is known only at deployment`, allowed: 'a Duration known at synthesis' }
    : wholeSeconds(prop, value, 1, max);
}
