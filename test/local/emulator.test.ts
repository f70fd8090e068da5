import { readdirSync } from 'node:fs';

import { Emulator } from '../../local/emulator';
import { freePort } from '../../local/free-port';
import { fakePython } from './fake-python';
import { ownTemporaryFolder } from './scratch';

const folder = ownTemporaryFolder();
const left = (): string[] => readdirSync(folder()).filter((name) => name.startsWith('local-aws-'));

test('the folder of this test is the temporary one', async () => {
  const controller = new AbortController();
  const starting = start('exec /bin/sleep 30', controller.signal);
  while (left().length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  controller.abort();
  await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
  expect(left()).toEqual([]);
});

async function start(script: string, signal = new AbortController().signal): Promise<Emulator> {
  return Emulator.start({ python: fakePython(folder(), 'python', { script }), script: 'emulator.py', port: await freePort(), signal });
}

test('one that ends at once says why and leaves nothing', async () => {
  await expect(start('echo "ministack 9.9 is installed" >&2; exit 3')).rejects.toMatchObject({
    code: 'EMULATOR_DIED', message: expect.stringMatching(/exit code 3[^]*ministack 9.9 is installed/),
  });
  expect(left()).toEqual([]);
});

test('an interpreter that is not there is told', async () => {
  const options = { python: `${folder()}/none`, script: 'x', port: await freePort(), signal: new AbortController().signal };
  await expect(Emulator.start(options)).rejects.toMatchObject({ code: 'EMULATOR_DIED', message: expect.stringContaining('ENOENT') });
  expect(left()).toEqual([]);
});

test('an abort during the start ends it, also when it does not listen to SIGTERM', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  await expect(start("trap '' TERM; while true; do /bin/sleep 0.1; done", controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(left()).toEqual([]);
}, 10_000);
