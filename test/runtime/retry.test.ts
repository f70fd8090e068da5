import * as fc from 'fast-check';
import { exponentialBackoff, type FailedAttempt, type Jitter, retry, RetryBudget, RetryError, type RetryOptions } from '../../runtime/retry';

/** Time that passes only while somebody sleeps. */
class FakeClock {
  public time = 0;
  public readonly slept: number[] = [];
  public readonly monotonic = () => this.time;
  public readonly sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.slept.push(milliseconds);
    this.time += milliseconds;
  };
}

const failing = (...errors: unknown[]) => {
  const left = [...errors];
  return async (attempt: number) => {
    if (left.length > 0) {
      throw left.shift();
    }
    return `done at ${attempt}`;
  };
};
const error = (message: string, more: object = {}) => Object.assign(new Error(message), more);
const patient = (more: RetryOptions = {}) => {
  const clock = new FakeClock();
  const backoff = exponentialBackoff({ firstDelayMilliseconds: 100, maxDelayMilliseconds: 1000, jitter: 'none' });
  return { clock, options: { backoff, clock, attempts: 5, ...more } };
};

describe('exponential backoff', () => {
  const delays = (jitter: Jitter, random: number, count = 6) => {
    const backoff = exponentialBackoff({ firstDelayMilliseconds: 100, maxDelayMilliseconds: 1000, jitter });
    let previous = 0;
    return Array.from({ length: count }, (_, index) => previous = backoff.delayMilliseconds(index + 1, previous, () => random));
  };

  test.each<[Jitter, number, number[]]>([
    ['none', 0.3, [100, 200, 400, 800, 1000, 1000]],
    ['full', 0, [0, 0, 0, 0, 0, 0]],
    ['full', 0.5, [50, 100, 200, 400, 500, 500]],
    ['equal', 0, [50, 100, 200, 400, 500, 500]],
    ['equal', 0.5, [75, 150, 300, 600, 750, 750]],
    ['decorrelated', 0, [100, 100, 100, 100, 100, 100]],
    ['decorrelated', 0.5, [200, 350, 575, 912.5, 1000, 1000]],
  ])('%s, at random %d', (jitter, random, expected) => {
    expect(delays(jitter, random)).toEqual(expected);
  });

  test('never exceeds its cap and never is below its floor', () => {
    const anyJitter = fc.constantFrom<Jitter>('full', 'equal', 'decorrelated', 'none');
    fc.assert(fc.property(anyJitter, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (jitter, random) => {
      const floor = { full: 0, equal: 50, decorrelated: 100, none: 100 }[jitter];
      expect(delays(jitter, random, 2000).every((delay) => delay >= floor && delay <= 1000)).toBe(true);
    }), { numRuns: 50 });
  });

  test.each([{ firstDelayMilliseconds: 0 }, { firstDelayMilliseconds: 30_000 }, { maxDelayMilliseconds: Infinity }, { jitter: 'some' as Jitter }])('%j is refused', (options) => {
    expect(() => exponentialBackoff(options)).toThrow(RangeError);
  });
});

