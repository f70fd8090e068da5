import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'iovalkey';
import type { Pool } from 'pg';

import type { Database } from '../../../blueprints/ticket-booking/domain/database';
import type { Event } from '../../../blueprints/ticket-booking/domain/event';
import { Orders } from '../../../blueprints/ticket-booking/domain/orders';
import { SeatHolds } from '../../../blueprints/ticket-booking/domain/seat-holds';
import { bookingHandler } from '../../../blueprints/ticket-booking/handlers/booking';
import {
  AdmissionControl, Holds, type HttpRequest, Idempotency, RateLimiter, ReadThrough, ValkeyAnswers, ValkeyLimits,
  ValkeyLocks, withTransaction,
} from '../../../runtime';
import { RowLocks } from './row-locks';

/** How seats are held: as in the blueprint, or by locks of rows alone. */
export type Way = 'lock and fence' | 'row locks';

/** What a visitor is answered. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where everything of the blueprint is, in this process and on this machine. */
export interface BookingParts {
  readonly valkey: Redis;
  readonly pool: Pool;
  readonly event: Event;
  readonly way: Way;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const CONTEXT = { getRemainingTimeInMillis: () => 10_000 };
const USERS = 10_000;

/**
 * The function Booking of the blueprint without API Gateway and Lambda around it. What it asks of DynamoDB on AWS it asks of a
 * Valkey, call by call: the limit, the event, the locks, the keys of orders. The queue is left out: orders are paid by `pay`.
 */
export class Booking {
  /** How many requests for seats have got as far as the database. */
  public entered = 0;

  public readonly database: Database;
  private readonly orders: Orders;
  private readonly handler: ReturnType<typeof bookingHandler>;
  private requests = 0;

  constructor({ valkey: client, pool, event, way }: BookingParts) {
    this.database = databaseOf(pool);
    this.orders = new Orders(this.database);
    const counted: Database = {
      query: (text, values) => this.database.query(text, values),
      transaction: (work) => {
        this.entered += 1;
        return this.database.transaction(work);
      },
    };
    const events = new ReadThrough<Event>({ client, namespace: 'events', source: { load: () => Promise.resolve(event) } });
    this.handler = bookingHandler({
      events: { load: (id) => events.read(id) },
      holds: way === 'row locks'
        ? new RowLocks(counted)
        : new SeatHolds({ database: counted, locks: new Holds({ backend: new ValkeyLocks({ client, namespace: 'seats' }) }) }),
      orders: this.orders,
      send: () => Promise.resolve(),
      idempotency: new Idempotency({ backend: new ValkeyAnswers({ client }), name: 'place-order' }),
      admission: new AdmissionControl({ gates: [] }),
      // More than anybody asks for: what is measured is holding, not refusing.
      limiter: new RateLimiter({
        backend: new ValkeyLimits({ client }), limit: { requests: 100_000, windowSeconds: 60 }, whenUnavailable: 'open',
      }),
      bounds: { maxSeats: 8, maxSeconds: 600 },
      logger: silent,
    });
  }

  /** Asks for seats. */
  public hold(eventId: string, seats: readonly string[], forSeconds: number): Promise<Answer> {
    return this.call('POST /holds', { body: { eventId, seats, forSeconds } });
  }

  /** Gives seats back. */
  public release(token: string): Promise<Answer> {
    return this.call('DELETE /holds/{token}', { path: { token } });
  }

  /** Orders what is held. */
  public order(holdToken: string): Promise<Answer> {
    return this.call('POST /orders', { body: { holdToken, card: 'tok_visa' }, headers: { 'idempotency-key': randomUUID() } });
  }

  /** What the saga does around a payment that takes so many milliseconds. Answers why not, or nothing when the seats are sold. */
  public async pay(orderId: string, milliseconds: number): Promise<string | undefined> {
    const refused = await this.orders.check(orderId);
    if (refused !== undefined) {
      return refused;
    }
    await sleep(milliseconds);
    return this.orders.confirm(orderId);
  }

  private async call(
    routeKey: string, { body, headers, path }: { readonly body?: object; readonly headers?: object; readonly path?: object },
  ): Promise<Answer> {
    const [method] = routeKey.split(' ');
    const request = {
      routeKey,
      headers: { 'content-type': 'application/json', 'x-user-id': `user-${(this.requests += 1) % USERS}`, ...headers },
      pathParameters: path,
      requestContext: { requestId: 'bench', http: { method, path: routeKey, sourceIp: '192.0.2.1' } },
      rawQueryString: '',
      body: body && JSON.stringify(body),
    } as unknown as HttpRequest;
    const { statusCode = 200, body: text } = await this.handler(request, CONTEXT as never);
    return { status: statusCode, body: text ? JSON.parse(text) as Answer['body'] : {} };
  }
}

/** The database as the function has it, but for how it finds its way there. */
export function databaseOf(pool: Pool): Database {
  return {
    query: (text, values) => pool.query(text, values?.slice()) as never,
    transaction: (work) => withTransaction(pool, (client) => work({
      query: (text, values) => client.query(text, values?.slice()) as never,
    }), { retry: { attempts: 2 } }),
  };
}
