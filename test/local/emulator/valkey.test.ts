import { Redis } from 'iovalkey';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { Valkey } from '../../../local';
import { freePort } from '../../../local/free-port';
import { startValkey, stopValkeys } from '../../contention/support/servers';

const clients: Redis[] = [];
const clientOf = ({ port, host }: Valkey): Redis => {
  const client = new Redis(port, host);
  clients.push(client);
  return client;
};
afterEach(() => clients.splice(0).forEach((client) => client.disconnect()));
afterAll(stopValkeys);

test('is a server of its own on the loopback address, empty after a crash', async () => {
  const [one, other] = await Promise.all([startValkey(), startValkey()]);
  const client = clientOf(one);
  await client.set('key', 'value');
  expect(await clientOf(other).get('key')).toBeNull();
  await one.kill();
  await one.restart();
  expect(await client.get('key')).toBeNull();
});

test('a durable one knows after a crash all it has acknowledged', async () => {
  const valkey = await startValkey({ durable: true });
  const client = clientOf(valkey);
  await Promise.all(Array.from({ length: 100 }, (_, i) => client.incrby('sum', i)));
  await valkey.kill();
  await valkey.restart();
  expect(await client.get('sum')).toBe('4950');
});

test('hangs while it is paused, and then goes on', async () => {
  const valkey = await startValkey();
  const client = clientOf(valkey);
  await client.ping();
  valkey.pause();
  const answer = client.ping();
  const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200, 'nothing'))]);
  valkey.resume();
  expect([first, await answer]).toEqual(['nothing', 'PONG']);
});

test('a paused one can be stopped, twice, and leaves its port', async () => {
  const valkey = await startValkey();
  valkey.pause();
  await valkey.stop();
  await valkey.stop();
  await expect(freePort(valkey.port)).resolves.toBe(valkey.port);
});

test('ends with the process that started it', async () => {
  const starts = `
    const { Valkey } = require(${JSON.stringify(join(__dirname, '../../../local'))});
    Valkey.start({ progress: () => undefined, signal: new AbortController().signal }).then(({ port }) => {
      console.log(port);
      process.exit(0);
    });`;
  const port = Number(execFileSync(process.execPath, ['--require', 'tsx/cjs', '--eval', starts], { encoding: 'utf8' }));
  for (let tries = 0; tries < 400 && await freePort(port).catch(() => 0) !== port; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await expect(freePort(port)).resolves.toBe(port);
});

test('does not take a port that is taken, and starts not when it is told to stop', async () => {
  const { port } = await startValkey();
  await expect(startValkey({ port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  await expect(startValkey({ signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
});
