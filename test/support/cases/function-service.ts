import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { WorkQueue } from '../../../lib/work-queue';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'FunctionService, minimal', build: (stack) => { worker(stack); } },
  {
    name: 'FunctionService, maximal and called',
    build: (stack) => {
      new FunctionService(stack, 'Worker', {
        handler: HANDLER,
        memorySize: 1769,
        timeout: Duration.seconds(20),
        maxConcurrency: 5,
        environment: { MODE: 'test' },
        logRetention: RetentionDays.ONE_MONTH,
        functionProps: { description: 'works' },
      });
    },
  },
  {
    name: 'FunctionService, in a network',
    build: (stack) => {
      const network = new Network(stack, 'Network', { dualStack: true });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network }).use(new WorkQueue(stack, 'Jobs'), Access.WRITE);
    },
  },
];
