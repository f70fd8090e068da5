import { type Clock, systemClock } from '../clock';
import type { CircuitState } from './circuit';
import { type CircuitFields, type CircuitReport, type CircuitSnapshot, type CircuitStore, countFields, slotStart, snapshotOf } from './store';

/** Circuits of this process alone: for tests, for programs of one process, and for as long as a shared store does not answer. */
export class MemoryCircuits implements CircuitStore {
  private readonly circuits = new Map<string, Record<string, string>>();
  private readonly clock: Clock;

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.clock = clock;
  }

  public async report(dependency: string, report: CircuitReport): Promise<CircuitSnapshot> {
    const { calls, failures, revision, slotMilliseconds, remove } = report;
    const fields = this.fieldsOf(dependency);
    const now = this.clock.now();
    remove.forEach((field) => delete fields[field]);
    if (calls > 0) {
      const to = countFields(revision, slotStart(now, slotMilliseconds));
      fields[to.calls] = String(Number(fields[to.calls] ?? 0) + calls);
      fields[to.failures] = String(Number(fields[to.failures] ?? 0) + failures);
    }
    return snapshotOf(fields, now);
  }

  public async replace(dependency: string, next: CircuitState): Promise<CircuitSnapshot & { readonly replaced: boolean }> {
    const fields = this.fieldsOf(dependency);
    const replaced = Number(fields.revision ?? 0) === next.revision - 1;
    if (replaced) {
      this.seed(dependency, next);
    }
    return { ...snapshotOf(this.fieldsOf(dependency), this.clock.now()), replaced };
  }

  /** Starts from a state that is known from elsewhere. */
  public seed(dependency: string, state: CircuitState): void {
    const fields: CircuitFields = { revision: String(state.revision), state: JSON.stringify(state) };
    Object.assign(this.fieldsOf(dependency), fields);
  }

  private fieldsOf(dependency: string): Record<string, string> {
    const fields = this.circuits.get(dependency) ?? {};
    this.circuits.set(dependency, fields);
    return fields;
  }
}
