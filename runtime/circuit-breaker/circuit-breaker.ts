import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock';
import { describeError } from '../errors';
import { withFirst } from '../first-error';
import type { StructuredLogger } from '../logger';
import type { CountEvent } from '../metrics';
import { claimed, freeProbes, isProbing, opened, released, succeeded } from './circuit';
import { CircuitOpenError, CircuitTimeoutError, isDependencyFailure, record } from './errors';
import { MemoryCircuits } from './memory-circuits';
import { type CircuitPolicy, type CompletePolicy, completePolicy } from './policy';
import { SharedCircuit } from './shared-circuit';
import type { CircuitStore } from './store';

/** What a circuit breaker needs. */
export interface CircuitBreakerOptions extends CircuitPolicy {
  /** What is called. All processes that name it alike, in the same store, share one circuit. */
  readonly dependency: string;
  /**
   * Where processes share what they know: `DynamoDbCircuits` or `ValkeyCircuits`.
   * @default - each process for itself
   */
  readonly store?: CircuitStore;
  /**
   * Whether an error tells that the dependency is not well. Any other error counts as an answer.
   * @default isDependencyFailure
   */
  readonly isFailure?: (error: unknown) => boolean;
  /**
   * How long the store may take to answer, in milliseconds. Afterwards this process goes on alone and asks again at the next
   * sync.
   * @default 1_000
   */
  readonly storeMilliseconds?: number;
  /**
   * Told of `circuitOpened`, `circuitHalfOpened` and `circuitClosed` (in the one process that did it), `callRejected`,
   * `callTimedOut`, `callFellBack` and `circuitStoreFailed`.
   * @default - nobody
   */
  readonly count?: CountEvent;
  /**
   * Told why the store failed.
   * @default - nobody
   */
  readonly logger?: Pick<StructuredLogger, 'warn'>;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** What holds for one call. */
export interface RunOptions<Result> {
  /**
   * The degraded answer for a call that was rejected or failed; given the error. Errors that are no failure are not for it.
   * @default - none: the error is the answer
   */
  readonly fallback?: (error: unknown) => Result | Promise<Result>;
  /** Ends the call early. Such a call counts neither way. */
  readonly signal?: AbortSignal;
}

/** Calls pass, calls are rejected, or only probes pass. */
export type CircuitStatus = 'closed' | 'open' | 'half-open';

/**
 * Stops calling what is known to fail, in all processes together, and finds out carefully whether it is well again.
 *
 * A closed circuit costs no round trip: outcomes are told in the background, every `syncMilliseconds` of a process that
 * calls. So a process learns that another one opened the circuit after at most that time and a round trip; one that was idle
 * or frozen learns it with its first call, which still goes through.
 */
export class CircuitBreaker {
  private readonly options: CircuitBreakerOptions;
  private readonly policy: CompletePolicy;
  private readonly circuit: SharedCircuit;
  private readonly clock: Clock;
  private readonly random: () => number;

  /** @throws RangeError when a number of the policy is none that it can be */
  constructor(options: CircuitBreakerOptions) {
    this.options = options;
    this.policy = completePolicy(options);
    const { dependency, clock = systemClock, random = Math.random, count = ignore, storeMilliseconds = 1_000 } = options;
    this.clock = clock;
    this.random = random;
    const store = options.store ?? new MemoryCircuits({ clock });
    const storeFailed = (error: unknown) => {
      count('circuitStoreFailed');
      options.logger?.warn('circuit store failed', { dependency, error: describeError(error) });
    };
    this.circuit = new SharedCircuit({
      dependency, store, policy: this.policy, storeMilliseconds, clock, random, count, storeFailed,
    });
  }

  /** What this process knows of the circuit. */
  public get status(): CircuitStatus {
    return !this.circuit.state.opening ? 'closed' : this.circuit.waitMilliseconds > 0 ? 'open' : 'half-open';
  }

  /** Learns what the other processes know: when a process starts or thaws, so that not even its first call goes out in vain. */
  public sync(): Promise<void> {
    return this.circuit.sync();
  }

