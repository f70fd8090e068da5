import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { ContainerTask, type ContainerTaskOptions } from '../../local/container-task';
import { freePort } from '../../local/free-port';
import { Leash } from '../../local/leash';
import { scratchFolder } from './scratch';

jest.setTimeout(60_000);

const never = new AbortController().signal;
const leash = new Leash();
let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));
afterAll(() => leash.release());

/** The program of an image, and where a task of it listens. */
async function programOf(source: string): Promise<Omit<ContainerTaskOptions, 'leash' | 'died'>> {
  const program = join(folder, 'program.js');
  writeFileSync(program, source);
  return { program, environment: { WHO: 'me' }, port: await freePort(), healthPath: '/health', graceMilliseconds: 10_000 };
}

const SERVER = `
const server = require('node:http').createServer((_, response) => response.end(process.env.WHO));
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));`;

test('one that ends before it is well says with what, and is not put into service', async () => {
  const died = jest.fn();
  const options = { ...await programOf('console.error("no such database"); process.exit(7);'), leash, died };
  const task = new ContainerTask({ version: '1', environment: {} }, options);
  await expect(task.healthy(never)).rejects.toMatchObject({
    code: 'TASK_FAILED', message: expect.stringMatching(/\(7\)\.\nno such database$/) as string,
  });
  expect(() => task.enterService()).toThrow('A task did not become healthy (7)');
  expect(task.inService).toBe(false);
  expect(died).toHaveBeenCalledWith(task);
});

test('one that is asked to end does, without having died', async () => {
  const died = jest.fn();
  const task = new ContainerTask({ version: '1', environment: {} }, { ...await programOf(SERVER), leash, died });
  await task.healthy(never);
  task.enterService();
  await task.stop();
  expect([task.ended, died.mock.calls]).toEqual([0, []]);
});

test('it ends with whoever runs it, who is killed', async () => {
  const options = await programOf(SERVER);
  const holder = spawn(process.execPath, ['--require', 'tsx/cjs', '--eval', `
    const { ContainerTask } = require(${JSON.stringify(join(__dirname, '../../local/container-task'))});
    const { Leash } = require(${JSON.stringify(join(__dirname, '../../local/leash'))});
    const task = new ContainerTask({ version: '1', environment: {} }, { ...${JSON.stringify(options)}, leash: new Leash(), died: () => undefined });
    task.healthy(new AbortController().signal).then(() => console.log('well'));`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => createInterface({ input: holder.stdout }).once('line', resolve));
  const runs = () => fetch(`http://127.0.0.1:${options.port}`).then((answer) => answer.text()).then((who) => who === 'me', () => false);
  expect(await runs()).toBe(true);
  holder.kill('SIGKILL');
  for (let tries = 0; tries < 800 && await runs(); tries += 1) {
    await sleep(50);
  }
  expect(await runs()).toBe(false);
});
