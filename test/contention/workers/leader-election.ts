import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';

import { DistributedLock, fencedBy, LeaderElection, type Term } from '../../../runtime';
import { type BackendPlace, openBackend, openClient } from '../support/lock-backends';
import { serve, tell } from '../support/serve';
import { documents } from '../support/servers';

export interface Candidacy {
  readonly place: BackendPlace;
  readonly leaseMilliseconds: number;
  readonly name: string;
  /** Where the leader writes down each of its acts: the list `<name>`. */
  readonly log: number;
  /** Where the item is that is protected by the number of the term. */
  readonly endpoint: string;
}

/** What happened to a candidate. */
export type Told =
  | { readonly event: 'elected' | 'deposed'; readonly term: number }
  /** Deposed, it wrote nevertheless, as code does that does not look. */
  | { readonly event: 'late'; readonly term: number; readonly wrote: string };

const shutdown = new AbortController();

serve({
  stand: async ({ place, leaseMilliseconds, name, log, endpoint }: Candidacy): Promise<void> => {
    const [db, acts] = [documents(endpoint), openClient(log)];
    const lock = new DistributedLock({ backend: openBackend(place), leaseMilliseconds, pollMilliseconds: 100 });
    const write = async ({ number }: Term) => {
      const { set, condition, names, values } = fencedBy(number);
      await db.send(new UpdateCommand({
        TableName: 'protected', Key: { name }, UpdateExpression: `SET ${set}`, ConditionExpression: condition,
        ExpressionAttributeNames: names, ExpressionAttributeValues: values,
      }));
    };
    const election = new LeaderElection({
      lock, name,
      onElected: async (term) => {
        await write(term);
        await acts.call('RPUSH', name, term.number);
        tell({ event: 'elected', term: term.number } satisfies Told);
        // What a standstill interrupts is this wait; whether it still leads is asked right before the act.
        for (; election.term; await sleep(20)) {
          await acts.call('RPUSH', name, term.number);
        }
      },
      onDeposed: (term) => {
        tell({ event: 'deposed', term: term.number } satisfies Told);
        const told = (wrote: string) => tell({ event: 'late', term: term.number, wrote } satisfies Told);
        write(term).then(() => told('accepted'), (error: Error) => told(error.name));
      },
    });
    await election.run(shutdown.signal);
  },

  resign: async () => shutdown.abort(),
});
