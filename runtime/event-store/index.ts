export { BrokenHistoryError, ConcurrencyError, concurrencyProblem, InvalidAppendError, ItemTooLargeError } from './errors';
export { type NewEvent, type RecordedEvent } from './event';
export {
  type AppendOptions, type Appended, EventStore, type EventStoreOptions, type Rehydrated, type RehydrateOptions,
} from './event-store';
export { type ReadOptions, type ScanOptions } from './reading';
export { type Snapshot } from './snapshots';
