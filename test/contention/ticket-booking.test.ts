/** Seats and orders of the ticket-booking blueprint on a real PostgreSQL, with the holds of a real table. */
import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { Pool } from 'pg';

import type { Database, Queries } from '../../blueprints/ticket-booking/domain/database';
import type { Event } from '../../blueprints/ticket-booking/domain/event';
import { Orders } from '../../blueprints/ticket-booking/domain/orders';
import { PaymentCancelledError, SandboxPayments } from '../../blueprints/ticket-booking/domain/payments';
import { SCHEMA } from '../../blueprints/ticket-booking/domain/schema';
import { SeatHolds } from '../../blueprints/ticket-booking/domain/seat-holds';
import { DynamoDbLocks, Holds } from '../../runtime';
import { start, stopAll } from '../local/start';
import { startPostgres, stopPostgres } from './support/postgres';
import { scaled } from './support/scale';
import { createTable, documents } from './support/servers';

jest.setTimeout(120_000);

let pool: Pool;
let database: Database;
let holds: SeatHolds;
let orders: Orders;
let payments: SandboxPayments;
let ahead = 0;

beforeAll(async () => {
  const [aws, postgres] = await Promise.all([start(), startPostgres()]);
  pool = new Pool({ connectionString: postgres.url, max: 20 });
  pool.on('error', () => undefined);
  for (const { sql } of SCHEMA) {
    await pool.query(sql);
  }
  await Promise.all([createTable(aws.endpoint, 'locks', 'name:S'), createTable(aws.endpoint, 'payments', 'key:S')]);
  database = {
    query: (text, values) => pool.query(text, values as unknown[]) as never,
    transaction: async <Result>(work: (queries: Queries) => Promise<Result>) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(client as unknown as Queries);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
  };
  const client = documents(aws.endpoint);
  const clock = {
    now: () => Date.now() + ahead,
    monotonic: () => performance.now(),
    sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
    timer: () => () => undefined,
  };
  holds = new SeatHolds({ database, locks: new Holds({ backend: new DynamoDbLocks({ documents: client, tableName: 'locks', clock }), clock }), now: () => new Date(clock.now()) });
  orders = new Orders(database);
  payments = new SandboxPayments({ documents: client, tableName: 'payments', clock: { sleep: () => Promise.resolve() } });
});

afterAll(async () => {
  await pool.end();
  await Promise.all([stopPostgres(), stopAll()]);
});

const newEvent = (): Event => ({
  id: randomUUID(), name: 'Cats', venue: 'Hall', city: 'Bern', startsAt: '2027-01-01T19:00:00Z', cents: 5000, rows: { A: 100 },
});

const MINUTE = 60;

