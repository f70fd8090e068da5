import type { CompletePolicy } from './policy';

/** What all processes know of a circuit. Stored as one JSON text; see "Key schema" of the page. */
export interface CircuitState {
  /** Grows by one with every change, which is how a change is refused that builds on an older state. */
  readonly revision: number;
  /** Present while the circuit is not closed. It is half-open once `until` has passed. */
  readonly opening?: Opening;
}

/** Why and for how long calls are rejected. */
export interface Opening {
  /** When probes may start, in milliseconds of the epoch by the clock of the store. */
  readonly until: number;
  /** How long that was when it opened. Nobody waits longer than that, whatever the clocks say. */
  readonly milliseconds: number;
  /** How often in a row it has opened without closing, counted from 1. */
  readonly trips: number;
  /** The error that opened it, as recorded. */
  readonly cause: RecordedError;
  /** The calls that may try the dependency, by a name of their own, each with the moment at which its claim expires. */
  readonly probing: Readonly<Record<string, number>>;
  /** How many of them have succeeded. */
  readonly succeeded: number;
}

/** An error as the store keeps it. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
}

/** How calls went. */
export interface Counts {
  readonly calls: number;
  readonly failures: number;
}

/** The counts of one tenth of the window. */
export interface Slot extends Counts {
  /** Its start, in milliseconds of the epoch. */
  readonly start: number;
}

/** A circuit that never opened. */
export const CLOSED: CircuitState = { revision: 0 };

/** How many parts the window rolls on by. */
const SLOTS = 10;

/** How long one part of the window is. */
export function slotMilliseconds({ windowMilliseconds }: CompletePolicy): number {
  return Math.max(1, Math.floor(windowMilliseconds / SLOTS));
}

/** Whether a slot still counts. One from too far ahead was written by a clock that is wrong. */
export function inWindow(start: number, now: number, { windowMilliseconds }: CompletePolicy): boolean {
  return start > now - windowMilliseconds && start <= now + windowMilliseconds;
}

/** The sum of counts. */
export function total(counts: readonly Counts[]): Counts {
  return counts.reduce((sum, { calls, failures }) => ({ calls: sum.calls + calls, failures: sum.failures + failures }),
    { calls: 0, failures: 0 });
}

/** Whether so many failures of so many calls open a circuit. */
export function trips({ calls, failures }: Counts, { minimumCalls, failureThreshold }: CompletePolicy): boolean {
  return calls >= minimumCalls && failures >= failureThreshold * calls;
}

/** The state after it opened, for the first time or again. */
export function opened(
  state: CircuitState, cause: RecordedError, now: number, policy: CompletePolicy, random: number,
): CircuitState {
  const trips = (state.opening?.trips ?? 0) + 1;
  const longest = Math.min(policy.maxOpenMilliseconds, policy.openMilliseconds * 2 ** (trips - 1));
  const milliseconds = Math.round(longest * (1 - random / 5));
  const opening = { until: now + milliseconds, milliseconds, trips, cause, probing: {}, succeeded: 0 };
  return { revision: state.revision + 1, opening };
}

/** The state after a call claimed to be a probe; undefined when there are enough of them. */
export function claimed(
  { revision, opening }: CircuitState, token: string, now: number, policy: CompletePolicy,
): CircuitState | undefined {
  if (!opening || freeProbes(opening, now, policy) === 0) {
    return undefined;
  }
  const probing = { ...living(opening, now), [token]: now + leaseMilliseconds(policy) };
  return { revision: revision + 1, opening: { ...opening, probing } };
}

/** The state after a probe succeeded: closed after the last of them. Undefined when its claim has expired. */
export function succeeded(state: CircuitState, token: string, policy: CompletePolicy): CircuitState | undefined {
  const left = released(state, token);
  if (!left?.opening) {
    return undefined;
  }
  const opening = { ...left.opening, succeeded: left.opening.succeeded + 1 };
  return opening.succeeded < policy.probes ? { ...left, opening } : { revision: left.revision };
}

/** The state after a probe gave its claim back without a result. Undefined when its claim has expired. */
export function released({ revision, opening }: CircuitState, token: string): CircuitState | undefined {
  if (opening?.probing[token] === undefined) {
    return undefined;
  }
  const probing = Object.fromEntries(Object.entries(opening.probing).filter(([other]) => other !== token));
  return { revision: revision + 1, opening: { ...opening, probing } };
}

/** Whether a call is a probe whose claim stands. */
export function isProbing({ opening }: CircuitState, token: string): boolean {
  return opening?.probing[token] !== undefined;
}

/** How many more probes may start. */
export function freeProbes(opening: Opening, now: number, { probes }: CompletePolicy): number {
  return Math.max(0, probes - opening.succeeded - Object.keys(living(opening, now)).length);
}

/** Claims of processes that did not crash meanwhile. */
function living({ probing }: Opening, now: number): Record<string, number> {
  return Object.fromEntries(Object.entries(probing).filter(([, expires]) => expires > now));
}

/** Longer than a probe may take, so that a claim expires only when its process is gone. */
function leaseMilliseconds({ timeoutMilliseconds }: CompletePolicy): number {
  return 2 * timeoutMilliseconds + 1000;
}
