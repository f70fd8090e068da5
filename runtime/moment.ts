import type { Clock } from './clock';

/** A point in time, to ask how long ago it was. */
export class Moment {
  private readonly now: number;
  private readonly monotonic: number;

  constructor(private readonly clock: Clock) {
    this.now = clock.now();
    this.monotonic = clock.monotonic();
  }

  /**
   * Milliseconds since then, by the clock that says more: the one that only grows may stop while a function is frozen, and the
   * other one may be set back.
   */
  public get age(): number {
    return Math.max(this.clock.now() - this.now, this.clock.monotonic() - this.monotonic);
  }
}
