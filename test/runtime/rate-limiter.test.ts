import * as fc from 'fast-check';
import type { ValkeyClient } from '../../runtime';
import {
  DynamoDbLimits, MemoryLimits, type RateLimit, type RateLimitAnswer, type RateLimitBackend, RateLimiter, type RateLimiterOptions,
  rateLimitHeaders, rateLimitProblem, rateLimitSettings, ValkeyLimits,
} from '../../runtime/rate-limiter';
import { Remembered } from '../../runtime/rate-limiter/remembered';
import { FakeNumbersTable } from './fake-numbers-table';
import { RecordingLogger } from './fakes';

const START = Date.UTC(2026, 10, 22);
const BUCKET: RateLimit = { requests: 10, windowSeconds: 10, burst: 3 };
const WINDOW: RateLimit = { requests: 10, windowSeconds: 10, algorithm: 'sliding-window' };

const clock = { time: START, now: () => clock.time };
beforeEach(() => {
  clock.time = START;
});

const limiter = (limit: RateLimit, backend: RateLimitBackend, more: Partial<RateLimiterOptions> = {}) =>
  new RateLimiter({ limit, backend, whenUnavailable: 'closed', ...more });

async function takes(asked: RateLimiter, times: number, cost?: number, key = 'ada'): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (let time = 0; time < times; time += 1) {
    answers.push((await asked.take(key, cost)).allowed);
  }
  return answers;
}
const allowedOf = (answers: boolean[]) => answers.filter(Boolean).length;

const BACKENDS: [string, () => RateLimitBackend][] = [
  ['memory', () => new MemoryLimits({ clock })],
  ['DynamoDB', () => new DynamoDbLimits({ documents: new FakeNumbersTable(), tableName: 'limits', clock })],
];

describe.each(BACKENDS)('in %s', (_, backend) => {
  describe('a token bucket', () => {
    test('gives its burst at once, then its rate, and says so', async () => {
      const asked = limiter(BUCKET, backend());
      expect(await asked.take('ada')).toEqual({
        allowed: true, limit: 3, windowSeconds: 3, remaining: 2, retryAfterSeconds: 0, resetSeconds: 1,
      });
      expect(await takes(asked, 3)).toEqual([true, true, false]);
      clock.time += 400;
      expect(await asked.take('ada')).toEqual({
        allowed: false, limit: 3, windowSeconds: 3, remaining: 0, retryAfterSeconds: 0.6, resetSeconds: 2.6,
      });
      clock.time += 599;
      expect(await takes(asked, 1)).toEqual([false]);
      clock.time += 1;
      expect(await takes(asked, 2)).toEqual([true, false]);
      clock.time += 60_000;
      expect(allowedOf(await takes(asked, 10))).toBe(3);
    });

    test('takes all of a cost or nothing, and tells when there is enough', async () => {
      const asked = limiter(BUCKET, backend());
      await asked.take('ada', 2);
      expect(await asked.take('ada', 3)).toMatchObject({ allowed: false, remaining: 1, retryAfterSeconds: 2 });
      expect(await asked.take('ada', 1)).toMatchObject({ allowed: true, remaining: 0 });
    });
  });

  describe('a sliding window', () => {
    test('takes its requests, then as many as fade away of the window before', async () => {
      const asked = limiter(WINDOW, backend());
      expect(await asked.take('ada')).toEqual({
        allowed: true, limit: 10, windowSeconds: 10, remaining: 9, retryAfterSeconds: 0, resetSeconds: 20,
      });
      expect(allowedOf(await takes(asked, 20))).toBe(9);
      // Nothing of it may come back in this window; in the next one, a tenth of it every second.
      expect(await asked.take('ada')).toMatchObject({ allowed: false, retryAfterSeconds: 11, resetSeconds: 20 });
      clock.time += 10_000;
      expect(await asked.take('ada')).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 1, resetSeconds: 10 });
      clock.time += 999;
      expect(allowedOf(await takes(asked, 5))).toBe(0);
      clock.time += 1;
      expect(allowedOf(await takes(asked, 5))).toBe(1);
      clock.time += 4_000;
      expect(await asked.take('ada', 5)).toMatchObject({ allowed: false, remaining: 4, retryAfterSeconds: 1 });
      expect(allowedOf(await takes(asked, 9))).toBe(4);
      clock.time += 30_000;
      expect(allowedOf(await takes(asked, 20))).toBe(10);
    });
  });

  test.each([BUCKET, WINDOW])('keys do not share a limit: %j', async (limit) => {
    const asked = limiter(limit, backend());
    const all = allowedOf(await takes(asked, 20));
    expect(allowedOf(await takes(asked, 20, 1, 'bob'))).toBe(all);
  });

  test.each([BUCKET, WINDOW])('who comes back after the time told is allowed, and not before: %j', async (limit) => {
    const random = fc.sample(fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 3 })), { numRuns: 300, seed: 1 });
    const asked = limiter(limit, backend());
    for (const [pause, cost] of random) {
      clock.time += pause;
      const { allowed, retryAfterSeconds } = await asked.take('ada', cost);
      if (!allowed) {
        clock.time += Math.round(retryAfterSeconds * 1000) - 1;
        expect(await asked.take('ada', cost)).toMatchObject({ allowed: false });
        clock.time += 1;
        expect(await asked.take('ada', cost)).toMatchObject({ allowed: true });
      }
    }
  });

  test.each([BUCKET, WINDOW])('what remains can be taken, and no more: %j', async (limit) => {
    const asked = limiter(limit, backend());
    for (const pause of fc.sample(fc.nat(6000), { numRuns: 100, seed: 2 })) {
      clock.time += pause;
      const { remaining } = await asked.take('ada');
      expect(allowedOf(await takes(asked, 15))).toBe(remaining);
    }
  });
});

