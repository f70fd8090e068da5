import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock';
import type { LockBackend } from './backend';
import { LockNotAcquiredError, LockUnavailableError } from './errors';
import { fullPause } from './full-pause';

/** Locks that somebody holds who is no process: a visitor who fills in a form. They end at their time unless they are kept. */
export interface Hold {
  /** Who holds them: whoever knows it can keep and release them, from any process. */
  readonly token: string;
  /** What is held. */
  readonly names: readonly string[];
}

/** A hold that was just taken. */
export interface TakenHold extends Hold {
  /** The number of this holder, greater than that of every earlier holder of any of the locks; see `Lock.fence`. */
  readonly fence: number;
}

/** How holds are taken. */
export interface HoldsOptions {
  /** Where they are kept: `DynamoDbLocks`, `ValkeyLocks` or `Redlock`. */
  readonly backend: LockBackend;
  /** @default systemClock */
  readonly clock?: Clock;
  /**
   * Uniform in [0, 1).
   * @default Math.random
   */
  readonly random?: () => number;
}

/** Requests that collide find nobody holding anything: they are over within milliseconds. */
const COLLISION_TRIES = 8;
const LONGEST_PAUSE_MILLISECONDS = 100;

/**
 * Locks without a heartbeat, for what is held across requests and processes: one request takes them, another one keeps or
 * releases them, by a token. Nobody renews them meanwhile, so the one who acts on a hold asks `keep` first, and what the
 * lock protects checks the fence.
 *
 * `DistributedLock` is for work that one process does.
 */
export class Holds {
  private readonly backend: LockBackend;
  private readonly clock: Clock;
  private readonly random: () => number;

  public constructor({ backend, clock = systemClock, random = Math.random }: HoldsOptions) {
    this.backend = backend;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Takes locks, all or none, without waiting for who holds them.
   *
   * @param names 1 to 100; named twice counts once
   * @param milliseconds for how long, unless they are kept or released
   * @throws LockNotAcquiredError when somebody holds one of them
   * @throws LockUnavailableError when the backend could not be asked
   */
  public async take(names: readonly string[], milliseconds: number): Promise<TakenHold> {
    const hold = { token: randomUUID(), names: [...new Set(names)].sort() };
    for (let tries = 1; ; tries += 1) {
      const { fence, heldForMilliseconds } = await this.attempt(hold, milliseconds);
      if (fence !== undefined) {
        return { ...hold, fence };
      }
      if (heldForMilliseconds !== undefined || tries === COLLISION_TRIES) {
        throw new LockNotAcquiredError(hold.names, 0, Math.max(1, Math.ceil((heldForMilliseconds ?? 0) / 1000)));
      }
      await this.clock.sleep(fullPause(tries, LONGEST_PAUSE_MILLISECONDS, this.random));
    }
  }

  /**
   * Begins the time of a hold anew.
   *
   * @returns false when one of its locks is no longer its own, for good
   * @throws the error of the backend when it could not be asked
   */
  public keep(hold: Hold, milliseconds: number): Promise<boolean> {
    return this.backend.renew(claim(hold, milliseconds));
  }

  /**
   * Gives the locks back, where they are still those of the hold.
   *
   * @throws the error of the backend when it could not be asked; they are then free when their time ends
   */
  public release(hold: Hold): Promise<void> {
    return this.backend.release(claim(hold, 0));
  }

  private async attempt(hold: Hold, milliseconds: number) {
    try {
      return await this.backend.acquire(claim(hold, milliseconds));
    } catch (error) {
      throw new LockUnavailableError(hold.names, { cause: error });
    }
  }
}

const claim = ({ token, names }: Hold, leaseMilliseconds: number) => ({ names, owner: token, leaseMilliseconds });
