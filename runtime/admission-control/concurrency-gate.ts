import { type Clock, systemClock } from '../clock';
import { jittered, OverloadedError } from './errors';
import type { Gate } from './gate';

/** What a limit on concurrency needs. */
export interface ConcurrencyGateOptions {
  /** How much work this process does at once. */
  readonly limit: number;
  /**
   * How much work waits at most; what comes on top is turned away at once.
   * @default - as much as is done at once
   */
  readonly maxWaiting?: number;
  /**
   * How long work waits at most, in milliseconds. Then it is turned away: its caller may have gone by now.
   * @default 1_000
   */
  readonly maxWaitMilliseconds?: number;
  /**
   * What callers are told to wait, in seconds. Up to twice as long by chance.
   * @default 1
   */
  readonly retryAfterSeconds?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Limits how much work this process does at once: for containers, since a Lambda function does one thing at a time. */
export class ConcurrencyGate implements Gate {
  private active = 0;
  /** In the order in which they came. */
  private readonly waiting = new Set<() => void>();

  /** @throws RangeError when a limit is none that it can be */
  constructor(private readonly options: ConcurrencyGateOptions) {
    const { limit, maxWaiting = 0 } = options;
    if (!(Number.isInteger(limit) && limit >= 1 && maxWaiting >= 0)) {
      throw new RangeError(`limit is ${limit}, maxWaiting is ${maxWaiting}; allowed: a whole number from 1, and 0 or more`);
    }
  }

  public async enter(): Promise<() => void> {
    const { limit, maxWaiting = limit } = this.options;
    if (this.active < limit) {
      this.active += 1;
    } else if (this.waiting.size < maxWaiting) {
      await this.turn();
    } else {
      throw this.overloaded();
    }
    let left = false;
    return () => {
      if (!left) {
        left = true;
        this.leave();
      }
    };
  }

  /** Resolves when a place is handed over; who leaves keeps it counted, so nobody slips in between. */
  private async turn(): Promise<void> {
    const { clock = systemClock, maxWaitMilliseconds = 1_000 } = this.options;
    const done = new AbortController();
    let come!: () => void;
    const called = new Promise<true>((resolve) => {
      come = () => resolve(true);
    });
    this.waiting.add(come);
    const late = clock.sleep(maxWaitMilliseconds, done.signal).then(() => !this.waiting.delete(come), () => true);
    // Called in the very moment it was late: the place is its own, since it was taken off the list.
    const mine = await Promise.race([called, late]);
    done.abort();
    if (!mine) {
      throw this.overloaded();
    }
  }

  private leave(): void {
    const [next] = this.waiting;
    if (next) {
      this.waiting.delete(next);
      next();
    } else {
      this.active -= 1;
    }
  }

  private overloaded(): OverloadedError {
    const { retryAfterSeconds = 1, random = Math.random } = this.options;
    return new OverloadedError('concurrency', jittered(retryAfterSeconds, random));
  }
}