/** What was taken, when by a clock that is right. */
interface Taken {
  readonly at: number;
  readonly cost: number;
}

/** By how much the most that was taken in an interval that begins and ends with a take is beyond a bound. */
function beyond(taken: Taken[], bound: (milliseconds: number) => number): number {
  let most = -Infinity;
  taken.forEach(({ at: from }, first) => {
    let sum = 0;
    for (const { at, cost } of taken.slice(first)) {
      sum += cost;
      most = Math.max(most, sum - bound(at - from));
    }
  });
  return most;
}
const ROUNDING = 1e-6;

const steps = fc.array(
  fc.record({ pause: fc.oneof(fc.constant(0), fc.nat(300), fc.nat(5000)), cost: fc.integer({ min: 1, max: 3 }), who: fc.nat(2) }),
  { minLength: 20, maxLength: 150 },
);
const limits = fc.record({
  requests: fc.integer({ min: 3, max: 40 }),
  windowSeconds: fc.integer({ min: 1, max: 7 }),
  burst: fc.integer({ min: 3, max: 20 }),
});
const skews = fc.tuple(fc.constant(0), fc.integer({ min: -4000, max: 4000 }), fc.integer({ min: -4000, max: 4000 }));

async function run(all: RateLimiter[], schedule: { pause: number; cost: number; who: number }[]): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const { pause, cost, who } of schedule) {
    clock.time += pause;
    const { allowed } = await all[who % all.length]!.take('k', cost);
    if (allowed) {
      taken.push({ at: clock.time, cost });
    }
  }
  return taken;
}

/** One process that counts in memory, and three that share a table. */
const CALLERS: [string, (limit: RateLimit) => RateLimiter[]][] = [
  ['memory', (limit) => [limiter(limit, new MemoryLimits({ clock }))]],
  ['DynamoDB', (limit) => {
    const documents = new FakeNumbersTable();
    return [1, 2, 3].map(() => limiter(limit, new DynamoDbLimits({ documents, tableName: 'limits', clock })));
  }],
];

