import { setTimeout as after } from 'node:timers/promises';

/** Time, as an argument: tests bring their own. */
export interface Clock {
  /** Milliseconds of the epoch, by the clock of this machine, which may be wrong and may be set. */
  now(): number;
  /** Milliseconds that only ever grow, for durations: setting the clock does not move them. */
  monotonic(): number;
  /**
   * Resolves after so many milliseconds.
   *
   * @throws the reason of the signal, once it is aborted
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await after(milliseconds, undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
