import { randomUUID } from 'node:crypto';
import type { Redis } from 'iovalkey';
import type { Pool } from 'pg';

import type { Event } from '../../../blueprints/ticket-booking/domain/event';
import { SCHEMA } from '../../../blueprints/ticket-booking/domain/schema';
import { migrate } from '../../../runtime';
import { median, pairedRatio } from '../../concepts/statistics.mjs';
import { closedLoop, type Load, openLoop, quantile, type Sample } from '../load';
import { rounded, shown, table } from '../report';
import type { Servers } from '../servers';
import { Booking, type Way } from './booking';
import { saleOf } from './double-sales';
import { type Attempt, Rivals } from './rivals';

/** The section that everybody wants: 20 rows of 20 seats. */
const ROWS = Object.fromEntries([...'ABCDEFGHIJKLMNOPQRST'].map((row) => [row, 20]));
const WAYS: readonly Way[] = ['lock and fence', 'row locks'];
/** What the blueprint is to carry. */
const PACE = 1000;
const WARM_UP_MILLISECONDS = 1000;

/** How rivals come. */
interface Crowd {
  readonly title: string;
  /** Whether they come as fast as they are answered, so that it says something how many are. */
  readonly fast: boolean;
  load(milliseconds: number, operation: () => Promise<Attempt>): Promise<Load<Attempt>>;
}

const CROWDS: readonly Crowd[] = [
  ...[16, 64].map((callers): Crowd => ({
    title: `${callers} at a time`, fast: true, load: (milliseconds, operation) => closedLoop(milliseconds, callers, operation),
  })),
  { title: `${PACE.toLocaleString('en')} every second`, fast: false, load: (milliseconds, operation) => openLoop(milliseconds, PACE, operation) },
];

/** One section on sale for a while. */
interface Round extends Load<Attempt> {
  /** Requests that got as far as the database. */
  readonly entered: number;
  readonly sold: number;
  /** Payments that took too long and were refused. */
  readonly late: number;
  readonly broken: readonly string[];
}

/** Holds of seats that many want, beside the same with locks of rows. */
export async function measureHolds(servers: Servers, rounds: number, milliseconds: number) {
  const [valkey, pool] = await Promise.all([servers.valkey(), servers.postgres()]);
  await migrate(pool, SCHEMA);
  for (const way of WAYS) {
    await sell(valkey, pool, way, CROWDS[0]!, WARM_UP_MILLISECONDS);
  }
  const rows: string[][] = [];
  const broken: string[] = [];
  let late = 0;
  for (const crowd of CROWDS) {
    const made: Record<Way, Round[]> = { 'lock and fence': [], 'row locks': [] };
    for (let round = 0; round < rounds; round++) {
      // Another one begins each round.
      for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
        made[way].push(await sell(valkey, pool, way, crowd, milliseconds));
      }
    }
    const paces = made['lock and fence'].map((ours, round) => ({ ours: ours.perSecond, theirs: made['row locks'][round]!.perSecond }));
    const ratio = crowd.fast ? `x ${pairedRatio(paces, 'ours', 'theirs').toFixed(1)}` : '';
    rows.push(...WAYS.map((way, index) => rowOf(index === 0 ? crowd.title : '', way, made[way], index === 0 ? '' : ratio)));
    late += WAYS.flatMap((way) => made[way]).reduce((sum, round) => sum + round.late, 0);
    broken.push(...WAYS.flatMap((way) => made[way].flatMap((round) => round.broken.map((what) => `${crowd.title}, ${way}: ${what}`))));
  }
  return { text: table([HEAD, ...rows]), late, broken };
}

const HEAD = [
  'rivals', 'holds by', 'requests/s', 'ours to theirs', 'an answer: p50, p99, ms', 'seats: p50, p99, ms', 'got seats', 'without the database',
  'seats sold', 'sold twice',
];

const seats = ({ samples }: Round) => samples.filter(({ outcome }) => outcome === 'held');

function rowOf(title: string, way: Way, rounds: readonly Round[], ratio: string): string[] {
  const sum = (of: (round: Round) => number) => rounds.reduce((all, round) => all + of(round), 0);
  const share = (count: number) => `${(100 * count / sum(({ samples }) => samples.length)).toFixed(0)} %`;
  const waits = (of: (round: Round) => readonly Sample<Attempt>[]) =>
    [0.5, 0.99].map((part) => shown(median(rounds.map((round) => quantile(of(round), part))))).join(', ');
  return [
    title, way, rounded(median(rounds.map(({ perSecond }) => perSecond))), ratio, waits(({ samples }) => samples),
    waits(seats), share(sum((round) => seats(round).length)),
    share(sum(({ samples, entered }) => samples.length - entered)), sum(({ sold }) => sold).toLocaleString('en'),
    String(sum(({ broken }) => broken.length)),
  ];
}

/** A new section, a crowd that wants it, and a look into the database afterwards. */
async function sell(valkey: Redis, pool: Pool, way: Way, crowd: Crowd, milliseconds: number): Promise<Round> {
  const event: Event = {
    id: randomUUID(), name: 'Cats', venue: 'Hall', city: 'Bern', startsAt: '2027-01-01T19:00:00Z', cents: 5000, rows: ROWS,
  };
  await pool.query(SEATS, [event.id, Object.entries(ROWS).flatMap(([row, seats]) => Array.from({ length: seats }, (_, index) => `${row}-${index + 1}`))]);
  const booking = new Booking({ valkey, pool, event, way });
  const rivals = new Rivals(booking, event);
  const load = await crowd.load(milliseconds, () => rivals.attempt());
  const { entered } = booking;
  await rivals.gone();
  const { sold, soldTwice, soldInPart, soldToNobody } = await saleOf(booking.database, event.id);
  const failed = load.samples.filter(({ outcome }) => outcome === 'failed').length;
  return {
    ...load, entered, sold, late: rivals.late,
    broken: [
      ...soldTwice.map((seat) => `${seat} is sold twice`),
      ...soldInPart.map((order) => `the order ${order} has a part of its seats`),
      ...soldToNobody.map((seat) => `${seat} is sold to an order that is not confirmed`),
      ...rivals.broken,
      ...failed > 0 ? [`${failed} requests failed`] : [],
    ],
  };
}

/** Both ways find a row for every seat, as locks of rows need it. */
const SEATS = `
  INSERT INTO seats (event_id, seat, fence, held_until)
  SELECT $1, seat, 0, '-infinity' FROM unnest($2::text[]) AS seat`;
