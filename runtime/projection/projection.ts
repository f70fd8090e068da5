import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Clock } from '../clock';
import { KeyedMutex } from '../keyed-mutex';
import { conflicting, persist, type Persistence, persistence, valueOf } from '../event-store/conflicts';
import type { RecordedEvent } from '../event-store/event';
import type { EventStore } from '../event-store/event-store';
import { type Generations, GenerationsItem } from './generations';
import { eventOf } from '../event-store/record';
import { checkpointKey, deleteOthers, eachAtMost, type RowChange, rowKey, writeOf } from './rows';

/** What a Projection works with. */
export interface ProjectionOptions<Types extends object = Record<string, unknown>> {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table of the view: `tableName('BALANCES')`. */
  readonly tableName: string;
  /** Where the events are. */
  readonly store: Pick<EventStore<Types>, 'read' | 'readAll'>;
  /**
   * What an event changes, in up to 99 rows, each named once. It depends on nothing but the event, so that a rebuild ends where
   * the view is. Where events of different streams change one row, only `add` does not depend on their order.
   */
  readonly project: (event: RecordedEvent<Types>) => readonly RowChange[];
  /**
   * How often a change is tried that met others at the same rows.
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

/** What holds for a rebuild. */
export interface RebuildOptions {
  /**
   * In how many parts the store is read at once.
   * @default 4
   */
  readonly segments?: number;
  /**
   * The most events of one read.
   * @default - as many as fit into 1 MB
   */
  readonly pageSize?: number;
}

/** What a rebuild has made. */
export interface Rebuilt {
  /** The generation that is now read. */
  readonly generation: number;
  readonly streams: number;
  readonly events: number;
}

/** How many streams of one page are worked on at once. */
const AT_ONCE = 16;

/**
 * Keeps a view of the events of a store.
 *
 * An event and the note that it is in the view are one transaction, so its effect is there once, however often it is delivered
 * and wherever a worker dies. What is delivered again is skipped; where something is missing in front of an event, it is read
 * from the store first. Several workers may work on one view.
 */
export class Projection<Types extends object = Record<string, unknown>> {
  private readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  private readonly TableName: string;
  private readonly persistence: Persistence;
  private readonly item: GenerationsItem;
  private readonly turns = new KeyedMutex();
  private readonly read = new WeakMap<object, Promise<Generations>>();

  constructor(private readonly options: ProjectionOptions<Types>) {
    this.documents = options.documents;
    this.TableName = options.tableName;
    this.persistence = persistence(options);
    this.item = new GenerationsItem(this.documents, this.TableName);
  }

  /**
   * Applies a record of the change stream of the store: `handle` of `changeConsumer` is
   * `(record, batch) => projection.handle(record, batch)`. Records that are no new events are passed over.
   *
   * @param batch what the record came in: the generations of the view are looked up once for it, and strongly consistent
   */
  public async handle(record: DynamoDBRecord, batch: object = record): Promise<void> {
    const event = eventOf<Types>(record);
    if (event) {
      await this.apply(event, batch);
    }
  }

  /**
   * Applies an event: one round trip for the event, and one for its batch.
   *
   * @param batch what the event came in. It must be no older than the delivery of the event: an object of its own for each batch.
   */
  public async apply(event: RecordedEvent<Types>, batch: object = event): Promise<void> {
    const generations = this.read.get(batch) ?? this.item.read();
    this.read.set(batch, generations);
    const { live, next } = await generations;
    // The next one first: whenever it becomes the live one, it is not behind.
    for (const generation of next === undefined ? [live] : [next, live]) {
      await this.applyTo(generation, event);
    }
  }

  /**
   * Makes the view anew from the first event on, while events are appended and the present view is read and kept up to date, and
   * switches to it at once. Deploy workers with a changed `project` first.
   *
   * The store is read twice: once as a whole, and again for what came meanwhile, when the workers already keep the new view up to
   * date too. Capacity: two write units for each event and each of its rows, three half read units for each 4 KiB of history.
   * A rebuild that dies leaves the view as it is; the next one starts anew.
   *
   * @throws RebuildSupersededError when another rebuild has begun meanwhile
   */
  public async rebuild(options: RebuildOptions = {}): Promise<Rebuilt> {
    const generation = await this.item.open();
    const applied = new Map<string, number>();
    await this.replay(generation, applied, false, options);
    await this.item.announce(generation);
    // Who has not heard of it works on events that are older than this read, which therefore sees them.
    await this.replay(generation, applied, true, options);
    await this.item.switchTo(generation, this.persistence.clock.now());
    return { generation, streams: applied.size, events: [...applied.values()].reduce((sum, version) => sum + version, 0) };
  }

