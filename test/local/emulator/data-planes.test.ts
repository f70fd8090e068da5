import { spawn } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { DataPlanes } from '../../../local';
import { freePort } from '../../../local/free-port';
import { childrenOf } from '../../../local/process-family';
import { ownTemporaryFolder } from '../scratch';

jest.setTimeout(180_000);

const folder = ownTemporaryFolder();
// PostgreSQL may run as somebody else.
beforeEach(() => chmodSync(folder(), 0o711));

const left = (): string[] => readdirSync(folder()).filter((name) => name.startsWith('local-'));

test('a killed command leaves no server and no folder, a failover and a pause notwithstanding', async () => {
  const program = `
    const { DataPlanes } = require('./local/index.ts');
    (async () => {
      const planes = await DataPlanes.start(['postgres', 'valkey'], { progress() {}, signal: new AbortController().signal });
      await planes.postgres.failOver();
      planes.postgres.pause();
      console.log(JSON.stringify([planes.postgres.leader.port, planes.valkey.port]));
      setInterval(() => undefined, 1000);
    })();`;
  const command = spawn(process.execPath, ['--require', 'tsx/cjs', '--eval', program], {
    cwd: join(__dirname, '../../..'), env: { ...process.env, TMPDIR: folder() }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ports = JSON.parse(await new Promise<string>((resolve) => createInterface({ input: command.stdout }).once('line', resolve))) as number[];
  // Two servers of PostgreSQL, Valkey, and the certificate.
  expect(left()).toHaveLength(4);
  command.kill('SIGKILL');
  const free = () => Promise.all(ports.map((port) => freePort(port).catch(() => 0)));
  for (let tries = 0; tries < 1200 && (left().length > 0 || (await free()).includes(0)); tries += 1) {
    await sleep(50);
  }
  expect([left(), await free()]).toEqual([[], ports]);
});

test('an orderly stop leaves nothing either, and nobody who waits for our end', async () => {
  const before = childrenOf(process.pid);
  const planes = await DataPlanes.start(['postgres', 'valkey'], { progress: () => undefined, signal: new AbortController().signal });
  await planes.postgres!.kill();
  await planes.postgres!.restart();
  await planes.valkey!.kill();
  await planes.stop();
  await planes.stop();
  expect(childrenOf(process.pid).filter((pid) => !before.includes(pid))).toEqual([]);
  expect(left()).toEqual([]);
});