describe('in any interval', () => {
  test.each(CALLERS)('a bucket gives its burst and its rate, and denies only when a bucket of the reference is too empty, in %s', async (_, callersOf) => {
    await fc.assert(fc.asyncProperty(limits, steps, async (limit, schedule) => {
      clock.time = START;
      const rate = limit.requests / limit.windowSeconds / 1000;
      // The reference: a bucket that is filled by hand, in fractions.
      let level = limit.burst;
      let since = START;
      const callers = callersOf(limit);
      const taken: Taken[] = [];
      for (const { pause, cost, who } of schedule) {
        clock.time += pause;
        level = Math.min(limit.burst, level + rate * (clock.time - since));
        since = clock.time;
        const { allowed } = await callers[who % callers.length]!.take('k', cost);
        // Where the level is within rounding of the cost, either is right.
        if (Math.abs(level - cost) > 1e-3 && allowed !== level > cost) {
          throw new Error(`${allowed ? 'allowed' : 'denied'} at ${level} for ${cost}`);
        }
        if (allowed) {
          level -= cost;
          taken.push({ at: clock.time, cost });
        }
      }
      expect(beyond(taken, (milliseconds) => limit.burst + rate * milliseconds)).toBeLessThan(ROUNDING);
    }), { numRuns: 120, seed: 3 });
  });

  test.each(CALLERS)('a sliding window gives `requests * (1 + t / window)`, and never more than `requests` in one window, in %s', async (_, callersOf) => {
    await fc.assert(fc.asyncProperty(limits, steps, async ({ requests, windowSeconds }, schedule) => {
      clock.time = START + 321;
      const limit: RateLimit = { requests, windowSeconds, algorithm: 'sliding-window' };
      const length = windowSeconds * 1000;
      const counts = new Map<number, number>();
      const callers = callersOf(limit);
      const taken: Taken[] = [];
      for (const { pause, cost, who } of schedule) {
        clock.time += pause;
        const { allowed } = await callers[who % callers.length]!.take('k', cost);
        // The reference: counters that are never forgotten, compared without division.
        const window = Math.floor(clock.time / length);
        const covered = length - (clock.time - window * length);
        const weighed = (counts.get(window - 1) ?? 0) * covered + ((counts.get(window) ?? 0) + cost) * length;
        if (allowed !== weighed <= requests * length) {
          throw new Error(`${allowed ? 'allowed' : 'denied'} at ${weighed} of ${requests * length}`);
        }
        if (allowed) {
          counts.set(window, (counts.get(window) ?? 0) + cost);
          taken.push({ at: clock.time, cost });
        }
      }
      expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(requests);
      expect(beyond(taken, (milliseconds) => requests * (1 + milliseconds / length))).toBeLessThan(ROUNDING);
      expect(beyond(taken, (milliseconds) => milliseconds < length ? 2 * requests - 1 : Infinity)).toBeLessThanOrEqual(0);
    }), { numRuns: 120, seed: 4 });
  });

  test('the error of a sliding window is real: twice as much but one in a window that begins late', async () => {
    const asked = limiter(WINDOW, new MemoryLimits({ clock }));
    clock.time = START + 9_999;
    expect(allowedOf(await takes(asked, 20))).toBe(10);
    let later = 0;
    for (clock.time = START + 10_000; clock.time < START + 19_999; clock.time += 1) {
      later += allowedOf(await takes(asked, 1));
    }
    expect(later).toBe(9);
  });

  test.each(['token-bucket', 'sliding-window'] as const)('callers with clocks that differ by s seconds take as if it were s longer: %s', async (algorithm) => {
    let clocksMattered = 0;
    await fc.assert(fc.asyncProperty(limits, skews, steps, async ({ requests, windowSeconds, burst }, skew, schedule) => {
      clock.time = START;
      const table = new FakeNumbersTable();
      const limit: RateLimit = { requests, windowSeconds, algorithm, ...algorithm === 'token-bucket' ? { burst } : {} };
      const callers = skew.map((ahead) => limiter(limit,
        new DynamoDbLimits({ documents: table, tableName: 'limits', clock: { now: () => clock.time + ahead } })));
      const taken = await run(callers, schedule);
      const spread = Math.max(...skew) - Math.min(...skew);
      const most = algorithm === 'token-bucket' ? burst : requests;
      const rate = requests / windowSeconds / 1000;
      expect(beyond(taken, (milliseconds) => most + rate * (milliseconds + spread))).toBeLessThan(ROUNDING);
      clocksMattered += beyond(taken, (milliseconds) => most + rate * milliseconds) > ROUNDING ? 1 : 0;
    }), { numRuns: 120, seed: 5 });
    // The bound without the spread would not hold: the test sees the difference.
    expect(clocksMattered).toBeGreaterThan(0);
  });

  test('who is behind is denied so much longer', async () => {
    const table = new FakeNumbersTable();
    const at = (ahead: number) =>
      limiter(BUCKET, new DynamoDbLimits({ documents: table, tableName: 'limits', clock: { now: () => clock.time + ahead } }));
    expect(allowedOf(await takes(at(2000), 9))).toBe(3);
    expect(await at(0).take('ada')).toMatchObject({ allowed: false, retryAfterSeconds: 3 });
    const before = limiter(WINDOW, new DynamoDbLimits({ documents: table, tableName: 'limits', clock: { now: () => START - 1 } }));
    const after = limiter(WINDOW, new DynamoDbLimits({ documents: table, tableName: 'limits', clock }));
    expect(allowedOf(await takes(after, 6))).toBe(6);
    // Its own clock is still in the window before; it counts in the one that has begun.
    expect(allowedOf(await takes(before, 9))).toBe(4);
    expect(table.items.get('limits:sliding-window:ada')).toMatchObject({ start: START, current: 10, previous: 0 });
  });
});

