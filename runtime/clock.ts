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
   * @param background whether the process may end meanwhile: nobody but a chore in the background waits for it
   * @throws the reason of the signal, once it is aborted
   */
  sleep(milliseconds: number, signal?: AbortSignal, background?: boolean): Promise<void>;
  /**
   * Calls back after so many milliseconds. For what is nearly always cancelled, such as a timeout: a sleep that is aborted costs
   * some twenty times as much.
   *
   * @param background whether the process may end meanwhile
   * @returns what cancels it
   */
  timer(milliseconds: number, callback: () => void, background?: boolean): () => void;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (milliseconds, signal, background = false) => {
    try {
      await after(milliseconds, undefined, { signal, ref: !background });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
  timer: (milliseconds, callback, background = false) => {
    const timer = setTimeout(callback, milliseconds);
    if (background) {
      timer.unref();
    }
    return () => clearTimeout(timer);
  },
};
