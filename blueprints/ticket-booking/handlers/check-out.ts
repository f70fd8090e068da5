import { setTimeout as sleep } from 'node:timers/promises';
import {
  lazily, type QueueConsumer, queueConsumer, type QueueConsumerOptions, queueUrl, retryPolicy, type SagaExecutions, sagaOutcome,
  startSaga, stateMachineArn,
} from '../../../runtime';
import { parseCheckout } from '../domain/checkout';
import { sqsClient, workflowClient } from './support/clients';
import { logger } from './support/logger';

interface CheckOutDependencies extends Omit<QueueConsumerOptions, 'handle'> {
  readonly executions: SagaExecutions;
  readonly stateMachineArn: string;
  /** How long a saga is waited for, in milliseconds. */
  readonly patienceMilliseconds: number;
  readonly pause?: () => Promise<unknown>;
}

/** The saga of an order is not over yet: its message stays in the queue, and counts as backlog. */
export class StillRunningError extends Error {
  public override readonly name = 'StillRunningError';
}

/** A saga ended and what it had done is not undone: the message goes to the dead letters, so that somebody sees to it. */
export class BrokenSagaError extends Error {
  public override readonly name = 'BrokenSagaError';
}

/**
 * The orders in the queue: starts the saga of each, once, and stays with it to its end. So the queue holds what is not done,
 * by which the door knows when there is too much of it, and as many payments run at once as there are workers.
 */
export function checkOutHandler({ executions, stateMachineArn: machine, ...rest }: CheckOutDependencies): QueueConsumer {
  const { patienceMilliseconds, pause = () => sleep(250), ...consumer } = rest;
  return queueConsumer({
    ...consumer,
    handle: async (body) => {
      const checkout = parseCheckout(body);
      const deadline = Date.now() + patienceMilliseconds;
      const { executionArn } = await startSaga(executions, machine, checkout.orderId, checkout);
      for (;;) {
        const { status, error } = await sagaOutcome(executions, executionArn);
        if (status === 'broken') {
          throw new BrokenSagaError(`order ${checkout.orderId}: ${error}`);
        }
        if (status !== 'running') {
          consumer.logger.info('order ended', { orderId: checkout.orderId, status });
          return;
        }
        if (Date.now() > deadline) {
          throw new StillRunningError(`order ${checkout.orderId} is still being paid`);
        }
        await pause();
      }
    },
  });
}

export const handler = lazily(() => checkOutHandler({
  executions: workflowClient(),
  stateMachineArn: stateMachineArn('CHECKOUT'),
  sqs: sqsClient(),
  queueUrl: queueUrl('ORDERS'),
  retry: retryPolicy('ORDERS'),
  logger,
  patienceMilliseconds: 8000,
}));
