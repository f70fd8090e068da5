import { Duration } from 'aws-cdk-lib';
import { TableClass } from 'aws-cdk-lib/aws-dynamodb';
import { Cache } from '../../../lib/cache';
import { CircuitBreaker } from '../../../lib/circuit-breaker';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'CircuitBreaker, minimal', build: (stack) => { new CircuitBreaker(stack, 'Breaker'); } },
  {
    name: 'CircuitBreaker, maximal and used',
    build: (stack) => {
      worker(stack).use(new CircuitBreaker(stack, 'Breaker', {
        dependency: 'payments', failureThreshold: 0.2, minimumCalls: 50, window: Duration.minutes(1),
        openFor: Duration.seconds(10), maxOpenFor: Duration.minutes(5), probes: 5, timeout: Duration.seconds(2),
        syncInterval: Duration.seconds(2), disposable: true,
        tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
      }), Access.READ_WRITE);
    },
  },
  {
    name: 'CircuitBreaker, in a cache',
    build: (stack) => {
      const breaker = new CircuitBreaker(stack, 'Breaker', { cache: new Cache(stack, 'Cache') });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) }).use(breaker, Access.READ_WRITE);
    },
  },
];
