import type { Database } from './database';
import type { SeatHold } from './seat-holds';

/** PENDING until it is paid, then CONFIRMED; or REFUSED, with nothing left to pay. */
export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'REFUSED';

/** Seats that somebody pays for. */
export interface Order {
  readonly id: string;
  /** The hold that was ordered. */
  readonly token: string;
  readonly eventId: string;
  readonly seats: readonly string[];
  readonly fence: number;
  readonly cents: number;
  readonly status: OrderStatus;
  /** Why it was refused. */
  readonly reason?: string;
}

/** The orders, in the database beside the seats: what happens to both happens in one transaction. */
export class Orders {
  constructor(private readonly database: Database) {}

  /**
   * Opens the order of a hold: one hold has one order, however often and under whichever key it is asked for.
   *
   * @param id the number of a new order; an order that is there keeps its own
   */
  public async open(id: string, hold: SeatHold): Promise<Order> {
    const { token, eventId, seats, fence, cents } = hold;
    await this.database.query(OPEN, [id, token, eventId, seats, fence, cents]);
    const { rows } = await this.database.query<OrderRow>('SELECT * FROM orders WHERE token = $1', [token]);
    return orderOf(rows[0]!);
  }

  /** The order of that number. */
  public async find(id: string): Promise<Order | undefined> {
    const { rows } = await this.database.query<OrderRow>('SELECT * FROM orders WHERE id = $1', [id]);
    return rows[0] && orderOf(rows[0]);
  }

  /** The order of a hold. */
  public async findByHold(token: string): Promise<Order | undefined> {
    const { rows } = await this.database.query<OrderRow>('SELECT * FROM orders WHERE token = $1', [token]);
    return rows[0] && orderOf(rows[0]);
  }

  /**
   * Looks once more, before anything is paid, and refuses an order whose seats somebody else has held since.
   *
   * @returns why not; undefined when it may be paid
   */
  public async check(id: string): Promise<string | undefined> {
    const { rows } = await this.database.query<{ status: OrderStatus; lost: string }>(CHECK, [id]);
    if (rows[0]?.status !== 'PENDING') {
      return ENDED;
    }
    if (Number(rows[0].lost) === 0) {
      return undefined;
    }
    await this.database.query(`${END} AND status = 'PENDING'`, [id, 'REFUSED', LATE]);
    return LATE;
  }

  /**
   * Sells the seats to an order and confirms it, or nothing of both. A seat whose fence is no longer that of the order has been
   * held by somebody else since. Confirmed again, it changes nothing.
   *
   * @returns why not; undefined when it is confirmed
   */
  public confirm(id: string): Promise<string | undefined> {
    return this.database.transaction(async (queries) => {
      const { rows } = await queries.query<OrderRow>('SELECT * FROM orders WHERE id = $1 FOR UPDATE', [id]);
      const order = rows[0] && orderOf(rows[0]);
      if (order?.status !== 'PENDING') {
        return order?.status === 'CONFIRMED' ? undefined : ENDED;
      }
      const sold = await queries.query(SELL, [order.id, order.eventId, order.seats, order.fence]);
      if (sold.rowCount === order.seats.length) {
        await queries.query(END, [id, 'CONFIRMED', null]);
        return undefined;
      }
      // Returned rather than thrown: the sale of a part is taken back here.
      await queries.query(UNSELL, [id]);
      return LATE;
    });
  }

  /**
   * Refuses an order for good, and frees seats that it had got. A confirmation that comes later changes nothing any more.
   * Refused again, it keeps its first reason.
   */
  public refuse(id: string, reason: string): Promise<void> {
    return this.database.transaction(async (queries) => {
      await queries.query('SELECT id FROM orders WHERE id = $1 FOR UPDATE', [id]);
      await queries.query(UNSELL, [id]);
      await queries.query(`${END} AND status <> 'REFUSED'`, [id, 'REFUSED', reason]);
    });
  }
}

const LATE = 'Somebody else has held one of these seats since.';
const ENDED = 'The order has ended.';

const OPEN = `
  INSERT INTO orders (id, token, event_id, seats, fence, cents, status) VALUES ($1, $2, $3, $4, $5, $6, 'PENDING')
  ON CONFLICT (token) DO NOTHING`;

const CHECK = `
  SELECT status, (
    SELECT count(*) FROM seats
    WHERE seats.event_id = orders.event_id AND seats.seat = ANY(orders.seats)
    AND (seats.fence <> orders.fence OR seats.order_id IS NOT NULL)
  ) AS lost FROM orders WHERE id = $1`;

const SELL = `
  UPDATE seats SET order_id = $1
  WHERE event_id = $2 AND seat = ANY($3) AND fence <= $4 AND (order_id IS NULL OR order_id = $1)`;

const UNSELL = 'UPDATE seats SET order_id = NULL, held_until = now() WHERE order_id = $1';

const END = 'UPDATE orders SET status = $2, reason = $3, updated_at = now() WHERE id = $1';

interface OrderRow {
  readonly id: string;
  readonly token: string;
  readonly event_id: string;
  readonly seats: string[];
  readonly fence: string;
  readonly cents: number;
  readonly status: OrderStatus;
  readonly reason: string | null;
}

const orderOf = (row: OrderRow): Order => ({
  id: row.id, token: row.token, eventId: row.event_id, seats: row.seats, fence: Number(row.fence), cents: row.cents,
  status: row.status, ...row.reason !== null && { reason: row.reason },
});
