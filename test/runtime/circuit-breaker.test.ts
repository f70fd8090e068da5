import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import {
  CircuitBreaker, type CircuitBreakerOptions, circuitBreakerSettings, CircuitOpenError, circuitProblem, type CircuitStore,
  CircuitTimeoutError, isDependencyFailure, MemoryCircuits,
} from '../../runtime/circuit-breaker';
import { commands, Model, Real } from './circuit-breaker-model';
import { FakeClock } from './fake-clock';
import { RecordingLogger } from './fakes';

const outage = Object.assign(new Error('connection refused'), { name: 'OutageError' });
const fail = async () => { throw outage; };
const answer = async () => 'answer';
const hang = () => new Promise<never>(() => undefined);
const ignored = () => undefined;
const settled = () => new Promise<void>((resolve) => { setImmediate(resolve); });

function breakerWith(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new FakeClock();
  const events: string[] = [];
  const store = new MemoryCircuits({ clock });
  const make = (more: Partial<CircuitBreakerOptions> = {}) => new CircuitBreaker({
    dependency: 'payments', minimumCalls: 4, clock, random: () => 0, store, count: (event) => events.push(event), ...options, ...more,
  });
  return { clock, events, store, make, breaker: make() };
}

const times = async (count: number, act: () => Promise<unknown>) => {
  for (let time = 0; time < count; time += 1) {
    await act();
  }
};
const failing = (breaker: CircuitBreaker, count = 4) => times(count, () => breaker.run(fail).catch(ignored));

test('it does what the reference does, whatever happens in whatever order', async () => {
  await fc.assert(fc.asyncProperty(commands, async (each) => {
    await fc.asyncModelRun(() => ({ model: new Model(), real: new Real() }), each);
  }), { numRuns: 300, seed: 161 });
}, 60_000);

