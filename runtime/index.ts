export { backoffCeiling, fullJitter, type BackoffPolicy } from './backoff';
export { MissingSettingError, queueUrl, retryPolicy, tableName, type Environment } from './environment';
export { httpHandler, json, type HttpHandler, type HttpRequest, type HttpResponse } from './http';
export { KeyedMutex } from './keyed-mutex';
export { lazily } from './lazily';
export type { LogFields, StructuredLogger } from './logger';
export { Problem, problemResponse, type ProblemOptions } from './problem';
export { queueConsumer, type QueueConsumer, type QueueConsumerOptions, type RetryPolicy } from './queue-consumer';
export { header, readJson, type ReadJsonOptions } from './read-json';
