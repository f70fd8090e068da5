import { type Clock, systemClock } from '../clock';
import type { LimitAlgorithm, RateLimitAnswer, RateLimitBackend } from './rate-limit';
import type { SlidingWindow, WindowCounts } from './sliding-window';
import type { TokenBucket } from './token-bucket';

/** Below so many keys nothing is looked through for idle ones. */
const FEW = 1000;

/** Counts in the memory of this process: for limits of a process, and for tests. It never fails. */
export class MemoryLimits implements RateLimitBackend {
  private readonly arrivals = new Map<string, number>();
  private readonly windows = new Map<string, WindowCounts>();
  private readonly clock: Pick<Clock, 'now'>;
  private roomFor = FEW;

  constructor({ clock = systemClock }: { readonly clock?: Pick<Clock, 'now'> } = {}) {
    this.clock = clock;
  }

  /** How many keys it knows. Idle ones are forgotten when there are twice as many as were not idle the last time. */
  public get size(): number {
    return this.arrivals.size + this.windows.size;
  }

  public async take(key: string, cost: number, algorithm: LimitAlgorithm): Promise<RateLimitAnswer> {
    const answer = algorithm.kind === 'token-bucket' ? this.takeToken(key, cost, algorithm) : this.takeOfWindow(key, cost, algorithm);
    if (this.size > this.roomFor) {
      this.forgetIdle(algorithm);
    }
    return answer;
  }

  private takeToken(key: string, cost: number, bucket: TokenBucket): RateLimitAnswer {
    const now = this.clock.now() * 1000;
    const arrival = Math.max(now, this.arrivals.get(key) ?? 0);
    if (arrival > bucket.latest(now, cost)) {
      return bucket.denied(now, arrival, cost);
    }
    const next = arrival + cost * bucket.interval;
    this.arrivals.set(key, next);
    return bucket.allowed(now, next);
  }

  private takeOfWindow(key: string, cost: number, window: SlidingWindow): RateLimitAnswer {
    const now = this.clock.now();
    const counts = window.at(now, this.windows.get(key));
    if (counts.current > window.most(now, counts, cost)) {
      return window.denied(now, counts, cost);
    }
    const next = { ...counts, current: counts.current + cost };
    this.windows.set(key, next);
    return window.allowed(now, next);
  }

  private forgetIdle(algorithm: LimitAlgorithm): void {
    const now = this.clock.now();
    this.arrivals.forEach((arrival, key) => arrival <= now * 1000 && this.arrivals.delete(key));
    const length = algorithm.kind === 'sliding-window' ? algorithm.length : 0;
    this.windows.forEach(({ start }, key) => start + 2 * length <= now && this.windows.delete(key));
    this.roomFor = Math.max(FEW, 2 * this.size);
  }
}
