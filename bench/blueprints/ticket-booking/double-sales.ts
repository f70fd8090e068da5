import type { Queries } from '../../../blueprints/ticket-booking/domain/database';

/** What the database says of the sale of an event, whoever sold it and how. */
export interface Sale {
  /** Seats that confirmed orders have. */
  readonly sold: number;
  /** Seats that several confirmed orders have. */
  readonly soldTwice: readonly string[];
  /** Confirmed orders of which not every seat is sold to them. */
  readonly soldInPart: readonly string[];
  /** Seats that are sold to an order which is not confirmed. */
  readonly soldToNobody: readonly string[];
}

/** Looks at the orders and the seats of an event, knowing nothing of locks and fences. */
export async function saleOf(database: Queries, eventId: string): Promise<Sale> {
  const names = async (sql: string) => (await database.query<{ name: string }>(sql, [eventId])).rows.map(({ name }) => name);
  const confirmed = await names(`SELECT unnest(seats) AS name FROM orders WHERE ${CONFIRMED} ORDER BY name`);
  return {
    sold: new Set(confirmed).size,
    soldTwice: [...new Set(confirmed.filter((seat, index) => confirmed[index - 1] === seat))],
    soldInPart: await names(`SELECT id AS name FROM orders WHERE ${CONFIRMED} AND cardinality(seats) <> (
      SELECT count(*) FROM seats WHERE order_id = orders.id AND seats.event_id = orders.event_id AND seat = ANY(orders.seats))`),
    soldToNobody: await names(`SELECT seat AS name FROM seats WHERE event_id = $1 AND order_id IS NOT NULL AND order_id NOT IN (
      SELECT id FROM orders WHERE ${CONFIRMED})`),
  };
}

const CONFIRMED = 'event_id = $1 AND status = \'CONFIRMED\'';
