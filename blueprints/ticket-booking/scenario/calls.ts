import * as assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { World } from '../../scenario';
import { eventually } from '../../scenario-tools';

/** A hold as `POST /holds` answers it. */
export interface HeldSeats {
  readonly holdToken: string;
  readonly seats: readonly string[];
  readonly fence: number;
}

/** An order as the API shows it. */
export interface ShownOrder {
  readonly id: string;
  readonly status: 'PENDING' | 'CONFIRMED' | 'REFUSED';
  readonly reason?: string;
}

/** What the provider has done for an order. */
export interface Money {
  readonly charges: number;
  readonly refunds: number;
}

/** An object of headers, with the type of the body where there is one. */
const typed = (headers: Record<string, string>, body: unknown) => body === undefined ? headers : { 'content-type': 'application/json', ...headers };

const call = (world: World, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  world.request(path, { method, headers: typed(headers, body), body: JSON.stringify(body) });

const EVENT = { name: 'An evening', venue: 'Town Hall', city: 'Bern', startsAt: '2030-01-01T19:00:00.000Z', cents: 5000, rows: { A: 50, B: 50 } };

/** Writes an event, a new one unless its id is given; resolves to its id. */
export async function putEvent(world: World, changes: Partial<typeof EVENT> = {}, id: string = randomUUID()): Promise<string> {
  const response = await call(world, 'PUT', `/events/${id}`, { ...EVENT, ...changes });
  assert.equal(response.status, 200, `PUT /events answered ${response.status}: ${await response.clone().text()}`);
  return id;
}

/** Asks for seats, as a user of one's own unless told otherwise. */
export const postHold = (world: World, body: unknown, user: string = randomUUID()) => call(world, 'POST', '/holds', body, { 'x-user-id': user });

/** Holds seats that must be free. */
export async function hold(world: World, eventId: string, seats: readonly string[], forSeconds?: number): Promise<HeldSeats> {
  const response = await postHold(world, { eventId, seats, forSeconds });
  assert.equal(response.status, 201, `POST /holds answered ${response.status}: ${await response.clone().text()}`);
  return await response.json() as HeldSeats;
}

export const releaseHold = (world: World, token: string) => call(world, 'DELETE', `/holds/${token}`);

/** Orders what is held. */
export const postOrder = (world: World, holdToken: string, card = 'tok_visa', key: string = randomUUID(), user = 'somebody') =>
  call(world, 'POST', '/orders', { holdToken, card }, { 'idempotency-key': key, 'x-user-id': user });

/** Orders what is held, coming back as long as the waiting room asks for it. */
export async function order(world: World, holdToken: string, card?: string): Promise<ShownOrder> {
  const key = randomUUID();
  return eventually(world, async () => {
    const response = await postOrder(world, holdToken, card, key);
    assert.equal(response.status, 202, `POST /orders answered ${response.status}: ${await response.clone().text()}`);
    return await response.json() as ShownOrder;
  }, 60);
}

/** Waits until an order has ended. */
export async function ended(world: World, id: string, patienceSeconds = 60): Promise<ShownOrder> {
  return eventually(world, async () => {
    const response = await world.request(`/orders/${id}`);
    assert.equal(response.status, 200, `GET /orders answered ${response.status}`);
    const shown = await response.json() as ShownOrder;
    assert.notEqual(shown.status, 'PENDING', `order ${id} is still being paid`);
    return shown;
  }, patienceSeconds);
}

/** What the provider has done for an order, over all payments that were made for it. */
export async function moneyOf(world: World, orderId: string): Promise<Money> {
  const { Items = [] } = await world.dynamodb.send(new ScanCommand({
    TableName: world.outputs.PaymentsTable, ConsistentRead: true,
    FilterExpression: 'orderId = :order', ExpressionAttributeValues: { ':order': orderId },
  }));
  const sum = (field: string) => Items.reduce((total, item) => total + Number(item[field] ?? 0), 0);
  return { charges: sum('charges'), refunds: sum('refunds') };
}

/** The seats of an event that are sold and that are held. */
export async function seatsOf(world: World, eventId: string): Promise<{ readonly sold: string[]; readonly held: string[] }> {
  const response = await world.request(`/events/${eventId}/seats`);
  assert.equal(response.status, 200, `GET /events/{id}/seats answered ${response.status}`);
  return await response.json() as { sold: string[]; held: string[] };
}

/** Asserts that an answer is a problem document of that status (RFC 9457). */
export async function assertProblem(response: Response, status: number, what: string): Promise<void> {
  assert.equal(response.status, status, `${what} answered ${response.status}: ${await response.clone().text()}`);
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/, `${what} answered without a problem document`);
}
