import { DynamoDB } from '@aws-sdk/client-dynamodb';

import { DynamoDbLimits, type RateLimitBackend, RateLimiter, ValkeyLimits } from '../../../runtime/rate-limiter';
import type { Comparison, Variant } from '../comparison';
import { title } from '../peers';

/** More than any run takes: what is measured is taking, not refusing. */
const REQUESTS = 1_000_000;
const WINDOW_SECONDS = 3_600;
/** So many keys ask in turn, as users do. */
const KEYS = 100;

type Limiter = new (options: object) => { consume(key: string): Promise<unknown> };
interface Flexible {
  RateLimiterRedis: Limiter;
  RateLimiterDynamo: Limiter;
}

const ours = (backend: RateLimitBackend, trips: () => number): Variant => {
  const limiter = new RateLimiter({ backend, limit: { requests: REQUESTS, windowSeconds: WINDOW_SECONDS }, whenUnavailable: 'closed' });
  return {
    name: 'ours',
    trips,
    run: async (number) => {
      const { allowed, unavailable } = await limiter.take(`user-${number % KEYS}`);
      if (!allowed || unavailable) {
        throw new Error('nothing was taken');
      }
    },
  };
};

export const RATE_LIMITERS: readonly Comparison[] = [
  {
    what: 'take, Valkey',
    page: 'rate-limiter',
    trips: 1,
    why: 'a token bucket by the clock of the server. The peer counts in fixed windows, which let twice the limit pass around an edge.',
    variants: async (world) => {
      const mine = world.valkey();
      const theirs = world.valkey();
      const { RateLimiterRedis } = world.peer('rate-limiter-flexible') as Flexible;
      const limiter = new RateLimiterRedis({ storeClient: theirs.client, points: REQUESTS, duration: WINDOW_SECONDS });
      return [
        ours(new ValkeyLimits({ client: mine.client }), mine.trips),
        { name: title('rate-limiter-flexible'), trips: theirs.trips, run: (number) => limiter.consume(`user-${number % KEYS}`) },
      ];
    },
  },
  {
    what: 'take, DynamoDB',
    page: 'rate-limiter',
    trips: 1,
    variants: async (world) => {
      const mine = world.documents();
      const theirs = world.dynamoDb();
      const { RateLimiterDynamo } = world.peer('rate-limiter-flexible') as Flexible;
      const limiter = new RateLimiterDynamo({
        storeClient: Object.assign(Object.create(theirs.client) as object, { updateItem: operation(theirs.client) }),
        tableName: await world.table('key:S'), tableCreated: true, ttlSet: true, points: REQUESTS, duration: WINDOW_SECONDS,
      });
      return [
        ours(new DynamoDbLimits({ documents: mine.client, tableName: await world.table('key:S') }), mine.trips),
        { name: title('rate-limiter-flexible'), trips: theirs.trips, run: (number) => limiter.consume(`user-${number % KEYS}`) },
      ];
    },
  },
];

/** It wants the client with a method for every command, over the client that counts. */
function operation(client: object) {
  const { updateItem } = DynamoDB.prototype;
  return updateItem.bind(client as DynamoDB) as unknown;
}
