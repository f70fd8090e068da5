import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Leash } from '../../../local/leash';
import { childrenOf } from '../../../local/process-family';
import { scratchFolder } from '../scratch';

jest.setTimeout(60_000);

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = join(scratchFolder(), "it's a folder");
  mkdirSync(folder);
  writeFileSync(join(folder, 'file'), '');
});
afterEach(() => {
  children.splice(0).forEach((child) => child.kill('SIGKILL'));
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

const EVERYTHING_PASSES = 'setInterval(() => undefined, 1000);';

function start(program: string, ...options: string[]): ChildProcess {
  const child = spawn(process.execPath, [...options, '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

/** What a process says first. */
const word = (child: ChildProcess): Promise<string> => new Promise((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));
/** When nobody is left who could write to where it writes: it itself, and all that it started. */
const silence = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once('close', resolve));
const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function eventually(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 800 && !condition(); tries += 1) {
    await sleep(50);
  }
  expect(condition()).toBe(true);
}

/** Programs that are held, each of which says when it is up. */
const HELD = {
  'ends at once': 'console.log("up");',
  'does not hear': 'process.on("SIGTERM", () => undefined); console.log("up");',
  'stands still': 'console.log("up"); process.kill(process.pid, "SIGSTOP");',
};

test.each([
  ['is killed', 'ends at once'],
  ['is killed', 'does not hear'],
  ['is killed', 'stands still'],
  ['is asked to end', 'ends at once'],
  ['leaves', 'ends at once'],
  ['has nothing left to do', 'ends at once'],
] as const)('when the holder %s, what is held and %s ends as well, and the folder goes', async (end, held) => {
  const holder = start(`
    const { Leash } = require(${JSON.stringify(join(__dirname, '../../../local/leash'))});
    const child = require('node:child_process').spawn(process.execPath, ['--eval', ${JSON.stringify(HELD[held] + EVERYTHING_PASSES)}],
      { stdio: ['ignore', 'inherit', 'inherit'] });
    new Leash(${JSON.stringify({ signal: 'SIGTERM', folder })}).hold(child);
    child.unref();
    const busy = ${EVERYTHING_PASSES}
    process.on('SIGUSR2', () => ${end === 'leaves' ? 'process.exit()' : 'clearInterval(busy)'});`, '--require', 'tsx/cjs');
  const silent = silence(holder);
  await word(holder);
  holder.kill(({ 'is killed': 'SIGKILL', 'is asked to end': 'SIGTERM', 'leaves': 'SIGUSR2', 'has nothing left to do': 'SIGUSR2' } as const)[end]);
  await silent;
  await eventually(() => !existsSync(folder));
});

test('what ended before is let go of, and so is everything when it is released', async () => {
  const before = childrenOf(process.pid);
  const [first, second] = [start(''), start(EVERYTHING_PASSES)];
  const one = new Leash({ folder });
  one.hold(first);
  one.hold(second);
  await silence(first);
  await one.release();
  await one.release();
  expect([hasEnded(second), existsSync(folder)]).toEqual([false, true]);
  const ended = silence(second);
  second.kill();
  await ended;
  expect(childrenOf(process.pid).filter((pid) => !before.includes(pid))).toEqual([]);
});
