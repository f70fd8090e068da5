import { randomUUID } from 'node:crypto';
import {
  AdmissionControl, admissionSettings, answerOnce, BacklogGate, DynamoDbAnswers, DynamoDbLimits, DynamoDbLocks, header, Holds,
  httpHandler, type HttpHandler, type HttpRequest, Idempotency, idempotencySettings, json, lazily, Problem, type QueueProducer,
  queueProducer, queueTarget, RateLimiter, rateLimitHeaders, rateLimitProblem, rateLimitSettings, readJson, type StructuredLogger,
  tableName, TableSource,
} from '../../../runtime';
import { readSetting } from '../../../runtime/environment';
import type { Checkout } from '../domain/checkout';
import type { Event } from '../domain/event';
import { type Order, Orders } from '../domain/orders';
import { type HoldBounds, isEventId, isUuid, parseHoldRequest, parseOrderRequest } from '../domain/requests';
import { type SeatHold, SeatHolds } from '../domain/seat-holds';
import { documentClient, sqsClient } from './support/clients';
import { openDatabase, withDatabase } from './support/database';
import { logger } from './support/logger';
import { byRoute } from './support/routes';

const MAX_BODY_BYTES = 16 * 1024;

interface BookingDependencies {
  readonly events: { load(id: string): Promise<Event | undefined> };
  readonly holds: SeatHolds;
  readonly orders: Orders;
  readonly send: QueueProducer;
  readonly idempotency: Idempotency;
  readonly admission: AdmissionControl;
  readonly limiter: Pick<RateLimiter, 'take'>;
  readonly bounds: HoldBounds;
  readonly logger: StructuredLogger;
}

/** Holds of seats, and orders for them. */
export function bookingHandler(dependencies: BookingDependencies): HttpHandler {
  const { events, holds, orders, send, idempotency, admission, limiter, bounds } = dependencies;

  const hold: HttpHandler = async (request) => {
    const answer = await limiter.take(userOf(request));
    if (!answer.allowed) {
      throw rateLimitProblem(answer);
    }
    const wanted = parseHoldRequest(readJson(request, { maxBytes: MAX_BODY_BYTES }), bounds);
    const { eventId, seats, forSeconds = bounds.maxSeconds } = wanted;
    const event = await events.load(eventId);
    if (!event) {
      throw notFound('event');
    }
    return json(201, holdDocument(await holds.take(event, seats, forSeconds)), rateLimitHeaders(answer));
  };

  const release: HttpHandler = async ({ pathParameters }) => {
    const found = await findHold(pathParameters?.token);
    const order = await orders.findByHold(found.token);
    if (order?.status === 'PENDING') {
      throw new Problem({ status: 409, detail: 'The seats of this hold are being paid for.' });
    }
    await holds.release(found);
    return { statusCode: 204 };
  };

  const place: HttpHandler = async (request) => {
    const { holdToken, card } = parseOrderRequest(readJson(request, { maxBytes: MAX_BODY_BYTES }));
    const found = await findHold(holdToken);
    // The order has the time of the hold anew, so that nobody takes the seats of who is about to pay.
    if (!await holds.keep(found)) {
      throw new Problem({ status: 409, detail: 'The hold has ended, and somebody else has held one of its seats since.' });
    }
    const order = await orders.open(randomUUID(), found);
    if (order.status === 'PENDING') {
      await send([{ orderId: order.id, cents: order.cents, card } satisfies Checkout]);
    }
    return json(202, orderDocument(order), { location: `/orders/${order.id}`, 'retry-after': '1' });
  };

  const find: HttpHandler = async ({ pathParameters }) => {
    const order = isUuid(pathParameters?.id) ? await orders.find(pathParameters.id) : undefined;
    if (!order) {
      throw notFound('order');
    }
    return json(200, orderDocument(order), order.status === 'PENDING' ? { 'retry-after': '1' } : {});
  };

  const seats: HttpHandler = async ({ pathParameters }) => {
    const event = isEventId(pathParameters?.id) ? await events.load(pathParameters.id) : undefined;
    if (!event) {
      throw notFound('event');
    }
    return json(200, await holds.taken(event.id));
  };

  async function findHold(token: string | undefined): Promise<SeatHold> {
    const found = isUuid(token) ? await holds.find(token) : undefined;
    if (!found) {
      throw notFound('hold');
    }
    return found;
  }

  return httpHandler(withDatabase(byRoute({
    'GET /events/{id}/seats': seats,
    'POST /holds': hold,
    'DELETE /holds/{token}': release,
    'POST /orders': answerOnce(idempotency, admission.admit(place), { required: true, caller: userOf }),
    'GET /orders/{id}': find,
  })), dependencies);
}

/** What API Gateway adds where an authorizer takes tokens. */
interface SignedIn {
  readonly authorizer?: { readonly jwt?: { readonly claims?: { readonly sub?: string } } };
}

/** Who asks: the subject of the token where routes have an authorizer, else whoever they say they are. */
export function userOf(request: HttpRequest): string {
  const { authorizer, http } = request.requestContext as HttpRequest['requestContext'] & SignedIn;
  return authorizer?.jwt?.claims?.sub ?? header(request, 'x-user-id') ?? http.sourceIp;
}

const notFound = (what: string) => new Problem({ status: 404, detail: `There is no such ${what}.` });

const holdDocument = ({ token, eventId, seats, fence, cents, expiresAt }: SeatHold) => ({
  holdToken: token, eventId, seats, fence, cents, expiresAt: expiresAt.toISOString(),
});

const orderDocument = ({ id, eventId, seats, cents, status, reason }: Order) => ({ id, eventId, seats, cents, status, reason });

export const handler = lazily(() => {
  const documents = documentClient();
  const sqs = sqsClient();
  const database = openDatabase();
  const locks = new Holds({ backend: new DynamoDbLocks({ documents, tableName: tableName('LOCKS') }) });
  const { limit, whenUnavailable, namespace } = rateLimitSettings('LIMIT');
  return bookingHandler({
    events: new TableSource<Event>({ documents, tableName: tableName('EVENTS'), partitionKey: 'id' }),
    holds: new SeatHolds({ database, locks }),
    orders: new Orders(database),
    send: queueProducer({ sqs, target: queueTarget('ORDERS') }),
    idempotency: new Idempotency({
      backend: new DynamoDbAnswers({ documents, tableName: tableName('IDEMPOTENCY') }),
      name: 'place-order',
      ...idempotencySettings('IDEMPOTENCY'),
    }),
    admission: new AdmissionControl({ gates: [new BacklogGate({ sqs, ...admissionSettings('WAITING_ROOM') })] }),
    limiter: new RateLimiter({
      limit, whenUnavailable, backend: new DynamoDbLimits({ documents, tableName: tableName('LIMIT'), namespace }),
    }),
    bounds: JSON.parse(readSetting('BOUNDS', 'TicketBooking')) as HoldBounds,
    logger,
  });
});
