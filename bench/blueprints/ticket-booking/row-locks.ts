import { randomUUID } from 'node:crypto';

import type { Database } from '../../../blueprints/ticket-booking/domain/database';
import type { Event } from '../../../blueprints/ticket-booking/domain/event';
import { type SeatHold, SeatHolds } from '../../../blueprints/ticket-booking/domain/seat-holds';
import { type Holds, Problem } from '../../../runtime';

/**
 * Holds of seats as one writes them first: the rows are locked and looked at (`SELECT ... FOR UPDATE`), by everybody who asks. As
 * true as the holds of the blueprint; who asks for seats that are held has the database answer.
 */
export class RowLocks extends SeatHolds {
  constructor(private readonly rows: Database) {
    // Nothing of what would ask it is inherited.
    super({ database: rows, locks: undefined as unknown as Holds });
  }

  public override take(event: Event, asked: readonly string[], seconds: number): Promise<SeatHold> {
    const seats = [...asked].sort();
    const expiresAt = new Date(Date.now() + 1000 * seconds);
    return this.rows.transaction(async (queries) => {
      const { rows } = await queries.query<{ fence: string; taken: boolean }>(LOOK, [event.id, seats]);
      if (rows.some(({ taken }) => taken)) {
        throw new Problem({ status: 409, detail: 'At least one of these seats is held or sold.' });
      }
      const fence = 1 + Math.max(...rows.map((row) => Number(row.fence)));
      const cents = event.cents * seats.length;
      const hold = { token: randomUUID(), eventId: event.id, seats, fence, seconds, cents, expiresAt };
      await queries.query('UPDATE seats SET fence = $3, held_until = $4 WHERE event_id = $1 AND seat = ANY($2)', [event.id, seats, fence, expiresAt]);
      await queries.query('INSERT INTO holds (token, event_id, seats, fence, seconds, cents, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
        [hold.token, hold.eventId, seats, fence, seconds, cents, expiresAt]);
      return hold;
    });
  }

  public override async keep(hold: SeatHold): Promise<boolean> {
    return await this.heldUntil(hold, new Date(Date.now() + 1000 * hold.seconds)) === hold.seats.length;
  }

  public override async release(hold: SeatHold): Promise<void> {
    await this.heldUntil(hold, new Date(0));
  }

  private async heldUntil({ eventId, seats, fence }: SeatHold, time: Date): Promise<number> {
    const { rowCount } = await this.rows.query('UPDATE seats SET held_until = $4 WHERE event_id = $1 AND seat = ANY($2) AND fence = $3', [eventId, seats, fence, time]);
    return rowCount ?? 0;
  }
}

// By the clock of the moment: who waited for the rows waited within its transaction.
const LOOK = `
  SELECT fence, order_id IS NOT NULL OR held_until > clock_timestamp() AS taken FROM seats
  WHERE event_id = $1 AND seat = ANY($2) ORDER BY seat FOR UPDATE`;
