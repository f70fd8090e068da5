export { type ArchiveOptions, ArchiveCompression, type IStreamArchive } from './archive';
export { type ConsumerGroupOptions, type IConsumerGroup, type ReplayOptions, type StreamReadOptions } from './consumer-group';
export { EventStream, type EventStreamProps } from './event-stream';
export { StreamEngine } from './stream-engine';
