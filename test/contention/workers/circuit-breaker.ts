/** A process that calls a dependency behind a circuit breaker. How the dependency fares is told with each task. */
import Redis from 'iovalkey';
import { CircuitBreaker, type CircuitPolicy, CircuitOpenError, DynamoDbCircuits, ValkeyCircuits } from '../../../runtime/circuit-breaker';
import { documents } from '../support/servers';
import { serve, tell } from '../support/serve';

/** Where the circuits are: a port of Valkey, or an endpoint of DynamoDB with the table `circuits`. */
export interface Where {
  readonly port?: number;
  readonly endpoint?: string;
}

const pause = (milliseconds: number) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
let where: Where;
let redis: Redis | undefined;
let policy: CircuitPolicy;
let events: string[] = [];
const breakers = new Map<string, CircuitBreaker>();
let store: ValkeyCircuits | DynamoDbCircuits;

function breakerOf(dependency: string): CircuitBreaker {
  const breaker = breakers.get(dependency)
    ?? new CircuitBreaker({ dependency, store, ...policy, count: (event) => events.push(event) });
  breakers.set(dependency, breaker);
  return breaker;
}

serve({
  join: async (given: { where: Where; policy: CircuitPolicy }) => {
    ({ where, policy } = given);
    redis ??= where.port === undefined ? undefined : new Redis(where.port, '127.0.0.1').on('error', () => undefined);
    store = where.port === undefined
      ? new DynamoDbCircuits({ documents: documents(where.endpoint!), tableName: 'circuits' })
      : new ValkeyCircuits({ client: redis! });
  },
  sync: async (dependency: string) => breakerOf(dependency).sync(),
  status: async (dependency: string) => breakerOf(dependency).status,
  /** Calls until the circuit has a status; answers when that was and how often the dependency was called. */
  until: async ({ dependency, well, status }: { dependency: string; well: boolean; status: string }) => {
    const breaker = breakerOf(dependency);
    let calls = 0;
    while (breaker.status !== status) {
      await breaker.run(async () => {
        calls += 1;
        if (!well) {
          throw new Error('outage');
        }
      }).catch(() => undefined);
      await pause(10);
    }
    return { at: Date.now(), calls };
  },
  /** Calls at once, so often; answers how many calls the dependency saw and how many were rejected. */
  burst: async ({ dependency, calls, milliseconds }: { dependency: string; calls: number; milliseconds: number }) => {
    const breaker = breakerOf(dependency);
    let seen = 0;
    let rejected = 0;
    await Promise.all(Array.from({ length: calls }, () => breaker.run(async () => {
      seen += 1;
      await pause(milliseconds);
    }).catch((error: unknown) => {
      rejected += Number(error instanceof CircuitOpenError);
    })));
    return { seen, rejected };
  },
  /** Probes, and tells, and never ends. */
  probe: async (dependency: string) => breakerOf(dependency).run(() => {
    tell('probing');
    return new Promise(() => undefined);
  }),
  /** What was counted since this was asked last. */
  events: async () => {
    const counted = events;
    events = [];
    return counted;
  },
});
