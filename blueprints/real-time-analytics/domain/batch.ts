import { Problem } from '../../../runtime';
import { InvalidEventError, parseEvent, type PostEvent } from './event';

/** What Kinesis takes in one call. */
export const MOST_EVENTS = 500;
/** How far the clock of a producer may run ahead. */
const MOST_AHEAD_MILLISECONDS = 60_000;

/** An event of a batch, by its place in it. */
export interface Numbered {
  readonly index: number;
  readonly event: PostEvent;
}

/** Why an event of a batch was not taken. */
export interface Failure {
  readonly index: number;
  readonly detail: string;
  /** Whether it may be taken when it is sent again. */
  readonly retry: boolean;
}

/** A batch, sorted into what can be taken and what cannot. */
export interface Batch {
  readonly events: readonly Numbered[];
  readonly failures: readonly Failure[];
}

/**
 * Reads `{ "events": [...] }`. An event that is wrong keeps no other from being taken.
 *
 * @throws Problem 400 when it is no batch at all
 */
export function parseBatch(body: unknown, now: Date): Batch {
  const given = typeof body === 'object' && body !== null ? (body as Record<string, unknown>).events : undefined;
  if (!Array.isArray(given) || given.length < 1 || given.length > MOST_EVENTS) {
    throw new Problem({ status: 400, detail: `The body must be {"events": [...]} with 1 to ${MOST_EVENTS} events.` });
  }
  const events: Numbered[] = [];
  const failures: Failure[] = [];
  for (const [index, each] of given.entries()) {
    try {
      const event = parseEvent(each);
      if (Date.parse(event.at) > now.getTime() + MOST_AHEAD_MILLISECONDS) {
        throw new InvalidEventError('at lies in the future');
      }
      events.push({ index, event });
    } catch (error) {
      if (!(error instanceof InvalidEventError)) {
        throw error;
      }
      failures.push({ index, detail: error.message, retry: false });
    }
  }
  return { events, failures };
}
