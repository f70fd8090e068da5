// An event is written, shown and found; two seats are held once, ordered once, paid and sold. The scenario proves the rest.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { TicketBooking } from '../../blueprints/ticket-booking';
import { Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-ticket-booking');
const { api } = new TicketBooking(stack, 'TicketBooking', { disposable: true });

const { assertions } = new IntegTest(app, 'TicketBooking', { testCases: [stack] });
const call = (method: string, path: string, body?: object, headers = {}) => assertions.httpApiCall(`${api.url}${path}`, {
  method, ...body && { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
});
const problem = (status: number) => ({ status, headers: { 'content-type': ['application/problem+json'] }, body: Match.objectLike({ status }) });

const event = { name: 'Integration evening', venue: 'Town Hall', city: 'Bern', startsAt: '2030-01-01T19:00:00.000Z', cents: 5000, rows: { A: 2 } };
const seats = ['A-1', 'A-2'];
const written = call('PUT', '/events/integ', event);
const held = call('POST', '/holds', { eventId: 'integ', seats });
const order = { holdToken: held.getAttString('body.holdToken'), card: 'tok_visa' };
const ordered = call('POST', '/orders', order, { 'idempotency-key': 'integ' });
written
  .next(expectSoon(call('GET', '/events/integ'), { status: 200, body: Match.objectLike({ venue: 'Town Hall' }) }))
  .next(expectSoon(call('GET', '/events?q=evenings'), { status: 200, body: { events: Match.arrayWith([Match.objectLike({ id: 'integ' })]) } }))
  .next(held)
  .next(expectSoon(call('POST', '/holds', { eventId: 'integ', seats: ['A-2'] }), problem(409)))
  .next(ordered)
  .next(expectSoon(call('GET', `/orders/${ordered.getAttString('body.id')}`), { status: 200, body: Match.objectLike({ status: 'CONFIRMED' }) }))
  .next(expectSoon(call('GET', '/events/integ/seats'), { status: 200, body: { sold: seats, held: [] } }));
expectSoon(call('GET', '/events/never'), problem(404));
