/** SingletonCron with processes that are triggered at once, crash and stand still, on the DynamoDB of the local AWS. */
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { setTimeout as after } from 'node:timers/promises';

import type { CronOutcome } from '../../runtime/singleton-cron';
import { start, stopAll } from '../local/start';
import { type Contender, endContenders, startContenders } from './support/contender';
import { scaled } from './support/scale';
import { createTable, documents } from './support/servers';
import type { Triggered } from './workers/singleton-cron';

let endpoint: string;
let workers: Contender[];

beforeAll(async () => {
  [{ endpoint }, workers] = await Promise.all([start(), startContenders('singleton-cron', 3)]);
  await createTable(endpoint, 'crons', 'name:S');
  await createTable(endpoint, 'runs', 'id:S');
}, 60_000);
afterAll(() => Promise.all([endContenders(), stopAll()]));

const slotAt = (minute: number) => new Date(Date.UTC(2026, 10, 22, 3, minute)).toISOString();
const trigger = (worker: Contender, cron: string, minute: number, more: Partial<Triggered> = {}) =>
  worker.ask<CronOutcome>('trigger', { endpoint, cron, slot: slotAt(minute), ...more } satisfies Triggered);

interface Recorded {
  readonly slot: string;
  readonly fence: number;
  readonly what: 'begin' | 'end';
  readonly at: number;
}

/** What a cron has done, in the order of time. */
async function recorded(cron: string): Promise<Recorded[]> {
  const { Items = [] } = await documents(endpoint).send(new ScanCommand({
    TableName: 'runs', FilterExpression: 'cron = :cron', ExpressionAttributeValues: { ':cron': cron }, ConsistentRead: true,
  }));
  return (Items as Recorded[]).sort((a, b) => a.at - b.at);
}

const stateOf = async (cron: string, minute: number) => (await documents(endpoint).send(
  new GetCommand({ TableName: 'crons', Key: { name: `slot#${cron}@${slotAt(minute)}` }, ConsistentRead: true }))).Item;

test('three workers, each triggered for each of many slots at once: one run each', async () => {
  const slots = Array.from({ length: scaled(200, 20) }, (_, minute) => minute);
  const outcomes: CronOutcome[] = [];
  // Twenty slots at a time: beyond that they would wait for the emulator, not for each other.
  for (let first = 0; first < slots.length; first += 20) {
    outcomes.push(...await Promise.all(slots.slice(first, first + 20).flatMap((minute) => workers.map((worker) =>
      trigger(worker, 'Many', minute, { overlap: 'allow', workMilliseconds: 20, leaseMilliseconds: 20_000 })))));
  }
  const runs = (await recorded('Many')).filter(({ what }) => what === 'end');
  expect(runs.map(({ slot }) => slot).sort()).toEqual(slots.map(slotAt).sort());
  expect(outcomes.filter((outcome) => outcome === 'ran')).toHaveLength(slots.length);
  expect(outcomes.filter((outcome) => outcome !== 'ran').every((outcome) => outcome === 'busy' || outcome === 'repeated')).toBe(true);
}, 120_000);

test('slots that wait for each other are all run, one at a time, though triggered twice at once', async () => {
  const slots = Array.from({ length: scaled(10, 5) }, (_, minute) => minute);
  const outcomes = await Promise.all(slots.flatMap((minute) => [0, 1].map((n) =>
    trigger(workers[(minute + n) % 3]!, 'Waiting', minute, { overlap: 'wait', workMilliseconds: 30, leaseMilliseconds: 20_000 }))));
  expect(outcomes.filter((outcome) => outcome === 'ran')).toHaveLength(slots.length);
  expect(outcomes.filter((outcome) => outcome === 'repeated')).toHaveLength(slots.length);
  const all = await recorded('Waiting');
  expect(all.map(({ what }) => what)).toEqual(slots.flatMap(() => ['begin', 'end']));
  expect(new Set(all.map(({ slot }) => slot)).size).toBe(slots.length);
}, 120_000);

test('a slot that comes while another one is run is left out', async () => {
  const long = trigger(workers[0]!, 'Long', 1, { workMilliseconds: 4000, leaseMilliseconds: 2500, telling: true });
  await workers[0]!.hear();
  // Longer than the lease: it is renewed.
  await after(2700);
  await expect(trigger(workers[1]!, 'Long', 2)).resolves.toBe('busy');
  await expect(trigger(workers[2]!, 'Long', 1)).resolves.toBe('busy');
  await expect(long).resolves.toBe('ran');
  await expect(trigger(workers[1]!, 'Long', 3)).resolves.toBe('ran');
  expect((await recorded('Long')).map(({ slot, what }) => [slot, what])).toEqual([
    [slotAt(1), 'begin'], [slotAt(1), 'end'], [slotAt(3), 'begin'], [slotAt(3), 'end'],
  ]);
}, 30_000);

test('a worker that stood still finds its slot taken over, and what it did carries the smaller fence', async () => {
  const [still, other] = [workers[0]!, workers[1]!];
  const frozen = trigger(still, 'Still', 1, { workMilliseconds: 100, leaseMilliseconds: 1500, telling: true });
  await still.hear();
  still.pause();
  await after(1800);
  await expect(trigger(other, 'Still', 1, { leaseMilliseconds: 20_000 })).resolves.toBe('ran');
  still.resume();
  await expect(frozen).rejects.toMatchObject({ name: 'LockLostError' });
  const [early, late] = [...new Set((await recorded('Still')).map(({ fence }) => fence))];
  expect(late).toBeGreaterThan(early!);
  expect(await stateOf('Still', 1)).toMatchObject({ state: 'done', fence: late });
}, 30_000);

test('the slot of a worker that was killed is run again by the next trigger after the lease, not before, and then no more', async () => {
  const [killed, other] = [workers[0]!, workers[1]!];
  const lost = trigger(killed, 'Killed', 1, { workMilliseconds: 60_000, leaseMilliseconds: 1500, telling: true });
  const expected = expect(lost).rejects.toThrow('has ended');
  await killed.hear();
  await killed.kill();
  const died = Date.now();
  await expected;
  await expect(trigger(other, 'Killed', 1)).resolves.toBe('busy');
  let outcome: CronOutcome;
  do {
    await after(50);
    outcome = await trigger(other, 'Killed', 1);
  } while (outcome === 'busy');
  expect(outcome).toBe('ran');
  const runs = await recorded('Killed');
  expect(runs.map(({ what }) => what)).toEqual(['begin', 'begin', 'end']);
  // It was renewed at most a third of the lease before it died.
  expect(runs[1]!.at - died).toBeGreaterThan(900);
  expect(runs[1]!.at - died).toBeLessThan(8000);
  await expect(trigger(workers[2]!, 'Killed', 1)).resolves.toBe('repeated');
}, 30_000);
