export { type ConsumerOptions } from './consumer-options';
export { type PriorityLevel, PriorityWorkQueue, type PriorityWorkQueueProps } from './priority-work-queue';
export { type RetryPolicy } from './retry-policy';
export { WorkQueue } from './work-queue';
export { type WorkQueueProps } from './work-queue-props';
