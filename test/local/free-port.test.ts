import { createServer, type AddressInfo } from 'node:net';

import { freePort } from '../../local/free-port';

test('a port that is taken is refused, by number', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(freePort(port)).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(String(port)) });
  await new Promise((resolve) => server.close(resolve));
  expect(await freePort(port)).toBe(port);
});

test('without a wish any free one is given', async () => {
  expect(await freePort()).toBeGreaterThan(1023);
});
