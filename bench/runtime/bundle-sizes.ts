import { buildSync } from 'esbuild';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
/** What a use may weigh, minified and without the clients it is given. */
export const MOST_BYTES = 10_000;

/** What may weigh more, and why. */
export const HEAVIER: Record<string, { readonly bytes: number; readonly why: string }> = {
  'distributed-lock, Redlock': { bytes: 10_900, why: 'the agreement of several servers comes on top of the lock' },
  'leader-election, DynamoDB': { bytes: 11_400, why: 'the lock is in it' },
  'singleton-cron, DynamoDB': { bytes: 11_600, why: 'the lock is in it' },
  'search-index, PostgreSQL': { bytes: 13_600, why: 'the statements of a whole index: its tables, words, typos, generations' },
  'search-index, OpenSearch': { bytes: 14_400, why: 'signatures and retries come on top of the requests' },
  'circuit-breaker, DynamoDB': { bytes: 14_200, why: 'state that processes share, and what each does alone while the store is away' },
  'circuit-breaker, Valkey': { bytes: 14_000, why: 'the same' },
  'presigned-upload, answers': { bytes: 12_500, why: 'the whole API of uploads, which the construct brings along as a function of its own' },
};

/** What a handler imports to use a concept in one way: a backend that is not used is left out of its bundle. */
const USES: Record<string, Record<string, readonly string[]>> = {
  'distributed-lock': {
    'DynamoDB': ['DistributedLock', 'DynamoDbLocks', 'lockSettings'],
    'Valkey': ['DistributedLock', 'ValkeyLocks', 'lockSettings'],
    'Redlock': ['DistributedLock', 'Redlock', 'lockSettings'],
  },
  'leader-election': { 'DynamoDB': ['LeaderElection', 'DistributedLock', 'DynamoDbLocks'] },
  'idempotency': {
    'DynamoDB': ['Idempotency', 'DynamoDbAnswers', 'idempotencySettings'],
    'DynamoDB, HTTP': ['Idempotency', 'DynamoDbAnswers', 'idempotencySettings', 'answerOnce'],
  },
  'job-status': { 'work': ['Jobs', 'jobSettings'], 'answers': ['Jobs', 'jobSettings', 'acceptedAnswer', 'jobAnswer', 'noSuchJob'] },
  'rate-limiter': {
    'DynamoDB': ['RateLimiter', 'DynamoDbLimits', 'rateLimitSettings', 'rateLimitHeaders'],
    'Valkey': ['RateLimiter', 'ValkeyLimits', 'rateLimitSettings', 'rateLimitHeaders'],
  },
  'circuit-breaker': {
    'DynamoDB': ['CircuitBreaker', 'DynamoDbCircuits', 'circuitBreakerSettings'],
    'Valkey': ['CircuitBreaker', 'ValkeyCircuits', 'circuitBreakerSettings'],
  },
  'admission-control': {
    'queue': ['AdmissionControl', 'BacklogGate', 'admissionSettings'],
    'container': ['AdmissionControl', 'ConcurrencyGate'],
  },
  'cache-strategy': {
    'read-through': ['ReadThrough', 'cacheSettings'],
    'write-through': ['WriteThrough', 'cacheSettings'],
    'write-behind': ['WriteBehind', 'cacheSettings'],
  },
  'event-store': { 'append and read': ['EventStore'], 'projection': ['Projection'] },
  'relational-database': {
    'transactions': ['connectDatabase', 'withTransaction'],
    'read your writes': ['connectDatabase', 'ReadYourWrites'],
    'migrations': ['connectDatabase', 'migrate'],
  },
  'change-data-capture': { 'capture': ['changeDataCapture'], 'reindex': ['reindexHandler'] },
  'saga': { 'step': ['sagaStep'] },
  'search-index': { 'PostgreSQL': ['SearchIndex', 'PostgresEngine'], 'OpenSearch': ['SearchIndex', 'OpenSearchEngine', 'openSearchClient'] },
  'presigned-upload': {
    'states': ['UploadStates'],
    'answers': ['Uploads', 'UploadStates', 'uploadsHandler', 'uploadSettings'],
    'events': ['uploadEvents', 'UploadStates'],
  },
  'secret-store': { 'read': ['SecretReader', 'secretArn'], 'rotate': ['secretRotation'] },
  'fan-out': { 'publish': ['fanOutPublisher', 'fanOutTarget'] },
  'session-store': {
    'DynamoDB': ['Sessions', 'DynamoDbSessions', 'SessionCookie', 'sessionSettings'],
    'Valkey': ['Sessions', 'ValkeySessions', 'SessionCookie', 'sessionSettings'],
  },
  'singleton-cron': { 'DynamoDB': ['singletonCron'] },
  'windowed-aggregate': {
    'counting': ['WindowedAggregate', 'windowConsumer', 'windowedSettings'],
    'reading': ['WindowReader', 'rollUp', 'sliding', 'windowedSettings'],
  },
};

/** The bytes of each use of a concept in a minified bundle, without the AWS SDK. */
export function bundleSizes(page: string): Record<string, number> {
  return Object.fromEntries(Object.entries(USES[page] ?? {}).map(([use, names]) => [use, bytes(names)]));
}

export const PAGES = Object.keys(USES);

function bytes(names: readonly string[]): number {
  const { outputFiles: [bundle] } = buildSync({
    stdin: { contents: `export { ${names.join(', ')} } from './runtime';`, resolveDir: ROOT },
    bundle: true, minify: true, platform: 'node', target: 'node20', format: 'esm', write: false, external: ['@aws-sdk/*', '@smithy/*'],
  });
  return bundle!.contents.length;
}
