/** A process that appends to streams, or keeps a view. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore, type RecordedEvent } from '../../../runtime/event-store';
import { Projection } from '../../../runtime/projection';
import { documents } from '../support/servers';
import { serve, tell } from '../support/serve';

type Ledger = { counted: { by: number; who: string } };

interface Where {
  readonly endpoint: string;
  readonly tableName: string;
}

const store = ({ endpoint, tableName }: Where) =>
  new EventStore<Ledger>({ documents: documents(endpoint), tableName, maxAttempts: 30 });

/** Adds up what was counted, in one row for each stream and one for all of them. */
const project = ({ stream, data }: RecordedEvent<Ledger>) => [
  { key: stream, add: { total: data.by, events: 1 }, set: { last: data.who } },
  { key: 'all', add: { total: data.by, events: 1 } },
];

serve({
  /** Appends one after another, wherever the stream is; answers the versions it got. */
  append: async ({ stream, count, who, ...where }: Where & { stream: string; count: number; who: string }) => {
    const events = store(where);
    const got: number[] = [];
    for (let n = 0; n < count; n++) {
      const event = { type: 'counted' as const, data: { by: 1, who }, id: `${who}-${n}` };
      const { version } = await events.append(stream, [event], { expectedVersion: 'any' });
      got.push(version);
    }
    return got;
  },
  /** Appends at the version it has read; answers what it got and how often it was told that it was too late. */
  decide: async ({ stream, count, who, ...where }: Where & { stream: string; count: number; who: string }) => {
    const events = store(where);
    const got: number[] = [];
    let conflicts = 0;
    while (got.length < count) {
      const expectedVersion = await events.version(stream);
      try {
        got.push((await events.append(stream, [{ type: 'counted', data: { by: 1, who } }], { expectedVersion })).version);
      } catch (error) {
        if ((error as Error).name !== 'ConcurrencyError') {
          throw error;
        }
        conflicts += 1;
        await sleep(Math.random() * 20);
      }
    }
    return { got, conflicts };
  },
  /** Applies a batch, and tells after each event. */
  project: async ({ events, view, ...where }: Where & { events: RecordedEvent<Ledger>[]; view: string }) => {
    const projection = new Projection<Ledger>({
      documents: documents(where.endpoint), tableName: view, store: store(where), project, maxAttempts: 30,
    });
    const batch = {};
    for (const event of events) {
      await projection.apply(event, batch);
      tell(event.version);
    }
    return events.length;
  },
});
