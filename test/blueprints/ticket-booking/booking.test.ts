import { bookingHandler, userOf } from '../../../blueprints/ticket-booking/handlers/booking';
import type { Orders } from '../../../blueprints/ticket-booking/domain/orders';
import type { SeatHold, SeatHolds } from '../../../blueprints/ticket-booking/domain/seat-holds';
import { AdmissionControl, type HttpRequest, Idempotency, OverloadedError } from '../../../runtime';
import { AnswersInMemory } from '../../runtime/answers-in-memory';

const EVENT = { id: 'cats', name: 'Cats', venue: 'Hall', city: 'Bern', startsAt: '2030-01-01T19:00:00Z', cents: 5000, rows: { A: 10 } };
const TOKEN = '4f0d8f1e-7f0a-4c83-9d8f-3d0c7c9a1b11';
const ORDER = '0b8a64c8-5b39-4f39-8f5c-8b7d5a4a2f22';
const HOLD: SeatHold = { token: TOKEN, eventId: 'cats', seats: ['A-1'], fence: 7, seconds: 600, cents: 5000, expiresAt: new Date(0) };
const ANSWER = { limit: 30, windowSeconds: 60, retryAfterSeconds: 0 };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Sent {
  readonly body?: unknown;
  readonly headers?: object;
  readonly path?: object;
}

function setUp() {
  const holds = {
    take: jest.fn().mockResolvedValue(HOLD),
    find: jest.fn((token: string) => Promise.resolve(token === TOKEN ? HOLD : undefined)),
    keep: jest.fn().mockResolvedValue(true),
    release: jest.fn().mockResolvedValue(undefined),
    taken: jest.fn().mockResolvedValue({ sold: ['A-1'], held: [] }),
  };
  const order = { id: ORDER, ...HOLD, status: 'PENDING' };
  const orders = {
    open: jest.fn().mockResolvedValue(order),
    find: jest.fn((id: string) => Promise.resolve(id === ORDER ? order : undefined)),
    findByHold: jest.fn().mockResolvedValue(undefined),
  };
  const send = jest.fn().mockResolvedValue(undefined);
  const take = jest.fn().mockResolvedValue({ ...ANSWER, allowed: true, remaining: 29, resetSeconds: 2 });
  const enter = jest.fn().mockResolvedValue(undefined);
  const handler = bookingHandler({
    events: { load: (id) => Promise.resolve(id === 'cats' ? EVENT : undefined) },
    holds: holds as unknown as SeatHolds,
    orders: orders as unknown as Orders,
    send,
    idempotency: new Idempotency({ backend: new AnswersInMemory(), name: 'place-order' }),
    admission: new AdmissionControl({ gates: [{ enter }] }),
    limiter: { take },
    bounds: { maxSeats: 4, maxSeconds: 600 },
    logger: silent,
  });
  const call = async (routeKey: string, { body, headers = {}, path = {} }: Sent = {}) => {
    const [method] = routeKey.split(' ');
    const request = {
      routeKey,
      headers: { 'content-type': 'application/json', 'x-user-id': 'anna', ...headers },
      pathParameters: path,
      requestContext: { requestId: 'request', http: { method, path: routeKey, sourceIp: '192.0.2.1' } },
      rawQueryString: '',
      body: body === undefined ? undefined : JSON.stringify(body),
    } as unknown as HttpRequest;
    const context = { getRemainingTimeInMillis: () => 5000 } as never;
    const { statusCode, body: text, headers: answered } = await handler(request, context);
    return { status: statusCode, headers: answered, body: text ? JSON.parse(text) as Record<string, unknown> : undefined };
  };
  return { call, holds, orders, order, send, take, enter };
}

describe('POST /holds', () => {
  const body = { eventId: 'cats', seats: ['A-1'] };

  test('holds the seats for the longest time unless told otherwise, and says what the user may still do', async () => {
    const { call, holds, take } = setUp();
    expect(await call('POST /holds', { body })).toMatchObject({
      status: 201, body: { holdToken: TOKEN, fence: 7, cents: 5000 }, headers: { ratelimit: '"default";r=29;t=2' },
    });
    await call('POST /holds', { body: { ...body, forSeconds: 5 } });
    expect(holds.take.mock.calls).toEqual([[EVENT, ['A-1'], 600], [EVENT, ['A-1'], 5]]);
    expect(take).toHaveBeenCalledWith('anna');
  });

  test.each([
    ['more seats than allowed', { ...body, seats: ['A-1', 'A-2', 'A-3', 'A-4', 'A-5'] }],
    ['no seats', { ...body, seats: [] }],
    ['a seat twice', { ...body, seats: ['A-1', 'A-1'] }],
    ['longer than allowed', { ...body, forSeconds: 601 }],
    ['no time', { ...body, forSeconds: 0 }],
    ['an unknown field', { ...body, cents: 1 }],
    ['no object', null],
  ])('refuses %s, and takes nothing', async (_, given) => {
    const { call, holds } = setUp();
    expect(await call('POST /holds', { body: given })).toMatchObject({ status: 422, body: { errors: [expect.any(Object)] as unknown } });
    expect(holds.take).not.toHaveBeenCalled();
  });

  test('an event that does not exist has no seats, and a user who asks too often gets none', async () => {
    const { call, take, holds } = setUp();
    expect((await call('POST /holds', { body: { ...body, eventId: 'dogs' } })).status).toBe(404);
    take.mockResolvedValue({ ...ANSWER, allowed: false, remaining: 0, resetSeconds: 60, retryAfterSeconds: 1.5 });
    expect(await call('POST /holds', { body })).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    expect(holds.take).not.toHaveBeenCalled();
  });
});

