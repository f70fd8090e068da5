import type { Clock } from '../clock';
import { within } from '../deadline';
import { KeyedMutex } from '../keyed-mutex';
import type { CountEvent } from '../metrics';
import { Moment } from '../moment';
import {
  CLOSED, type CircuitState, type Counts, inWindow, opened, type RecordedError, type Slot, slotMilliseconds, total, trips,
} from './circuit';
import { MemoryCircuits } from './memory-circuits';
import type { CompletePolicy } from './policy';
import type { CircuitSnapshot, CircuitStore } from './store';

/** What a circuit that is shared between processes needs. */
export interface SharedCircuitOptions {
  readonly dependency: string;
  readonly store: CircuitStore;
  readonly policy: CompletePolicy;
  /** How long the store may take to answer, in milliseconds. */
  readonly storeMilliseconds: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly count: CountEvent;
  /** Told why the store failed. */
  readonly storeFailed: (error: unknown) => void;
}

const NONE: Counts = { calls: 0, failures: 0 };

/**
 * What this process knows of a circuit, and how it keeps up with the others. While the store does not answer it goes on
 * with what it knew, alone; once the store is back, what the store says holds again.
 */
export class SharedCircuit {
  private known = CLOSED;
  private slots: readonly Slot[] = [];
  private stale: readonly string[] = [];
  private pending = NONE;
  private lastFailure?: { readonly cause: RecordedError; readonly at: Moment };
  /** What the clock of the store shows when the monotonic clock of this process shows 0. */
  private storeTime: number;
  /** When probes may start, by the monotonic clock. */
  private halfOpenAt = 0;
  private synced?: Moment;
  private lastOutcome?: Moment;
  private exchanging?: Promise<void>;
  private readonly changes = new KeyedMutex();
  private readonly local: MemoryCircuits;
  private asked = 0;
  private answered = 0;
  /** Where the last answer came from. */
  private heard: CircuitStore;

  constructor(private readonly options: SharedCircuitOptions) {
    const { clock, store } = options;
    this.local = new MemoryCircuits({ clock });
    this.heard = store;
    this.storeTime = clock.now() - clock.monotonic();
  }

  /** The state, as far as this process knows. */
  public get state(): CircuitState {
    return this.known;
  }

  /** How long calls are rejected before any may try, in milliseconds; 0 when the circuit is closed or half-open. */
  public get waitMilliseconds(): number {
    return this.known.opening ? Math.max(0, this.halfOpenAt - this.options.clock.monotonic()) : 0;
  }

  /** Takes note of how a call went that began under a revision. Waits for the store only when this opens the circuit. */
  public async outcome(revision: number, failure?: RecordedError): Promise<void> {
    if (revision !== this.known.revision) {
      // It says nothing about the dependency of today.
      return;
    }
    const at = new Moment(this.options.clock);
    this.lastOutcome = at;
    this.lastFailure = failure ? { cause: failure, at } : this.lastFailure;
    this.pending = total([this.pending, { calls: 1, failures: failure ? 1 : 0 }]);
    if (this.seemsToTrip()) {
      await this.exchanging;
      if (this.seemsToTrip()) {
        await this.sync();
      }
    }
    this.syncWhenDue();
  }

  /** Keeps up with the other processes in the background. While the circuit is open nothing can change, so nothing is asked. */
  public syncWhenDue(): void {
    if (this.waitMilliseconds === 0 && (this.synced?.age ?? Infinity) >= this.options.policy.syncMilliseconds) {
      void this.sync();
    }
  }

  /** Tells the outcomes of this process and learns what the others know. Never rejects. */
  public sync(): Promise<void> {
    this.exchanging ??= this.exchange().finally(() => {
      this.exchanging = undefined;
    });
    return this.exchanging;
  }

  /**
   * Changes the state, on top of whatever other processes do meanwhile.
   *
   * @param decide asked again whenever another process was first; undefined when there is nothing left to change
   * @returns the state that this process wrote, or undefined
   */
  public change(decide: (state: CircuitState, now: number) => CircuitState | undefined): Promise<CircuitState | undefined> {
    // One after another: of many calls that want to be probes, most then see that there are enough and ask nobody.
    return this.changes.runExclusive(this.options.dependency, async () => {
      for (;;) {
        const next = decide(this.known, this.now());
        if (!next) {
          return undefined;
        }
        const { replaced } = await this.ask((store) => store.replace(this.options.dependency, next));
        if (replaced) {
          return next;
        }
      }
    });
  }