  /**
   * Makes a call, unless the circuit is open.
   *
   * @param task the call; its signal is aborted when it takes too long or the caller gives up
   * @throws CircuitOpenError when it was not made
   * @throws CircuitTimeoutError when it took too long
   * @throws the error of the task as it is; that of the fallback, with the first error as the last of its causes
   */
  public async run<Result>(task: (signal: AbortSignal) => Promise<Result>, options: RunOptions<Result> = {}): Promise<Result> {
    const { fallback, signal } = options;
    try {
      return await this.call(task, signal);
    } catch (error) {
      if (!fallback || signal?.aborted || !(error instanceof CircuitOpenError || this.isFailure(error))) {
        throw error;
      }
      this.count('callFellBack');
      try {
        return await fallback(error);
      } catch (second) {
        throw withFirst(second, error);
      }
    }
  }

  private async call<Result>(task: (signal: AbortSignal) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    this.circuit.syncWhenDue();
    const probe = this.circuit.state.opening && await this.probe();
    const { revision } = this.circuit.state;
    const settle = (error?: unknown) => probe === undefined
      ? this.circuit.outcome(revision, error === undefined ? undefined : record(error))
      : this.settleProbe(probe, error);
    let result: Result;
    try {
      result = await this.timed(task, signal);
    } catch (thrown) {
      const error: unknown = thrown ?? new Error('the call failed without an error');
      if (!signal?.aborted) {
        await settle(this.isFailure(error) ? error : undefined);
      } else if (probe !== undefined) {
        await this.circuit.change((state) => released(state, probe));
      }
      throw thrown;
    }
    await settle();
    return result;
  }

  /**
   * The name of a claim to be a probe; undefined when the circuit is found to be closed again.
   *
   * @throws CircuitOpenError when there is none to be had
   */
  private async probe(): Promise<string | undefined> {
    const token = randomUUID();
    let first = false;
    const mine = await this.circuit.change((state, now) => {
      first = state.opening?.succeeded === 0 && freeProbes(state.opening, now, this.policy) === this.policy.probes;
      return this.circuit.waitMilliseconds > 0 ? undefined : claimed(state, token, now, this.policy);
    });
    const { opening } = this.circuit.state;
    if (mine) {
      if (first) {
        this.count('circuitHalfOpened');
      }
      return token;
    }
    if (!opening) {
      return undefined;
    }
    this.count('callRejected');
    const wait = this.circuit.waitMilliseconds || this.policy.syncMilliseconds;
    throw new CircuitOpenError(this.options.dependency, Math.max(1, Math.ceil(wait / 1000)), opening.cause);
  }

  private async settleProbe(token: string, error?: unknown): Promise<void> {
    if (error === undefined) {
      const state = await this.circuit.change((before) => succeeded(before, token, this.policy));
      if (state && !state.opening) {
        this.count('circuitClosed');
      }
      return;
    }
    // A claim that has expired is another's by now: what comes of it says nothing.
    const state = await this.circuit.change((before, now) => isProbing(before, token)
      ? opened(before, record(error), now, this.policy, this.random())
      : undefined);
    if (state) {
      this.count('circuitOpened');
    }
  }

  private timed<Result>(task: (signal: AbortSignal) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted) {
      // The caller gave up while a claim was made.
      return Promise.reject(signal.reason as Error);
    }
    const { timeoutMilliseconds } = this.policy;
    const given = new AbortController();
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        given.abort(signal!.reason);
        settle(() => reject(signal!.reason as Error));
      };
      const cancel = this.clock.timer(timeoutMilliseconds, () => {
        const error = new CircuitTimeoutError(this.options.dependency, timeoutMilliseconds);
        this.count('callTimedOut');
        given.abort(error);
        settle(() => reject(error));
      });
      const settle = (how: () => void) => {
        cancel();
        signal?.removeEventListener('abort', giveUp);
        how();
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      const call = async () => task(given.signal);
      call().then((result) => settle(() => resolve(result)), (error: Error) => settle(() => reject(error)));
    });
  }

  private isFailure(error: unknown): boolean {
    return error instanceof CircuitTimeoutError || (this.options.isFailure ?? isDependencyFailure)(error);
  }

  private count(event: string): void {
    this.options.count?.(event);
  }
}

function ignore(): void {}
