import { Duration } from 'aws-cdk-lib';
import { Cache } from '../../../lib/cache';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { SessionStore } from '../../../lib/session-store';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'SessionStore, minimal', build: (stack) => { new SessionStore(stack, 'Sessions'); } },
  {
    name: 'SessionStore, used',
    build: (stack) => {
      worker(stack).use(new SessionStore(stack, 'Sessions', { lifetime: Duration.days(30), disposable: true }), Access.READ_WRITE);
    },
  },
  {
    name: 'SessionStore, in a cache',
    build: (stack) => {
      const network = new Network(stack, 'Network');
      const service = new FunctionService(stack, 'Worker', { handler: HANDLER, network });
      service.use(new SessionStore(stack, 'Sessions', { cache: new Cache(stack, 'Cache', { network }) }), Access.READ_WRITE);
    },
  },
];
