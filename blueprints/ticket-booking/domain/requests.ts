import * as v from 'valibot';
import { Problem } from '../../../runtime';
import type { Event } from './event';

const line = (longest: number) => v.pipe(
  v.string('must be a text'),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(longest, `must have at most ${longest} characters`),
);
const whole = (least: number, most: number) => v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(least, `must be at least ${least}`),
  v.maxValue(most, `must be at most ${most}`),
);

const ROW = /^[A-Z0-9]{1,8}$/;
const CARD = /^tok_[A-Za-z0-9_]{1,100}$/;
const EVENT_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Whether a text has the shape of the id of an event; the store is not asked about anything else. */
export const isEventId = (text: string | undefined): text is string => text !== undefined && EVENT_ID.test(text);

/** Whether a text has the shape of a token or of the number of an order. */
export const isUuid = (text: string | undefined): text is string =>
  text !== undefined && v.is(v.pipe(v.string(), v.uuid()), text);

const EVENT = v.strictObject({
  name: line(200),
  venue: line(200),
  city: line(100),
  startsAt: v.pipe(v.string('must be a text'), v.isoTimestamp('must be a time in ISO 8601, in UTC')),
  cents: whole(0, 10_000_000),
  rows: v.pipe(
    v.record(v.pipe(v.string(), v.regex(ROW, 'rows are named by 1 to 8 capitals and digits')), whole(1, 1000), 'must be an object'),
    v.check((rows) => Object.keys(rows).length > 0 && Object.keys(rows).length <= 500, 'must have 1 to 500 rows'),
  ),
});

/** How many seats a hold may have, and for how long. */
export interface HoldBounds {
  readonly maxSeats: number;
  readonly maxSeconds: number;
}

/** What a visitor wants to hold. */
export interface HoldRequest {
  readonly eventId: string;
  readonly seats: readonly string[];
  /** For how long; by default as long as it is allowed. */
  readonly forSeconds?: number;
}

/** What a visitor orders, and with what to pay. */
export interface OrderRequest {
  readonly holdToken: string;
  /** The token of the card, as the provider gives it to the browser. */
  readonly card: string;
}

/** The document of `PUT /events/{id}`. @throws Problem 422 */
export const parseEvent = (id: string, document: unknown): Event => ({ id, ...parse(EVENT, document) });

/**
 * The document of `POST /holds`.
 *
 * @throws Problem 422
 */
export function parseHoldRequest(document: unknown, bounds: HoldBounds): HoldRequest {
  return parse(v.strictObject({
    eventId: v.pipe(v.string('must be a text'), v.regex(EVENT_ID, 'is no id of an event')),
    seats: v.pipe(
      v.array(line(16), 'must be a list'),
      v.minLength(1, 'must name at least one seat'),
      v.maxLength(bounds.maxSeats, `must have at most ${bounds.maxSeats} seats`),
      v.check((seats) => new Set(seats).size === seats.length, 'must name each seat once'),
    ),
    forSeconds: v.optional(whole(1, bounds.maxSeconds)),
  }), document);
}

/** The document of `POST /orders`. @throws Problem 422 */
export function parseOrderRequest(document: unknown): OrderRequest {
  return parse(v.strictObject({
    holdToken: v.pipe(v.string('must be a text'), v.uuid('is no token of a hold')),
    card: v.pipe(v.string('must be a text'), v.regex(CARD, 'must be the token of a card, as the provider gives it: tok_...')),
  }), document);
}

function parse<Schema extends v.GenericSchema>(schema: Schema, document: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, document);
  if (result.success) {
    return result.output;
  }
  const errors = result.issues.map(({ path = [], message }) => ({ pointer: `#${path.map(stepOf).join('')}`, detail: message }));
  throw new Problem({ status: 422, detail: 'The request has values that are refused.', extensions: { errors } });
}

/** One step of a JSON pointer (RFC 6901), as a part of a URI. */
const stepOf = ({ key }: { readonly key: unknown }) => `/${encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1'))}`;