  /**
   * Deletes the rows of generations that are no longer read, by a scan of the view.
   *
   * @param graceSeconds how long after the switch, so that whoever pages through the former view is done
   * @returns how many items were deleted
   */
  public async sweep({ graceSeconds = 60 }: { readonly graceSeconds?: number } = {}): Promise<number> {
    const { live, next, building, switchedAt } = await this.item.read();
    const wait = switchedAt + 1000 * graceSeconds - this.persistence.clock.now();
    if (switchedAt > 0 && wait > 0) {
      await this.persistence.clock.sleep(wait);
    }
    return deleteOthers(this.documents, this.TableName, [live, next, building].filter((kept) => kept !== undefined));
  }

  private async replay(
    generation: number, applied: Map<string, number>, consistent: boolean, { segments = 4, pageSize }: RebuildOptions,
  ): Promise<void> {
    await Promise.all(Array.from({ length: segments }, async (_, segment) => {
      for await (const page of this.options.store.readAll({ segment, segments, consistent, pageSize })) {
        await eachAtMost(AT_ONCE, [...byStream(page).values()], async (events) => {
          for (const event of events) {
            if (event.version > (applied.get(event.stream) ?? 0)) {
              await this.applyTo(generation, event);
              applied.set(event.stream, event.version);
            }
          }
        });
      }
    }));
  }

  /** DynamoDB refuses transactions that meet at an item: those of this process wait for each other. */
  private inTurn<Result>([row, ...others]: readonly string[], task: () => Promise<Result>): Promise<Result> {
    return row === undefined ? task() : this.turns.runExclusive(row, () => this.inTurn(others, task));
  }

  private async applyTo(generation: number, event: RecordedEvent<Types>): Promise<void> {
    const applied = await this.commit(generation, event);
    if (applied >= event.version) {
      return;
    }
    for await (const missing of this.options.store.read(event.stream, { fromVersion: applied + 1, toVersion: event.version })) {
      await this.commit(generation, missing);
    }
  }

  /** @returns how far the stream is in the view afterwards: behind the event when something is missing in front of it */
  private async commit(generation: number, event: RecordedEvent<Types>): Promise<number> {
    const changes = this.options.project(event);
    const first = event.version === 1;
    const checkpoint = {
      Update: {
        TableName: this.TableName,
        Key: checkpointKey(generation, event.stream),
        UpdateExpression: 'SET #applied = :version',
        ConditionExpression: first ? 'attribute_not_exists(#applied)' : '#applied = :before',
        ExpressionAttributeNames: { '#applied': 'applied' },
        ExpressionAttributeValues: { ':version': event.version, ...!first && { ':before': event.version - 1 } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      },
    };
    const TransactItems = [checkpoint, ...changes.map((change) => writeOf(this.TableName, generation, change))];
    const write = () => this.documents.send(new TransactWriteCommand({ TransactItems }));
    try {
      await this.inTurn(rowsOf(generation, changes), () => persist(write, this.persistence));
      return event.version;
    } catch (error) {
      const found = conflicting(error);
      if (!found) {
        throw error;
      }
      return Number(valueOf(found[0], 'applied') ?? 0);
    }
  }
}

/** The rows of some changes by their keys, in the order in which everybody waits for them. */
function rowsOf(generation: number, changes: readonly RowChange[]): string[] {
  const rows = changes.map(({ key }) => JSON.stringify(rowKey(generation, key))).sort();
  const twice = rows.find((row, index) => row === rows[index + 1]);
  if (twice) {
    throw new TypeError(`an event changes the row ${twice} twice; make one change of it`);
  }
  return rows;
}

/** The events of each stream in order. */
function byStream<Types extends object>(events: readonly RecordedEvent<Types>[]): Map<string, RecordedEvent<Types>[]> {
  const streams = new Map<string, RecordedEvent<Types>[]>();
  for (const event of [...events].sort((a, b) => a.version - b.version)) {
    streams.set(event.stream, [...streams.get(event.stream) ?? [], event]);
  }
  return streams;
}
