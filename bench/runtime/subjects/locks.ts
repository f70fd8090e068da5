import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { Redis } from 'ioredis';

import { DistributedLock, DynamoDbLocks, type LockBackend, Redlock, ValkeyLocks } from '../../../runtime/lock';
import type { Comparison, Variant } from '../comparison';
import { title } from '../peers';
import type { Counted, World } from '../world';

const LEASE = 10_000;

interface UniversalLock {
  acquire(): Promise<unknown>;
  release(handle: unknown): Promise<unknown>;
}
interface Universal {
  IoredisAdapter: new (client: Redis) => unknown;
  createLock(options: { adapter: unknown; key: string; ttl: number }): UniversalLock;
  createRedlock(options: { adapters: unknown[]; key: string; ttl: number }): UniversalLock;
}
interface DeliveryHero {
  dynamoDBLockClientFactory(documents: DynamoDBDocument, table: object): {
    lock(group: string, id: string, options: object): Promise<unknown>;
    releaseLock(lock: unknown): Promise<void>;
  };
}

const ours = (backend: LockBackend, trips: () => number): Variant => {
  const locks = new DistributedLock({ backend, leaseMilliseconds: LEASE });
  return {
    name: 'ours',
    trips,
    run: async (number) => {
      const lock = await locks.acquire(`lock-${number}`);
      await lock.release();
    },
  };
};

const universal = (world: World, clients: Counted<Redis>[]): Variant => {
  const { IoredisAdapter, createLock, createRedlock } = world.peer('redlock-universal') as Universal;
  const adapters = clients.map(({ client }) => new IoredisAdapter(client));
  return {
    name: title('redlock-universal'),
    trips: () => Math.max(...clients.map(({ trips }) => trips())),
    run: async (number) => {
      const of = { key: `universal-${number}`, ttl: LEASE };
      const lock = adapters.length === 1 ? createLock({ adapter: adapters[0], ...of }) : createRedlock({ adapters, ...of });
      await lock.release(await lock.acquire());
    },
  };
};

export const LOCKS: readonly Comparison[] = [
  {
    what: 'acquire and release, Valkey',
    page: 'distributed-lock',
    trips: 2,
    why: 'the script that takes a lock also counts its fence, some ten microseconds of the server. The peer has no fence.',
    variants: async (world) => {
      const { client, trips } = world.valkey();
      return [ours(new ValkeyLocks({ client }), trips), universal(world, [world.valkey()])];
    },
  },
  {
    what: 'acquire and release, Redlock of 3',
    page: 'distributed-lock',
    trips: 2,
    why: 'the script that takes a lock also counts its fence, some ten microseconds of the server. The peer has no fence.',
    variants: async (world) => {
      const nodes = [0, 1, 2].map((server) => world.valkey(server));
      const trips = () => Math.max(...nodes.map((node) => node.trips()));
      return [
        ours(new Redlock({ clients: nodes.map(({ client }) => client) }), trips),
        universal(world, [0, 1, 2].map((server) => world.valkey(server))),
      ];
    },
  },
  {
    what: 'acquire and release, DynamoDB',
    page: 'distributed-lock',
    trips: 2,
    variants: async (world) => {
      const mine = world.documents();
      const theirs = world.dynamoDb();
      const { dynamoDBLockClientFactory } = world.peer('@deliveryhero/dynamodb-lock') as DeliveryHero;
      const client = dynamoDBLockClientFactory(DynamoDBDocument.from(theirs.client), {
        tableName: await world.table('lockId:S', 'lockGroup:S'), partitionKey: 'lockId', sortKey: 'lockGroup',
      });
      return [
        ours(new DynamoDbLocks({ documents: mine.client, tableName: await world.table('name:S') }), mine.trips),
        {
          name: title('@deliveryhero/dynamodb-lock'),
          trips: theirs.trips,
          run: async (number) => client.releaseLock(await client.lock('bench', `lock-${number}`, {
            leaseDurationInMs: LEASE, prolongLeaseEnabled: true, prolongEveryMs: LEASE / 3,
          })),
        },
      ];
    },
  },
];