describe('round trips to DynamoDB', () => {
  const callers = (limit: RateLimit, count: number) => {
    const table = new FakeNumbersTable();
    const all = Array.from({ length: count }, () => limiter(limit, new DynamoDbLimits({ documents: table, tableName: 'limits', clock })));
    const cost = async (caller: number, times = 1) => {
      const before = table.sent.length;
      const answers = await takes(all[caller]!, times);
      return [allowedOf(answers), table.sent.length - before];
    };
    return { table, all, cost };
  };

  test('of a bucket: one when the guess is right, two when another caller came in between, none when the denial is certain', async () => {
    const { cost } = callers({ requests: 5, windowSeconds: 5 }, 2);
    expect(await cost(0)).toEqual([1, 1]);
    expect(await cost(0)).toEqual([1, 1]);
    // It never saw the key, and guesses that the bucket is full.
    expect(await cost(1)).toEqual([1, 2]);
    expect(await cost(1, 2)).toEqual([2, 2]);
    expect(await cost(0)).toEqual([0, 1]);
    expect(await cost(0, 100)).toEqual([0, 0]);
    clock.time += 60_000;
    expect(await cost(0)).toEqual([1, 1]);
    expect(await cost(1)).toEqual([1, 2]);
  });

  test('of a sliding window: one more in a window that another caller has begun', async () => {
    const { cost } = callers(WINDOW, 2);
    expect(await cost(0, 4)).toEqual([4, 4]);
    expect(await cost(1, 4)).toEqual([4, 5]);
    expect(await cost(0, 4)).toEqual([2, 2]);
    expect(await cost(0, 50)).toEqual([0, 0]);
    clock.time += 15_000;
    expect(await cost(0)).toEqual([1, 1]);
    expect(await cost(1)).toEqual([1, 2]);
    clock.time += 60_000;
    expect(await cost(0)).toEqual([1, 1]);
    expect(await cost(1, 3)).toEqual([3, 4]);
  });

  test('are three at most for a bucket, whatever comes in between', async () => {
    const { table, all, cost } = callers(BUCKET, 1);
    await cost(0);
    clock.time += 500;
    // It guesses that the bucket is being filled; it is reset, and then taken from.
    table.before = (sent) => {
      if (sent === 2) {
        table.items.clear();
      } else if (sent === 3) {
        table.items.set('limits:token-bucket:ada', { arrival: clock.time * 1000 + 1_000_000 });
      }
    };
    expect(await all[0]!.take('ada')).toMatchObject({ allowed: true, remaining: 1 });
    expect(table.sent).toHaveLength(4);
  });

  test.each([[BUCKET, 3], [WINDOW, 4]])('end when a count never settles: %j', async (limit, most) => {
    const { table, cost } = callers(limit, 1);
    await cost(0);
    // Somebody puts the item back and forth between what the two forms expect.
    table.before = (sent) => {
      table.items.clear();
      if (sent % 2 === 1) {
        table.items.set(`limits:${limit.algorithm ?? 'token-bucket'}:ada`, { arrival: clock.time * 1000 + 1, start: START, current: 1, previous: 0 });
      }
    };
    const backend = new DynamoDbLimits({ documents: table, tableName: 'limits', clock });
    const logger = new RecordingLogger();
    table.sent.length = 0;
    await limiter(limit, backend, { logger }).take('ada');
    expect(table.sent).toHaveLength(most);
    expect(logger.lines[0]?.fields).toMatchObject({ error: { name: 'UnsettledError' } });
  });

  test('what was changed by hand is seen, whatever was remembered', async () => {
    const bucket = callers(BUCKET, 1);
    await bucket.cost(0);
    bucket.table.items.set('limits:token-bucket:ada', { arrival: (clock.time - 10_000) * 1000 });
    expect(await bucket.all[0]!.take('ada')).toMatchObject({ allowed: true, remaining: 2 });
    const window = callers(WINDOW, 1);
    await window.cost(0);
    window.table.items.set('limits:sliding-window:ada', { start: START, current: 1, previous: 9 });
    expect(await window.all[0]!.take('ada')).toMatchObject({ allowed: false, remaining: 0 });
  });

  test('write what the page says, and an expiry well after what is counted', async () => {
    const { table, cost } = callers(BUCKET, 1);
    const window = callers(WINDOW, 1);
    await cost(0, 2);
    await window.cost(0, 2);
    const margin = 3600;
    expect(Object.fromEntries(table.items)).toEqual({
      'limits:token-bucket:ada': { arrival: START * 1000 + 2_000_000, expiresAt: START / 1000 + 3 + margin },
    });
    expect(Object.fromEntries(window.table.items)).toEqual({
      'limits:sliding-window:ada': { start: START, current: 2, previous: 0, expiresAt: START / 1000 + 20 + margin },
    });
    expect(table.sent[0]).toMatchObject({ TableName: 'limits', Key: { key: 'limits:token-bucket:ada' }, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  });

  test('use the key and the namespace they are told', async () => {
    const table = new FakeNumbersTable();
    const backend = new DynamoDbLimits({ documents: table, tableName: 'shared', keyAttribute: 'pk', namespace: 'api', clock });
    await limiter(BUCKET, backend).take('ada');
    expect(table.sent[0]).toMatchObject({ TableName: 'shared', Key: { pk: 'api:token-bucket:ada' } });
  });
});

describe('a change of the limit', () => {
  test.each(BACKENDS)('applies to what was counted before, in %s', async (_, backend) => {
    const shared = backend();
    expect(allowedOf(await takes(limiter({ ...BUCKET, burst: 8 }, shared), 9))).toBe(8);
    expect(await limiter(BUCKET, shared).take('ada')).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 6 });
    expect(allowedOf(await takes(limiter(WINDOW, shared), 11))).toBe(10);
    expect(await limiter({ ...WINDOW, requests: 4 }, shared).take('ada')).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 17 });
    expect(allowedOf(await takes(limiter({ ...WINDOW, requests: 12 }, shared), 9))).toBe(2);
  });
});

