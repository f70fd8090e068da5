import type { Report } from '../report';
import type { Servers } from '../servers';
import { measureCachedEvents } from './cached-events';
import { measureHolds } from './holds';

/** Holds of seats that many want at once, and the pages of events. */
export async function measureTicketBooking(
  servers: Servers, rounds: number, milliseconds: number, where: () => string,
): Promise<Report> {
  const holds = await measureHolds(servers, rounds, milliseconds);
  const events = await measureCachedEvents(servers, rounds, milliseconds / 2);
  return {
    page: 'blueprints/ticket-booking/README.md',
    text: [
      'To be carried: 1,000 requests for seats of one section a second, p99 of a hold below 150 ms, p99 of an event in the cache below 30 ms, and no seat',
      'sold twice. This is what the code does on one machine, without API Gateway and Lambda. Rivals ask the function `Booking` for one to four seats',
      'beside each other in one section of 400. Who gets some looks at them for half a second to one and a half; then one in twenty pays, eighteen',
      'give them back, and one pays for longer than its hold lasts. Limits, events, locks and keys of orders are in a Valkey, call by call in place of',
      'DynamoDB, whose emulator is no place to measure; PostgreSQL does not wait for the disk. `row locks` is the same function with',
      '`SELECT ... FOR UPDATE` for everybody in place of lock and fence.',
      '',
      holds.text,
      '',
      'Every sale is looked up in the database afterwards; "sold twice" also counts seats that two held at once, orders that got a part of their seats,',
      `and requests that failed. ${holds.late} payments outlasted their hold and were refused, since somebody else had had the seats by then. Times`,
      'and requests a second are medians of rounds.',
      '',
      events.text,
      '',
      where(),
    ].join('\n'),
    broken: [...holds.broken, ...events.broken],
  };
}
