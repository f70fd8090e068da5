import type { Clock } from '../clock';
import { within } from '../deadline';
import { describeError } from '../errors';
import type { StructuredLogger } from '../logger';
import { Moment } from '../moment';
import type { LockBackend, LockClaim } from './backend';
import { LockLostError } from './errors';

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
  private lost?: LockLostError;
  private released?: Promise<void>;
  /** Made when it is asked for: most holders never look at the signal, and making one costs more than all the rest. */
  private aborting?: AbortController;
  private cancelBeat?: () => void;

  /** @param renewed when the request was sent that began the lease; not when it was answered */
  public constructor(
    private readonly claim: LockClaim, public readonly fence: number, private renewed: Moment, private readonly keeping: Keeping,
  ) {}

  public get names(): readonly string[] {
    return this.claim.names;
  }

  public get signal(): AbortSignal {
    if (!this.aborting) {
      this.aborting = new AbortController();
      if (this.lost) {
        this.aborting.abort(this.lost);
      }
    }
    return this.aborting.signal;
  }

  public get remainingMilliseconds(): number {
    return this.over ? 0 : Math.max(0, this.keeping.validMilliseconds - this.renewed.age);
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

  /** Renews until the lock is released or lost. */
  public keep(pause: number = this.keeping.heartbeatMilliseconds, failure?: unknown): void {
    this.cancelBeat = this.keeping.clock.timer(Math.min(pause, this.remainingMilliseconds), () => void this.beat(failure), true);
  }

  /** Whether exclusivity ended before the holder was done: asked of the clock, since a process that stood still saw no signal. */
  public check(): LockLostError | undefined {
    if (this.remainingMilliseconds === 0) {
      this.lose('its lease ran out');
    }
    return this.lost;
  }

  private get over(): boolean {
    return this.lost !== undefined || this.released !== undefined;
  }

  /** Never rejects. */
  private async beat(failure: unknown): Promise<void> {
    const { backend, clock, logger, heartbeatMilliseconds } = this.keeping;
    // Asked first: the process may have stood still, and somebody else may hold the lock since.
    const remaining = this.remainingMilliseconds;
    if (remaining === 0) {
      return this.lose('its lease ran out', failure);
    }
    const sent = new Moment(clock);
    try {
      const renewed = await within(Math.min(remaining, heartbeatMilliseconds), backend.renew(this.claim));
      if (!renewed) {
        this.lose('somebody else has taken it');
      } else if (!this.over) {
        this.renewed = sent;
        this.keep();
      }
    } catch (error) {
      if (!this.over) {
        logger?.warn('lock not renewed, will try again', { names: this.names, error: describeError(error) });
        // Short enough for several tries before the lease ends.
        this.keep(heartbeatMilliseconds / 4, error);
      }
    }
  }

  private lose(why: string, cause?: unknown): void {
    if (this.over) {
      return;
    }
    this.cancelBeat?.();
    this.keeping.logger?.error('lock lost', { names: this.names, fence: this.fence, why });
    this.lost = new LockLostError(this.names, this.fence, why, cause === undefined ? undefined : { cause });
    this.aborting?.abort(this.lost);
  }

  private giveBack(): Promise<void> {
    this.cancelBeat?.();
    return within(this.keeping.validMilliseconds, this.keeping.backend.release(this.claim));
  }
}