test('what was seen of the keys used last is remembered', () => {
  const seen = new Remembered<number>(2);
  [['a', 1], ['b', 2], ['a', 3], ['c', 4]].forEach(([key, value]) => seen.set(key as string, value as number));
  expect(['a', 'b', 'c'].map((key) => seen.get(key))).toEqual([3, undefined, 4]);
});

describe('memory', () => {
  test.each([BUCKET, WINDOW])('forgets idle keys: %j', async (limit) => {
    const backend = new MemoryLimits({ clock });
    const asked = limiter(limit, backend);
    for (let user = 0; user < 1000; user += 1) {
      await asked.take(`user-${user}`);
    }
    expect(backend.size).toBe(1000);
    clock.time += 30_000;
    await asked.take('ada');
    expect(backend.size).toBe(1);
  });
});

describe('Valkey', () => {
  const client = (answer: () => unknown) => {
    const calls: unknown[][] = [];
    const call: ValkeyClient['call'] = async (...command) => { calls.push(command); return answer(); };
    return { calls, call };
  };

  test('takes one round trip, with one tagged key', async () => {
    const fake = client(() => [1, '1000000', '2000000']);
    const asked = limiter(BUCKET, new ValkeyLimits({ client: fake, namespace: 'api' }));
    expect(await asked.take('ada')).toMatchObject({ allowed: true, remaining: 2, resetSeconds: 1 });
    expect(fake.calls).toEqual([['EVALSHA', expect.any(String), 1, 'api:token-bucket:{ada}', 1_000_000, 3_000_000, 1]]);
    const window = client(() => [0, '5000', '0', '10', '0']);
    expect(await limiter(WINDOW, new ValkeyLimits({ client: window })).take('ada')).toMatchObject({ allowed: false, retryAfterSeconds: 6 });
    expect(window.calls).toEqual([['EVALSHA', expect.any(String), 1, 'limits:sliding-window:{ada}', 10_000, 10, 1]]);
  });
});

