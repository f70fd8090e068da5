import { type Holds, LockNotAcquiredError, LockUnavailableError, Problem, type TakenHold } from '../../../runtime';
import type { Database, Queries } from './database';
import { type Event, unknownSeats } from './event';

/** Seats of an event that somebody holds until an order confirms them or their time is over. */
export interface SeatHold {
  readonly token: string;
  readonly eventId: string;
  readonly seats: readonly string[];
  /** Greater than that of every earlier holder of any of these seats. */
  readonly fence: number;
  /** For how long it holds, from when it was taken and again from when it was ordered. */
  readonly seconds: number;
  /** What the seats cost together. */
  readonly cents: number;
  readonly expiresAt: Date;
}

/** What the holds of seats work with. */
export interface SeatHoldsOptions {
  readonly database: Database;
  /** Who may act on which seats now. */
  readonly locks: Holds;
  readonly now?: () => Date;
}

/**
 * The seats of a hold: all of them or none, for one visitor at a time.
 *
 * The locks turn away whoever comes while they are held, without asking the database. The winner then leaves the number
 * of the hold, the fence, with every seat in the database, in one transaction: from then on whoever held before is refused
 * there, however late it comes, and whatever it believes about its lock.
 */
export class SeatHolds {
  private readonly database: Database;
  private readonly locks: Holds;
  private readonly now: () => Date;

  constructor({ database, locks, now = () => new Date() }: SeatHoldsOptions) {
    this.database = database;
    this.locks = locks;
    this.now = now;
  }

  /** @throws Problem 404 for seats that do not exist, 409 when one of them is held or sold, 503 when nobody knows */
  public async take(event: Event, seats: readonly string[], seconds: number): Promise<SeatHold> {
    const unknown = unknownSeats(event, seats);
    if (unknown.length > 0) {
      throw new Problem({ status: 404, detail: `There is no seat ${unknown.join(', ')}.` });
    }
    const lock = await this.lock(event.id, seats, seconds);
    try {
      return await this.enter(lock, event, [...seats].sort(), seconds);
    } catch (error) {
      // Where even this fails, the locks end with their time.
      await this.locks.release(lock).catch(() => undefined);
      throw error;
    }
  }

  /** The seats of an event that cannot be had now. */
  public async taken(eventId: string): Promise<{ readonly sold: string[]; readonly held: string[] }> {
    const { rows } = await this.database.query<{ seat: string; sold: boolean }>(TAKEN, [eventId]);
    const seats = (sold: boolean) => rows.filter((row) => row.sold === sold).map(({ seat }) => seat);
    return { sold: seats(true), held: seats(false) };
  }

  /** The hold with that token, over or not. */
  public async find(token: string): Promise<SeatHold | undefined> {
    const { rows } = await this.database.query<HoldRow>('SELECT * FROM holds WHERE token = $1', [token]);
    return rows[0] && holdOf(rows[0]);
  }

  /** Begins the time of a hold anew; false when somebody else has had one of its seats since. */
  public async keep(hold: SeatHold): Promise<boolean> {
    const kept = await this.locks.keep(lockOf(hold), hold.seconds * 1000);
    if (kept) {
      await this.holdUntil(hold, new Date(this.now().getTime() + hold.seconds * 1000));
    }
    return kept;
  }

  /** Gives seats back; does nothing to those that are sold, or held by somebody else by now. */
  public async release(hold: SeatHold): Promise<void> {
    await this.locks.release(lockOf(hold));
    await this.holdUntil(hold, this.now());
  }

  /** For those who look; who may act on a seat is decided by the locks and the fence. */
  private async holdUntil({ eventId, seats, fence }: SeatHold, time: Date): Promise<void> {
    await this.database.query('UPDATE seats SET held_until = $4 WHERE event_id = $1 AND seat = ANY($2) AND fence = $3', [eventId, seats, fence, time]);
  }

  private async lock(eventId: string, seats: readonly string[], seconds: number): Promise<TakenHold> {
    try {
      return await this.locks.take(seats.map((seat) => lockName(eventId, seat)), seconds * 1000);
    } catch (error) {
      if (error instanceof LockNotAcquiredError) {
        throw new Problem({
          status: 409, detail: 'At least one of these seats is held by somebody else.',
          headers: { 'retry-after': String(error.retryAfterSeconds) },
        });
      }
      throw error instanceof LockUnavailableError
        ? new Problem({ status: 503, detail: 'Seats cannot be held right now. Try again.', headers: { 'retry-after': '1' } })
        : error;
    }
  }

  private enter({ token, fence }: TakenHold, event: Event, seats: readonly string[], seconds: number): Promise<SeatHold> {
    const expiresAt = new Date(this.now().getTime() + seconds * 1000);
    const hold = { token, eventId: event.id, seats, fence, seconds, cents: event.cents * seats.length, expiresAt };
    return this.database.transaction(async (queries) => {
      const entered = await queries.query(ENTER, [event.id, seats, fence, expiresAt]);
      if (entered.rowCount !== seats.length) {
        throw new Problem({ status: 409, detail: 'At least one of these seats is sold.' });
      }
      await insertHold(queries, hold);
      return hold;
    });
  }
}

// In the order of the seats, so that no two transactions wait for each other.
const ENTER = `
  INSERT INTO seats (event_id, seat, fence, held_until)
  SELECT $1, seat, $3, $4 FROM unnest($2::text[]) AS seat ORDER BY seat
  ON CONFLICT (event_id, seat) DO UPDATE SET fence = excluded.fence, held_until = excluded.held_until
  WHERE seats.order_id IS NULL AND seats.fence < excluded.fence`;

const TAKEN = `
  SELECT seat, order_id IS NOT NULL AS sold FROM seats
  WHERE event_id = $1 AND (order_id IS NOT NULL OR held_until > now()) ORDER BY seat`;

async function insertHold(queries: Queries, hold: SeatHold): Promise<void> {
  await queries.query('INSERT INTO holds (token, event_id, seats, fence, seconds, cents, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [hold.token, hold.eventId, hold.seats, hold.fence, hold.seconds, hold.cents, hold.expiresAt]);
}

interface HoldRow {
  readonly token: string;
  readonly event_id: string;
  readonly seats: string[];
  /** PostgreSQL answers a bigint as text; a fence is the time in milliseconds or little more. */
  readonly fence: string;
  readonly seconds: number;
  readonly cents: number;
  readonly expires_at: Date;
}

const holdOf = (row: HoldRow): SeatHold => ({
  token: row.token, eventId: row.event_id, seats: row.seats, fence: Number(row.fence), seconds: row.seconds, cents: row.cents,
  expiresAt: row.expires_at,
});

const lockName = (eventId: string, seat: string) => `${eventId}/${seat}`;
const lockOf = ({ token, eventId, seats }: SeatHold) => ({ token, names: seats.map((seat) => lockName(eventId, seat)).sort() });
