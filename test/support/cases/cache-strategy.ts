import { Duration, type Stack } from 'aws-cdk-lib';
import { Cache, CacheCapacity } from '../../../lib/cache';
import { CacheStrategy, type CacheStrategyProps, CachingStrategy, StampedeProtection } from '../../../lib/cache-strategy';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { Network } from '../../../lib/network';
import { HANDLER } from '../stacks';
import type { Case } from './case';

const inside = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER, network: Network.of(stack) });
const made = (stack: Stack, props: Partial<CacheStrategyProps> = {}) => new CacheStrategy(stack, 'Strategy', {
  cache: new Cache(stack, 'Cache'), store: new KeyValueStore(stack, 'Store', { partitionKey: 'id' }), ...props,
});

export const CASES: readonly Case[] = [
  {
    name: 'CacheStrategy, minimal',
    build: (stack) => { new CacheStrategy(stack, 'Strategy', { cache: new Cache(stack, 'Cache') }); },
  },
  {
    name: 'CacheStrategy, maximal, used and invalidated on changes',
    build: (stack) => {
      const strategy = made(stack, {
        strategy: CachingStrategy.WRITE_THROUGH, ttl: Duration.hours(1), negativeTtl: Duration.seconds(30),
        stale: Duration.minutes(5), jitter: 0.2, refreshAhead: 0.3, stampede: StampedeProtection.LOCK, lease: Duration.seconds(5), namespace: 'shop',
      });
      inside(stack).use(strategy, Access.READ_WRITE);
      strategy.invalidateOn(strategy.store!, { versionAttribute: 'version', maxLag: Duration.minutes(1) });
    },
  },
  {
    name: 'CacheStrategy, written behind on nodes',
    build: (stack) => {
      const strategy = made(stack, {
        cache: new Cache(stack, 'Nodes', { capacity: CacheCapacity.nodes(), disposable: true }),
        strategy: CachingStrategy.WRITE_BEHIND, disposable: true,
      });
      inside(stack).use(strategy, Access.READ_WRITE, { name: 'scores' });
      strategy.drainedBy(inside(stack, 'Drain'), { idempotent: true });
    },
  },
];