describe('holds', () => {
  test('many want overlapping seats at once: nobody has a part of what they asked for, and no seat has two holders', async () => {
    const event = newEvent();
    const wanted = Array.from({ length: scaled(400, 100) }, (_, index) => {
      const first = index % 7 + 1;
      return [`A-${first}`, `A-${first + 1}`, `A-${first + 2}`];
    });
    const answers = await Promise.allSettled(wanted.map((seats) => holds.take(event, seats, MINUTE)));
    const won = answers.flatMap((answer) => answer.status === 'fulfilled' ? [answer.value] : []);
    const refused = answers.flatMap((answer) => answer.status === 'rejected' ? [answer.reason as unknown] : []);
    expect(won.length).toBeGreaterThan(0);
    expect(refused).toEqual(refused.map(() => expect.objectContaining({ status: 409 }) as unknown));
    const seats = won.flatMap((hold) => hold.seats);
    expect(new Set(seats).size).toBe(seats.length);
    expect((await holds.taken(event.id)).held).toEqual([...seats].sort());
  });

  test('a seat that the event does not have is refused, and nothing is held', async () => {
    const event = newEvent();
    await expect(holds.take(event, ['A-1', 'A-101', 'B-1', 'A-0', 'constructor-1'], MINUTE))
      .rejects.toMatchObject({ status: 404, detail: 'There is no seat A-101, B-1, A-0, constructor-1.' });
    expect(await holds.taken(event.id)).toEqual({ sold: [], held: [] });
  });

  test('whoever gives seats back frees them at once; given back twice, it takes nothing from the next one', async () => {
    const event = newEvent();
    const first = await holds.take(event, ['A-1', 'A-2'], MINUTE);
    await holds.release(first);
    expect((await holds.taken(event.id)).held).toEqual([]);
    const second = await holds.take(event, ['A-2', 'A-3'], MINUTE);
    expect(second.fence).toBeGreaterThan(first.fence);
    await holds.release(first);
    await expect(holds.take(event, ['A-2'], MINUTE)).rejects.toMatchObject({ status: 409 });
    expect((await holds.taken(event.id)).held).toEqual(['A-2', 'A-3']);
  });

  test('a sold seat is refused, and the others of the request are free again at once', async () => {
    const event = newEvent();
    await sell(event, ['A-1']);
    // The lock of the sale is still held: give it back, so that the database decides.
    await holds.release((await holds.find((await lastOrder(event)).token))!);
    await expect(holds.take(event, ['A-1', 'A-2'], MINUTE)).rejects.toMatchObject({ status: 409, detail: 'At least one of these seats is sold.' });
    await expect(holds.take(event, ['A-2', 'A-3'], MINUTE)).resolves.toMatchObject({ seats: ['A-2', 'A-3'] });
  });

  test('a hold can be kept until somebody else has had one of its seats', async () => {
    const event = newEvent();
    const first = await holds.take(event, ['A-1', 'A-2'], 1);
    await expect(holds.keep(first)).resolves.toBe(true);
    await timePasses(2000);
    await expect(holds.keep(first)).resolves.toBe(true);
    await timePasses(2000);
    await holds.take(event, ['A-2'], MINUTE);
    await expect(holds.keep(first)).resolves.toBe(false);
  });
});

