import { Redis as IoRedis } from 'ioredis';
import { Redis as IoValkey } from 'iovalkey';

import { DynamoDbLimits, type RateLimit, RateLimiter, ValkeyLimits } from '../../../runtime/rate-limiter';
import { serve } from '../support/serve';
import { documents } from '../support/servers';

export type Store = 'DynamoDB' | 'iovalkey' | 'ioredis';

export interface Order {
  readonly aws: string;
  readonly valkey: number;
  readonly store: Store;
  readonly key: string;
  readonly limit: RateLimit;
  /** How many callers ask at once. */
  readonly callers: number;
  /** For how long each of them asks again and again; once when left out. */
  readonly milliseconds?: number;
  /** By how much the clock of this process is ahead. */
  readonly ahead?: number;
}

/** When a take that was allowed was asked for and when it was answered, by the clock of the machine. */
export type Taken = readonly [asked: number, answered: number];

export interface Report {
  readonly taken: readonly Taken[];
  readonly denied: number;
  readonly unavailable: number;
}

const backends = new Map<string, DynamoDbLimits | ValkeyLimits>();

function backendOf({ store, aws, valkey, ahead = 0 }: Order) {
  const known = `${store} ${ahead}`;
  const backend = backends.get(known) ?? (store === 'DynamoDB'
    ? new DynamoDbLimits({ documents: documents(aws), tableName: 'limits', clock: { now: () => Date.now() + ahead } })
    : new ValkeyLimits({ client: store === 'ioredis' ? new IoRedis(valkey, '127.0.0.1') : new IoValkey(valkey, '127.0.0.1') }));
  backends.set(known, backend);
  return backend;
}

serve({
  take: async (order: Order): Promise<Report> => {
    const { key, limit, callers, milliseconds = 0 } = order;
    // The stand-in for DynamoDB is slow when hundreds ask at once.
    const limiter = new RateLimiter({ limit, backend: backendOf(order), whenUnavailable: 'closed', deadlineMilliseconds: 20_000 });
    const taken: Taken[] = [];
    let denied = 0;
    let unavailable = 0;
    const end = Date.now() + milliseconds;
    await Promise.all(Array.from({ length: callers }, async () => {
      do {
        const asked = Date.now();
        const answer = await limiter.take(key);
        if (answer.unavailable) {
          unavailable += 1;
        } else if (answer.allowed) {
          taken.push([asked, Date.now()]);
        } else {
          denied += 1;
          // A denial may take no time at all; others want to be served too.
          await new Promise((resolve) => setTimeout(resolve, milliseconds === 0 ? 0 : 2));
        }
      } while (Date.now() < end);
    }));
    return { taken, denied, unavailable };
  },
});
