export { type AccessPattern } from './access-pattern';
export { type ChangeConsumerOptions, type IChangeConsumer } from './change-consumer';
export { KeyValueStore, type KeyValueStoreProps, ReplicaConsistency } from './key-value-store';
