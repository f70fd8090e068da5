import {
  DistributedLock, type DistributedLockOptions, DynamoDbLocks, fencedBy, type Lock, LockLostError, LockNotAcquiredError,
  lockProblem, lockSettings, LockUnavailableError, MissingSettingError,
} from '../../runtime';
import { FakeClock } from './fake-clock';
import { RecordingLogger } from './fakes';
import { LocksInMemory } from './locks-in-memory';

function world(options: Partial<DistributedLockOptions> = {}) {
  const clock = new FakeClock();
  const backend = new LocksInMemory(clock);
  const logger = new RecordingLogger();
  return { clock, backend, logger, locks: new DistributedLock({ backend, clock, logger, random: () => 0.5, ...options }) };
}

/** What a promise came to, without waiting for it. */
function watch<Value>(promise: Promise<Value>) {
  const seen: { value?: Value; error?: Error & { cause?: unknown } } = {};
  promise.then((value) => Object.assign(seen, { value }), (error: Error) => Object.assign(seen, { error }));
  return seen;
}

describe('acquiring', () => {
  test('a free lock takes one round trip, releasing it another', async () => {
    const { backend, locks } = world();
    const lock = await locks.acquire('seat-1');
    expect(lock).toMatchObject({ names: ['seat-1'], fence: 1, remainingMilliseconds: 9_500 });
    expect(lock.signal.aborted).toBe(false);
    await lock.release();
    await lock.release();
    expect(backend.calls).toEqual(['acquire', 'release']);
    expect(lock.remainingMilliseconds).toBe(0);
    expect(lock.signal.aborted).toBe(false);
  });

  test('tryAcquire asks once', async () => {
    const { backend, locks } = world();
    await locks.acquire('seat-1');
    await expect(locks.tryAcquire('seat-1')).resolves.toBeUndefined();
    await expect(locks.tryAcquire('seat-2')).resolves.toMatchObject({ fence: 2 });
    expect(backend.calls).toEqual(['acquire', 'acquire', 'acquire']);
  });

  test('several locks are taken at once, sorted, each once', async () => {
    const { backend, locks } = world();
    const lock = await locks.acquireAll(['b', 'a', 'b']);
    expect(lock.names).toEqual(['a', 'b']);
    expect(backend.calls).toEqual(['acquire']);
    await expect(locks.tryAcquire('a')).resolves.toBeUndefined();
  });

  test('waits until the lock is released, in growing pauses', async () => {
    const { clock, locks } = world();
    const holder = await locks.acquire('seat-1');
    const next = watch(locks.acquire('seat-1', { waitMilliseconds: 60_000 }));
    const pauses: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      await clock.pass(0);
      const pause = Math.min(...clock.sleeps);
      pauses.push(pause);
      await clock.pass(pause);
    }
    expect(pauses).toEqual([11, 21, 41, 81, 161, 251, 251]);
    expect(next.value).toBeUndefined();
    await holder.release();
    await clock.pass(251);
    expect(next.value).toMatchObject({ fence: 2 });
  });

  test('outlives a holder that crashed', async () => {
    const { clock, backend, locks } = world({ pollMilliseconds: 60_000, random: () => 0.999 });
    backend.held.set('seat-1', { owner: 'crashed', expiresAt: clock.now() + 9_999 });
    const next = watch(locks.acquire('seat-1'));
    await clock.pass(9_998);
    expect(next.value).toBeUndefined();
    await clock.pass(1);
    expect(next.value).toBeDefined();
  });

  test('gives up after the wait, with a last try at its end', async () => {
    const { clock, backend, locks } = world({ pollMilliseconds: 60_000, random: () => 0.999 });
    backend.held.set('seat-1', { owner: 'other', expiresAt: clock.now() + 30_500 });
    const next = watch(locks.acquire('seat-1', { waitMilliseconds: 3_000 }));
    await clock.pass(2_999);
    const tries = backend.calls.length;
    expect(next.error).toBeUndefined();
    await clock.pass(1);
    expect(backend.calls).toHaveLength(tries + 1);
    expect(next.error).toBeInstanceOf(LockNotAcquiredError);
    expect(next.error).toMatchObject({ names: ['seat-1'], waitedMilliseconds: 3_000, retryAfterSeconds: 28 });
  });

  test('a wait of 0 is one try', async () => {
    const { backend, locks } = world();
    await locks.acquire('seat-1');
    await expect(locks.acquire('seat-1', { waitMilliseconds: 0 })).rejects.toThrow(LockNotAcquiredError);
    expect(backend.calls).toEqual(['acquire', 'acquire']);
  });

  test('ends with the reason of its signal: before, while it waits, and when the lock came meanwhile', async () => {
    const { clock, backend, locks } = world();
    const reason = new Error('the caller has gone');
    await expect(locks.acquire('seat-1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(backend.calls).toEqual([]);

    const holder = await locks.acquire('seat-1');
    const waits = new AbortController();
    const waiting = watch(locks.acquire('seat-1', { signal: waits.signal }));
    await clock.pass(5);
    waits.abort(reason);
    await clock.pass(0);
    expect(waiting.error).toBe(reason);
    await holder.release();

    const late = new AbortController();
    backend.after = () => late.abort(reason);
    await expect(locks.acquire('seat-1', { signal: late.signal })).rejects.toBe(reason);
    expect(backend.held.size).toBe(0);
  });

  test('a backend that cannot be asked is no holder, and what it may have done is undone', async () => {
    const { backend, locks, clock } = world();
    const failure = new Error('connection reset');
    backend.after = (call) => call === 'acquire' && Promise.reject(failure);
    const error: LockUnavailableError = await locks.acquire('seat-1').then(() => Promise.reject(new Error('no')), (thrown) => thrown);
    expect(error).toBeInstanceOf(LockUnavailableError);
    expect(error).toMatchObject({ names: ['seat-1'], cause: failure });
    await clock.pass(0);
    expect(backend.held.size).toBe(0);
  });

  test('an answer that comes when the lease is nearly over is no lock', async () => {
    const { clock, backend, locks } = world();
    backend.after = (call) => call === 'acquire' && backend.calls.length === 1 && clock.standStill(9_500);
    const late = watch(locks.acquire('seat-1'));
    await clock.pass(0);
    await clock.pass(0);
    await clock.pass(11);
    expect(backend.calls).toEqual(['acquire', 'release', 'acquire']);
    expect(late.value).toMatchObject({ fence: 2, remainingMilliseconds: 9_500 });
  });

  test.each([
    ['no name', []], ['an empty name', ['']], ['a long name', ['x'.repeat(1025)]], ['101 names', Array.from({ length: 101 }, (_, i) => `n${i}`)],
  ])('%s is refused', async (_, names) => {
    const { locks } = world();
    await expect(async () => locks.acquireAll(names)).rejects.toThrow(RangeError);
  });

  test.each<Partial<DistributedLockOptions>>([
    { leaseMilliseconds: 99 }, { leaseMilliseconds: NaN }, { heartbeatMilliseconds: 9_500 }, { heartbeatMilliseconds: 0 },
    { clockToleranceMilliseconds: -1 }, { clockToleranceMilliseconds: 7_000 }, { pollMilliseconds: 0 },
  ])('%j is refused', (options) => {
    expect(() => world(options)).toThrow(RangeError);
  });

  test.each([[1_000, 900], [10_000, 9_500], [900_000, 890_998]])('of a lease of %d ms, %d ms are relied on', async (leaseMilliseconds, relied) => {
    const { locks } = world({ leaseMilliseconds });
    expect((await locks.acquire('seat-1')).remainingMilliseconds).toBe(relied);
  });
});

describe('holding', () => {
  test('renews every third of the lease, one round trip each, for as long as it takes', async () => {
    const { clock, backend, locks } = world({ leaseMilliseconds: 9_000 });
    const lock = await locks.acquire('seat-1');
    await clock.pass(90_000);
    expect(backend.calls.filter((call) => call === 'renew')).toHaveLength(30);
    expect(lock.signal.aborted).toBe(false);
    await lock.release();
    expect(clock.sleeps).toEqual([]);
    await clock.pass(90_000);
    expect(backend.calls.at(-1)).toBe('release');
  });

  test('a renewal that failed is tried again; the lock lasts', async () => {
    const { clock, backend, locks, logger } = world({ leaseMilliseconds: 12_000 });
    const lock = await locks.acquire('seat-1');
    let failures = 0;
    backend.before = () => failures++ < 3 && Promise.reject(new Error('throttled'));
    await clock.pass(4_000 + 3_000);
    expect(backend.calls).toEqual(['acquire', 'renew', 'renew', 'renew', 'renew']);
    expect(lock.signal.aborted).toBe(false);
    expect(lock.remainingMilliseconds).toBe(11_500);
    expect(logger.lines.map(({ level, message }) => [level, message])).toEqual(Array(3).fill(['warn', 'lock not renewed, will try again']));
  });

  test.each([
    ['succeeds', () => undefined],
    ['fails', () => Promise.reject(new Error('throttled'))],
  ])('released while a renewal is under way that %s, it beats no more, and nobody is warned', async (_, outcome) => {
    const { clock, backend, locks, logger } = world();
    const lock = await locks.acquire('seat-1');
    // After it took effect, and before its answer is there.
    backend.after = async (call) => {
      if (call === 'renew') {
        await lock.release();
        await outcome();
      }
    };
    await clock.pass(4_000);
    expect(backend.calls).toEqual(['acquire', 'renew', 'release']);
    expect(clock.sleeps).toEqual([]);
    expect(logger.lines).toEqual([]);
  });

  test('is lost before its lease ends when no renewal succeeds', async () => {
    const { clock, backend, locks, logger } = world();
    const lock = await locks.acquire('seat-1');
    const failure = new Error('no route');
    backend.before = () => Promise.reject(failure);
    await clock.pass(9_499);
    expect(lock.signal.aborted).toBe(false);
    await clock.pass(1);
    expect(lock.signal.reason).toBeInstanceOf(LockLostError);
    expect(lock.signal.reason).toMatchObject({ names: ['seat-1'], fence: 1, why: 'its lease ran out', cause: failure });
    // Nobody else can have it yet.
    expect(backend.held.get('seat-1')!.expiresAt - clock.now()).toBe(500);
    expect(logger.lines.at(-1)).toMatchObject({ level: 'error', message: 'lock lost' });
    const { length } = backend.calls;
    await clock.pass(60_000);
    expect(backend.calls).toHaveLength(length);
  });

  test('the lease counts from when the request was sent, not from its answer', async () => {
    const { clock, backend, locks } = world();
    backend.after = (call) => call === 'acquire' && clock.standStill(3_000);
    const lock = await locks.acquire('seat-1');
    expect(lock.remainingMilliseconds).toBe(6_500);
    backend.after = (call) => call === 'renew' && clock.standStill(2_000);
    await clock.pass(3_334);
    expect(backend.calls).toEqual(['acquire', 'renew']);
    await clock.pass(10);
    expect(lock.remainingMilliseconds).toBeGreaterThan(7_400);
    expect(lock.remainingMilliseconds).toBeLessThan(7_500);
  });

  test('is lost at once when somebody else has it', async () => {
    const { clock, backend, locks } = world();
    const lock = await locks.acquire('seat-1');
    backend.held.set('seat-1', { owner: 'other', expiresAt: Infinity });
    await clock.pass(3_334);
    expect(lock.signal.reason).toMatchObject({ name: 'LockLostError', why: 'somebody else has taken it' });
  });

  test('a process that stood still learns it when it wakes, and does not ask the backend first', async () => {
    const { clock, backend, locks } = world();
    const lock = await locks.acquire('seat-1');
    await clock.standStill(9_500);
    expect(lock.signal.reason).toBeInstanceOf(LockLostError);
    expect(backend.calls).toEqual(['acquire']);
  });

  test('a machine that was frozen, its monotonic clock with it, relies on the lock no longer', async () => {
    const { clock, locks } = world();
    const lock = await locks.acquire('seat-1');
    await clock.freeze(9_500);
    expect(lock.remainingMilliseconds).toBe(0);
    await clock.pass(3_334);
    expect(lock.signal.aborted).toBe(true);
  });

  test('a time of day that is set back does not make it last', async () => {
    const { clock, backend, locks } = world();
    const lock = await locks.acquire('seat-1');
    backend.before = () => Promise.reject(new Error('no route'));
    clock.skew = -3_600_000;
    await clock.pass(9_500);
    expect(lock.signal.aborted).toBe(true);
  });

  test('released while a renewal is under way, it is not lost', async () => {
    const { clock, backend, locks } = world();
    const lock = await locks.acquire('seat-1');
    backend.before = (call) => call === 'renew' && lock.release();
    await clock.pass(60_000);
    expect(lock.signal.aborted).toBe(false);
    expect(backend.calls).toEqual(['acquire', 'renew', 'release']);
  });

  test('a release that failed is told, and not tried again', async () => {
    const { backend, locks, logger } = world();
    const lock = await locks.acquire('seat-1');
    const failure = new Error('no route');
    backend.before = () => Promise.reject(failure);
    await expect(lock.release()).rejects.toBe(failure);
    await expect(lock[Symbol.asyncDispose]()).resolves.toBeUndefined();
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { names: ['seat-1'], error: { message: 'no route' } } }]);
  });

  test('at the end of a block it is released', async () => {
    const { backend, locks } = world();
    {
      await using lock = await locks.acquire('seat-1');
      expect(backend.held.size).toBe(lock.names.length);
    }
    expect(backend.held.size).toBe(0);
  });
});