describe('POST /orders', () => {
  const body = { holdToken: TOKEN, card: 'tok_visa' };
  const headers = { 'idempotency-key': 'key-1' };

  test('keeps the hold, opens its order, and puts it into the queue; the same once more changes nothing', async () => {
    const { call, holds, send } = setUp();
    const first = await call('POST /orders', { body, headers });
    expect(first).toMatchObject({ status: 202, headers: { location: `/orders/${ORDER}` }, body: { id: ORDER, status: 'PENDING' } });
    expect(await call('POST /orders', { body, headers })).toEqual(first);
    expect(holds.keep).toHaveBeenCalledTimes(1);
    expect(send.mock.calls).toEqual([[[{ orderId: ORDER, cents: 5000, card: 'tok_visa' }]]]);
  });

  test('wants a key, and refuses another order under the same one', async () => {
    const { call } = setUp();
    expect((await call('POST /orders', { body })).status).toBe(400);
    await call('POST /orders', { body, headers });
    expect((await call('POST /orders', { body: { ...body, card: 'tok_other' }, headers })).status).toBe(422);
  });

  test('a hold that somebody else has had since is refused, and opens nothing', async () => {
    const { call, holds, orders } = setUp();
    holds.keep.mockResolvedValue(false);
    expect((await call('POST /orders', { body, headers })).status).toBe(409);
    expect(orders.open).not.toHaveBeenCalled();
  });

  test('an order that has ended is answered and not sent again', async () => {
    const { call, orders, order, send } = setUp();
    orders.open.mockResolvedValue({ ...order, status: 'CONFIRMED' });
    expect(await call('POST /orders', { body, headers })).toMatchObject({ status: 202, body: { status: 'CONFIRMED' } });
    expect(send).not.toHaveBeenCalled();
  });

  test('turned away at the door it may come back under the same key', async () => {
    const { call, enter, holds } = setUp();
    enter.mockRejectedValueOnce(new OverloadedError('backlog', 5));
    expect(await call('POST /orders', { body, headers })).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) as unknown } });
    expect(holds.keep).not.toHaveBeenCalled();
    expect((await call('POST /orders', { body, headers })).status).toBe(202);
  });

  test('where the database is out of reach the caller is told to come back', async () => {
    const { call, holds } = setUp();
    holds.find.mockRejectedValueOnce(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    expect(await call('POST /orders', { body, headers })).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    holds.find.mockRejectedValueOnce(new TypeError('a bug'));
    expect((await call('POST /orders', { body, headers })).status).toBe(500);
    expect((await call('POST /orders', { body, headers })).status).toBe(202);
  });
});

test('a hold is released, unless its order is being paid', async () => {
  const { call, holds, orders, order } = setUp();
  expect((await call('DELETE /holds/{token}', { path: { token: TOKEN } })).status).toBe(204);
  expect(holds.release).toHaveBeenCalledWith(HOLD);
  orders.findByHold.mockResolvedValue(order);
  expect((await call('DELETE /holds/{token}', { path: { token: TOKEN } })).status).toBe(409);
  expect((await call('DELETE /holds/{token}', { path: { token: 'nonsense' } })).status).toBe(404);
  expect((await call('DELETE /holds/{token}', { path: { token: ORDER } })).status).toBe(404);
});

test('an order and the seats of an event are shown, where they exist', async () => {
  const { call } = setUp();
  expect(await call('GET /orders/{id}', { path: { id: ORDER } })).toMatchObject({ status: 200, body: { status: 'PENDING' }, headers: { 'retry-after': '1' } });
  expect((await call('GET /orders/{id}', { path: { id: TOKEN } })).status).toBe(404);
  expect((await call('GET /orders/{id}', { path: { id: 'nonsense' } })).status).toBe(404);
  expect(await call('GET /events/{id}/seats', { path: { id: 'cats' } })).toMatchObject({ status: 200, body: { sold: ['A-1'] } });
  expect((await call('GET /events/{id}/seats', { path: { id: '../etc' } })).status).toBe(404);
  expect((await call('PATCH /holds')).status).toBe(404);
});

test('who asks is the subject of the token, else who they say they are, else their address', () => {
  const request = (requestContext: object, headers: object) => ({ headers, requestContext: { http: { sourceIp: '192.0.2.1' }, ...requestContext } }) as unknown as HttpRequest;
  const signedIn = { authorizer: { jwt: { claims: { sub: 'subject' } } } };
  expect(userOf(request(signedIn, { 'x-user-id': 'somebody else' }))).toBe('subject');
  expect(userOf(request({}, { 'x-user-id': 'anna' }))).toBe('anna');
  expect(userOf(request({}, {}))).toBe('192.0.2.1');
});
