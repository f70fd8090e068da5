import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { DistributedLock, fencedBy, LockUnavailableError } from '../../../runtime';
import type { Stay } from '../support/history';
import { type BackendPlace, openBackend } from '../support/lock-backends';
import { serve, tell } from '../support/serve';
import { documents } from '../support/servers';

export interface Contention {
  readonly place: BackendPlace;
  readonly leaseMilliseconds: number;
  /** How many contend in this process. */
  readonly contenders: number;
  /** How many critical sections each of them has to get through. */
  readonly sections: number;
  /** How many locks there are, and how many of them one section takes at most. */
  readonly locks: number;
  readonly atOnce: number;
  /** Where the counters are, a file for each lock, which nothing but the lock protects. */
  readonly folder: string;
}

export interface Holding {
  readonly place: BackendPlace;
  readonly leaseMilliseconds: number;
  readonly name: string;
}

export interface LateWrite extends Holding {
  /** Where the protected item is. */
  readonly endpoint: string;
}

serve({
  contend: async ({ place, leaseMilliseconds, contenders, sections, locks, atOnce, folder }: Contention): Promise<Stay[]> => {
    // The local DynamoDB does some hundred operations a second: who waits must leave some to who holds.
    const pollMilliseconds = place.kind === 'dynamodb' ? 1_000 : 60;
    const lock = new DistributedLock({ backend: openBackend(place), leaseMilliseconds, pollMilliseconds });
    const history: Stay[] = [];
    await Promise.all(Array.from({ length: contenders }, async (_, contender) => {
      for (let section = 0; section < sections; section += 1) {
        const names = [...new Set(Array.from({ length: 1 + section % atOnce }, () => `lock-${Math.floor(Math.random() * locks)}`))];
        await untilAvailable(() => lock.withLock(names, async ({ names: held, fence }) => {
          const from = process.hrtime.bigint();
          for (const name of held) {
            const counted = Number(await readFile(`${folder}/${name}`, 'utf8'));
            await writeFile(`${folder}/${name}`, String(counted + 1));
          }
          const to = process.hrtime.bigint();
          history.push(...held.map((name) => ({ lock: name, holder: `${process.pid}/${contender}`, fence, from, to })));
        }, { waitMilliseconds: 600_000 }));
      }
    }));
    return history;
  },

  hold: async ({ place, leaseMilliseconds, name }: Holding): Promise<void> => {
    const locks = new DistributedLock({ backend: openBackend(place), leaseMilliseconds });
    const lock = await untilAvailable(() => locks.acquire(name));
    tell(lock.fence);
    await new Promise(() => undefined);
  },

  /** Works for a second while it holds the lock, then writes. It is stopped meanwhile and knows nothing of it. */
  writeLate: async ({ place, leaseMilliseconds, name, endpoint }: LateWrite): Promise<{ wrote: string; reason: string }> => {
    const db = documents(endpoint);
    const locks = new DistributedLock({ backend: openBackend(place), leaseMilliseconds });
    const lock = await untilAvailable(() => locks.acquire(name));
    const lost = new Promise<string>((resolve) => lock.signal.addEventListener('abort', () => resolve((lock.signal.reason as Error).name)));
    tell(lock.fence);
    await sleep(1_000);
    const wrote = await writeFenced(db, name, lock.fence, 'late').then(() => 'accepted', (error: Error) => error.name);
    return { wrote, reason: await Promise.race([lost, sleep(5_000, 'not told')]) };
  },
});

/** Servers may be killed, or slow on a busy machine; what must not happen is that a lock is lost. */
async function untilAvailable<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LockUnavailableError)) {
        throw error;
      }
    }
  }
}

function writeFenced(db: ReturnType<typeof documents>, name: string, fence: number, value: string): Promise<unknown> {
  const fenced = fencedBy(fence);
  return db.send(new UpdateCommand({
    TableName: 'protected',
    Key: { name },
    UpdateExpression: `SET #value = :value, ${fenced.set}`,
    ConditionExpression: fenced.condition,
    ExpressionAttributeNames: { '#value': 'value', ...fenced.names },
    ExpressionAttributeValues: { ':value': value, ...fenced.values },
  }));
}
