import { Holds, LockNotAcquiredError, LockUnavailableError } from '../../runtime';
import { FakeClock } from './fake-clock';
import { LocksInMemory } from './locks-in-memory';

function setUp() {
  const clock = new FakeClock();
  const backend = new LocksInMemory(clock);
  return { clock, backend, holds: new Holds({ backend, clock, random: () => 0.5 }) };
}

test('a hold has all of its names, once and sorted, under a token of its own and a fence that grows', async () => {
  const { holds, backend } = setUp();
  const first = await holds.take(['b', 'a', 'b'], 1000);
  const second = await holds.take(['c'], 1000);
  expect(first.names).toEqual(['a', 'b']);
  expect(second.fence).toBeGreaterThan(first.fence);
  expect(second.token).not.toBe(first.token);
  expect([...backend.held].map(([name, { owner }]) => [name, owner])).toEqual([['a', first.token], ['b', first.token], ['c', second.token]]);
});

test('who wants what is held is refused at once, is told when to come back, and gets nothing of the rest', async () => {
  const { holds, backend } = setUp();
  await holds.take(['a'], 90_500);
  const refused = await holds.take(['a', 'b'], 1000).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LockNotAcquiredError);
  expect(refused).toMatchObject({ names: ['a', 'b'], waitedMilliseconds: 0, retryAfterSeconds: 91 });
  expect([...backend.held.keys()]).toEqual(['a']);
});

test('nobody renews it: it ends at its time, and again at its time once it is kept', async () => {
  const { holds, clock } = setUp();
  const hold = await holds.take(['a'], 1000);
  await clock.pass(900);
  await expect(holds.keep(hold, 1000)).resolves.toBe(true);
  await clock.pass(900);
  await expect(holds.take(['a'], 1000)).rejects.toThrow(LockNotAcquiredError);
  await clock.pass(100);
  await expect(holds.take(['a'], 1000)).resolves.toMatchObject({ names: ['a'] });
  await expect(holds.keep(hold, 1000)).resolves.toBe(false);
});

test('another process releases it by its token and its names; a release that comes late takes nothing from the next one', async () => {
  const { holds, backend } = setUp();
  const { token, names } = await holds.take(['a', 'b'], 1000);
  await holds.release({ token, names });
  expect(backend.held.size).toBe(0);
  const next = await holds.take(['b'], 1000);
  await holds.release({ token, names });
  expect(backend.held.get('b')?.owner).toBe(next.token);
});

test('requests that collide are tried again after a short pause, and given up after eight', async () => {
  const { holds, clock, backend } = setUp();
  const attempts = jest.spyOn(backend, 'acquire').mockResolvedValueOnce({}).mockResolvedValueOnce({});
  const taken = holds.take(['a', 'b'], 1000);
  await clock.pass(1000);
  await expect(taken).resolves.toMatchObject({ names: ['a', 'b'] });
  expect(attempts).toHaveBeenCalledTimes(3);
  attempts.mockReset().mockResolvedValue({});
  const refused = holds.take(['a', 'b'], 1000).catch((error: unknown) => error);
  await clock.pass(10_000);
  await expect(refused).resolves.toMatchObject({ name: 'LockNotAcquiredError', retryAfterSeconds: 1 });
  expect(attempts).toHaveBeenCalledTimes(8);
});

test('a backend that could not be asked is said so, with its cause', async () => {
  const { holds, backend } = setUp();
  const cause = new Error('out of reach');
  backend.before = () => { throw cause; };
  const error = await holds.take(['a'], 1000).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LockUnavailableError);
  expect(error).toMatchObject({ names: ['a'], cause });
});
