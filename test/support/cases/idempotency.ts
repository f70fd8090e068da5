import { Duration } from 'aws-cdk-lib';
import { Cache } from '../../../lib/cache';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Idempotency } from '../../../lib/idempotency';
import { Network } from '../../../lib/network';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'Idempotency, minimal', build: (stack) => { new Idempotency(stack, 'Answers'); } },
  {
    name: 'Idempotency, used',
    build: (stack) => {
      worker(stack).use(new Idempotency(stack, 'Answers', { expiry: Duration.days(2), disposable: true }), Access.WRITE);
    },
  },
  {
    name: 'Idempotency, in a cache',
    build: (stack) => {
      const network = new Network(stack, 'Network');
      const service = new FunctionService(stack, 'Worker', { handler: HANDLER, network });
      service.use(new Idempotency(stack, 'Answers', { cache: new Cache(stack, 'Cache', { network }) }), Access.WRITE);
    },
  },
];
