import type { Clock } from '../clock';
import { within } from '../deadline';
import { describeError } from '../errors';
import type { StructuredLogger } from '../logger';
import type { LockBackend, LockClaim } from './backend';
import { LockLostError } from './errors';
import { elapsed, type Moment, moment } from './moment';

/** Locks that are held, until they are released or lost. They are renewed in the background meanwhile. */
export interface Lock {
  /** What is held, sorted. */
  readonly names: readonly string[];
  /**
   * The number of this holder: greater than that of every earlier holder of any of these locks. Whoever stores what the lock
   * protects keeps the greatest it has seen and refuses smaller ones, see `fencedBy`.
   */
  readonly fence: number;
  /** Aborted with a `LockLostError` when the lock is lost: stop then. */
  readonly signal: AbortSignal;
  /** For how long nobody else can hold it, in milliseconds, if no renewal succeeds any more. 0 once it is lost or released. */
  readonly remainingMilliseconds: number;

  /**
   * Gives the lock back; calling it again does nothing.
   *
   * @throws the error of the backend when it could not be told; the lock is then free when its lease ends
   */
  release(): Promise<void>;

  /** Releases at the end of a block, `await using lock = ...`. It never throws: what the block threw matters more. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a lock is kept. */
export interface Keeping {
  readonly backend: LockBackend;
  readonly clock: Clock;
  readonly logger?: StructuredLogger;
  readonly heartbeatMilliseconds: number;
  /** How long after a renewal was sent the holder relies on it, in milliseconds: the lease without the tolerance of clocks. */
  readonly validMilliseconds: number;
}

/** A lock with its heartbeat. */
export class HeldLock implements Lock {
  private readonly lost = new AbortController();
  private readonly ended = new AbortController();
  private released?: Promise<void>;

  /** @param renewed when the request was sent that began the lease; not when it was answered */
  public constructor(
    private readonly claim: LockClaim, public readonly fence: number, private renewed: Moment, private readonly keeping: Keeping,
  ) {}

  public get names(): readonly string[] {
    return this.claim.names;
  }

  public get signal(): AbortSignal {
    return this.lost.signal;
  }

  public get remainingMilliseconds(): number {
    const over = this.lost.signal.aborted || this.released !== undefined;
    return over ? 0 : Math.max(0, this.keeping.validMilliseconds - elapsed(this.keeping.clock, this.renewed));
  }

  public release(): Promise<void> {
    this.released ??= this.giveBack();
    return this.released;
  }

  public async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release();
    } catch (error) {
      this.keeping.logger?.warn('lock not released, it ends with its lease', { names: this.names, error: describeError(error) });
    }
  }

  /** Renews until the lock is released or lost. Never rejects. */
  public async keep(): Promise<void> {
    const { backend, clock, logger, heartbeatMilliseconds: heartbeat } = this.keeping;
    let pause = heartbeat;
    let failure: unknown;
    while (await this.slept(Math.min(pause, this.remainingMilliseconds))) {
      // Asked first after every sleep: the process may have stood still, and somebody else may hold the lock since.
      const remaining = this.remainingMilliseconds;
      if (remaining === 0) {
        return this.lose('its lease ran out', failure);
      }
      const sent = moment(clock);
      try {
        if (!await within(Math.min(remaining, heartbeat), backend.renew(this.claim))) {
          return this.lose('somebody else has taken it');
        }
        this.renewed = sent;
        pause = heartbeat;
        failure = undefined;
      } catch (error) {
        failure = error;
        // Short enough for several tries before the lease ends.
        pause = heartbeat / 4;
        logger?.warn('lock not renewed, will try again', { names: this.names, error: describeError(error) });
      }
    }
  }

  /** Whether exclusivity ended before the holder was done: asked of the clock, since a process that stood still saw no signal. */
  public check(): LockLostError | undefined {
    if (!this.released && this.remainingMilliseconds === 0) {
      this.lose('its lease ran out');
    }
    return this.lost.signal.aborted ? this.lost.signal.reason as LockLostError : undefined;
  }

  private lose(why: string, cause?: unknown): void {
    if (this.released || this.lost.signal.aborted) {
      return;
    }
    this.keeping.logger?.error('lock lost', { names: this.names, fence: this.fence, why });
    this.lost.abort(new LockLostError(this.names, this.fence, why, cause === undefined ? undefined : { cause }));
    this.ended.abort();
  }

  private async giveBack(): Promise<void> {
    this.ended.abort();
    await within(this.keeping.validMilliseconds, this.keeping.backend.release(this.claim));
  }

  /** Whether it slept through; otherwise the lock has ended meanwhile. */
  private async slept(milliseconds: number): Promise<boolean> {
    try {
      await this.keeping.clock.sleep(milliseconds, this.ended.signal, true);
    } catch {
      // Only its end interrupts it.
    }
    return !this.ended.signal.aborted;
  }
}
