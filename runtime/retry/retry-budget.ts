import { type Clock, systemClock } from '../clock';

/** Ten tenths are one. */
const ROUNDING = 1e-9;

/** What a budget allows. */
export interface RetryBudgetOptions {
  /**
   * How many retries a success pays for, 0 to 1.
   * @default 0.1
   */
  readonly retriesPerSuccess?: number;
  /**
   * How many retries time alone pays for, so that callers with few calls may retry too.
   * @default 1
   */
  readonly minRetriesPerSecond?: number;
  /**
   * The most that can be saved up, and what there is at first.
   * @default 10
   */
  readonly maxSaved?: number;
  /** @default systemClock */
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/**
 * How much may be retried, shared by all callers of one service in this process. Without it, three attempts of everybody
 * triple the load of a service in the moment in which it can bear it least; layers of retries multiply.
 *
 * In any time `t` at most `maxSaved + minRetriesPerSecond * t + retriesPerSuccess * successes` calls are retried. A service
 * that answers nothing is so retried by the minimum only. (The retry throttling of gRPC and the retry budget of Finagle.)
 */
export class RetryBudget {
  private readonly perSuccess: number;
  private readonly perSecond: number;
  private readonly max: number;
  private readonly clock: Pick<Clock, 'monotonic'>;
  private saved: number;
  private since: number;

  /** @throws RangeError when a number is out of its bounds */
  constructor(options: RetryBudgetOptions = {}) {
    const { retriesPerSuccess = 0.1, minRetriesPerSecond = 1, maxSaved = 10, clock = systemClock } = options;
    if (!(retriesPerSuccess >= 0 && retriesPerSuccess <= 1 && minRetriesPerSecond >= 0 && maxSaved >= 1)) {
      throw new RangeError(`${retriesPerSuccess} retries a success, ${minRetriesPerSecond} a second, ${maxSaved} saved; `
        + 'allowed: 0 to 1, 0 or more, 1 or more');
    }
    this.perSuccess = retriesPerSuccess;
    this.perSecond = minRetriesPerSecond;
    this.max = maxSaved;
    this.clock = clock;
    this.saved = maxSaved;
    this.since = clock.monotonic();
  }

  /** A call has succeeded, at whatever attempt. */
  public succeeded(): void {
    this.saved += this.perSuccess;
  }

  /** Takes one retry out of the budget. @returns whether there was one */
  public takeRetry(): boolean {
    const now = this.clock.monotonic();
    this.saved = Math.min(this.max, this.saved + this.perSecond * (now - this.since) / 1000);
    this.since = now;
    if (this.saved < 1 - ROUNDING) {
      return false;
    }
    this.saved = Math.max(0, this.saved - 1);
    return true;
  }
}
