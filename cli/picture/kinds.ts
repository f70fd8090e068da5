/** How a kind of part is drawn. What is an arrow or a border already is no box: `none`. */
export type Shape = 'actor' | 'none' | 'compute' | 'entry' | 'queue' | 'store' | 'part';

/** How the parts of one concept appear in a picture. */
export interface Kind {
  readonly shape: Shape;
  /** What compute does that may look at it. */
  readonly read?: string;
  /** What compute does that may change it. */
  readonly write?: string;
  /** What who is outside does with it, when no entry stands between them. */
  readonly client?: string;
  /** By the field in which it keeps another part, what it does with that. */
  readonly fields?: { readonly [field: string]: string };
}

const STORE: Kind = { shape: 'store', read: 'reads', write: 'writes' };
const QUEUE: Kind = { shape: 'queue', read: 'reads', write: 'messages' };
const ENTRY: Kind = { shape: 'entry' };
const COMPUTE: Kind = { shape: 'compute', read: 'calls', write: 'calls' };

/** By the name of the class. A concept that is not here is a plain box. */
export const KINDS: { readonly [concept: string]: Kind } = {
  AdmissionControl: { shape: 'part', read: 'asks for room', fields: { queue: 'counts the backlog' } },
  ApiGateway: ENTRY,
  Cache: STORE,
  CacheStrategy: { ...STORE, fields: { store: 'stands before' } },
  Cdn: { shape: 'entry', read: 'signs URLs for', write: 'invalidates' },
  ChangeDataCapture: { shape: 'none' },
  CircuitBreaker: { shape: 'part', read: 'calls through', write: 'calls through' },
  ContainerService: COMPUTE,
  DistributedLock: { shape: 'part', read: 'locks', write: 'locks' },
  EventStore: { shape: 'store', read: 'reads', write: 'appends' },
  EventStream: { shape: 'queue', read: 'reads', write: 'records' },
  FanOut: { shape: 'queue', write: 'publishes' },
  FunctionService: COMPUTE,
  Idempotency: { shape: 'store', read: 'once per key', write: 'once per key' },
  IdentityProvider: { shape: 'part', client: 'signs in' },
  JobStatus: { shape: 'store', read: 'reads', write: 'tells progress' },
  KeyValueStore: STORE,
  Layer4LoadBalancer: ENTRY,
  LeaderElection: { shape: 'part', read: 'is elected', write: 'is elected' },
  LoadBalancer: ENTRY,
  Network: { shape: 'none' },
  ObjectStore: STORE,
  PresignedUpload: { shape: 'store', read: 'reads', write: 'marks', client: 'uploads' },
  PriorityWorkQueue: QUEUE,
  RateLimiter: { shape: 'part', read: 'counts', write: 'counts' },
  RelationalDatabase: STORE,
  RestApiGateway: ENTRY,
  Saga: { shape: 'part', read: 'follows', write: 'starts' },
  SearchIndex: { shape: 'store', read: 'searches', write: 'indexes' },
  SecretStore: { shape: 'part', read: 'reads' },
  SessionStore: { shape: 'store', read: 'reads', write: 'keeps sessions' },
  SharedFileSystem: STORE,
  SingletonCron: { shape: 'part' },
  WebSocketGateway: { shape: 'entry', read: 'sees connections', write: 'pushes' },
  WindowedAggregate: { shape: 'store', read: 'reads', write: 'adds up' },
  WorkQueue: QUEUE,
};