  private now(): number {
    return this.storeTime + this.options.clock.monotonic();
  }

  private seemsToTrip(): boolean {
    return !this.known.opening && trips(total([...this.currentSlots(), this.pending]), this.options.policy);
  }

  private currentSlots(): readonly Slot[] {
    return this.slots.filter(({ start }) => inWindow(start, this.now(), this.options.policy));
  }

  private async exchange(): Promise<void> {
    this.synced = new Moment(this.options.clock);
    if (this.lastOutcome && this.lastOutcome.age > this.options.policy.windowMilliseconds) {
      // Of a function that was frozen: it would be told as if it were of now.
      this.pending = NONE;
    }
    // Only here a store that was away is asked again: its state must be read before anything is built on it.
    const { store } = this.options;
    if (this.heard !== store && await this.regain(store)) {
      return;
    }
    const { pending } = this;
    this.pending = NONE;
    await this.ask((asked) => asked.report(this.options.dependency, this.report(pending)));
    const counts = total(this.currentSlots());
    const { revision, opening } = this.known;
    if (opening || !trips(counts, this.options.policy)) {
      return;
    }
    const { policy, random, count } = this.options;
    const cause = this.lastFailure && this.lastFailure.at.age <= policy.windowMilliseconds
      ? this.lastFailure.cause
      : { name: 'Error', message: `${counts.failures} of ${counts.calls} calls failed, of other processes` };
    const open = (state: CircuitState, now: number) =>
      state.revision === revision ? opened(state, cause, now, policy, random()) : undefined;
    if (await this.change(open)) {
      count('circuitOpened');
    }
  }

  private report(counts: Counts) {
    const { policy } = this.options;
    const outdated = this.slots.filter(({ start }) => !inWindow(start, this.now(), policy))
      .flatMap(({ start }) => ['calls', 'failures'].map((what) => `${what}:${this.known.revision}:${start}`));
    const { revision } = this.known;
    return { ...counts, revision, slotMilliseconds: slotMilliseconds(policy), remove: [...this.stale, ...outdated] };
  }

  /** Asks the store that answered last; when it does not answer, this process goes on alone. */
  private async ask<Answer extends CircuitSnapshot>(operation: (store: CircuitStore) => Promise<Answer>): Promise<Answer> {
    const { store, storeMilliseconds, dependency, storeFailed } = this.options;
    if (this.heard === store) {
      try {
        const asked = this.question();
        const answer = await within(storeMilliseconds, operation(store));
        this.observe(answer, store, asked);
        return answer;
      } catch (error) {
        storeFailed(error);
        this.local.seed(dependency, this.known);
      }
    }
    const asked = this.question();
    const answer = await operation(this.local);
    this.observe(answer, this.local, asked);
    return answer;
  }

  /** The number of a question: answers may overtake one another. */
  private question(): number {
    return this.asked += 1;
  }

  private async regain(store: CircuitStore): Promise<boolean> {
    try {
      const { storeMilliseconds, dependency } = this.options;
      const asked = this.question();
      this.observe(await within(storeMilliseconds, store.report(dependency, this.report(NONE))), store, asked);
      return true;
    } catch (error) {
      this.options.storeFailed(error);
      return false;
    }
  }

  private observe({ state, slots, stale, now }: CircuitSnapshot, store: CircuitStore, question: number): void {
    const before = this.known;
    if (question < this.answered && state.revision <= before.revision) {
      // A late answer: a younger question has been answered. (A store that has lost its data answers with less, but in time.)
      return;
    }
    this.answered = Math.max(question, this.answered);
    const regained = store === this.options.store && store !== this.heard;
    if (regained || state.revision !== before.revision) {
      this.pending = NONE;
    }
    const monotonic = this.options.clock.monotonic();
    this.storeTime = now - monotonic;
    this.heard = store;
    this.known = state;
    this.slots = slots;
    this.stale = stale;
    if (state.opening) {
      const { until, milliseconds } = state.opening;
      const halfOpenAt = monotonic + Math.min(milliseconds, until - now);
      this.halfOpenAt = before.opening?.until === until ? Math.min(this.halfOpenAt, halfOpenAt) : halfOpenAt;
    }
  }
}
