import { CLOSED, type CircuitState, type Counts, type Slot } from './circuit';

/** What a store knows of a circuit, in one answer. */
export interface CircuitSnapshot {
  readonly state: CircuitState;
  /** The counts since the circuit closed last. */
  readonly slots: readonly Slot[];
  /** Fields of counts that were made under an earlier state. */
  readonly stale: readonly string[];
  /** The time by the clock of the store, in milliseconds of the epoch. */
  readonly now: number;
}

/** The outcomes of one process since it told them last. */
export interface CircuitReport extends Counts {
  /** The state under which the calls were made. */
  readonly revision: number;
  /** How long a slot is, in whole milliseconds. A slot starts at a multiple of it, by the clock of the store. */
  readonly slotMilliseconds: number;
  /** Fields that no longer count and are to be removed. */
  readonly remove: readonly string[];
}

/** Where the processes meet: two operations, one round trip each. */
export interface CircuitStore {
  /** Adds outcomes and tells what is known. With nothing to add it only reads. */
  report(dependency: string, report: CircuitReport): Promise<CircuitSnapshot>;
  /** Writes a state unless another process wrote first, and tells what is known then. */
  replace(dependency: string, next: CircuitState): Promise<CircuitSnapshot & { readonly replaced: boolean }>;
}

/** The fields of a stored circuit: `revision`, `state`, and the counts `calls:<revision>:<start>` and `failures:...`. */
export type CircuitFields = Readonly<Record<string, string | undefined>>;

/** The start of the slot that a moment belongs to. */
export function slotStart(now: number, slotMilliseconds: number): number {
  return Math.floor(now / slotMilliseconds) * slotMilliseconds;
}

/** The fields to which an outcome is added. */
export function countFields(revision: number, start: number): { readonly calls: string; readonly failures: string } {
  return { calls: `calls:${revision}:${start}`, failures: `failures:${revision}:${start}` };
}

/** Reads a stored circuit. What is missing was never written: such a circuit is closed. */
export function snapshotOf(fields: CircuitFields, now: number): CircuitSnapshot {
  const state = fields.state === undefined ? CLOSED : JSON.parse(fields.state) as CircuitState;
  const counts = Object.keys(fields).flatMap((field) => {
    const [, what, revision, start] = /^(calls|failures):(\d+):(\d+)$/.exec(field) ?? [];
    return what === undefined ? [] : [{ field, what, revision: Number(revision), start: Number(start) }];
  });
  const current = counts.filter(({ revision }) => revision === state.revision);
  const slots = current.filter(({ what }) => what === 'calls').map(({ field, start }) => ({
    start, calls: Number(fields[field]), failures: Number(fields[countFields(state.revision, start).failures] ?? 0),
  }));
  return { state, slots, now, stale: counts.filter(({ revision }) => revision !== state.revision).map(({ field }) => field) };
}
