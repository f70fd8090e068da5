import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock';
import { within } from '../deadline';
import { describeError } from '../errors';
import type { StructuredLogger } from '../logger';
import { Moment } from '../moment';
import type { LockBackend, LockClaim } from './backend';
import { LockLostError, LockNotAcquiredError, LockUnavailableError } from './errors';
import { fullPause } from './full-pause';
import { HeldLock, type Keeping, type Lock } from './held-lock';

/** How locks are taken and kept. */
export interface DistributedLockOptions {
  /** Where they are kept: `DynamoDbLocks`, `ValkeyLocks` or `Redlock`. */
  readonly backend: LockBackend;
  /**
   * After how long others may take the lock of a holder that is gone, in milliseconds, from 100. The same for everybody who
   * shares a lock is simplest, not required.
   * @default 10000
   */
  readonly leaseMilliseconds?: number;
  /**
   * How often a held lock is renewed, in milliseconds.
   * @default - a third of the lease
   */
  readonly heartbeatMilliseconds?: number;
  /**
   * How long before the end of its lease a holder stops relying on it, in milliseconds: what the clocks of two machines may
   * differ by.
   * @default - a tenth of the lease, at most 500 ms; at least 1 % of the lease + 2 ms
   */
  readonly clockToleranceMilliseconds?: number;
  /**
   * The longest pause between two tries of who waits, in milliseconds. Pauses grow up to it and are random.
   * @default 500
   */
  readonly pollMilliseconds?: number;
  /**
   * Told of renewals and releases that failed and of locks that were lost.
   * @default - nobody
   */
  readonly logger?: StructuredLogger;
  /** @default systemClock */
  readonly clock?: Clock;
  /**
   * Uniform in [0, 1).
   * @default Math.random
   */
  readonly random?: () => number;
}

/** How long a caller waits. */
export interface AcquireOptions {
  /**
   * For how long it is tried, in milliseconds. 0 is one try; a try on its way is always waited for, at most a lease.
   * @default - the lease: a holder that crashed is outlived
   */
  readonly waitMilliseconds?: number;
  /**
   * Ends the waiting; what was taken meanwhile is given back.
   * @default - nothing does
   */
  readonly signal?: AbortSignal;
}

const MAX_NAMES = 100;
const MAX_NAME_BYTES = 1024;

/**
 * Mutual exclusion between processes: at most one holder of a name, as long as clocks and pauses stay within the lease. Beyond
 * that (a process that stands still and does not know it) only the fence of the lock protects: see `Lock.fence`.
 *
 * It is not reentrant, and it is not fair: who waits is not served in the order of arrival.
 */
export class DistributedLock {
  private readonly leaseMilliseconds: number;
  private readonly pollMilliseconds: number;
  private readonly random: () => number;
  private readonly keeping: Keeping;

  /** @throws RangeError when a number is out of its bounds, or the heartbeat leaves no time to renew */
  public constructor(options: DistributedLockOptions) {
    const { backend, logger, clock = systemClock, random = Math.random } = options;
    const { leaseMilliseconds: lease = 10_000, pollMilliseconds = 500 } = options;
    const tolerance = options.clockToleranceMilliseconds ?? Math.max(2 + lease / 100, Math.min(lease / 10, 500));
    const heartbeat = options.heartbeatMilliseconds ?? lease / 3;
    if (!(lease >= 100) || !(tolerance >= 0) || !(heartbeat > 0) || !(heartbeat < lease - tolerance) || !(pollMilliseconds > 0)) {
      throw new RangeError(`a lease of ${lease} ms, less ${tolerance} ms of tolerance, renewed every ${heartbeat} ms, polled every ${pollMilliseconds} ms; `
        + 'allowed: a lease from 100 ms, renewed before it ends, a positive pause');
    }
    this.leaseMilliseconds = lease;
    this.pollMilliseconds = pollMilliseconds;
    this.random = random;
    this.keeping = { backend, clock, logger, heartbeatMilliseconds: heartbeat, validMilliseconds: lease - tolerance };
  }

  /**
   * Takes a lock, waiting for it if need be. Release it, or use `withLock`, which does.
   *
   * @param name 1 to 1024 bytes
   * @throws LockNotAcquiredError when somebody else held it all the time
   * @throws LockUnavailableError when the backend could not be asked
   * @throws the reason of the signal, once it is aborted
   */
  public acquire(name: string, options?: AcquireOptions): Promise<Lock> {
    return this.take([name], options);
  }

