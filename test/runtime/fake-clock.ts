import type { Clock } from '../../runtime';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Lets everything run that waits for nothing but promises. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Time that passes when a test says so. */
export class FakeClock implements Clock {
  /** What the time of day is ahead of the true time, in milliseconds. */
  public skew = 0;
  private time: number;
  private readonly sleepers = new Set<Sleeper>();

  public constructor(start = 1_800_000_000_000) {
    this.time = start;
  }

  /** How long those sleep who are asleep, in milliseconds. */
  public get sleeps(): number[] {
    return [...this.sleepers].map(({ at }) => at - this.time);
  }

  public now(): number {
    return this.time + this.skew;
  }

  public monotonic(): number {
    return this.time;
  }

  public async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.sleepers.delete(sleeper);
        reject(signal!.reason as Error);
      };
      const sleeper: Sleeper = {
        at: this.time + milliseconds,
        wake: () => {
          this.sleepers.delete(sleeper);
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.sleepers.add(sleeper);
    });
  }

  public timer(milliseconds: number, callback: () => void): () => void {
    const sleeper: Sleeper = {
      at: this.time + milliseconds,
      wake: () => {
        this.sleepers.delete(sleeper);
        callback();
      },
    };
    this.sleepers.add(sleeper);
    return () => this.sleepers.delete(sleeper);
  }

  /** Time passes: whoever sleeps wakes at their time, one after another. */
  public async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await settle();
      const [next] = [...this.sleepers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!next) {
        break;
      }
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = Math.max(this.time, end);
    await settle();
  }

  /** The process stands still for so long, then everybody whose time has come wakes at once. */
  public async standStill(milliseconds: number): Promise<void> {
    await settle();
    this.time += milliseconds;
    await this.pass(0);
  }

  /** The machine is frozen: the clock that only grows stops as well, only the time of day goes on. */
  public async freeze(milliseconds: number): Promise<void> {
    await settle();
    this.skew += milliseconds;
  }
}
