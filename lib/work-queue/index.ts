export { type RetryPolicy } from './retry-policy';
export { type ConsumerOptions, WorkQueue, type WorkQueueProps } from './work-queue';
