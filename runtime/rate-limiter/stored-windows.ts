import type { Clock } from '../clock';
import { UnsettledError } from './errors';
import { type Change, type LimitTable, type Numbers, REMEMBERED_KEYS } from './limit-table';
import type { RateLimitAnswer } from './rate-limit';
import { Remembered } from './remembered';
import type { SlidingWindow, WindowCounts } from './sliding-window';

/** A wrong guess, the next window, the same one once another caller has begun it, and that of a caller whose clock is ahead. */
const MOST_TRIES = 4;

/** Sliding windows as items with the attributes `start` (milliseconds of the epoch), `current` and `previous`. */
export class StoredWindows {
  private readonly written = new Remembered<WindowCounts>(REMEMBERED_KEYS);

  constructor(private readonly table: LimitTable, private readonly clock: Pick<Clock, 'now'>) {}

  public async take(key: string, cost: number, window: SlidingWindow): Promise<RateLimitAnswer> {
    const now = this.clock.now();
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const written = this.written.get(key);
      const counts = window.at(now, written);
      // Within a window `previous` stays and `current` only grows: a denial that is due by what was seen is due.
      if (counts.current > window.most(now, counts, cost)) {
        return window.denied(now, counts, cost);
      }
      const { done, item } = await this.table.change(key, this.form(now, cost, window, written));
      const found = countsOf(item);
      if (found) {
        this.written.set(key, found);
      } else {
        this.written.forget(key);
      }
      if (done) {
        return window.allowed(now, found!);
      }
    }
    throw new UnsettledError(key, MOST_TRIES);
  }

  /** The update in a window that has begun, of the first in the next one, and of the first after a time of rest. */
  private form(now: number, cost: number, window: SlidingWindow, written?: WindowCounts): Change {
    const { start, previous } = window.at(now, written);
    const before = start - window.length;
    const idleFrom = (start + 2 * window.length) / 1000;
    if (written?.start === start) {
      return {
        set: '#current = #current + :cost',
        condition: '#start = :start AND #previous = :previous AND #current <= :most',
        values: { cost, start, previous, most: window.most(now, written, cost) },
        idleFrom,
      };
    }
    return written?.start === before
      ? {
        set: '#start = :start, #previous = #current, #current = :cost',
        condition: '#start = :before AND #current <= :most',
        values: { cost, start, before, most: window.mostBefore(now, cost) },
        idleFrom,
      }
      : {
        set: '#start = :start, #previous = :none, #current = :cost',
        condition: 'attribute_not_exists(#start) OR #start < :start AND #start <> :before',
        values: { cost, start, before, none: 0 },
        idleFrom,
      };
  }
}

const countsOf = (item?: Numbers): WindowCounts | undefined => item?.start === undefined
  ? undefined
  : { start: item.start, current: item.current ?? 0, previous: item.previous ?? 0 };
