import * as assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import type { Step, World } from '../../scenario';
import { eventually, inParallel } from '../../scenario-tools';
import { KINDS, type PostEvent, REGIONS } from '../domain/event';
import { eventOf, MINUTE, minute, newPost, sendEvents, type Window, windowsOf } from './calls';

const EVENTS = 10_000;
const FIRST = 2;
const MINUTES = 10;

interface Expected {
  count: number;
  sum: number;
  min: number;
  max: number;
}

/** What each series must have in each minute, worked out from what was sent. */
function expectedOf(events: readonly PostEvent[]): Map<string, Map<string, Expected>> {
  const all = new Map<string, Map<string, Expected>>();
  const count = (series: string, at: string, value: number) => {
    const start = `${at.slice(0, 16)}:00.000Z`;
    const windows = all.get(series) ?? new Map<string, Expected>();
    const { count: before = 0, sum = 0, min = value, max = value } = windows.get(start) ?? {};
    windows.set(start, { count: before + 1, sum: sum + value, min: Math.min(min, value), max: Math.max(max, value) });
    all.set(series, windows);
  };
  for (const { post, kind, region, at, milliseconds } of events) {
    count(`post/${post}/${kind}`, at, 1);
    count(`all/${kind}`, at, 1);
    if (milliseconds !== undefined) {
      count(`delivery/${region}`, at, milliseconds);
    }
  }
  return all;
}

const told = (windows: readonly Window[]) =>
  new Map(windows.map(({ start, count, sum, min, max }) => [start, { count, sum, min: min!, max: max! }]));

/** Known events of twenty posts over ten minutes, each up to 30 s behind its place. */
function shuffledEvents(): PostEvent[] {
  const posts = Array.from({ length: 20 }, newPost);
  return Array.from({ length: EVENTS }, () => {
    const kind = KINDS[randomInt(KINDS.length)]!;
    const time = minute(FIRST) + randomInt(MINUTES * MINUTE);
    const event = eventOf(posts[randomInt(posts.length)]!, time, {
      kind, region: REGIONS[randomInt(REGIONS.length)], ...kind === 'delivered' && { milliseconds: randomInt(2000) },
    });
    return { event, arrives: time + randomInt(30_000) };
  }).sort((a, b) => a.arrives - b.arrives).map(({ event }) => event);
}

export const countsExactly: Step = {
  proves: `${EVENTS} events that come up to 30 s out of order are counted exactly, in every minute of every series`,
  fault: 'events out of order',
  run: async (world) => {
    const events = shuffledEvents();
    const begin = Date.now();
    await sendEvents(world, events);
    const sent = Date.now();
    const expected = expectedOf(events);
    const read = (series: string) => windowsOf(world, series, minute(FIRST), minute(FIRST + MINUTES));
    await eventually(world, async () => {
      for (const kind of KINDS) {
        assert.deepEqual(told(await read(`all/${kind}`)), expected.get(`all/${kind}`), `all/${kind}`);
      }
    }, 90);
    const counted = Date.now();
    const windows = await inParallel([...expected.keys()], 4, async (series) => {
      const found = await read(series);
      assert.deepEqual(told(found), expected.get(series), series);
      assert.ok(found.every(({ late }) => late === 0), `${series} has late events`);
      return found.length;
    });
    await rollsUp(world, events);
    const total = windows.reduce((sum, each) => sum + each, 0);
    return `${EVENTS} sent in ${seconds(sent - begin)}, counted ${seconds(counted - sent)} later: ${total} windows of ${windows.length} series, `
      + 'each with its count, sum, least and greatest as worked out beforehand';
  },
};

/** The mean of a region over ten minutes is that of its deliveries, not that of its minutes. */
async function rollsUp(world: World, events: readonly PostEvent[]): Promise<void> {
  const times = events.flatMap(({ region, milliseconds }) => region === 'europe' && milliseconds !== undefined ? [milliseconds] : []);
  const [all] = await windowsOf(world, 'delivery/europe', minute(FIRST), minute(FIRST + MINUTES), { step: 'all' });
  assert.equal(all?.count, times.length);
  assert.ok(Math.abs(all.mean! - times.reduce((sum, time) => sum + time, 0) / times.length) < 1e-6, 'the mean of a region is wrong');
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

export const tellsLate: Step = {
  proves: 'an event that comes after its window has closed is told as late, and changes no total',
  fault: 'events that come too late',
  run: async (world) => {
    const post = newPost();
    // The window closes once something is seen that is half a minute newer than its end.
    const within = [eventOf(post, minute(15)), eventOf(post, minute(16) + 29_000), eventOf(post, minute(15) + 59_000)];
    const closing = [eventOf(post, minute(16) + 31_000)];
    const late = [eventOf(post, minute(15) + 59_000), eventOf(post, minute(14))];
    for (const events of [within, closing, late]) {
      await sendEvents(world, events);
    }
    const windows = await eventually(world, async () => {
      const found = await windowsOf(world, `post/${post}/like`, minute(14), minute(17));
      assert.equal(found.reduce((sum, { count, late: missed }) => sum + count + missed, 0), 6, 'not all have come');
      return found;
    });
    assert.deepEqual(windows.map(({ start, count, late: missed }) => [Date.parse(start), count, missed]), [
      [minute(14), 0, 1], [minute(15), 2, 1], [minute(16), 2, 0],
    ]);
    return '6 events: 4 counted, of which one came 30 s behind; 2 told as late, in the windows they missed';
  },
};