describe('a backend that gives no answer', () => {
  const broken = { take: async (): Promise<RateLimitAnswer> => { throw new Error('no connection'); } };
  const hanging = { take: () => new Promise<RateLimitAnswer>(() => undefined) };

  test.each([['open', true, 0], ['closed', false, 1]] as const)('%s', async (whenUnavailable, allowed, retryAfterSeconds) => {
    const events: string[] = [];
    const asked = limiter(BUCKET, broken, { whenUnavailable, count: (event) => void events.push(event) });
    expect(await asked.take('ada')).toEqual({
      allowed, limit: 3, windowSeconds: 10, remaining: 0, retryAfterSeconds, resetSeconds: 0, unavailable: true,
    });
    expect(events).toEqual(['RateLimitUnavailable']);
  });

  test('hangs no caller', async () => {
    const began = performance.now();
    expect(await limiter(BUCKET, hanging, { deadlineMilliseconds: 20 }).take('ada')).toMatchObject({ allowed: false, unavailable: true });
    expect(performance.now() - began).toBeLessThan(400);
  });

  test('is told once, as is that it answers again; takes are counted', async () => {
    const logger = new RecordingLogger();
    const events: string[] = [];
    const memory = new MemoryLimits({ clock });
    let down = true;
    const backend: RateLimitBackend = { take: (...args) => down ? broken.take() : memory.take(...args) };
    const asked = limiter({ ...BUCKET, burst: 1 }, backend, { logger, count: (event) => void events.push(event) });
    await takes(asked, 3);
    down = false;
    await takes(asked, 2);
    expect(logger.lines).toEqual([
      { level: 'warn', message: 'rate limiter unavailable', fields: { whenUnavailable: 'closed', error: { name: 'Error', message: 'no connection' } } },
      { level: 'info', message: 'rate limiter available', fields: {} },
    ]);
    expect(events).toEqual([...Array<string>(3).fill('RateLimitUnavailable'), 'RateLimitAllowed', 'RateLimitDenied']);
  });
});

describe('out of bounds', () => {
  test.each<[Partial<RateLimit>, string]>([
    [{ requests: 0 }, 'requests is 0'], [{ requests: 1.5 }, 'requests is 1.5'], [{ requests: 1_000_001, windowSeconds: 1000 }, 'requests is 1000001'],
    [{ windowSeconds: 0 }, 'windowSeconds is 0'], [{ windowSeconds: 2_592_001 }, 'windowSeconds is 2592001'],
    [{ requests: 10_001, windowSeconds: 1 }, '10001 requests a second'],
    [{ burst: 0 }, 'burst is 0'], [{ requests: 1, windowSeconds: 2_592_000, burst: 13 }, 'takes 33696000 s to come back'],
    [{ algorithm: 'sliding-window' }, 'burst is 3 in a sliding window'], [{ algorithm: 'leaky' as never }, 'algorithm is leaky'],
  ])('%j is refused', (wrong, given) => {
    expect(() => limiter({ ...BUCKET, ...wrong }, new MemoryLimits())).toThrow(RangeError);
    expect(() => limiter({ ...BUCKET, ...wrong }, new MemoryLimits())).toThrow(given);
  });

  test('whenUnavailable must be said', () => {
    expect(() => limiter(BUCKET, new MemoryLimits(), { whenUnavailable: undefined })).toThrow("whenUnavailable is undefined; allowed: 'open' or 'closed'");
  });

  test.each([['', 1], ['ü'.repeat(513), 1], ['ada', 0], ['ada', 4], ['ada', 1.5]])('a take of %p for %p is refused', async (key, cost) => {
    await expect(limiter(BUCKET, new MemoryLimits()).take(key, cost)).rejects.toThrow(RangeError);
  });

  test('a rate that is no whole number of microseconds is rounded down', async () => {
    const asked = limiter({ requests: 7, windowSeconds: 1 }, new MemoryLimits({ clock }));
    expect(await asked.take('ada')).toMatchObject({ resetSeconds: 0.142858 });
  });

  test('the largest limits are exact', async () => {
    const asked = limiter({ requests: 1_000_000, windowSeconds: 100 }, new MemoryLimits({ clock }));
    expect(await asked.take('ada', 999_999)).toMatchObject({ remaining: 1 });
    expect(await takes(asked, 2)).toEqual([true, false]);
    const window = limiter({ requests: 1_000_000, windowSeconds: 2_592_000, algorithm: 'sliding-window' }, new MemoryLimits({ clock }));
    expect(await window.take('ada', 1_000_000)).toMatchObject({ remaining: 0 });
    expect(await takes(window, 1)).toEqual([false]);
  });
});

