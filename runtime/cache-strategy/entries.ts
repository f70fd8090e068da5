import { randomUUID } from 'node:crypto';
import { systemClock } from '../clock';
import { runScript } from '../valkey';
import { Availability } from './availability';
import { type Known, unwrap, wrap } from './envelope';
import { entryKeys } from './keys';
import type { CacheOptions } from './options';
import { DROP, KEEP, LOOK, RELEASE } from './scripts';
import { type Version, versionText } from './version';

/** The right to fill an entry, as long as nothing is written meanwhile. */
export interface Lease {
  readonly token: string;
  /** Whether it was given with this answer; otherwise to somebody before. */
  readonly granted: boolean;
}

/** What the cache says about a key. */
export interface Look<Value> {
  /** What it holds; undefined when it holds nothing. */
  readonly known?: Known<Value>;
  readonly fresh: boolean;
  /** There is one wherever a value is to be loaded. */
  readonly lease?: Lease;
}

/** How many keys are remembered whose entries may be old. */
const MOST_UNSURE = 10_000;

/** The entries of one namespace. A method is one round trip, and none fails: without the cache they answer undefined. */
export class CacheEntries<Value> {
  private readonly options: CacheOptions<Value>;
  private readonly availability: Availability;
  private readonly leaseMilliseconds: number;
  private readonly ttlMilliseconds: number;
  private readonly staleMilliseconds: number;
  private readonly aheadMilliseconds: number;
  /** Keys that were written while the cache did not answer: it may hold what was there before. */
  private readonly unsure = new Set<string>();
  private dropping = false;

  constructor(options: CacheOptions<Value>) {
    if (!/^[^{}]+$/.test(options.namespace)) {
      throw new TypeError(`the namespace of a cache is '${options.namespace}', not text without braces`);
    }
    const { ttlSeconds = 300, staleSeconds = 0, refreshAhead = 0 } = options;
    const { leaseMilliseconds = 10_000, deadlineMilliseconds = 100 } = options;
    this.options = options;
    this.availability = new Availability(deadlineMilliseconds, options.clock ?? systemClock, options);
    this.leaseMilliseconds = leaseMilliseconds;
    this.ttlMilliseconds = 1000 * ttlSeconds;
    this.staleMilliseconds = 1000 * staleSeconds;
    this.aheadMilliseconds = Math.round(refreshAhead * this.ttlMilliseconds);
  }

  /** What the cache says; undefined when it says nothing. */
  public async look(key: string): Promise<Look<Value> | undefined> {
    if (this.availability.bypass() || this.unsure.has(key) && !await this.drop(key)) {
      return undefined;
    }
    const times = [this.leaseMilliseconds, this.staleMilliseconds, this.aheadMilliseconds];
    const answer = await this.run(LOOK, key, [randomUUID(), ...times]);
    return answer === undefined ? undefined : this.lookOf(answer as [string | null, number, string?, number?]);
  }

  /** Keeps what was loaded; false when something was written since the lease was given. */
  public fill(key: string, { token }: Lease, value: Value | undefined): Promise<boolean | undefined> {
    return this.keep(key, value, this.versionOf(value), token);
  }

  /** Keeps what was written, unless it has something newer. Unanswered, it drops the entry once the cache answers. */
  public async put(key: string, value: Value, version: Version | undefined = this.versionOf(value)): Promise<void> {
    const kept = await this.keep(key, value, version, '');
    this.remember(key, kept !== undefined);
  }

  /** Forgets an entry, unless it is of this version or newer; true once that is certain. */
  public async drop(key: string, version?: Version): Promise<boolean> {
    const done = await this.run(DROP, key, [version === undefined ? '' : versionText(version)]) !== undefined;
    this.remember(key, done);
    return done;
  }

  /** Lets others load. */
  public async release(key: string, token: string): Promise<void> {
    await this.run(RELEASE, key, [token]);
  }

  private async run(script: string, key: string, args: readonly (string | number)[]): Promise<unknown> {
    const { entry, lease } = entryKeys(this.options.namespace, key);
    const answer = await this.availability.ask(() => runScript(this.options.client, script, [entry, lease], args));
    if (answer !== undefined && this.unsure.size > 0 && script === LOOK) {
      this.dropUnsure();
    }
    return answer;
  }

  private lookOf([text, left, token, granted]: [string | null, number, string?, number?]): Look<Value> | undefined {
    try {
      return {
        known: text === null ? undefined : unwrap(text),
        fresh: left > 0,
        lease: token === undefined ? undefined : { token, granted: granted === 1 },
      };
    } catch {
      // Somebody else's: it is as good as no cache.
      this.options.count?.('cacheError');
      return undefined;
    }
  }

  private async keep(key: string, value: Value | undefined, version: Version | undefined, token: string) {
    const text = version === undefined ? undefined : versionText(version);
    const answer = await this.run(KEEP, key, [wrap(value, text), this.timeFor(value), text ?? '', token]);
    return answer === undefined ? undefined : answer === 1;
  }

  private remember(key: string, certain: boolean): void {
    this.unsure.delete(key);
    if (!certain) {
      this.unsure.add(key);
    }
    if (this.unsure.size > MOST_UNSURE) {
      this.unsure.delete(this.unsure.values().next().value!);
    }
  }

  /** The cache answers again: what it may hold of before is dropped, without anybody waiting for it. */
  private dropUnsure(): void {
    if (this.dropping) {
      return;
    }
    this.dropping = true;
    const drop = async () => {
      for (const key of this.unsure) {
        if (!await this.drop(key)) {
          break;
        }
      }
      this.dropping = false;
    };
    void drop();
  }

  /** Milliseconds for which an entry is kept; 0 when it is not. */
  private timeFor(value: Value | undefined): number {
    const { negativeTtlSeconds = 0, jitter = 0.1, random = Math.random } = this.options;
    const fresh = value === undefined ? 1000 * negativeTtlSeconds : this.ttlMilliseconds;
    return fresh && Math.max(1, Math.round(fresh * (1 - jitter * random()) + this.staleMilliseconds));
  }

  private versionOf(value: Value | undefined): Version | undefined {
    return value === undefined ? undefined : this.options.versionOf?.(value);
  }
}
