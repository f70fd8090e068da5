import { lazily } from '../../runtime';

test('builds at the first call, once', async () => {
  const build = jest.fn(() => async (a: number, b: number) => a + b);
  const handler = lazily(build);
  expect(build).not.toHaveBeenCalled();
  await expect(handler(1, 2)).resolves.toBe(3);
  await expect(handler(3, 4)).resolves.toBe(7);
  expect(build).toHaveBeenCalledTimes(1);
});

test('a failed build rejects the call and is tried again', async () => {
  let ready = false;
  const handler = lazily(() => {
    if (!ready) {
      throw new Error('not ready');
    }
    return async () => 'answer';
  });
  await expect(handler()).rejects.toThrow('not ready');
  ready = true;
  await expect(handler()).resolves.toBe('answer');
});
