import { Duration } from 'aws-cdk-lib';
import { Table, TableClass } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Cache } from '../../../lib/cache';
import { Access, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { FailMode, RateLimitAlgorithm, RateLimiter, type RateLimiterProps } from '../../../lib/rate-limiter';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

const LIMIT: RateLimiterProps = { requests: 100, window: Duration.minutes(1), whenUnavailable: FailMode.OPEN };

export const CASES: readonly Case[] = [
  { name: 'RateLimiter, minimal', build: (stack) => { new RateLimiter(stack, 'Limiter', LIMIT); } },
  {
    name: 'RateLimiter, maximal and used',
    build: (stack) => {
      const limiter = new RateLimiter(stack, 'Limiter', {
        ...LIMIT, burst: 20, algorithm: RateLimitAlgorithm.TOKEN_BUCKET, whenUnavailable: FailMode.CLOSED, disposable: true,
        traffic: new TrafficEstimate({ requestsPerSecond: 100 }),
        tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
      });
      worker(stack).use(limiter, Access.READ_WRITE);
      limiter.grantTake(new Role(stack, 'PlainRole', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    },
  },
  {
    name: 'RateLimiter, in a cache',
    build: (stack) => {
      const limiter = new RateLimiter(stack, 'Limiter', { ...LIMIT, algorithm: RateLimitAlgorithm.SLIDING_WINDOW, cache: new Cache(stack, 'Cache') });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) }).use(limiter, Access.WRITE);
    },
  },
  {
    name: 'RateLimiter, adopted',
    build: (stack) => {
      const table = Table.fromTableName(stack, 'PlainTable', 'limits');
      worker(stack).use(new RateLimiter(stack, 'Limiter', { ...LIMIT, table }), Access.WRITE);
    },
  },
];
