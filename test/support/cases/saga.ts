import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { Saga } from '../../../lib/saga';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'Saga, minimal', build: (stack) => { new Saga(stack, 'Checkout', { steps: [{ name: 'Charge', do: worker(stack) }] }); } },
  {
    name: 'Saga, maximal and used in a network',
    build: (stack) => {
      const service = (id: string, network?: Network) => new FunctionService(stack, id, { handler: HANDLER, network });
      const saga = new Saga(stack, 'Checkout', {
        steps: [
          { name: 'Reserve', do: service('Reserve'), undo: service('Release'), retry: { maxAttempts: 5 } },
          { name: 'Charge', do: service('Charge'), undo: service('Refund') },
          { name: 'Send', do: service('Send') },
        ],
        undoRetry: { maxAttempts: 50, firstDelay: Duration.seconds(5), maxDelay: Duration.hours(1) },
        logRetention: RetentionDays.TWO_WEEKS,
        stateMachineProps: { comment: 'sells' },
      });
      service('Api', new Network(stack, 'Network')).use(saga, Access.READ_WRITE);
      saga.metricCompensated();
    },
  },
];
