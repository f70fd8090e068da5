import { type DynamoDBDocumentClient, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../clock';
import { KeyedMutex } from '../keyed-mutex';
import { conflicting, persist, type Persistence, persistence, standBack, valueOf } from './conflicts';
import { ConcurrencyError, InvalidAppendError } from './errors';
import { checkStream, type NewEvent, prepare, type PreparedEvent, type RecordedEvent, type StoredEvent } from './event';
import { type Head, Heads, NO_EVENTS } from './heads';
import { between, LAST, type Table } from './range';
import { readPages, readSegment, type ReadOptions, type ScanOptions } from './reading';
import { loadSnapshot, saveSnapshot, type Snapshot } from './snapshots';

/** After how many attempts to append anywhere the last version is asked for again. */
const ROUND = 3;

/** What an EventStore works with. */
export interface EventStoreOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table of the construct: `tableName('LEDGER')`. */
  readonly tableName: string;
  /**
   * How long an append with `'any'` is tried that comes too late each time.
   * @default 10_000
   */
  readonly patienceMilliseconds?: number;
  /**
   * How often a write is tried that DynamoDB refuses because it met another transaction.
   * @default 10
   */
  readonly maxAttempts?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /**
   * Uniform in [0, 1).
   * @default Math.random
   */
  readonly random?: () => number;
}

/** What holds for one append. */
export interface AppendOptions {
  /**
   * The version that the stream must be at: that of its last event; `'none'`, no event yet; `'any'`, wherever it is.
   *
   * With a number or `'none'` the same events, ids included, may be sent again after a lost answer and are appended once.
   * `'any'` is that safe only within one call.
   */
  readonly expectedVersion: number | 'none' | 'any';
}

/** What has been appended. */
export interface Appended {
  /** The version of the last event, and so of the stream. */
  readonly version: number;
  readonly at: Date;
}

/** What holds for rebuilding a state. */
export interface RehydrateOptions {
  /**
   * The state as it was at a time.
   * @default - as it is now
   */
  readonly until?: Date;
  /**
   * The state as it was at a version.
   * @default - at the last one
   */
  readonly toVersion?: number;
  /**
   * Starts from the last snapshot of this schema, for one round trip more. Change it with the shape of the state: snapshots of
   * other schemas are not looked at.
   * @default - starts from the first event
   */
  readonly schema?: string;
}

/** A state, made of events. */
export interface Rehydrated<State> {
  readonly state: State;
  /** The version of the last event in it, to be expected by the next append; 0 without one. */
  readonly version: number;
  /** When that was appended; undefined without one. */
  readonly at?: Date;
  /** How many events were read. Take a snapshot when there are too many. */
  readonly eventsRead: number;
}

/**
 * Streams of events that are appended and never changed, over one DynamoDB table.
 *
 * Within a stream versions are 1, 2, 3, without gaps, however many append at the same time; an append is in whole or not at all.
 * Across streams there is no order. No clock decides anything: `at` is told by the clock of who appends, and only moved on where
 * it would run backwards in its stream.
 *
 * Keep one for as long as the process lives: it remembers how far streams reach, which saves a round trip.
 */
export class EventStore<Types extends object = Record<string, unknown>> {
  private readonly table: Table;
  private readonly persistence: Persistence;
  private readonly heads = new Heads();
  private readonly turns = new KeyedMutex();
  private readonly patience: number;
  /** What the last append leaves to other processes, before the next of this one: else they would always come too late. */
  private room = { stream: '', until: 0, milliseconds: 0 };

  constructor(options: EventStoreOptions) {
    this.table = { documents: options.documents, TableName: options.tableName };
    this.persistence = persistence(options);
    this.patience = options.patienceMilliseconds ?? 10_000;
  }

