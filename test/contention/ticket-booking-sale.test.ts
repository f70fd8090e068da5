/** Whether `npm run bench:blueprints` would see a seat that is sold twice: its look into a real PostgreSQL after the sale. */
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';

import { databaseOf } from '../../bench/blueprints/ticket-booking/booking';
import { saleOf } from '../../bench/blueprints/ticket-booking/double-sales';
import { SCHEMA } from '../../blueprints/ticket-booking/domain/schema';
import { startPostgres, stopPostgres } from './support/postgres';

jest.setTimeout(60_000);

let pool: Pool;

beforeAll(async () => {
  const { url } = await startPostgres();
  pool = new Pool({ connectionString: url });
  pool.on('error', () => undefined);
  for (const { sql } of SCHEMA) {
    await pool.query(sql);
  }
});
afterAll(async () => {
  await pool.end();
  await stopPostgres();
});

test('a sale in which every seat has one owner has nothing wrong', async () => {
  const event = randomUUID();
  await own(event, await order(event, ['A-1', 'A-2']), ['A-1', 'A-2']);
  await order(event, ['A-2', 'A-3'], 'REFUSED');
  expect(await saleOf(databaseOf(pool), event)).toEqual({ sold: 2, soldTwice: [], soldInPart: [], soldToNobody: [] });
});

test('a seat of two confirmed orders is sold twice, and one of them has a part of its seats', async () => {
  const event = randomUUID();
  const first = await order(event, ['A-1', 'A-2']);
  await own(event, first, ['A-1', 'A-2']);
  await own(event, await order(event, ['A-2', 'A-3']), ['A-2', 'A-3']);
  expect(await saleOf(databaseOf(pool), event)).toEqual({ sold: 3, soldTwice: ['A-2'], soldInPart: [first], soldToNobody: [] });
});

test('a seat of an order that is not confirmed is sold to nobody; other events have nothing to do with it', async () => {
  const [event, other] = [randomUUID(), randomUUID()];
  await own(event, await order(event, ['A-1'], 'PENDING'), ['A-1']);
  expect(await saleOf(databaseOf(pool), event)).toEqual({ sold: 0, soldTwice: [], soldInPart: [], soldToNobody: ['A-1'] });
  expect(await saleOf(databaseOf(pool), other)).toEqual({ sold: 0, soldTwice: [], soldInPart: [], soldToNobody: [] });
});

async function order(event: string, seats: readonly string[], status = 'CONFIRMED'): Promise<string> {
  const [id, token] = [randomUUID(), randomUUID()];
  await pool.query('INSERT INTO holds VALUES ($1, $2, $3, 1, 600, 100, now())', [token, event, seats]);
  await pool.query('INSERT INTO orders (id, token, event_id, seats, fence, cents, status) VALUES ($1, $2, $3, $4, 1, 100, $5)', [id, token, event, seats, status]);
  return id;
}

/** The row of a seat has room for one owner: the last one. */
async function own(event: string, id: string, seats: readonly string[]): Promise<void> {
  await pool.query(`INSERT INTO seats SELECT $1, seat, 1, now(), $2 FROM unnest($3::text[]) AS seat
    ON CONFLICT (event_id, seat) DO UPDATE SET order_id = excluded.order_id`, [event, id, seats]);
}
