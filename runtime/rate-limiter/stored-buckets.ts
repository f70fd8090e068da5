import type { Clock } from '../clock';
import { UnsettledError } from './errors';
import { type Change, type LimitTable, REMEMBERED_KEYS } from './limit-table';
import type { RateLimitAnswer } from './rate-limit';
import { Remembered } from './remembered';
import { MICROSECONDS, type TokenBucket } from './token-bucket';

/** A wrong guess, the form that then seemed right, and the one that is right if another caller came in between. */
const MOST_TRIES = 3;

/** Token buckets as items with the one attribute `arrival`: the theoretical arrival time in microseconds of the epoch. */
export class StoredBuckets {
  private readonly arrivals = new Remembered<number>(REMEMBERED_KEYS);

  constructor(private readonly table: LimitTable, private readonly clock: Pick<Clock, 'now'>) {}

  public async take(key: string, cost: number, bucket: TokenBucket): Promise<RateLimitAnswer> {
    // One time for all tries: against it an arrival only ever grows, so that three tries settle it.
    const now = this.clock.now() * 1000;
    const latest = bucket.latest(now, cost);
    let arrival = this.arrivals.get(key) ?? 0;
    for (let tries = 0; tries < MOST_TRIES && arrival <= latest; tries += 1) {
      const { done, item } = await this.table.change(key, this.form(now, cost, bucket, arrival > now));
      arrival = item?.arrival ?? 0;
      this.arrivals.set(key, arrival);
      if (done) {
        return bucket.allowed(now, arrival);
      }
    }
    if (arrival <= latest) {
      throw new UnsettledError(key, MOST_TRIES);
    }
    return bucket.denied(now, arrival, cost);
  }

  /** The update of a bucket that is being filled, or of one that is full. */
  private form(now: number, cost: number, bucket: TokenBucket, filling: boolean): Change {
    const add = cost * bucket.interval;
    const idleFrom = (now + bucket.span) / MICROSECONDS;
    return filling
      ? {
        set: '#arrival = #arrival + :add',
        condition: '#arrival > :now AND #arrival <= :latest',
        values: { add, now, latest: bucket.latest(now, cost) },
        idleFrom,
      }
      : {
        set: '#arrival = :next',
        condition: 'attribute_not_exists(#arrival) OR #arrival <= :now',
        values: { next: now + add, now },
        idleFrom,
      };
  }
}
