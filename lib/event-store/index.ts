export { type EventArchiveOptions, type IEventArchive } from './event-archive';
export { EventStore, type EventStoreProps } from './event-store';
export { Projection, type ProjectionProps } from './projection';
