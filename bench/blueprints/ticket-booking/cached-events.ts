import type { Event } from '../../../blueprints/ticket-booking/domain/event';
import { catalogueHandler } from '../../../blueprints/ticket-booking/handlers/catalogue';
import { type CacheEvent, type HttpRequest, WriteThrough } from '../../../runtime';
import { median } from '../../concepts/statistics.mjs';
import { closedLoop, type Load, quantile } from '../load';
import { rounded, shown, table } from '../report';
import type { Servers } from '../servers';

const EVENTS = 100;
const CALLERS = [16, 64];

/** The page of an event that is in the cache: the function Catalogue of the blueprint, on a real Valkey. */
export async function measureCachedEvents(servers: Servers, rounds: number, milliseconds: number) {
  const client = await servers.valkey();
  const stored = new Map<string, Event>();
  const seen: Partial<Record<CacheEvent, number>> = {};
  const events = new WriteThrough<Event>({
    client, namespace: 'catalogue', stampede: 'lock', count: (event) => seen[event] = (seen[event] ?? 0) + 1,
    source: { load: (id) => Promise.resolve(stored.get(id)), save: (id, event) => Promise.resolve(void stored.set(id, event)) },
  });
  for (let number = 0; number < EVENTS; number++) {
    await events.write(`event-${number}`, eventOf(number));
  }
  const handler = catalogueHandler({
    events, cacheEvents: () => [], index: { search: () => Promise.reject(new Error('nobody searches')) },
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  let reads = 0;
  const read = async () => {
    const number = (reads += 1) % EVENTS;
    const request = { routeKey: 'GET /events/{id}', pathParameters: { id: `event-${number}` }, requestContext: { requestId: 'bench' } };
    const { body } = await handler(request as unknown as HttpRequest, {} as never);
    return (JSON.parse(String(body)) as Event).name === `Cats ${number}`;
  };
  await closedLoop(milliseconds, 16, read);
  const rows: string[][] = [];
  const broken: string[] = [];
  for (const callers of CALLERS) {
    const loads: Load<boolean>[] = [];
    const [hitsBefore, readsBefore] = [seen.hit ?? 0, reads];
    for (let round = 0; round < rounds; round++) {
      loads.push(await closedLoop(milliseconds, callers, read));
    }
    const wait = (part: number) => shown(median(loads.map(({ samples }) => quantile(samples, part))));
    rows.push([
      `${callers} at a time`, rounded(median(loads.map(({ perSecond }) => perSecond))), wait(0.5), wait(0.99),
      `${(100 * ((seen.hit ?? 0) - hitsBefore) / (reads - readsBefore)).toFixed(1)} %`,
    ]);
    const wrong = loads.flatMap(({ samples }) => samples).filter(({ outcome }) => !outcome).length;
    broken.push(...wrong > 0 ? [`${wrong} reads answered another event than was asked for`] : []);
  }
  return { text: table([['readers of cached events', 'events/s', 'p50, ms', 'p99, ms', 'answered by the cache'], ...rows]), broken };
}

const eventOf = (number: number): Event => ({
  id: `event-${number}`, name: `Cats ${number}`, venue: 'Hall', city: 'Bern', startsAt: '2027-01-01T19:00:00Z', cents: 5000,
  rows: Object.fromEntries([...'ABCDEFGHIJKLMNOPQRST'].map((row) => [row, 20])),
});