  /**
   * Takes a lock if nobody holds it.
   *
   * @returns undefined when somebody does
   * @throws LockUnavailableError when the backend could not be asked
   */
  public async tryAcquire(name: string): Promise<Lock | undefined> {
    return (await this.attempt(this.claim([name]))).lock;
  }

  /**
   * Takes several locks at once, all or none, so that nobody ever holds a part and waits for the rest.
   *
   * @param names 1 to 100; named twice counts once
   * @throws as acquire
   */
  public acquireAll(names: readonly string[], options?: AcquireOptions): Promise<Lock> {
    return this.take(names, options);
  }

  /**
   * Does a task while holding a lock, or several, and releases in any case.
   *
   * @param task gets the lock: hand `lock.signal` to what it calls, and `lock.fence` to what it writes
   * @returns what the task returns
   * @throws LockLostError when the lock was lost before the task had ended, also where the task returned: it was not alone.
   *   The cause is the task's error, if it failed.
   * @throws the error of the task, or as acquire. That a release failed is logged, not thrown: the lock ends with its lease.
   */
  public async withLock<Result>(
    name: string | readonly string[], task: (lock: Lock) => Promise<Result>, options?: AcquireOptions,
  ): Promise<Result> {
    const lock = await this.take(typeof name === 'string' ? [name] : name, options);
    try {
      const result = await task(lock);
      const lost = lock.check();
      if (lost) {
        throw lost;
      }
      return result;
    } catch (error) {
      const lost = lock.check();
      throw lost === undefined || lost === error
        ? error
        : new LockLostError(lock.names, lock.fence, `${lost.why}; its task failed`, { cause: error });
    } finally {
      await lock[Symbol.asyncDispose]();
    }
  }

  private async take(names: readonly string[], options: AcquireOptions = {}): Promise<HeldLock> {
    const { clock } = this.keeping;
    const { waitMilliseconds = this.leaseMilliseconds, signal } = options;
    const claim = this.claim(names);
    const began = new Moment(clock);
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const { lock, heldForMilliseconds = Infinity } = await this.attempt(claim);
      if (lock && signal?.aborted) {
        await lock[Symbol.asyncDispose]();
        signal.throwIfAborted();
      }
      if (lock) {
        return lock;
      }
      const waited = began.age;
      if (waited >= waitMilliseconds) {
        const retryAfter = heldForMilliseconds === Infinity ? 1 : Math.max(1, Math.ceil(heldForMilliseconds / 1000));
        throw new LockNotAcquiredError(claim.names, waited, retryAfter);
      }
      // The last try is at the very end of the wait: a lease that ends just before must not be missed.
      const pause = fullPause(attempt, this.pollMilliseconds, this.random);
      await clock.sleep(Math.min(waitMilliseconds - waited, Math.max(1, heldForMilliseconds), pause), signal);
    }
  }

  private async attempt(claim: LockClaim): Promise<{ readonly lock?: HeldLock; readonly heldForMilliseconds?: number }> {
    const { backend, clock, logger, validMilliseconds } = this.keeping;
    const sent = new Moment(clock);
    try {
      const { fence, heldForMilliseconds } = await within(validMilliseconds, backend.acquire(claim));
      if (fence === undefined) {
        return { heldForMilliseconds };
      }
      const lock = new HeldLock(claim, fence, sent, this.keeping);
      if (lock.remainingMilliseconds > 0) {
        lock.keep();
        return { lock };
      }
      // Answered too late to be of use: somebody else may be let in already.
      await lock[Symbol.asyncDispose]();
      return {};
    } catch (error) {
      // It may be taken nevertheless. Nobody waits for this: the backend is in trouble, and the lease ends by itself.
      backend.release(claim).catch((thrown: unknown) => {
        logger?.warn('lock not released, it ends with its lease', { names: claim.names, error: describeError(thrown) });
      });
      throw new LockUnavailableError(claim.names, { cause: error });
    }
  }

  private claim(given: readonly string[]): LockClaim {
    const names = [...new Set(given)].sort();
    const wrong = names.filter((name) => typeof name !== 'string' || name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES);
    if (wrong.length > 0 || names.length === 0 || names.length > MAX_NAMES) {
      throw new RangeError(`${names.length} locks${wrong.length > 0 ? `, '${String(wrong[0]).slice(0, 60)}' among them` : ''}; `
        + `allowed: 1 to ${MAX_NAMES} names of 1 to ${MAX_NAME_BYTES} bytes`);
    }
    return { names, owner: randomUUID(), leaseMilliseconds: this.leaseMilliseconds };
  }
}
