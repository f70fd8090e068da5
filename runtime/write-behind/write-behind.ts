import { createHash, randomUUID } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueConsumerOptions } from '../queue-consumer';
import { CacheEntries } from '../cache-strategy/entries';
import type { CacheOptions } from '../cache-strategy/options';
import { ReadThrough, type SourceOptions } from '../cache-strategy/strategies';

/** What writing behind works with. */
export interface WriteBehindOptions<Value> extends SourceOptions<Value> {
  /** Sends the writes. */
  readonly sqs: Pick<SQSClient, 'send'>;
  /** The queue that keeps the writes until they are applied; ordered (FIFO). */
  readonly queueUrl: string;
}

/** A write as it waits in the queue. */
interface Write<Value> {
  readonly key: string;
  readonly value: Value;
}

/**
 * Write-behind: a write is done once a durable queue has it, and is applied to the store later, by `applyWrites`. Reads
 * see it at once, from the cache; when the cache loses it before it is applied, they see what the store has, until it is applied.
 *
 * The queue numbers the writes of a key in the order in which it has taken them. That number is the version: in the cache and in
 * the store a newer write is never replaced by an older one, whichever arrives last.
 */
export class WriteBehind<Value> extends ReadThrough<Value> {
  private readonly queue: WriteBehindOptions<Value>;

  constructor(options: WriteBehindOptions<Value>) {
    super(options);
    this.queue = options;
  }

  /**
   * Writes a value: into the queue, then into the cache. Without the cache the write is kept nevertheless.
   *
   * @returns its version
   * @throws whatever sending throws; then it is not known whether the queue has the write, and the cache was not changed
   * @throws TypeError when the queue is not ordered
   */
  public async write(key: string, value: Value): Promise<string> {
    const { SequenceNumber: version } = await this.queue.sqs.send(new SendMessageCommand({
      QueueUrl: this.queue.queueUrl,
      MessageBody: JSON.stringify({ key, value } satisfies Write<Value>),
      MessageGroupId: groupOf(key),
      // One for each write: the client may send it again when an answer is lost.
      MessageDeduplicationId: randomUUID(),
    }));
    if (version === undefined) {
      throw new TypeError('the queue of a write-behind cache gives no sequence numbers: it has to be an ordered (FIFO) one');
    }
    this.reads.forget(key);
    await this.entries.put(key, value, version);
    return version;
  }
}

/** What the worker that applies writes works with. */
export interface ApplyWritesOptions<Value> {
  /**
   * Applies a write to the store, unless the store has this version of the key or a newer one: a write may come twice, and late.
   * `TableSource.save` does it.
   */
  readonly save: (key: string, value: Value, version: string) => Promise<unknown>;
  /**
   * The cache, in which what is older than the write is dropped once it is applied.
   * @default - entries that were loaded before stay until they expire
   */
  readonly cache?: CacheOptions<Value>;
}

/**
 * Makes the `handle` of a `queueConsumer` that applies the writes of a write-behind cache to its store, in order for each key. A
 * write that fails is tried again; those of the same key wait for it, until it is set aside. When it is put back later, it cannot
 * replace what was written after it.
 */
export function applyWrites<Value>({ save, cache }: ApplyWritesOptions<Value>): QueueConsumerOptions['handle'] {
  const entries = cache && new CacheEntries<Value>(cache);
  return async (body, { attributes }) => {
    const { key, value } = JSON.parse(body) as Write<Value>;
    const version = attributes.SequenceNumber;
    if (version === undefined) {
      throw new TypeError('a write has no sequence number: the queue has to be an ordered (FIFO) one');
    }
    await save(key, value, version);
    await entries?.drop(key, version);
  };
}

/** The group of a key: itself where SQS takes it (128 printable ASCII characters without blanks), else its hash. */
const groupOf = (key: string) => /^[\x21-\x7e]{1,128}$/.test(key) ? key : createHash('sha256').update(key).digest('hex');
