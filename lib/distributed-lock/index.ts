export { DistributedLock } from './distributed-lock';
export { type DistributedLockProps } from './distributed-lock-props';
