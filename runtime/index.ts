export * from './admission-control';
export { backoffCeiling, fullJitter, type BackoffPolicy } from './backoff';
export * from './cache-connection';
export * from './cache-strategy';
export { changeConsumer, type ChangeConsumer, type ChangeConsumerOptions } from './change-consumer';
export * from './change-data-capture';
export * from './circuit-breaker';
export { type Clock, systemClock } from './clock';
export { DeadlineError, within } from './deadline';
export {
  bucketName, callbackUrl, deadLettersUrl, MissingSettingError, partitionKey, queueTarget, queueUrl, retryPolicy, streamName,
  tableName,
  type Environment,
} from './environment';
export * from './event-store';
export * from './fan-out';
export * from './hash-ring';
export { SpreadKey } from './hot-key';
export { httpHandler, json, type HttpHandler, type HttpRequest, type HttpResponse } from './http';
export * from './idempotency';
export * from './job-status';
export { KeyedMutex } from './keyed-mutex';
export { lazily } from './lazily';
export * from './leader-election';
export * from './lock';
export type { LogFields, StructuredLogger } from './logger';
export type { CountEvent } from './metrics';
export { Problem, problemResponse, type ProblemOptions } from './problem';
export * from './presigned-upload';
export * from './projection';
export { queueConsumer, type QueueConsumer, type QueueConsumerOptions, type RetryPolicy } from './queue-consumer';
export { NotSentError, queueProducer, type QueueProducer, type QueueProducerOptions, type QueueTarget, type SendOptions } from './queue-producer';
export * from './rate-limiter';
export * from './relational-database';
export { header, readJson, type ReadJsonOptions } from './read-json';
export { type EventualRead, eventually, type StrongRead, strongly } from './reads';
export * from './retry';
export * from './saga';
export * from './secret';
export * from './session-store';
export * from './search-index';
export * from './singleton-cron';
export { streamConsumer, type StreamConsumer, type StreamConsumerOptions } from './stream-consumer';
export * from './table-source';
export type { ValkeyClient } from './valkey';
export { type BroadcastResult, type Connection, Connections, type ConnectionsOptions, type Post } from './web-socket';
export * from './windowed-aggregate';
export * from './write-behind';
