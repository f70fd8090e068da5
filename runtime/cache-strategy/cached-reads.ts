import { systemClock } from '../clock';
import { type CacheEntries, type Lease } from './entries';
import type { CacheEvent } from './events';
import type { CacheOptions, Load } from './options';

const FIRST_POLL_MILLISECONDS = 5;
const LONGEST_POLL_MILLISECONDS = 100;

/** Reads through the cache, however values are written. */
export class CachedReads<Value> {
  /** What is being loaded in this process: by the token of the lease, so that nobody joins what began before a write. */
  private readonly flights = new Map<string, Promise<Value | undefined>>();
  private readonly background = new Set<Promise<unknown>>();

  constructor(private readonly entries: CacheEntries<Value>, private readonly options: CacheOptions<Value>) {}

  /** The value of a key: from the cache, else loaded and kept. */
  public async read(key: string, load: Load<Value>): Promise<Value | undefined> {
    const look = await this.entries.look(key);
    if (!look) {
      return this.loadAlone(key, load);
    }
    const { known, fresh, lease } = look;
    if (known) {
      this.count(!fresh ? 'stale' : known.value === undefined ? 'negativeHit' : 'hit');
      if (lease?.granted) {
        this.refresh(key, lease, load);
      }
      return known.value;
    }
    this.count('miss');
    return this.loadTogether(key, lease!, load);
  }

  /** What was read until now must not be given to who reads from now on: something has been written. */
  public forget(key: string): void {
    this.flights.delete(aloneId(key));
  }

  /** Resolves when nothing is being loaded in the background. */
  public async settled(): Promise<void> {
    while (this.background.size > 0) {
      await Promise.all(this.background);
    }
  }

  private loadTogether(key: string, lease: Lease, load: Load<Value>): Promise<Value | undefined> {
    const { stampede = 'coalesce' } = this.options;
    const loaded = () => this.loadAndFill(key, lease, load, 'loaded');
    if (stampede === 'none') {
      return loaded();
    }
    if (lease.granted) {
      return this.fly(lease.token, loaded);
    }
    return this.join(lease.token) ?? this.fly(lease.token, stampede === 'lock' ? () => this.waitForOther(key, load) : loaded);
  }

  /** Without the cache: together with who asks for the same in this process. */
  private loadAlone(key: string, load: Load<Value>): Promise<Value | undefined> {
    const loaded = async () => {
      const value = await load(key);
      this.count('loaded');
      return value;
    };
    return this.options.stampede === 'none' ? loaded() : this.join(aloneId(key)) ?? this.fly(aloneId(key), loaded);
  }

  private async loadAndFill(key: string, lease: Lease, load: Load<Value>, event: CacheEvent): Promise<Value | undefined> {
    let value;
    try {
      value = await load(key);
    } catch (error) {
      this.inBackground(this.entries.release(key, lease.token));
      throw error;
    }
    this.count(event);
    if (await this.entries.fill(key, lease, value) === false) {
      this.count('outdated');
    }
    return value;
  }

  /** Another process loads. When it dies its lease ends, and one of those who wait gets the next. */
  private async waitForOther(key: string, load: Load<Value>): Promise<Value | undefined> {
    const { clock = systemClock, random = Math.random, leaseMilliseconds = 10_000 } = this.options;
    const end = clock.monotonic() + leaseMilliseconds;
    for (let pause = FIRST_POLL_MILLISECONDS; clock.monotonic() < end; pause = Math.min(LONGEST_POLL_MILLISECONDS, 2 * pause)) {
      await clock.sleep(pause * (1 + random()) / 2);
      const look = await this.entries.look(key);
      if (look?.known) {
        this.count('coalesced');
        return look.known.value;
      }
      if (!look || look.lease?.granted) {
        return look ? this.loadAndFill(key, look.lease!, load, 'loaded') : this.loadAlone(key, load);
      }
    }
    return this.loadAlone(key, load);
  }

  private refresh(key: string, lease: Lease, load: Load<Value>): void {
    this.inBackground(this.loadAndFill(key, lease, load, 'refreshed').catch(() => this.count('refreshFailed')));
  }

  private join(id: string): Promise<Value | undefined> | undefined {
    const flight = this.flights.get(id);
    if (flight) {
      this.count('coalesced');
    }
    return flight;
  }

  private async fly(id: string, task: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const flight = task();
    this.flights.set(id, flight);
    try {
      return await flight;
    } finally {
      if (this.flights.get(id) === flight) {
        this.flights.delete(id);
      }
    }
  }

  private inBackground(task: Promise<unknown>): void {
    this.background.add(task);
    void task.finally(() => this.background.delete(task));
  }

  private count(event: CacheEvent): void {
    this.options.count?.(event);
  }
}

const aloneId = (key: string) => `key:${key}`;
