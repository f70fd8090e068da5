import { DistributedLock } from '../../runtime/lock';
import { LeaderElection, type LeaderElectionOptions, type Term } from '../../runtime/leader-election';
import { FakeClock } from './fake-clock';
import { RecordingLogger } from './fakes';
import { LocksInMemory } from './locks-in-memory';

const LEASE = 10_000;
const untilOver = ({ signal }: Term) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

/** Candidates for one office, each with what it was told. */
function setUp() {
  const clock = new FakeClock();
  const backend = new LocksInMemory(clock);
  const candidate = ({ onElected = untilOver, ...options }: Partial<LeaderElectionOptions> = {}) => {
    const terms: Term[] = [];
    const counted: string[] = [];
    const errors: unknown[] = [];
    const logger = new RecordingLogger();
    const shutdown = new AbortController();
    const election = new LeaderElection({
      lock: new DistributedLock({ backend, leaseMilliseconds: LEASE, clock, random: () => 0.5 }),
      name: 'compactor',
      onElected: async (term) => {
        terms.push(term);
        await onElected(term);
      },
      onError: (error) => errors.push(error),
      count: (event) => counted.push(event),
      logger, clock, random: () => 0.5,
      ...options,
    });
    let ended = false;
    const running = election.run(shutdown.signal).finally(() => {
      ended = true;
    });
    return { election, terms, counted, errors, logger, running, stop: () => shutdown.abort(new Error('shutting down')), ended: () => ended };
  };
  return { clock, backend, candidate };
}

test('one of the candidates leads, for as long as it lives', async () => {
  const { clock, candidate } = setUp();
  const candidates = [candidate(), candidate(), candidate()];
  await clock.pass(10 * LEASE);
  expect(candidates.map(({ terms }) => terms.length)).toEqual([1, 0, 0]);
  expect(candidates.map(({ election }) => election.term?.number)).toEqual([1, undefined, undefined]);
  expect(candidates[0]!.terms[0]!.remainingMilliseconds).toBeGreaterThan(LEASE / 2);
});

test('a leader that is told to stop resigns, and the next comes at once, with a greater number', async () => {
  const { clock, candidate } = setUp();
  const [first, second] = [candidate(), candidate()];
  await clock.pass(1000);
  const [term] = first.terms;
  first.stop();
  await clock.pass(500);
  expect(term!.signal.reason).toEqual(new Error('shutting down'));
  expect(first.ended()).toBe(true);
  expect(first.election.term).toBeUndefined();
  expect(second.election.term!.number).toBeGreaterThan(term!.number);
  expect(first.errors).toEqual([]);
  expect(first.logger.lines.map(({ message }) => message)).toEqual(['elected', 'term over']);
  second.stop();
  await second.running;
});

test('it leads, renewed, until its work has ended after it was told to stop', async () => {
  const { clock, candidate } = setUp();
  let finish!: () => void;
  const first = candidate({ onElected: () => new Promise<void>((resolve) => {
    finish = resolve;
  }) });
  const second = candidate();
  await clock.pass(1000);
  first.stop();
  await clock.pass(3 * LEASE);
  expect([first.ended(), second.terms.length]).toEqual([false, 0]);
  finish();
  await clock.pass(500);
  expect([first.ended(), second.terms.length]).toEqual([true, 1]);
});

test('a candidate that is told to stop while it waits stops at once', async () => {
  const { clock, candidate } = setUp();
  candidate();
  const waiting = candidate();
  await clock.pass(1000);
  waiting.stop();
  await waiting.running;
  expect([waiting.terms, waiting.errors, waiting.logger.lines]).toEqual([[], [], []]);
});

test('a leader without a way to the backend is deposed before another can be elected, and stands again', async () => {
  const { clock, backend, candidate } = setUp();
  const deposed: number[] = [];
  const leader = candidate({ onDeposed: (term) => {
    deposed.push(clock.now());
    expect(term.signal.reason).toMatchObject({ name: 'LockLostError' });
  } });
  await clock.pass(0);
  const began = clock.now();
  backend.before = () => Promise.reject(new Error('no route'));
  await clock.pass(LEASE);
  const expiresAt = backend.held.get('compactor')!.expiresAt;
  expect(deposed).toEqual([expect.any(Number)]);
  expect(deposed[0]).toBeLessThan(expiresAt);
  expect(expiresAt).toBe(began + LEASE);
  expect(leader.election.term).toBeUndefined();
  expect(leader.counted).toEqual(['Leading', 'Deposed']);
  expect(leader.errors[0]).toMatchObject({ name: 'LockUnavailableError' });
  backend.before = undefined;
  await clock.pass(60_000);
  expect(leader.terms.map(({ number }) => number)).toEqual([1, 2]);
});

