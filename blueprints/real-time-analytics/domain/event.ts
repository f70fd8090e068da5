import type { Measurement } from '../../../runtime';

/** What happens to posts. `delivered`: a reader has been shown it, so many milliseconds after it was published. */
export const KINDS = ['like', 'comment', 'share', 'delivered'] as const;
export const REGIONS = ['africa', 'americas', 'asia-pacific', 'europe'] as const;

/** One thing that happened to a post. */
export interface PostEvent {
  /** Names it, for whoever looks into the archive. */
  readonly id: string;
  readonly post: string;
  readonly kind: typeof KINDS[number];
  readonly region: typeof REGIONS[number];
  /** When it happened, ISO 8601. */
  readonly at: string;
  /** How long a delivery took; of deliveries only. */
  readonly milliseconds?: number;
}

/** An event that cannot be taken. The message says what is wrong with it. */
export class InvalidEventError extends Error {
  public override readonly name = 'InvalidEventError';
}

const FIELDS = ['id', 'post', 'kind', 'region', 'at', 'milliseconds'];
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;
const LONGEST_DELIVERY = 86_400_000;

/** @throws InvalidEventError */
export function parseEvent(given: unknown): PostEvent {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidEventError('an event is an object');
  }
  const { id, post, kind, region, at, milliseconds } = given as Record<string, unknown>;
  const unknown = Object.keys(given).find((field) => !FIELDS.includes(field));
  demand(unknown === undefined, `there is no field ${unknown}`);
  demand(typeof id === 'string' && NAME.test(id), 'id has 1 to 64 letters, digits, _ and -');
  demand(typeof post === 'string' && NAME.test(post), 'post has 1 to 64 letters, digits, _ and -');
  demand(KINDS.some((known) => known === kind), `kind is one of ${KINDS.join(', ')}`);
  demand(REGIONS.some((known) => known === region), `region is one of ${REGIONS.join(', ')}`);
  demand(typeof at === 'string' && TIME.test(at) && !Number.isNaN(Date.parse(at)), 'at is a time in UTC: 2026-11-22T12:00:00Z');
  demand(kind === 'delivered'
    ? Number.isInteger(milliseconds) && Number(milliseconds) >= 0 && Number(milliseconds) <= LONGEST_DELIVERY
    : milliseconds === undefined, `milliseconds is a whole number from 0 to ${LONGEST_DELIVERY}, of deliveries only`);
  return given as PostEvent;
}

/** What is counted of an event: each kind for its post and for all posts, and how long deliveries took in each region. */
export function measure({ post, kind, region, at, milliseconds }: PostEvent): Measurement[] {
  const time = Date.parse(at);
  const counted = [{ series: `post/${post}/${kind}`, at: time }, { series: `all/${kind}`, at: time }];
  return milliseconds === undefined ? counted : [...counted, { series: `delivery/${region}`, at: time, value: milliseconds }];
}

function demand(kept: boolean, rule: string): asserts kept {
  if (!kept) {
    throw new InvalidEventError(rule);
  }
}
