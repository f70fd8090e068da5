export { KeyValueStore, type KeyValueStoreProps } from './key-value-store';
