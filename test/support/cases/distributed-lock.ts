import { Duration } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Cache, CacheCapacity, CacheEviction } from '../../../lib/cache';
import { Access } from '../../../lib/core';
import { DistributedLock } from '../../../lib/distributed-lock';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'DistributedLock, minimal', build: (stack) => { new DistributedLock(stack, 'Locks'); } },
  {
    name: 'DistributedLock, maximal and used',
    build: (stack) => {
      const locks = new DistributedLock(stack, 'Locks', {
        lease: Duration.minutes(1), disposable: true, tableProps: { contributorInsightsSpecification: { enabled: true } },
      });
      worker(stack).use(locks, Access.READ_WRITE);
    },
  },
  {
    name: 'DistributedLock, adopted and used',
    build: (stack) => worker(stack).use(new DistributedLock(stack, 'Locks', { table: Table.fromTableName(stack, 'PlainTable', 'locks') }), Access.WRITE),
  },
  {
    name: 'DistributedLock, in a cache',
    build: (stack) => {
      const service = new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) });
      service.use(new DistributedLock(stack, 'Locks', { cache: new Cache(stack, 'Cache') }), Access.READ_WRITE);
    },
  },
  {
    name: 'DistributedLock, Redlock',
    build: (stack) => {
      const capacity = CacheCapacity.nodes({ replicas: 0 });
      const caches = ['One', 'Two', 'Three'].map((id) => new Cache(stack, id, { capacity, eviction: CacheEviction.NO_EVICTION }));
      const service = new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) });
      service.use(new DistributedLock(stack, 'Locks', { caches }), Access.WRITE);
    },
  },
];
