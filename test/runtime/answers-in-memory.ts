import type { AnswerStore, KeptOutcome, KeyedRun, TakenKey } from '../../runtime/idempotency';
import { type Clock, systemClock } from '../../runtime/clock';

interface Kept extends TakenKey {
  readonly until: number;
}

/** Answers under their keys, in the memory of the test. */
export class AnswersInMemory implements AnswerStore {
  public readonly records = new Map<string, Kept>();
  /** Fails the next calls, first come first served. */
  public readonly failures: Error[] = [];
  public calls = 0;

  constructor(private readonly clock: Pick<Clock, 'now'> = systemClock) {}

  public async begin({ id, run, validation }: KeyedRun, inProgressMilliseconds: number): Promise<TakenKey | undefined> {
    this.called();
    const kept = this.records.get(id);
    if (kept && kept.until >= this.clock.now()) {
      return kept;
    }
    this.records.set(id, { run, validation, completed: false, until: this.clock.now() + inProgressMilliseconds });
    return undefined;
  }

  public async complete({ id, run, validation }: KeyedRun, outcome: KeptOutcome, expirySeconds: number): Promise<boolean> {
    this.called();
    const mine = (this.records.get(id)?.run ?? run) === run;
    if (mine) {
      this.records.set(id, { run, validation, completed: true, ...outcome, until: this.clock.now() + expirySeconds * 1000 });
    }
    return mine;
  }

  public async release({ id, run }: KeyedRun): Promise<void> {
    this.called();
    if (this.records.get(id)?.run === run) {
      this.records.delete(id);
    }
  }

  private called(): void {
    this.calls += 1;
    const failure = this.failures.shift();
    if (failure) {
      throw failure;
    }
  }
}
