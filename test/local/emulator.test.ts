import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Emulator } from '../../local/emulator';
import { fakePython } from './fake-python';
import { ownTemporaryFolder } from './scratch';

const folder = ownTemporaryFolder();
const left = (): string[] => readdirSync(folder()).filter((name) => name.startsWith('local-aws-'));

async function start(script: string, signal = new AbortController().signal): Promise<Emulator> {
  return Emulator.start({ python: fakePython(folder(), 'python', { script }), extension: 'emulator', signal });
}

/** The shell command that becomes a Node program. */
function node(program: string): string {
  const path = join(folder(), 'program.cjs');
  writeFileSync(path, program);
  return `'${process.execPath}' '${path}'`;
}

const ANSWERS = "require('http').createServer((_, response) => response.end()).listen(process.env.GATEWAY_PORT, '127.0.0.1', bound);";

test('the folder of this test is the temporary one', async () => {
  const controller = new AbortController();
  const starting = start('exec /bin/sleep 30', controller.signal);
  while (left().length === 0) {
    await sleep(10);
  }
  controller.abort();
  await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
  expect(left()).toEqual([]);
});

test('one that ends at once says why and leaves nothing', async () => {
  await expect(start('echo "ministack 9.9 is installed" >&2; exit 3')).rejects.toMatchObject({
    code: 'EMULATOR_DIED', message: expect.stringMatching(/exit code 3[^]*ministack 9.9 is installed/),
  });
  expect(left()).toEqual([]);
});

test('an interpreter that is not there is told', async () => {
  const options = { python: `${folder()}/none`, extension: 'x', signal: new AbortController().signal };
  await expect(Emulator.start(options)).rejects.toMatchObject({ code: 'EMULATOR_DIED', message: expect.stringContaining('ENOENT') });
  expect(left()).toEqual([]);
});

test('an abort during the start ends it, also when it does not listen to SIGTERM', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  await expect(start("trap '' TERM; while true; do /bin/sleep 0.1; done", controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(left()).toEqual([]);
}, 10_000);

test('a port that somebody takes just before it is left to them', async () => {
  const tries = join(folder(), 'tries');
  const server = node(`const bound = () => console.log('{"id":0,"result":"bound"}'); ${ANSWERS}`);
  const emulator = await start(`
    echo $GATEWAY_PORT >> ${tries}
    if [ $(/usr/bin/wc -l < ${tries}) -lt 3 ]; then echo "ERROR: 127.0.0.1:$GATEWAY_PORT is already in use." >&2; exit 1; fi
    exec ${server}`);
  const ports = readFileSync(tries, 'utf8').trim().split('\n');
  expect(ports).toHaveLength(3);
  expect(emulator.endpoint).toBe(`http://127.0.0.1:${ports[2]}`);
  await emulator.stop();
  expect(left()).toEqual([]);
}, 30_000);

test('when every port is taken it says so', async () => {
  await expect(start('echo "OSError: [Errno 98] Address already in use" >&2; exit 1')).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  expect(left()).toEqual([]);
}, 30_000);

test('who answers on its port is not taken for it', async () => {
  const other = node(`const bound = () => setTimeout(() => process.exit(3), 1000); ${ANSWERS}`);
  await expect(start(`exec ${other}`)).rejects.toMatchObject({ code: 'EMULATOR_DIED' });
  expect(left()).toEqual([]);
}, 30_000);

test('half an answer is shown as what it said last', async () => {
  await expect(start('echo "{\\"id\\": 1, \\"res"; exit 3')).rejects.toMatchObject({
    code: 'EMULATOR_DIED', message: expect.stringContaining('{"id": 1, "res'),
  });
});

test('what outlives it and holds its output open does not keep it from ending', async () => {
  const pid = join(folder(), 'pid');
  const leaves = node(`
    const child = require('child_process').spawn('/bin/sleep', ['600'], { detached: true, stdio: 'inherit' });
    require('fs').writeFileSync('${pid}', String(child.pid));
    process.exit(3);`);
  try {
    await expect(start(`exec ${leaves}`)).rejects.toMatchObject({ code: 'EMULATOR_DIED' });
    expect(left()).toEqual([]);
  } finally {
    if (existsSync(pid)) {
      process.kill(Number(readFileSync(pid, 'utf8')));
    }
  }
}, 30_000);
