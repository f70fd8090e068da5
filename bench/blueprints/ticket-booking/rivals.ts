import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Event } from '../../../blueprints/ticket-booking/domain/event';
import type { Booking } from './booking';

const MOST_SEATS = 4;
/** For how long a visitor looks at what they hold before they pay or give it back, in milliseconds. */
const THINKING = { least: 500, most: 1500 };
/** How long a payment takes that is made in time. */
const PAYING = { least: 10, most: 50 };
/** How long one takes that outlasts the shortest hold there is. */
const PAYING_LATE = { least: 1100, most: 1600 };
const SHORTEST_HOLD_SECONDS = 1;

/** What came of one request for seats. */
export type Attempt = 'held' | 'refused' | 'failed';

/**
 * Visitors who want the same seats. Of those who get some, most give them back, one in twenty pays in time, and one in twenty
 * pays for so long that the hold is over and somebody else may hold the seats: that is where seats are sold twice, if anywhere.
 */
export class Rivals {
  /** What happened and must not. */
  public readonly broken: string[] = [];
  /** Payments that came too late and were refused since somebody else had the seats by then. */
  public late = 0;

  /** Seats whose holder has neither given them back nor may have lost them by time. */
  private readonly taken = new Set<string>();
  private readonly visits = new Set<Promise<unknown>>();

  constructor(private readonly booking: Booking, private readonly event: Event) {}

  /** One of them asks for a group of seats beside each other, somewhere. */
  public async attempt(): Promise<Attempt> {
    const seats = this.group();
    const paysLate = randomInt(20) === 0;
    const { status, body } = await this.booking.hold(this.event.id, seats, paysLate ? SHORTEST_HOLD_SECONDS : 600);
    if (status !== 201) {
      return status === 409 ? 'refused' : 'failed';
    }
    this.check(seats, 'is held by two');
    const visit = paysLate ? this.payLate(String(body.holdToken), seats) : this.think(String(body.holdToken), seats);
    const ended: Promise<unknown> = visit
      .catch((error: unknown) => this.broken.push(String(error)))
      .finally(() => this.visits.delete(ended));
    this.visits.add(ended);
    return 'held';
  }

  /** Resolves when everybody has paid or gone. */
  public async gone(): Promise<void> {
    await Promise.all(this.visits);
  }

  /** Nobody else may hold these seats for sure, or have bought them. */
  private check(seats: readonly string[], otherwise: string): void {
    this.broken.push(...seats.filter((seat) => this.taken.has(seat)).map((seat) => `${seat} ${otherwise}`));
  }

  private group(): string[] {
    const rows = Object.entries(this.event.rows);
    const [row, seats] = rows[randomInt(rows.length)]!;
    const size = 1 + randomInt(MOST_SEATS);
    const first = 1 + randomInt(seats - size + 1);
    return Array.from({ length: size }, (_, index) => `${row}-${first + index}`);
  }

  private async think(token: string, seats: readonly string[]): Promise<void> {
    seats.forEach((seat) => this.taken.add(seat));
    await sleep(randomInt(THINKING.least, THINKING.most));
    if (randomInt(19) === 0) {
      const { status, body } = await this.booking.order(token);
      const refused = status === 202 ? await this.booking.pay(String(body.id), randomInt(PAYING.least, PAYING.most)) : status;
      if (refused !== undefined) {
        throw new Error(`who held seats could not buy them: ${refused}`);
      }
      return;
    }
    // From the moment on at which they are given back somebody else may be faster than the answer.
    seats.forEach((seat) => this.taken.delete(seat));
    const { status } = await this.booking.release(token);
    if (status !== 204) {
      throw new Error(`seats could not be given back: ${status}`);
    }
  }

  private async payLate(token: string, seats: readonly string[]): Promise<void> {
    const { status, body } = await this.booking.order(token);
    // Where this process stood still for a second, even the order comes too late.
    if (status !== 202 && status !== 409) {
      throw new Error(`what is held could not be ordered: ${status}`);
    }
    if (status === 409 || await this.booking.pay(String(body.id), randomInt(PAYING_LATE.least, PAYING_LATE.most)) !== undefined) {
      this.late += 1;
      return;
    }
    this.check(seats, 'is sold while somebody else holds it');
    seats.forEach((seat) => this.taken.add(seat));
  }
}
