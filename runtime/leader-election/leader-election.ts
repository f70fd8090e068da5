import { fullJitter } from '../backoff';
import { type Clock, systemClock } from '../clock';
import { describeError } from '../errors';
import type { DistributedLock, Lock } from '../lock';
import type { StructuredLogger } from '../logger';
import type { CountEvent } from '../metrics';
import { type Term, termOf } from './term';

/** After a failed term or an unreachable backend: a random pause, longer with every failure in a row. */
const BACKOFF = { firstDelaySeconds: 1, maxDelaySeconds: 30 };

/** How often a leader is counted. */
const COUNTED_EVERY_MILLISECONDS = 60_000;

/** What a candidate stands for. */
export interface LeaderElectionOptions {
  /** What is won: its lease is how long after a crash the next leader comes. */
  readonly lock: Pick<DistributedLock, 'acquire'>;
  /** What is led; every candidate names the same. */
  readonly name: string;
  /**
   * Leads. The term lasts until it settles, so it must settle soon after `term.signal` is aborted. When it returns or throws by
   * itself, the term is given up, and this candidate stands again after a pause.
   */
  readonly onElected: (term: Term) => Promise<void>;
  /**
   * Told at once when a term is lost: the process stood still, or the backend was out of reach for too long.
   * @default - nobody; `term.signal` tells as well
   */
  readonly onDeposed?: (term: Term) => void;
  /**
   * Told what `onElected` threw while it was leader, and why the lock could not be asked for. The candidate goes on.
   * @default - logged only
   */
  readonly onError?: (error: unknown) => void;
  /**
   * Told 'Leading' when a term begins and every minute of it, so that its absence tells that nobody leads; 'Deposed' when a term
   * is lost, 'TermFailed' when `onElected` threw.
   * @default - nobody
   */
  readonly count?: CountEvent;
  /**
   * Where terms and failures are logged.
   * @default - nowhere
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

/**
 * One leader among many candidates: it leads as long as it renews its lock, and another follows when it stops, stands still or
 * loses its way to the backend.
 *
 * A leader learns that its term is lost before another can be elected, unless it stands still: what it had begun may then reach
 * the world after its successor has begun. Hand `term.number` to whatever is written.
 */
export class LeaderElection {
  private current?: Term;
  private running = false;

  public constructor(private readonly options: LeaderElectionOptions) {}

  /** The term of this process; undefined while it does not lead. Asked of the clock, it is right also just after a standstill. */
  public get term(): Term | undefined {
    const { current } = this;
    return current && !current.signal.aborted && current.remainingMilliseconds > 0 ? current : undefined;
  }

  /**
   * Stands for election until the signal is aborted, again and again. Then a leader resigns: its `onElected` is told by its
   * signal and waited for, and the lock is given back, so that the next leader comes at once.
   *
   * @throws Error when it runs already; nothing else
   */
  public async run(signal: AbortSignal): Promise<void> {
    if (this.running) {
      throw new Error('this candidate stands for election already');
    }
    this.running = true;
    try {
      for (let failures = 0; !signal.aborted;) {
        failures = await this.campaign(signal) ? 0 : failures + 1;
        if (failures > 0) {
          await this.pause(failures, signal);
        }
      }
    } finally {
      this.running = false;
    }
  }

  /** Waits for a term and serves it. Resolves to whether to stand again at once: after a term that was lost, not given up. */
  private async campaign(signal: AbortSignal): Promise<boolean> {
    try {
      const lock = await this.options.lock.acquire(this.options.name, { waitMilliseconds: Infinity, signal });
      try {
        return await this.serve(lock, termOf(lock, signal));
      } finally {
        this.current = undefined;
        await lock[Symbol.asyncDispose]();
      }
    } catch (error) {
      if (!signal.aborted) {
        this.options.logger?.warn('not elected, will stand again', { name: this.options.name, error: describeError(error) });
        this.tell(() => this.options.onError?.(error));
      }
      return false;
    }
  }

  private async serve(lock: Lock, term: Term): Promise<boolean> {
    const { name, onElected, onDeposed, onError, logger, count } = this.options;
    const { number } = term;
    // By the clock too: a process that stood still may be done before it is told.
    const isLost = () => lock.signal.aborted || lock.remainingMilliseconds === 0;
    const over = new AbortController();
    const deposed = once(() => {
      logger?.error('deposed', { name, term: number });
      this.tell(() => count?.('Deposed'), () => onDeposed?.(term));
    });
    this.current = term;
    logger?.info('elected', { name, term: number });
    lock.signal.addEventListener('abort', deposed);
    void this.countLeading(AbortSignal.any([term.signal, over.signal]));
    try {
      await onElected(term);
    } catch (error) {
      // Work that ends because it was told to is no failure.
      if (!term.signal.aborted && !isLost()) {
        logger?.error('term failed', { name, term: number, error: describeError(error) });
        this.tell(() => count?.('TermFailed'), () => onError?.(error));
      }
    }
    over.abort();
    if (isLost()) {
      deposed();
    }
    logger?.info('term over', { name, term: number });
    return isLost();
  }

  /** Never rejects. */
  private async countLeading(over: AbortSignal): Promise<void> {
    const { count, clock = systemClock } = this.options;
    while (count && !over.aborted) {
      this.tell(() => count('Leading'));
      await clock.sleep(COUNTED_EVERY_MILLISECONDS, over, true).catch(() => undefined);
    }
  }

  /** Whoever is told must not end the candidate by an error of its own. */
  private tell(...told: (() => unknown)[]): void {
    for (const each of told) {
      try {
        each();
      } catch (error) {
        this.options.logger?.error('who was told threw', { name: this.options.name, error: describeError(error) });
      }
    }
  }

  private async pause(failures: number, signal: AbortSignal): Promise<void> {
    const { clock = systemClock, random } = this.options;
    // Only the signal ends it early, and the loop asks that first.
    await clock.sleep(fullJitter(failures, BACKOFF, random) * 1000, signal).catch(() => undefined);
  }
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) {
      done = true;
      act();
    }
  };
}