describe('a closed circuit', () => {
  test('opens at the share of failures, not before the minimum of calls', async () => {
    const { breaker, events } = breakerWith();
    await times(2, () => breaker.run(answer));
    await failing(breaker, 1);
    expect(breaker.status).toBe('closed');
    await failing(breaker, 1);
    expect(breaker.status).toBe('open');
    expect(events).toEqual(['circuitOpened']);
  });

  test('opens by what all processes see together, be it one call each', async () => {
    const { make, breaker } = breakerWith();
    const others = Array.from({ length: 3 }, () => make());
    for (const one of [breaker, ...others]) {
      await failing(one, 1);
      await one.sync();
    }
    await Promise.all(others.map((other) => other.sync()));
    expect(others.map(({ status }) => status)).toEqual(['open', 'open', 'open']);
  });

  test('opens with an error of its own time, not with one of long ago', async () => {
    const { make, breaker, clock } = breakerWith();
    await breaker.run(() => Promise.reject(new TypeError('long ago'))).catch(ignored);
    await clock.pass(60_000);
    await breaker.run(answer);
    const other = make();
    await other.sync();
    await failing(other, 3);
    await clock.pass(1000);
    await other.sync();
    await breaker.sync();
    await expect(breaker.run(answer)).rejects.toMatchObject({ cause: { message: '3 of 4 calls failed, of other processes' } });
  });

  test('is not judged by calls from before a freeze', async () => {
    const { breaker, clock, make } = breakerWith();
    await breaker.sync();
    await failing(breaker, 3);
    await clock.freeze(3_600_000);
    await breaker.sync();
    const other = make();
    await failing(other, 1);
    await other.sync();
    expect(other.status).toBe('closed');
    await failing(breaker, 3);
    await breaker.sync();
    expect(breaker.status).toBe('open');
  });

  test('stays closed, also for the one process that is sick, while the others are well', async () => {
    const { make, breaker, clock } = breakerWith();
    const well = make();
    await times(30, async () => {
      await times(10, () => well.run(answer));
      await failing(breaker, 2);
      await clock.pass(1000);
    });
    expect([well.status, breaker.status]).toEqual(['closed', 'closed']);
  });

  test('waits for no store', async () => {
    const store: CircuitStore = { report: hang, replace: hang };
    const { breaker } = breakerWith({ store, storeMilliseconds: 20 });
    await expect(Promise.all(Array.from({ length: 100 }, () => breaker.run(answer)))).resolves.toHaveLength(100);
    await breaker.sync();
  });

  test('asks the store once in an interval, however many calls there are', async () => {
    const { breaker, store, clock } = breakerWith();
    const report = jest.spyOn(store, 'report');
    const replace = jest.spyOn(store, 'replace');
    await times(10, async () => {
      await times(50, () => breaker.run(answer));
      await clock.pass(500);
    });
    expect(report).toHaveBeenCalledTimes(5);
    expect(replace).not.toHaveBeenCalled();
    expect(report.mock.calls.reduce((sum, [, { calls }]) => sum + calls, 0)).toBeGreaterThanOrEqual(400);
  });

  test('passes errors of the task on as they are, and takes answers that blame the caller for answers', async () => {
    const { breaker } = breakerWith();
    const missing = Object.assign(new Error('missing'), { statusCode: 404 });
    await times(9, async () => expect(breaker.run(async () => { throw missing; })).rejects.toBe(missing));
    expect(breaker.status).toBe('closed');
    await times(3, async () => expect(breaker.run(fail)).rejects.toBe(outage));
  });

  test('lets the caller say what a failure is', async () => {
    const { breaker } = breakerWith({ isFailure: (error) => error !== outage });
    await failing(breaker, 10);
    expect(breaker.status).toBe('closed');
  });

  test('counts a call that takes too long as failed, and aborts it', async () => {
    const { breaker, clock, events } = breakerWith({ minimumCalls: 1, timeoutMilliseconds: 100 });
    let given!: AbortSignal;
    const call = breaker.run((signal) => {
      given = signal;
      return hang();
    });
    const rejected = expect(call).rejects.toEqual(new CircuitTimeoutError('payments', 100));
    await clock.pass(100);
    await rejected;
    expect(given.reason).toBeInstanceOf(CircuitTimeoutError);
    expect(breaker.status).toBe('open');
    expect(events).toEqual(['callTimedOut', 'circuitOpened']);
  });

  test('leaves neither a timer nor a listener behind', async () => {
    const { breaker, clock } = breakerWith();
    const { signal } = new AbortController();
    await breaker.run(answer, { signal });
    await expect(breaker.run(() => Promise.reject(outage), { signal })).rejects.toBe(outage);
    expect(clock.sleeps).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('does not count a call that began before it opened', async () => {
    const { breaker, clock } = breakerWith({ minimumCalls: 1, probes: 1, timeoutMilliseconds: 60_000 });
    let end!: (error: Error) => void;
    const old = breaker.run(() => new Promise<never>((_, reject) => { end = reject; }));
    await failing(breaker, 1);
    await clock.pass(5000);
    await breaker.run(answer);
    end(outage);
    await expect(old).rejects.toBe(outage);
    expect(breaker.status).toBe('closed');
  });

  test('does not count a call that the caller gave up', async () => {
    const { breaker } = breakerWith({ minimumCalls: 1 });
    const controller = new AbortController();
    const reason = new Error('enough');
    let given!: AbortSignal;
    const task = (signal: AbortSignal) => {
      given = signal;
      return hang();
    };
    const call = breaker.run(task, { signal: controller.signal, fallback: () => 'degraded' });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(given.reason).toBe(reason);
    await expect(breaker.run(answer, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(breaker.status).toBe('closed');
  });

  test('keeps a task that throws at once, or nothing at all, in order', async () => {
    const { breaker } = breakerWith();
    await expect(breaker.run(() => { throw outage; })).rejects.toBe(outage);
    await expect(breaker.run(() => Promise.reject())).rejects.toBeUndefined();
    await failing(breaker, 2);
    expect(breaker.status).toBe('open');
  });
});

describe('an open circuit', () => {
  test('rejects with the error that opened it and when to come back, and asks nobody', async () => {
    const { breaker, store, clock, events } = breakerWith();
    await failing(breaker);
    const report = jest.spyOn(store, 'report');
    const task = jest.fn(answer);
    await clock.pass(1500);
    const error = await breaker.run(task).catch((thrown: unknown) => thrown) as CircuitOpenError;
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({
      dependency: 'payments', retryAfterSeconds: 4, cause: { name: 'OutageError', message: 'connection refused' },
    });
    expect(task).not.toHaveBeenCalled();
    expect(report).not.toHaveBeenCalled();
    expect(events).toEqual(['circuitOpened', 'callRejected']);
    expect(circuitProblem(error)).toMatchObject({ status: 503, headers: { 'retry-after': '4' } });
  });

  test('is known to another process after its next sync; one that starts can ask first', async () => {
    const { breaker, make, clock } = breakerWith();
    const other = make();
    await other.run(answer);
    await failing(breaker);
    expect(other.status).toBe('closed');
    await clock.pass(1000);
    await other.run(answer);
    await settled();
    expect(other.status).toBe('open');
    const third = make();
    await third.sync();
    expect(third.status).toBe('open');
  });

  test('stays open longer each time, up to a limit, and a fifth shorter at most by chance', async () => {
    const { breaker, clock } = breakerWith({ openMilliseconds: 1000, maxOpenMilliseconds: 3000, probes: 1 });
    await failing(breaker);
    const waits: number[] = [];
    for (let trip = 0; trip < 4; trip += 1) {
      let wait = 0;
      for (; breaker.status === 'open'; wait += 100) {
        await clock.pass(100);
      }
      waits.push(wait);
      await failing(breaker, 1);
    }
    expect(waits).toEqual([1000, 2000, 3000, 3000]);
    const lucky = breakerWith({ openMilliseconds: 1000, random: () => 0.999 });
    await failing(lucky.breaker);
    await lucky.clock.pass(801);
    expect(lucky.breaker.status).toBe('half-open');
  });

  test('does not wait longer than it was opened for when the clock of the store is far ahead', async () => {
    const { store, clock, make } = breakerWith();
    store.seed('payments', {
      revision: 1,
      opening: { until: clock.now() + 3_600_000, milliseconds: 2000, trips: 1, cause: outage, probing: {}, succeeded: 0 },
    });
    const breaker = make();
    await breaker.sync();
    await clock.pass(1999);
    expect(breaker.status).toBe('open');
    await clock.pass(1);
    expect(breaker.status).toBe('half-open');
  });
});

describe('a half-open circuit', () => {
  const halfOpen = async (options?: Partial<CircuitBreakerOptions>) => {
    const all = breakerWith(options);
    await failing(all.breaker);
    await all.clock.pass(5000);
    return all;
  };

  test('lets so many probes through over all processes, and closes when all succeed', async () => {
    const { make, events } = await halfOpen({ probes: 3 });
    let finish!: () => void;
    const done = new Promise<void>((resolve) => { finish = resolve; });
    const breakers = await Promise.all(Array.from({ length: 4 }, async () => {
      const breaker = make();
      await breaker.sync();
      return breaker;
    }));
    const calls = Promise.allSettled(breakers.flatMap((breaker) => Array.from({ length: 25 }, () => breaker.run(() => done))));
    await settled();
    finish();
    const results = await calls;
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(events.filter((event) => event !== 'callRejected')).toEqual(['circuitOpened', 'circuitHalfOpened', 'circuitClosed']);
    await Promise.all(breakers.map((breaker) => breaker.sync()));
    expect(breakers.map(({ status }) => status)).toEqual(['closed', 'closed', 'closed', 'closed']);
  });

  test('opens again when a probe fails, whatever the other probes say', async () => {
    const { breaker, events } = await halfOpen({ probes: 2 });
    await breaker.run(answer);
    await failing(breaker, 1);
    expect(breaker.status).toBe('open');
    expect(events.filter((event) => event === 'circuitOpened')).toHaveLength(2);
  });

  test('gives the place of a probe that was given up to the next', async () => {
    const { breaker } = await halfOpen({ probes: 1 });
    const controller = new AbortController();
    const call = breaker.run(hang, { signal: controller.signal });
    await settled();
    await expect(breaker.run(answer)).rejects.toThrow(CircuitOpenError);
    controller.abort();
    await expect(call).rejects.toThrow('abort');
    await expect(breaker.run(answer)).resolves.toBe('answer');
    expect(breaker.status).toBe('closed');
  });

  test('does not begin a probe whose caller gave up while the claim was made, and gives its place back', async () => {
    const { breaker, store } = await halfOpen({ probes: 1 });
    const controller = new AbortController();
    const replace = store.replace.bind(store);
    jest.spyOn(store, 'replace').mockImplementationOnce(async (...all) => {
      controller.abort();
      return replace(...all);
    });
    const task = jest.fn(hang);
    await expect(breaker.run(task, { signal: controller.signal })).rejects.toThrow('abort');
    expect(task).not.toHaveBeenCalled();
    await expect(breaker.run(answer)).resolves.toBe('answer');
  });

  test('gives the place of a probe that crashed to another once its claim has expired', async () => {
    const { breaker, store, clock } = await halfOpen({ probes: 1, timeoutMilliseconds: 2000 });
    const replace = jest.spyOn(store, 'replace');
    void breaker.run(hang).catch(ignored);
    await settled();
    // As if the process had gone: what it would still write does not arrive.
    replace.mockImplementation(hang);
    const { make } = { make: () => new CircuitBreaker({ dependency: 'payments', probes: 1, timeoutMilliseconds: 2000, clock, store }) };
    const other = make();
    await other.sync();
    await expect(other.run(answer)).rejects.toThrow(CircuitOpenError);
    await clock.pass(5001);
    replace.mockRestore();
    await expect(other.run(answer)).resolves.toBe('answer');
    expect(other.status).toBe('closed');
  });

  test('costs a probe two round trips, and a call that is no probe none', async () => {
    const { breaker, store } = await halfOpen({ probes: 1 });
    await breaker.sync();
    const report = jest.spyOn(store, 'report');
    const replace = jest.spyOn(store, 'replace');
    let finish!: () => void;
    const probe = breaker.run(() => new Promise<void>((resolve) => { finish = resolve; }));
    await settled();
    await expect(breaker.run(answer)).rejects.toThrow(CircuitOpenError);
    finish();
    await probe;
    expect([report.mock.calls.length, replace.mock.calls.length]).toEqual([0, 2]);
  });
});

describe('a fallback', () => {
  test('answers for a call that failed or was rejected, and gets the error', async () => {
    const { breaker } = breakerWith();
    const errors: unknown[] = [];
    const fallback = (error: unknown) => {
      errors.push(error);
      return 'degraded';
    };
    await times(5, async () => expect(breaker.run<string>(fail, { fallback })).resolves.toBe('degraded'));
    expect(errors.slice(0, 4)).toEqual([outage, outage, outage, outage]);
    expect(errors[4]).toBeInstanceOf(CircuitOpenError);
  });

  test('does not answer for an answer that blames the caller', async () => {
    const { breaker } = breakerWith();
    const missing = Object.assign(new Error('missing'), { status: 404 });
    await expect(breaker.run(() => Promise.reject(missing), { fallback: () => 'degraded' })).rejects.toBe(missing);
  });

  test('that fails too has the first error as the last of its causes', async () => {
    const { breaker } = breakerWith({ minimumCalls: 100 });
    const inner = new Error('no cache');
    const second = new Error('no degraded answer', { cause: inner });
    await expect(breaker.run(fail, { fallback: () => { throw second; } })).rejects.toBe(second);
    expect(inner.cause).toBe(outage);
    await expect(breaker.run(fail, { fallback: (error) => { throw error; } })).rejects.toBe(outage);
    expect(outage.cause).toBeUndefined();
    const frozen = Object.freeze(new Error('frozen'));
    await expect(breaker.run(fail, { fallback: () => { throw frozen; } })).rejects.toMatchObject({ message: 'frozen', cause: outage });
  });
});

describe('a store', () => {
  const away: CircuitStore = {
    report: () => Promise.reject(new Error('no connection')), replace: () => Promise.reject(new Error('no connection')),
  };

  test('that is away leaves the process to itself, and is counted', async () => {
    const logger = new RecordingLogger();
    const { breaker, clock, events } = breakerWith({ store: away, probes: 1, logger });
    await failing(breaker);
    expect(breaker.status).toBe('open');
    await clock.pass(5000);
    await expect(breaker.run(answer)).resolves.toBe('answer');
    expect(breaker.status).toBe('closed');
    expect(events).toContain('circuitStoreFailed');
    expect(logger.lines[0]).toEqual({
      level: 'warn', message: 'circuit store failed',
      fields: { dependency: 'payments', error: { name: 'Error', message: 'no connection' } },
    });
    expect(events.filter((event) => event !== 'circuitStoreFailed')).toEqual(['circuitOpened', 'circuitHalfOpened', 'circuitClosed']);
  });

  test('that hangs costs the call that opens the circuit its deadline, and no other call anything', async () => {
    const { breaker } = breakerWith({ store: { report: hang, replace: hang }, storeMilliseconds: 200 });
    const before = performance.now();
    await failing(breaker, 3);
    expect(performance.now() - before).toBeLessThan(150);
    await failing(breaker, 1);
    expect(breaker.status).toBe('open');
  });

  test('that is back is right again', async () => {
    const { breaker, store, clock } = breakerWith();
    await breaker.sync();
    const broken = jest.spyOn(store, 'report').mockRejectedValue(new Error('no connection'));
    await failing(breaker);
    expect(breaker.status).toBe('open');
    broken.mockRestore();
    await clock.pass(5000);
    await breaker.sync();
    expect(breaker.status).toBe('closed');
  });

  test('that lost everything closes the circuit', async () => {
    const { make, breaker, clock } = breakerWith();
    await failing(breaker);
    const emptied = new MemoryCircuits({ clock });
    const other = make({ store: { report: (...all) => emptied.report(...all), replace: (...all) => emptied.replace(...all) } });
    Object.assign(other, { circuit: Object.assign(Reflect.get(other, 'circuit') as object, { known: { revision: 7 } }) });
    await other.sync();
    expect(other.status).toBe('closed');
    await failing(other);
    expect(other.status).toBe('open');
  });

  test('holds counts of the window and of this state only', async () => {
    const { breaker, store, clock } = breakerWith();
    await times(40, async () => {
      await breaker.run(answer);
      await clock.pass(1000);
    });
    const fields = Object.keys((Reflect.get(store, 'circuits') as Map<string, object>).get('payments')!);
    expect(fields.length).toBeLessThanOrEqual(2 * 12);
  });
});

describe('what a failure is', () => {
  test.each([
    [new Error('x'), true],
    [{ status: 500 }, true],
    [{ statusCode: 404 }, false],
    [{ response: { status: 422 } }, false],
    [{ status: 408 }, true],
    [{ status: 429 }, true],
    [{ name: 'ConditionalCheckFailedException', $metadata: { httpStatusCode: 400 } }, false],
    [{ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }, true],
    [{ name: 'SlowAws', $retryable: { throttling: true }, $metadata: { httpStatusCode: 400 } }, true],
    [undefined, true],
    ['text', true],
  ])('%j: %s', (error, failure) => {
    expect(isDependencyFailure(error)).toBe(failure);
  });
});

describe('settings', () => {
  test('are read as wiring writes them', () => {
    expect(circuitBreakerSettings('PAYMENTS', { PAYMENTS_CIRCUIT_BREAKER: 'psp,0.5,10,10000,5000,60000,3,10000,1000' })).toEqual({
      dependency: 'psp', failureThreshold: 0.5, minimumCalls: 10, windowMilliseconds: 10_000, openMilliseconds: 5000,
      maxOpenMilliseconds: 60_000, probes: 3, timeoutMilliseconds: 10_000, syncMilliseconds: 1000,
    });
  });

  test.each([undefined, '', 'psp', 'psp,0.5', 'psp,0.5,10,10000,5000,60000,3,10000,x', ',0.5,10,10000,5000,60000,3,10000,1000'])('%s is refused', (value) => {
    expect(() => circuitBreakerSettings('PAYMENTS', { PAYMENTS_CIRCUIT_BREAKER: value })).toThrow(/PAYMENTS_CIRCUIT_BREAKER.*set/);
  });

  test.each([{ failureThreshold: 1.1 }, { failureThreshold: 0 }, { probes: -1 }, { minimumCalls: NaN }])('%j is refused', (policy) => {
    expect(() => new CircuitBreaker({ dependency: 'x', ...policy })).toThrow(RangeError);
  });
});
