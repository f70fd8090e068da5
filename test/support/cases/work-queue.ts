import { Duration } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Access } from '../../../lib/core';
import { PriorityWorkQueue, WorkQueue } from '../../../lib/work-queue';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'WorkQueue, minimal', build: (stack) => { new WorkQueue(stack, 'Queue'); } },
  {
    name: 'WorkQueue, maximal and used',
    build: (stack) => {
      const queue = new WorkQueue(stack, 'Queue', {
        retry: { maxAttempts: 3, firstDelay: Duration.seconds(2), maxDelay: Duration.minutes(1) },
        retention: Duration.days(1),
        visibilityTimeout: Duration.minutes(5),
        maxMessageAge: Duration.minutes(1),
        encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
        disposable: true,
        queueProps: { maxMessageSizeBytes: 2048 },
      });
      const consumer = worker(stack);
      consumer.use(queue, Access.WRITE);
      queue.consumedBy(consumer, {
        idempotent: true, batchSize: 100, batchWindow: Duration.seconds(5), maxConcurrency: 5,
      });
    },
  },
  {
    name: 'WorkQueue, ordered and used',
    build: (stack) => {
      const queue = new WorkQueue(stack, 'Queue', { orderBy: 'account', delay: Duration.seconds(1), maxDepth: 100 });
      const consumer = worker(stack);
      consumer.use(queue, Access.WRITE);
      queue.consumedBy(consumer, { idempotent: true });
    },
  },
  {
    name: 'PriorityWorkQueue, used',
    build: (stack) => {
      const queue = new PriorityWorkQueue(stack, 'Queue', { levels: [{ name: 'urgent', share: 2 }, { name: 'bulk' }], queue: { fairBy: 'tenant' } });
      const consumer = worker(stack);
      consumer.use(queue, Access.WRITE);
      queue.consumedBy(consumer, { idempotent: true });
    },
  },
];