  /**
   * Appends 1 to 100 events, all of them or none.
   *
   * One round trip when this process has read or written that version before. Otherwise one more, which makes sure that it exists
   * or, with `'any'`, asks for the last one. A conflict costs one more, which asks where the stream is; with `'any'` one or two.
   * Capacity: one write unit for each event and KiB, twice that for more than one event, since they are a transaction.
   *
   * @throws ConcurrencyError when the stream is elsewhere, with the version that it is at
   * @throws ItemTooLargeError when an event has more than 400 KiB, or all of them more than 4 MiB
   * @throws InvalidAppendError when these are no events
   */
  public async append(stream: string, events: readonly NewEvent<Types>[], { expectedVersion }: AppendOptions): Promise<Appended> {
    const prepared = prepare(stream, events);
    if (expectedVersion === 'any') {
      // One after another: those of one process need not fight each other.
      return this.turns.runExclusive(stream, () => this.appendAnywhere(stream, prepared));
    }
    const expected = expectedVersion === 'none' ? 0 : expectedVersion;
    if (!Number.isSafeInteger(expected) || expected < 0) {
      throw new InvalidAppendError(`expectedVersion of ${stream} is ${String(expected)}; it is a version, 'none' or 'any'`);
    }
    return await this.tryAppend(stream, prepared, await this.existing(stream, expected))
      ?? this.refuse(stream, expected);
  }

  /**
   * The events of a stream in order, strongly consistent, a page of up to 1 MB for each round trip.
   *
   * @throws BrokenHistoryError when a version is missing
   */
  public async* read(stream: string, options: ReadOptions = {}): AsyncGenerator<RecordedEvent<Types>> {
    checkStream(stream);
    for await (const event of readPages<Types>(this.table, stream, options)) {
      this.heads.note(stream, { version: event.version, at: event.at.toISOString() });
      yield event;
    }
  }

  /**
   * Every event of every stream, page by page: the whole table is read. Streams come in no order; the events of one are almost
   * always in theirs, which DynamoDB does not promise.
   */
  public async* readAll(options: ScanOptions = {}): AsyncGenerator<RecordedEvent<Types>[]> {
    yield* readSegment<Types>(this.table, options);
  }

  /** The version of the last event of a stream; 0 without one. */
  public async version(stream: string): Promise<number> {
    return (await this.head(stream)).version;
  }

  /**
   * The state that the events of a stream amount to, now or at an earlier time or version.
   *
   * @param apply gives the state after an event and changes neither of them
   * @throws BrokenHistoryError when a version is missing
   */
  public async rehydrate<State>(
    stream: string, initial: State, apply: (state: State, event: RecordedEvent<Types>) => State, options: RehydrateOptions = {},
  ): Promise<Rehydrated<State>> {
    const { until, toVersion, schema } = options;
    const snapshot = schema === undefined ? undefined : await this.loadSnapshot<State>(stream, schema, options);
    let { state, version, at }: { state: State; version: number; at?: Date } = snapshot ?? { state: initial, version: 0 };
    if (snapshot) {
      this.heads.note(stream, { version, at: snapshot.at.toISOString() });
    }
    let eventsRead = 0;
    for await (const event of this.read(stream, { fromVersion: version + 1, toVersion, until })) {
      state = apply(state, event);
      ({ version, at } = event);
      eventsRead += 1;
    }
    return { state, version, at, eventsRead };
  }

  /**
   * Keeps a state, so that it need not be made of all its events again. It is no event, takes no part in versions, and can be
   * lost without harm.
   *
   * @throws ItemTooLargeError when it has more than 400 KiB
   */
  public async saveSnapshot<State>(stream: string, snapshot: Snapshot<State>): Promise<void> {
    checkStream(stream);
    await saveSnapshot(this.table, stream, snapshot);
  }

  /** The last snapshot of a schema; undefined without one. With `until` or `toVersion`, the last before that. */
  public async loadSnapshot<State>(
    stream: string, schema: string, limits: Pick<RehydrateOptions, 'until' | 'toVersion'> = {},
  ): Promise<Snapshot<State> | undefined> {
    return loadSnapshot<State>(this.table, stream, schema, limits);
  }