describe('retry', () => {
  test('tries until it succeeds, waits longer every time, and tells of each failure', async () => {
    const told: FailedAttempt[] = [];
    const { clock, options } = patient({ onRetry: (failed) => void told.push(failed) });
    const [first, second] = [error('first'), error('second')];
    expect(await retry(failing(first, second), options)).toBe('done at 3');
    expect(clock.slept).toEqual([100, 200]);
    expect(told).toEqual([
      { attempt: 1, error: first, delayMilliseconds: 100 }, { attempt: 2, error: second, delayMilliseconds: 200 },
    ]);
  });

  test('three attempts with full jitter unless told otherwise', async () => {
    const clock = new FakeClock();
    await expect(retry(failing(1, 2, 3, 4), { clock, random: () => 0.5 })).rejects.toMatchObject({ errors: [1, 2, 3] });
    expect(clock.slept).toEqual([50, 100]);
  });

  test('tells every error, the first one first, and the last one as the cause', async () => {
    const errors = ['first', 'second', 'third'].map((message) => error(message));
    const thrown = await retry(failing(...errors), { ...patient().options, attempts: 3 }).catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(RetryError);
    expect(thrown).toBeInstanceOf(AggregateError);
    expect(thrown).toMatchObject({
      name: 'RetryError', reason: 'attempts', errors, cause: errors[2],
      message: '3 attempts failed (attempts); first Error: first; last Error: third',
    });
  });

  test('an only attempt fails with its own error', async () => {
    const only = error('only');
    await expect(retry(failing(only), { attempts: 1 })).rejects.toBe(only);
    await expect(retry(failing(only), { retryable: () => false })).rejects.toBe(only);
  });

  test('what is wrong every time is not tried again', async () => {
    const { clock, options } = patient({ retryable: (thrown) => (thrown as Error).message !== 'not found' });
    const [busy, missing] = [error('busy'), error('not found')];
    await expect(retry(failing(busy, missing), options)).rejects.toMatchObject({ reason: 'not-retryable', errors: [busy, missing], cause: missing });
    expect(clock.slept).toEqual([100]);
  });

  test('waits as long as the service asks, and the jitter longer', async () => {
    const { clock, options } = patient();
    expect(await retry(failing(error('busy', { retryAfterSeconds: 2 }), error('busy', { retryAfterSeconds: 'soon' })), options)).toBe('done at 3');
    // The doubled wait goes on from the number of the attempt, not from what was asked for.
    expect(clock.slept).toEqual([2100, 200]);
  });

  test('does not wait for what takes too long', async () => {
    const { clock, options } = patient();
    const later = error('later', { retryAfterSeconds: 61 });
    await expect(retry(failing(error('busy'), later), options)).rejects.toMatchObject({ reason: 'retry-after', cause: later });
    await expect(retry(failing(later), { ...options, maxRetryAfterMilliseconds: 61_000 })).resolves.toBe('done at 2');
    expect(clock.slept).toEqual([100, 61_100]);
  });

  describe('aborted', () => {
    test('before it begins, does nothing', async () => {
      const reason = error('gone');
      const task = jest.fn();
      await expect(retry(task, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(task).not.toHaveBeenCalled();
    });

    test('during an attempt, is not followed by another one', async () => {
      const control = new AbortController();
      const { clock, options } = patient({ signal: control.signal });
      const tries: (AbortSignal | undefined)[] = [];
      const task = async (attempt: number, signal?: AbortSignal) => {
        tries.push(signal);
        if (attempt === 2) {
          control.abort();
        }
        throw error(`failed ${attempt}`);
      };
      await expect(retry(task, options)).rejects.toMatchObject({
        reason: 'aborted', errors: [{ message: 'failed 1' }, { message: 'failed 2' }], cause: { message: 'failed 2' },
      });
      expect(tries).toEqual([control.signal, control.signal]);
      expect(clock.slept).toEqual([100]);
    });

    test('while it waits, says why and what failed', async () => {
      const control = new AbortController();
      const reason = error('gone');
      const first = error('first');
      const backoff = exponentialBackoff({ firstDelayMilliseconds: 60_000, maxDelayMilliseconds: 60_000, jitter: 'none' });
      const waiting = retry(failing(first), { backoff, signal: control.signal });
      setTimeout(() => control.abort(reason), 10);
      await expect(waiting).rejects.toMatchObject({ reason: 'aborted', errors: [first], cause: reason, message: expect.stringMatching(/^1 attempt failed/) });
    });
  });
});

describe('a budget', () => {
  test('ends retries when it is empty, of all callers that share it', async () => {
    const clock = new FakeClock();
    const budget = new RetryBudget({ maxSaved: 2, minRetriesPerSecond: 0, clock });
    const { options } = patient({ budget });
    await expect(retry(failing(1, 2, 3, 4), options)).rejects.toMatchObject({ reason: 'budget', errors: [1, 2, 3] });
    await expect(retry(failing(error('first')), options)).rejects.toThrow('first');
    for (let call = 0; call < 10; call += 1) {
      await retry(failing(), options);
    }
    expect(await retry(failing(error('again')), options)).toBe('done at 2');
  });

  test('is not spent on what is not retried', async () => {
    const budget = new RetryBudget({ maxSaved: 1, minRetriesPerSecond: 0 });
    const { options } = patient({ budget });
    await expect(retry(failing(error('no')), { ...options, retryable: () => false })).rejects.toThrow('no');
    await expect(retry(failing(error('no')), { ...options, attempts: 1 })).rejects.toThrow('no');
    expect(await retry(failing(error('yes')), options)).toBe('done at 2');
  });

  test('bounds retries in any time by what is saved, time and successes', () => {
    const step = fc.record({ pause: fc.nat(2000), success: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const clock = new FakeClock();
      const budget = new RetryBudget({ retriesPerSuccess: 0.2, minRetriesPerSecond: 0.5, maxSaved: 5, clock });
      // What could have been retried since the step of the index, as a running maximum over where the interval begins.
      let open = 0;
      for (const { pause, success } of steps) {
        clock.time += pause;
        open = Math.max(0, open - 0.5 * pause / 1000);
        if (success) {
          budget.succeeded();
          open = Math.max(0, open - 0.2);
        } else if (budget.takeRetry()) {
          open += 1;
        }
        expect(open).toBeLessThanOrEqual(5 + 1e-6);
      }
    }));
  });

  test('keeps the load of an outage near what it is without retries', async () => {
    const load = async (budget?: RetryBudget) => {
      let calls = 0;
      const clock = new FakeClock();
      const backoff = exponentialBackoff({ firstDelayMilliseconds: 1, maxDelayMilliseconds: 1 });
      const options = { clock, attempts: 4, budget, backoff };
      for (let request = 0; request < 1000; request += 1) {
        await retry(async () => {
          calls += 1;
          throw new Error('down');
        }, options).catch(() => undefined);
      }
      return calls;
    };
    expect(await load()).toBe(4000);
    expect(await load(new RetryBudget({ clock: { monotonic: () => 0 } }))).toBe(1010);
  });

  test.each([{ retriesPerSuccess: 2 }, { minRetriesPerSecond: -1 }, { maxSaved: 0 }])('%j is refused', (options) => {
    expect(() => new RetryBudget(options)).toThrow(RangeError);
  });
});