describe('withLock', () => {
  test('hands the lock to the task, returns what it returns, releases', async () => {
    const { backend, locks } = world();
    const seen: Lock[] = [];
    await expect(locks.withLock(['b', 'a'], async (lock) => {
      seen.push(lock);
      expect([...backend.held.keys()]).toEqual(['a', 'b']);
      return 'done';
    })).resolves.toBe('done');
    expect(seen).toMatchObject([{ names: ['a', 'b'], fence: 1 }]);
    expect(backend.calls).toEqual(['acquire', 'release']);
    expect(backend.held.size).toBe(0);
  });

  test('a task that fails fails the call with its own error; the lock is released, and a failed release hides nothing', async () => {
    const { backend, locks } = world();
    const failure = new Error('sold out');
    await expect(locks.withLock('seat-1', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(backend.held.size).toBe(0);
    backend.before = (call) => call === 'release' && Promise.reject(new Error('no route'));
    await expect(locks.withLock('seat-1', () => Promise.reject(failure))).rejects.toBe(failure);
  });

  test('a release that fails does not fail a task that is done', async () => {
    const { backend, locks, logger } = world();
    backend.before = (call) => call === 'release' && Promise.reject(new Error('no route'));
    await expect(locks.withLock('seat-1', async () => 'done')).resolves.toBe('done');
    expect(logger.lines).toHaveLength(1);
  });

  test('a lock lost while the task ran is told, though the task returned', async () => {
    const { clock, backend, locks } = world();
    const call = watch(locks.withLock('seat-1', () => clock.sleep(20_000)));
    await clock.pass(0);
    backend.before = (what) => what === 'renew' && Promise.reject(new Error('no route'));
    await clock.pass(20_000);
    expect(call.error).toMatchObject({ name: 'LockLostError', why: 'its lease ran out' });
    expect(backend.calls.at(-1)).toBe('release');
  });

  test('also when the task stood still and no timer could fire', async () => {
    const { clock, locks } = world();
    await expect(locks.withLock('seat-1', async () => {
      await clock.freeze(9_500);
      return 'done';
    })).rejects.toThrow(LockLostError);
  });

  test('a task that stops when the signal says so fails with that; any other error becomes the cause', async () => {
    const { clock, backend, locks } = world();
    const obedient = watch(locks.withLock('a', (lock) => clock.sleep(60_000, lock.signal)));
    const failure = new Error('aborted');
    const other = watch(locks.withLock('b', (lock) => clock.sleep(60_000, lock.signal).catch(() => Promise.reject(failure))));
    await clock.pass(0);
    backend.before = (what) => what === 'renew' && Promise.reject(new Error('no route'));
    await clock.pass(9_500);
    expect(obedient.error).toMatchObject({ name: 'LockLostError', why: 'its lease ran out', cause: { message: 'no route' } });
    expect(other.error).toMatchObject({ name: 'LockLostError', why: 'its lease ran out; its task failed', cause: failure });
  });

  test('a task that releases early is not told of a loss', async () => {
    const { locks } = world();
    await expect(locks.withLock('seat-1', (lock) => lock.release())).resolves.toBeUndefined();
  });
});

describe('locks in DynamoDB', () => {
  const named = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
  const cancelled = (...reasons: object[]) => named('TransactionCanceledException', { CancellationReasons: reasons });
  const CONFLICT = { Code: 'TransactionConflict' };
  const REFUSED = { Code: 'ConditionalCheckFailed' };
  const one = { names: ['a'], owner: 'me', leaseMilliseconds: 10_000 };
  const two = { ...one, names: ['a', 'b'] };

  /** Answers with one after another of these; an error is thrown. */
  function answering(...answers: readonly unknown[]) {
    const clock = new FakeClock();
    const inputs: Record<string, unknown>[] = [];
    const send = jest.fn(async (command: { input: Record<string, unknown> }) => {
      inputs.push(command.input);
      const answer = answers[Math.min(inputs.length, answers.length) - 1];
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    });
    return { clock, inputs, backend: new DynamoDbLocks({ documents: { send: send as never }, tableName: 'locks', clock, random: () => 0.5 }) };
  }

  /** The fences that were proposed, one a transaction. */
  const proposed = (inputs: Record<string, unknown>[]) => inputs.map(({ TransactItems }) =>
    (TransactItems as { Update: { ExpressionAttributeValues: Record<string, unknown> } }[])[0]!.Update.ExpressionAttributeValues[':fence']);

  test('one is taken by one conditional update', async () => {
    const { backend, inputs, clock } = answering({ Attributes: { fence: 7 } });
    await expect(backend.acquire(one)).resolves.toEqual({ fence: 7 });
    expect(inputs).toEqual([{
      TableName: 'locks',
      Key: { name: 'a' },
      UpdateExpression: 'SET #fence = if_not_exists(#fence, :now) + :one, #owner = :owner, #expiresAt = :expiresAt, #ttl = :ttl',
      ConditionExpression: 'attribute_not_exists(#owner) OR #expiresAt <= :now OR #owner = :owner',
      ExpressionAttributeNames: { '#fence': 'fence', '#owner': 'owner', '#expiresAt': 'expiresAt', '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':owner': 'me', ':now': clock.now(), ':expiresAt': clock.now() + 10_000, ':ttl': clock.now() / 1000 + 10 + 2_592_000, ':one': 1,
      },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }]);
  });

  test.each([
    ['one', one, named('TransactionConflictException')], ['several', two, cancelled({ Code: 'None' }, CONFLICT)],
  ])('%s: a transaction under way is somebody in the way, nobody knows for how long', async (_, claim, error) => {
    const { backend, inputs } = answering(error);
    await expect(backend.acquire(claim)).resolves.toEqual({});
    expect(inputs).toHaveLength(1);
  });

  test('several: the longest of the leases in the way counts, and not what is mine or over', async () => {
    const { backend, clock } = answering(cancelled(
      { ...REFUSED, Item: { owner: { S: 'x' }, fence: { N: '1' }, expiresAt: { N: '1800000000500' } } },
      { ...REFUSED, Item: { owner: { S: 'y' }, fence: { N: '1' }, expiresAt: { N: '1800000000700' } } },
      { ...REFUSED, Item: { owner: { S: 'me' }, fence: { N: '1' }, expiresAt: { N: '1800000000900' } } },
    ));
    expect(clock.now()).toBe(1_800_000_000_000);
    await expect(backend.acquire(two)).resolves.toEqual({ heldForMilliseconds: 700 });
  });

  test('several: a fence that is too small is proposed anew, above the greatest, and not for ever', async () => {
    const ahead = cancelled(
      { ...REFUSED, Item: { fence: { N: '1800000000100' } } },
      { ...REFUSED, Item: { owner: { S: 'x' }, fence: { N: '1800000000200' }, expiresAt: { N: '1799999999999' } } },
    );
    const { backend, inputs, clock } = answering(ahead, {});
    await expect(backend.acquire(two)).resolves.toEqual({ fence: 1_800_000_000_201 });
    expect(proposed(inputs)).toEqual([clock.now(), 1_800_000_000_201]);
    const never = answering(ahead);
    await expect(never.backend.acquire(two)).resolves.toEqual({});
    expect(never.inputs).toHaveLength(5);
  });

  test.each([
    ['of one', one, named('AccessDeniedException')], ['of several', two, named('AccessDeniedException')],
    ['of a part', two, cancelled({ Code: 'None' }, { Code: 'ThrottlingError' })],
  ])('an error %s is the caller\'s', async (_, claim, error) => {
    for (const call of ['acquire', 'renew', 'release'] as const) {
      await expect(answering(error).backend[call](claim)).rejects.toBe(error);
    }
  });

  test.each([['one', one, named('TransactionConflictException')], ['several', two, cancelled(CONFLICT, { Code: 'None' })]])(
    'what %s hold is renewed and released although a contender\'s transaction is under way', async (_, claim, error) => {
      const { backend, inputs, clock } = answering(error, error, {});
      const renewed = watch(backend.renew(claim));
      await clock.pass(11 + 21);
      expect(renewed.value).toBe(true);
      expect(inputs).toHaveLength(3);

      const busy = answering(error);
      const released = watch(busy.backend.release(claim));
      await busy.clock.pass(10_000);
      expect(released.error).toBe(error);
      expect(busy.inputs).toHaveLength(10);
    },
  );

  test.each([['one', one, named('ConditionalCheckFailedException')], ['several', two, cancelled(REFUSED, { Code: 'None' })]])(
    '%s that are somebody else\'s are neither renewed nor released', async (_, claim, error) => {
      await expect(answering(error).backend.renew(claim)).resolves.toBe(false);
      await expect(answering(error).backend.release(claim)).resolves.toBeUndefined();
    },
  );
});

describe('random schedules', () => {
  test('never two holders of a name, never a deadlock, and fences that grow', async () => {
    // A generator of its own, so that a failure can be repeated: mulberry32.
    let seed = 42;
    const random = () => {
      seed = seed + 0x6D2B79F5 | 0;
      let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed);
      mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
      return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
    };
    const { clock, backend, locks } = world({ random });
    const inside = new Map<string, number>();
    const fences = new Map<string, number>();
    let entered = 0;
    backend.before = () => clock.sleep(random() * 5);
    backend.after = (call) => call !== 'release' && random() < 0.02 ? Promise.reject(new Error('lost on the way')) : clock.sleep(random() * 5);
    const contender = async () => {
      for (let round = 0; round < 20; round += 1) {
        const names = ['a', 'b', 'c', 'd', 'e'].filter(() => random() < 0.5);
        await locks.withLock(names.length > 0 ? names : 'a', async (lock) => {
          for (const name of lock.names) {
            expect(inside.get(name)).toBeUndefined();
            expect(lock.fence).toBeGreaterThan(fences.get(name) ?? 0);
            inside.set(name, lock.fence);
            fences.set(name, lock.fence);
          }
          await clock.sleep(random() * 50);
          lock.names.forEach((name) => inside.delete(name));
          entered += 1;
        }, { waitMilliseconds: 600_000 }).catch((error: unknown) => expect(error).toBeInstanceOf(LockUnavailableError));
      }
    };
    let done = false;
    const all = Promise.all(Array.from({ length: 10 }, contender)).then(() => {
      done = true;
    });
    for (let second = 0; second < 600 && !done; second += 1) {
      await clock.pass(1_000);
    }
    expect(done).toBe(true);
    await all;
    expect(entered).toBeGreaterThan(150);
  });
});

describe('what surrounds a lock', () => {
  test('a fence as parts of an expression', () => {
    expect(fencedBy(7)).toEqual({
      condition: '(attribute_not_exists(#fence) OR #fence <= :fence)', set: '#fence = :fence',
      names: { '#fence': 'fence' }, values: { ':fence': 7 },
    });
    expect(fencedBy(7, 'lockFence').names).toEqual({ '#fence': 'lockFence' });
  });

  test('an HTTP caller is told when to come back, and nothing of the inside', () => {
    expect(lockProblem(new LockNotAcquiredError(['seat-1'], 3_000, 7))).toMatchObject({ status: 409, headers: { 'retry-after': '7' } });
    for (const error of [new LockLostError(['seat-1'], 1, 'x'), new LockUnavailableError(['seat-1'], { cause: new Error('secret') })]) {
      const problem = lockProblem(error);
      expect(problem).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
      expect(JSON.stringify(problem)).not.toMatch(/seat-1|secret/);
    }
  });

  test('settings are read as the construct sets them', () => {
    expect(lockSettings('LOCKS', { LOCKS_LOCK: '10000' })).toEqual({ leaseMilliseconds: 10_000, nodes: 1 });
    expect(lockSettings('LOCKS', { LOCKS_LOCK: '900000,3' })).toEqual({ leaseMilliseconds: 900_000, nodes: 3 });
    expect(() => lockSettings('LOCKS', {})).toThrow(MissingSettingError);
    expect(() => lockSettings('LOCKS', { LOCKS_LOCK: '10 s' })).toThrow("LOCKS_LOCK is '10 s'");
  });

  test('messages name the locks', () => {
    expect(new LockNotAcquiredError(['a', 'b'], 12.3, 1).message).toBe("'a', 'b' not acquired within 12 ms: held by somebody else");
    expect(new LockLostError(['a'], 5, 'its lease ran out').message).toBe("'a' lost (fence 5): its lease ran out");
  });
});