  private async appendAnywhere(stream: string, events: readonly PreparedEvent[]): Promise<Appended> {
    const { clock, random } = this.persistence;
    if (this.room.stream === stream && clock.monotonic() < this.room.until) {
      await clock.sleep(random() * this.room.milliseconds);
    }
    const began = clock.monotonic();
    let previous = this.heads.of(stream) ?? await this.head(stream);
    for (let attempt = 1; ; attempt++) {
      const from = clock.monotonic();
      const appended = await this.tryAppend(stream, events, previous);
      const now = clock.monotonic();
      if (appended) {
        this.room = { stream, until: now + now - from, milliseconds: now - from };
        return appended;
      }
      if (now - began >= this.patience) {
        throw new ConcurrencyError(stream, 'any', await this.version(stream));
      }
      // Who asks for the last version each time loses to those who know it: every third time, else on from what was in the place.
      const asks = attempt % ROUND === 1;
      if (asks && attempt > 1) {
        await standBack(attempt / ROUND, this.persistence);
      }
      previous = (asks ? undefined : this.heads.of(stream)) ?? await this.head(stream);
    }
  }

  /** @returns undefined when the place is taken by events of somebody else */
  private async tryAppend(stream: string, events: readonly PreparedEvent[], previous: Head): Promise<Appended | undefined> {
    const now = new Date(this.persistence.clock.now()).toISOString();
    const at = previous.at > now ? previous.at : now;
    const items = events.map((event, index): StoredEvent =>
      ({ stream, version: previous.version + index + 1, ...withoutUndefined(event), at }));
    const { version } = items.at(-1)!;
    const done = (when: string): Appended => {
      this.heads.note(stream, { version, at: when });
      return { version, at: new Date(when) };
    };
    try {
      await persist(() => this.write(items), this.persistence);
      return done(at);
    } catch (error) {
      const found = conflicting(error);
      if (!found) {
        throw error;
      }
      const [id, since] = [valueOf(found[0], 'id'), valueOf(found[0], 'at')];
      const own = id === undefined || id === items[0]!.id ? await this.ownAt(items) : undefined;
      if (!own && typeof since === 'string') {
        this.heads.note(stream, { version: items[0]!.version, at: since });
      }
      return own && done(own.toISOString());
    }
  }

  private write(items: readonly StoredEvent[]): Promise<unknown> {
    const puts = items.map((Item) => ({
      TableName: this.table.TableName, Item,
      ConditionExpression: 'attribute_not_exists(#stream)',
      ExpressionAttributeNames: { '#stream': 'stream' },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    }));
    return puts.length === 1
      ? this.table.documents.send(new PutCommand(puts[0]!))
      : this.table.documents.send(new TransactWriteCommand({ TransactItems: puts.map((Put) => ({ Put })) }));
  }

  /** When these very events were appended, by an attempt whose answer was lost; undefined when others are in their place. */
  private async ownAt(items: readonly StoredEvent[]): Promise<Date | undefined> {
    const { stream, version: fromVersion } = items[0]!;
    const found: RecordedEvent[] = [];
    const place = { fromVersion, toVersion: items.at(-1)!.version };
    for await (const event of readPages(this.table, stream, place)) {
      found.push(event);
    }
    return items.every(({ id }, index) => id === found[index]?.id) ? found[0]!.at : undefined;
  }

  /** Makes sure that a version exists, without which there would be a gap in front of the next. */
  private async existing(stream: string, version: number): Promise<Head> {
    if (version === 0) {
      return NO_EVENTS;
    }
    const known = this.heads.of(stream);
    if (known && known.version >= version) {
      // Where events have followed, be they those that are sent once more, the time will not be used.
      return { ...known, version };
    }
    const head = await this.head(stream, version);
    if (head.version < version) {
      // Without gaps, the last one before it is the last one of all.
      throw new ConcurrencyError(stream, version, head.version);
    }
    return head;
  }

  private async refuse(stream: string, expected: number): Promise<never> {
    throw new ConcurrencyError(stream, expected, (await this.head(stream)).version);
  }

  private async head(stream: string, upTo: number = LAST): Promise<Head> {
    const { Items: [last] = [] } = await this.table.documents.send(new QueryCommand({
      ...between(this.table, stream, 1, upTo), ScanIndexForward: false, Limit: 1,
    }));
    const head = last ? { version: Number(last.version), at: String(last.at) } : NO_EVENTS;
    this.heads.note(stream, head);
    return head;
  }
}

/** The document client refuses undefined unless it was told otherwise. */
function withoutUndefined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