test('a process that stood still knows that it does not lead any more, before anybody has told it', async () => {
  const { clock, backend, candidate } = setUp();
  const deposed = jest.fn();
  let wake!: (error: Error) => void;
  const leader = candidate({
    onElected: () => leader.terms.length > 1 ? new Promise(() => undefined) : new Promise<void>((_, reject) => {
      wake = reject;
    }),
    onDeposed: deposed,
  });
  await clock.pass(1000);
  const { skew } = clock;
  clock.skew += LEASE;
  expect(leader.election.term).toBeUndefined();
  expect(leader.terms[0]!.signal.aborted).toBe(false);
  // What it writes is refused by its successor's fence: no failure of the term.
  backend.held.clear();
  wake(new Error('an older fence'));
  await clock.pass(0);
  expect(deposed).toHaveBeenCalledTimes(1);
  expect(leader.errors).toEqual([]);
  expect(leader.terms).toHaveLength(2);
  clock.skew = skew;
});

test('a leader that fails resigns at once, pauses, and stands again', async () => {
  const { clock, candidate } = setUp();
  const failure = new Error('cannot open the log');
  const failing = candidate({ onElected: () => Promise.reject(failure) });
  const healthy = candidate();
  await clock.pass(500);
  expect(failing.errors).toEqual([failure]);
  expect(failing.counted).toEqual(['Leading', 'TermFailed']);
  expect(healthy.terms.map(({ number }) => number)).toEqual([2]);
  healthy.stop();
  await clock.pass(120_000);
  // Pauses of 1, 2, 3, 5, 9 and 16 s (random is a half).
  expect(failing.errors.length).toBeGreaterThan(5);
  expect(failing.errors.length).toBeLessThan(15);
  const numbers = failing.terms.map(({ number }) => number);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('a leader whose work is done gives the others a chance', async () => {
  const { clock, candidate } = setUp();
  const [first, second] = [candidate({ onElected: async () => undefined }), candidate()];
  await clock.pass(500);
  expect([first.terms.length, second.terms.length]).toEqual([1, 1]);
  expect(first.errors).toEqual([]);
  await clock.pass(150_000);
  expect([first.counted, second.counted]).toEqual([['Leading'], ['Leading', 'Leading', 'Leading']]);
});

test('without the backend a candidate tries again, less and less often', async () => {
  const { clock, backend, candidate } = setUp();
  backend.before = (call) => call === 'acquire' ? Promise.reject(new Error('down')) : undefined;
  const one = candidate();
  await clock.pass(60_000);
  expect(one.errors.length).toBeGreaterThan(4);
  expect(one.errors.length).toBeLessThan(10);
  backend.before = undefined;
  await clock.pass(30_000);
  expect(one.terms).toHaveLength(1);
});

test('leading is counted every minute, not before and not afterwards', async () => {
  const { clock, candidate } = setUp();
  const one = candidate();
  await clock.pass(150_000);
  expect(one.counted).toEqual(['Leading', 'Leading', 'Leading']);
  one.stop();
  await clock.pass(150_000);
  expect(one.counted).toHaveLength(3);
});

test('whoever is told may throw without ending the candidate', async () => {
  const { clock, candidate } = setUp();
  const one = candidate({
    onElected: () => Promise.reject(new Error('first')),
    onError: () => { throw new Error('of who was told'); },
    count: () => { throw new Error('of the counter'); },
  });
  await clock.pass(10_000);
  expect(one.terms.length).toBeGreaterThan(2);
  expect(one.logger.lines.filter(({ message }) => message === 'who was told threw').length).toBeGreaterThan(2);
});

test('a candidate runs once', async () => {
  const { candidate } = setUp();
  const one = candidate();
  await expect(one.election.run(new AbortController().signal)).rejects.toThrow('stands for election already');
});