describe('over HTTP', () => {
  const answer: RateLimitAnswer = {
    allowed: true, limit: 20, windowSeconds: 12, remaining: 7, retryAfterSeconds: 0, resetSeconds: 7.2,
  };

  test('an answer says what is left', () => {
    expect(rateLimitHeaders(answer)).toEqual({ 'ratelimit-policy': '"default";q=20;w=12', ratelimit: '"default";r=7;t=8' });
    expect(rateLimitHeaders({ ...answer, allowed: false, remaining: 0, retryAfterSeconds: 1.01 }, 'per-user')).toEqual({
      'ratelimit-policy': '"per-user";q=20;w=12', ratelimit: '"per-user";r=0;t=8', 'retry-after': '2',
    });
    expect(rateLimitHeaders({ ...answer, unavailable: true })).toEqual({});
  });

  test('a denial is a 429, an unavailable limiter that is closed a 503', () => {
    const denied = rateLimitProblem({ ...answer, allowed: false, retryAfterSeconds: 0.2 });
    expect(denied).toMatchObject({ status: 429, detail: 'Too many requests. Try again in 1 s.', headers: { 'retry-after': '1', ratelimit: expect.any(String) } });
    expect(rateLimitProblem({ ...answer, allowed: false, retryAfterSeconds: 1, unavailable: true }))
      .toMatchObject({ status: 503, detail: 'Requests cannot be counted right now. Try again in 1 s.', headers: { 'retry-after': '1' } });
  });
});

describe('settings', () => {
  test.each([
    ['token-bucket,100,60,20,open,ShopLimit-1', { limit: { algorithm: 'token-bucket', requests: 100, windowSeconds: 60, burst: 20 }, whenUnavailable: 'open', namespace: 'ShopLimit-1' }],
    ['sliding-window,100,60,closed,A', { limit: { algorithm: 'sliding-window', requests: 100, windowSeconds: 60 }, whenUnavailable: 'closed', namespace: 'A' }],
  ])('are read: %s', (value, settings) => {
    expect(rateLimitSettings('LIMIT', { LIMIT_RATE_LIMIT: value })).toEqual(settings);
    expect(() => new RateLimiter({ ...rateLimitSettings('LIMIT', { LIMIT_RATE_LIMIT: value }), backend: new MemoryLimits() })).not.toThrow();
  });

  test.each([undefined, '', 'token-bucket,100,60,open,A', 'sliding-window,100,60,20,open,A', 'sliding-window,100,60,maybe,A', 'x'])('that are %p are missing', (value) => {
    expect(() => rateLimitSettings('LIMIT', { LIMIT_RATE_LIMIT: value })).toThrow(expect.objectContaining({ name: 'MissingSettingError' }));
    expect(() => rateLimitSettings('LIMIT', { LIMIT_RATE_LIMIT: value })).toThrow("compute.use(limiter, access, { name: 'LIMIT' })");
  });
});