describe('orders', () => {
  test('one hold has one order, however often it is opened', async () => {
    const hold = await holds.take(newEvent(), ['A-1', 'A-2'], MINUTE);
    const opened = await Promise.all(Array.from({ length: 10 }, () => orders.open(randomUUID(), hold)));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(opened[0]).toMatchObject({ status: 'PENDING', cents: 10_000, seats: ['A-1', 'A-2'] });
  });

  test('confirmed twice it is sold once', async () => {
    const event = newEvent();
    const order = await sell(event, ['A-1', 'A-2']);
    await expect(orders.confirm(order.id)).resolves.toBeUndefined();
    expect(await holds.taken(event.id)).toEqual({ sold: ['A-1', 'A-2'], held: [] });
    await expect(orders.check(order.id)).resolves.toBe('The order has ended.');
    expect((await orders.find(order.id))!.status).toBe('CONFIRMED');
  });

  test('the database refuses who held before, before and after the payment, and sells nothing of it', async () => {
    const event = newEvent();
    const late = await orders.open(randomUUID(), await holds.take(event, ['A-1', 'A-2'], 1));
    await expect(orders.check(late.id)).resolves.toBeUndefined();
    await timePasses(2000);
    const next = await orders.open(randomUUID(), await holds.take(event, ['A-2', 'A-3'], MINUTE));
    await expect(orders.confirm(late.id)).resolves.toBe('Somebody else has held one of these seats since.');
    expect((await holds.taken(event.id)).sold).toEqual([]);
    await expect(orders.check(late.id)).resolves.toBe('Somebody else has held one of these seats since.');
    expect(await orders.find(late.id)).toMatchObject({ status: 'REFUSED' });
    await expect(orders.confirm(next.id)).resolves.toBeUndefined();
    expect((await holds.taken(event.id)).sold).toEqual(['A-2', 'A-3']);
  });

  test('refused, its seats are free, and a confirmation that comes late changes nothing', async () => {
    const event = newEvent();
    const order = await sell(event, ['A-1']);
    await orders.refuse(order.id, 'the answer was lost');
    expect(await orders.find(order.id)).toMatchObject({ status: 'REFUSED', reason: 'the answer was lost' });
    await orders.refuse(order.id, 'again');
    await expect(orders.confirm(order.id)).resolves.toBe('The order has ended.');
    expect(await orders.find(order.id)).toMatchObject({ status: 'REFUSED', reason: 'the answer was lost' });
    expect((await holds.taken(event.id)).sold).toEqual([]);
  });

  test('holds, orders, refusals and confirmations in any order never sell a seat twice', async () => {
    const event = newEvent();
    const visitor = async (number: number) => {
      const first = number % 5 + 1;
      const hold = await holds.take(event, [`A-${first}`, `A-${first + 1}`], number % 2 === 0 ? 1 : MINUTE).catch(() => undefined);
      if (!hold) {
        return;
      }
      const { id } = await orders.open(randomUUID(), hold);
      await new Promise((resolve) => setTimeout(resolve, number % 3 * 20));
      if (number % 4 === 0) {
        await Promise.all([orders.refuse(id, 'declined'), orders.confirm(id)]);
        await holds.release(hold);
      } else {
        await orders.confirm(id);
      }
    };
    for (let round = 0; round < scaled(20, 5); round++) {
      await Promise.all(Array.from({ length: 20 }, (_, number) => visitor(number + round)));
      await timePasses(2000);
    }
    const { rows } = await pool.query<{ seats: string[]; id: string }>('SELECT id, seats FROM orders WHERE event_id = $1 AND status = $2', [event.id, 'CONFIRMED']);
    const sold = rows.flatMap(({ seats }) => seats);
    expect(sold.length).toBeGreaterThan(0);
    expect(new Set(sold).size).toBe(sold.length);
    expect((await holds.taken(event.id)).sold).toEqual([...sold].sort());
  });
});

describe('payments of the sandbox', () => {
  const payment = { orderId: 'order', card: 'tok_visa', cents: 100 };

  test('a key is charged once, however often it comes', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => payments.charge(key, payment)));
    expect(new Set(answers)).toEqual(new Set([key]));
    expect(await paid(key)).toMatchObject({ status: 'CHARGED', charges: 1 });
  });

  test('a payment is taken back once; what was never charged never will be', async () => {
    const [charged, never] = [randomUUID(), randomUUID()];
    await payments.charge(charged, payment);
    await Promise.all(Array.from({ length: 5 }, () => payments.cancel(charged)));
    expect(await paid(charged)).toMatchObject({ status: 'REFUNDED', charges: 1, refunds: 1 });
    await payments.cancel(never);
    await expect(payments.charge(never, payment)).rejects.toThrow(PaymentCancelledError);
    expect(await paid(never)).toEqual({ key: never, status: 'CANCELLED' });
  });

  test('a declined card is not charged', async () => {
    await expect(payments.charge('declined', { ...payment, card: 'tok_declined' })).resolves.toBeUndefined();
    expect(await paid('declined')).toBeUndefined();
  });
});

/** For whoever reads the clock of the test; the database has its own, which only tells who looks. */
async function timePasses(milliseconds: number): Promise<void> {
  ahead += milliseconds;
  await Promise.resolve();
}

async function sell(event: Event, seats: readonly string[]) {
  const order = await orders.open(randomUUID(), await holds.take(event, seats, MINUTE));
  expect(await orders.confirm(order.id)).toBeUndefined();
  return order;
}

async function lastOrder(event: Event): Promise<{ token: string }> {
  const { rows } = await pool.query<{ token: string }>('SELECT token FROM orders WHERE event_id = $1', [event.id]);
  return rows[0]!;
}

const paid = async (key: string) => (await payments['options'].documents.send(new GetCommand({ TableName: 'payments', Key: { key } }))).Item;
