export { type Clock, systemClock } from './clock';
export { DeadlineError, within } from './deadline';
export type { CountEvent } from './metrics';
export type { ValkeyClient } from './valkey';
export { backoffCeiling, fullJitter, type BackoffPolicy } from './backoff';
export {
  bucketName, callbackUrl, MissingSettingError, partitionKey, queueTarget, queueUrl, retryPolicy, streamName, tableName,
  type Environment,
} from './environment';
export { SpreadKey } from './hot-key';
export { httpHandler, json, type HttpHandler, type HttpRequest, type HttpResponse } from './http';
export { KeyedMutex } from './keyed-mutex';
export { lazily } from './lazily';
export type { LogFields, StructuredLogger } from './logger';
export { Problem, problemResponse, type ProblemOptions } from './problem';
export { queueConsumer, type QueueConsumer, type QueueConsumerOptions, type RetryPolicy } from './queue-consumer';
export { NotSentError, queueProducer, type QueueProducer, type QueueProducerOptions, type QueueTarget, type SendOptions } from './queue-producer';
export { header, readJson, type ReadJsonOptions } from './read-json';
export { type EventualRead, eventually, type StrongRead, strongly } from './reads';
export { streamConsumer, type StreamConsumer, type StreamConsumerOptions } from './stream-consumer';
export { type BroadcastResult, type Connection, Connections, type ConnectionsOptions, type Post } from './web-socket';
