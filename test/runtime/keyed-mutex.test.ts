import { setTimeout as sleep } from 'node:timers/promises';
import { KeyedMutex } from '../../runtime';

test('tasks of a key run one after another in their order, whatever each takes', async () => {
  const mutex = new KeyedMutex();
  const trace: string[] = [];
  const task = (name: string, milliseconds: number) => async () => {
    trace.push(`${name} begins`);
    await sleep(milliseconds);
    trace.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all([
    mutex.runExclusive('key', task('a', 5)), mutex.runExclusive('key', task('b', 0)), mutex.runExclusive('key', task('c', 1)),
  ]);
  expect(results).toEqual(['a', 'b', 'c']);
  expect(trace).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('tasks of different keys run at the same time', async () => {
  const mutex = new KeyedMutex();
  let release: () => void = () => {};
  const blocked = mutex.runExclusive('slow', () => new Promise<void>((resolve) => (release = resolve)));
  await expect(mutex.runExclusive('other', async () => 'done')).resolves.toBe('done');
  release();
  await blocked;
});

test('a failed task fails its caller only', async () => {
  const mutex = new KeyedMutex();
  const failed = mutex.runExclusive('key', () => Promise.reject(new Error('broken')));
  const next = mutex.runExclusive('key', async () => 'done');
  await expect(failed).rejects.toThrow('broken');
  await expect(next).resolves.toBe('done');
});

test('a key is forgotten when its last task has settled', async () => {
  const mutex = new KeyedMutex();
  await Promise.all([mutex.runExclusive('key', async () => {}), mutex.runExclusive('key', async () => {})]);
  expect((mutex as unknown as { tails: Map<string, unknown> }).tails.size).toBe(0);
});
