import type { Lock } from '../lock';

/** The time during which one process leads. */
export interface Term {
  /**
   * Its number, greater than that of every earlier term: the fence of the lock. Hand it to what the leader writes, so that a
   * write of an earlier leader that comes late is refused (`fencedBy` of `cdk-system-blueprints/runtime/lock`).
   */
  readonly number: number;
  /** Aborted when the term is over: with a `LockLostError` when it was lost, with the reason of `run`'s signal on shutdown. */
  readonly signal: AbortSignal;
  /** For how long nobody else can lead, in milliseconds, if no renewal succeeds any more; 0 once the term is lost. */
  readonly remainingMilliseconds: number;
}

/** The term that comes with a lock, over also when the candidate is told to stop. */
export function termOf(lock: Lock, stop: AbortSignal): Term {
  return {
    number: lock.fence,
    signal: AbortSignal.any([lock.signal, stop]),
    get remainingMilliseconds() {
      return lock.remainingMilliseconds;
    },
  };
}
