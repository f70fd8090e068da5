import { randomUUID } from 'node:crypto';
import { InvalidAppendError, ItemTooLargeError } from './errors';

/** The most events of one append: a transaction of DynamoDB has 100 items at most. */
export const MOST_EVENTS = 100;
/** What DynamoDB takes of one item and of one transaction, in bytes (Developer Guide, "Quotas"). */
const ITEM_BYTES = 400 * 1024;
const TRANSACTION_BYTES = 4 * 1024 * 1024;
/** Names of attributes, the version and the time: no item has more of them than this. */
const OVERHEAD_BYTES = 128;

/**
 * Something that has happened, to be appended. `Types` names the kinds of events and their data:
 * `{ deposited: { amount: number }; closed: undefined }`.
 */
export type NewEvent<Types extends object = Record<string, unknown>> = {
  [Type in keyof Types & string]: {
    /** What has happened, in the past tense: `deposited`. */
    readonly type: Type;
    /** Kept as JSON: a Date comes back as text, undefined and functions do not come back; a bigint is refused. */
    readonly data: Types[Type];
    /** What is not the event itself: who, by which request. Kept as JSON. */
    readonly metadata?: Readonly<Record<string, unknown>>;
    /**
     * Tells the event from every other. The same ids at the same expected version are appended once, however often they are sent.
     * @default - a random UUID
     */
    readonly id?: string;
  }
}[keyof Types & string];

/** An event as the store keeps it. */
export type RecordedEvent<Types extends object = Record<string, unknown>> = {
  [Type in keyof Types & string]: {
    readonly stream: string;
    /** Its place in its stream: 1, 2, 3, without gaps. */
    readonly version: number;
    readonly id: string;
    readonly type: Type;
    readonly data: Types[Type];
    readonly metadata?: Readonly<Record<string, unknown>>;
    /** When it was appended, by the clock of who did; never before the event in front of it. */
    readonly at: Date;
  }
}[keyof Types & string];

/** An item of the table, as any language reads and writes it. */
export interface StoredEvent {
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  /** JSON. */
  readonly data?: string;
  /** JSON. */
  readonly metadata?: string;
  /** ISO 8601 in UTC with milliseconds, so that texts compare as times do. */
  readonly at: string;
}

/** An event that is about to be appended. */
export type PreparedEvent = Pick<StoredEvent, 'id' | 'type' | 'data' | 'metadata'>;

/** @throws InvalidAppendError when it is no name of a stream */
export function checkStream(stream: string): void {
  if (typeof stream !== 'string' || stream === '' || Buffer.byteLength(stream) > 2048) {
    throw new InvalidAppendError('the name of a stream is text of 1 to 2048 bytes');
  }
}

/**
 * Events as they are stored, checked before anything is sent.
 *
 * @throws InvalidAppendError, ItemTooLargeError
 */
export function prepare(stream: string, events: readonly Prepare[]): PreparedEvent[] {
  checkStream(stream);
  if (events.length === 0 || events.length > MOST_EVENTS) {
    throw new InvalidAppendError(`${events.length} events for ${stream}; one append takes 1 to ${MOST_EVENTS}, all of them or none`);
  }
  const prepared = events.map(({ type, data, metadata, id = randomUUID() }) => {
    if (typeof type !== 'string' || type === '' || typeof id !== 'string' || id === '') {
      throw new InvalidAppendError(`an event for ${stream} has no type, or an empty id`);
    }
    return { id, type, data: json(stream, data), metadata: json(stream, metadata) };
  });
  const sizes = prepared.map((event) => checkSize(stream, event));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > TRANSACTION_BYTES) {
    throw new ItemTooLargeError(`the ${events.length} events of one append`, stream, bytes, TRANSACTION_BYTES);
  }
  return prepared;
}

interface Prepare {
  readonly type: string;
  readonly data: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly id?: string;
}

/** @throws ItemTooLargeError when DynamoDB would not take it as one item */
export function checkSize(stream: string, parts: object, what: string = 'an event'): number {
  const texts = [stream, ...Object.values(parts)].map((part) => String(part ?? ''));
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), OVERHEAD_BYTES);
  if (bytes > ITEM_BYTES) {
    throw new ItemTooLargeError(what, stream, bytes, ITEM_BYTES);
  }
  return bytes;
}

/** @throws InvalidAppendError when a value is no JSON */
export function json(stream: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new InvalidAppendError(`what is to be kept of ${stream} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** An event as it was before it was stored. */
export function recorded<Types extends object>(stored: StoredEvent): RecordedEvent<Types> {
  const { stream, version, id, type, data, metadata, at } = stored;
  return {
    stream, version: Number(version), id, type,
    data: data === undefined ? undefined : JSON.parse(data) as unknown,
    ...metadata !== undefined && { metadata: JSON.parse(metadata) as unknown },
    at: new Date(at),
  } as RecordedEvent<Types>;
}
