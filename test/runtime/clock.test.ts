import { systemClock } from '../../runtime';
import { DeadlineError, within } from '../../runtime/deadline';
import { runScript } from '../../runtime/valkey';

describe('the clock of this machine', () => {
  test('sleeps, by a clock that only grows', async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(20);
    // Timers of Node.js may fire up to a millisecond early.
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(19);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
  });

  test('wakes up when it is told to, with the reason', async () => {
    const reason = new Error('enough');
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });
});

describe('a deadline', () => {
  test('passes on what comes in time: the answer or the error', async () => {
    await expect(within(1_000, Promise.resolve('answer'))).resolves.toBe('answer');
    await expect(within(1_000, Promise.reject(new TypeError('no')))).rejects.toThrow(TypeError);
  });

  test('leaves no timer behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    await within(60_000, Promise.resolve());
    await within(60_000, Promise.reject(new Error('no'))).catch(() => undefined);
    expect(timers()).toBe(before);
  });

  test('gives up on what does not, and on nobody else when that fails later', async () => {
    let fail!: (error: Error) => void;
    const slow = new Promise<never>((_, reject) => {
      fail = reject;
    });
    await expect(within(10, slow)).rejects.toEqual(new DeadlineError('no answer within 10 ms'));
    // An unhandled rejection would end the test run.
    fail(new Error('too late'));
    await systemClock.sleep(1);
  });
});

describe('a script', () => {
  const addition = 'return ARGV[1] + ARGV[2]';

  test('is run by its hash, in one round trip', async () => {
    const call = jest.fn(async () => 3);
    await expect(runScript({ call }, addition, ['{a}k'], [1, 2])).resolves.toBe(3);
    expect(call.mock.calls).toEqual([['EVALSHA', '53c370cb7894e73f9aaf94627c0506c428b5cc97', 1, '{a}k', 1, 2]]);
  });

  test('is sent to a server that does not know it', async () => {
    const call = jest.fn()
      .mockRejectedValueOnce(new Error('NOSCRIPT No matching script. Please use EVAL.'))
      .mockResolvedValueOnce(3);
    await expect(runScript({ call }, addition, [], [1, 2])).resolves.toBe(3);
    expect(call.mock.calls[1]).toEqual(['EVAL', addition, 0, 1, 2]);
  });

  test('fails with the error of the server', async () => {
    const call = jest.fn().mockRejectedValue(new Error('READONLY You can\'t write against a read only replica.'));
    await expect(runScript({ call }, addition, [], [])).rejects.toThrow('READONLY');
    expect(call).toHaveBeenCalledTimes(1);
  });
});
