import { CachedReads } from './cached-reads';
import { CacheEntries } from './entries';
import type { CacheOptions, CacheSource, Load, WritableSource } from './options';
import type { Version } from './version';

/** What all strategies share: entries can be invalidated, and the background can be waited for. */
abstract class Strategy<Value> {
  protected readonly entries: CacheEntries<Value>;
  protected readonly reads: CachedReads<Value>;

  constructor(options: CacheOptions<Value>) {
    this.entries = new CacheEntries(options);
    this.reads = new CachedReads(this.entries, options);
  }

  /**
   * Forgets what is cached under a key, and sees to it that what is being loaded right now is not kept either. Call it after the
   * store was written by other ways. When the cache does not answer, this process asks the store until it does; others see the
   * old value until it expires.
   *
   * @param version the version that was written: what is as new is kept
   */
  public async invalidate(key: string, version?: Version): Promise<void> {
    this.reads.forget(key);
    await this.entries.drop(key, version);
  }

  /**
   * Resolves when nothing is being refreshed in the background. A function is frozen between invocations: wait before it answers.
   */
  public settled(): Promise<void> {
    return this.reads.settled();
  }
}

/** Cache-aside: the program says with every read how to load, writes the store itself, and then invalidates. */
export class CacheAside<Value> extends Strategy<Value> {
  /**
   * The value of a key; undefined when there is none.
   *
   * @throws whatever loading throws
   */
  public read(key: string, load: Load<Value>): Promise<Value | undefined> {
    return this.reads.read(key, load);
  }
}

/** What a strategy that knows the store works with. */
export interface SourceOptions<Value> extends CacheOptions<Value> {
  /** Where values come from. */
  readonly source: CacheSource<Value>;
}

/** Read-through: the program asks the cache, which knows where values come from. */
export class ReadThrough<Value> extends Strategy<Value> {
  private readonly source: CacheSource<Value>;

  constructor(options: SourceOptions<Value>) {
    super(options);
    this.source = options.source;
  }

  /**
   * The value of a key; undefined when there is none.
   *
   * @throws whatever loading throws
   */
  public read(key: string): Promise<Value | undefined> {
    return this.reads.read(key, (asked) => this.source.load(asked));
  }
}

/** What a strategy that writes to the store works with. */
export interface WritableOptions<Value> extends CacheOptions<Value> {
  /** Where values come from and go to. */
  readonly source: WritableSource<Value>;
}

abstract class WritesStore<Value> extends ReadThrough<Value> {
  protected readonly store: WritableSource<Value>;

  constructor(options: WritableOptions<Value>) {
    super(options);
    this.store = options.source;
  }

  /**
   * Removes a value: from the store, then from the cache.
   *
   * @throws TypeError when the source cannot remove; whatever removing throws
   */
  public async remove(key: string): Promise<void> {
    if (!this.store.remove) {
      throw new TypeError('the source of this cache has no remove');
    }
    await this.storeFirst(key, () => this.store.remove!(key));
    await this.invalidate(key);
  }

  /** A write that failed may have happened nevertheless: the cache must not contradict it. */
  protected async storeFirst<Result>(key: string, write: () => Promise<Result>): Promise<Result> {
    try {
      return await write();
    } catch (error) {
      await this.invalidate(key);
      throw error;
    }
  }
}

/**
 * Write-through: writes go to the store, then to the cache, so that what was written is read from the cache. Values without
 * versions can be left in the wrong order by two writers of one key, until they expire; with versions they cannot.
 */
export class WriteThrough<Value> extends WritesStore<Value> {
  /**
   * Writes a value. Without the cache the write succeeds nevertheless.
   *
   * @returns the value as it was saved
   * @throws whatever saving throws; the value may have been saved, so its entry is dropped
   */
  public async write(key: string, value: Value): Promise<Value> {
    const saved = await this.storeFirst(key, () => this.store.save(key, value)) ?? value;
    this.reads.forget(key);
    await this.entries.put(key, saved);
    return saved;
  }
}

/**
 * Write-around: writes go to the store only, and the entry is dropped. What is written and not read again costs the cache no
 * memory.
 */
export class WriteAround<Value> extends WritesStore<Value> {
  /**
   * Writes a value. Without the cache the write succeeds nevertheless.
   *
   * @returns the value as it was saved
   * @throws whatever saving throws; the value may have been saved, so its entry is dropped
   */
  public async write(key: string, value: Value): Promise<Value> {
    const saved = await this.storeFirst(key, () => this.store.save(key, value)) ?? value;
    await this.invalidate(key);
    return saved;
  }
}
