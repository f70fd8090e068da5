import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { LocalAws } from '../../../local';
import { Emulator } from '../../../local/emulator';
import { localFile } from '../../../local/local-file';
import { findPython } from '../../../local/python';
import { virtualEnvironment } from '../../../local/virtual-environment';
import { ownTemporaryFolder } from '../scratch';
import { start, stopAll } from '../start';

const DEADLINE_MS = 30_000;
const folder = ownTemporaryFolder();
afterAll(stopAll);

const answers = (endpoint: string): Promise<boolean> => fetch(`${endpoint}/_ministack/health`).then((answer) => answer.ok, () => false);

function pidOf({ endpoint }: Pick<LocalAws, 'endpoint'>): number {
  const { port } = new URL(endpoint);
  const files = readdirSync(folder()).map((name) => join(folder(), name, `ministack-${port}.pid`));
  return Number(readFileSync(files.find((file) => existsSync(file)) ?? '', 'utf8'));
}

async function gone(endpoint: string): Promise<boolean> {
  for (let tries = 0; tries < DEADLINE_MS / 50 && (await answers(endpoint) || readdirSync(folder()).length > 0); tries += 1) {
    await sleep(50);
  }
  return !await answers(endpoint) && readdirSync(folder()).length === 0;
}

test('two at once work and end without a trace, stopped once or twice', async () => {
  const both = await Promise.all([start(), start()]);
  expect(both[0].endpoint).not.toBe(both[1].endpoint);
  expect(await Promise.all(both.map(({ endpoint }) => answers(endpoint)))).toEqual([true, true]);
  await Promise.all(both.map((aws) => aws.stop()));
  await both[0].stop();
  expect(await Promise.all(both.map(({ endpoint }) => gone(endpoint)))).toEqual([true, true]);
}, 90_000);

test('failed rejects when the emulator is killed', async () => {
  const aws = await start();
  process.kill(pidOf(aws), 'SIGKILL');
  await expect(aws.failed).rejects.toMatchObject({ name: 'LocalAwsError', code: 'EMULATOR_DIED', message: expect.stringContaining('SIGKILL') });
  await expect(aws.recordedOnly()).rejects.toMatchObject({ code: 'EMULATOR_REFUSED' });
  await aws.stop();
  expect(await gone(aws.endpoint)).toBe(true);
}, 90_000);

test.each([
  ['another version of ministack', 'repair.py', "MINISTACK_VERSION = '", "MINISTACK_VERSION = '0.", /ministack [\d.]+ is installed.*check each of them/],
  ['a part that a repair leans on and that is gone', 'repairs/dynamodb.py', "'_update_ttl'", "'_gone'", /ministack\.services\.dynamodb has no _gone/],
])('refuses %s, and leaves its own folder as it is', async (_what, file, from, to, message) => {
  const extension = join(folder(), 'ministack_extension');
  cpSync(localFile('ministack_extension'), extension, { recursive: true, filter: (path) => !path.endsWith('__pycache__') });
  const files = readdirSync(extension, { recursive: true });
  writeFileSync(join(extension, file), readFileSync(join(extension, file), 'utf8').replace(from, to));
  const { signal } = new AbortController();
  const python = await virtualEnvironment({ what: 'the emulator', requirements: localFile('requirements.txt'), progress: () => undefined, signal });
  await expect(Emulator.start({ python, extension, signal }))
    .rejects.toMatchObject({ code: 'EMULATOR_DIED', message: expect.stringMatching(message) });
  expect(readdirSync(extension, { recursive: true })).toEqual(files);
}, 90_000);

test('an installation that is not whole is told, and how to have it made anew', async () => {
  const environment = join(folder(), 'environment');
  execFileSync((await findPython()).command, ['-I', '-m', 'venv', '--without-pip', environment]);
  const options = { extension: localFile('ministack_extension'), signal: new AbortController().signal };
  await expect(Emulator.start({ ...options, python: join(environment, 'bin', 'python') })).rejects.toMatchObject({
    code: 'EMULATOR_DIED', message: expect.stringMatching(new RegExp(`not whole \\(.*ministack\\)\\. Remove ${environment}:`)),
  });
}, 90_000);

test('an abort while it starts leaves no process and no folder', async () => {
  const controller = new AbortController();
  const progress = (line: string): void => {
    if (line.startsWith('Starting')) {
      setTimeout(() => controller.abort(), 100);
    }
  };
  await expect(start({ signal: controller.signal, progress })).rejects.toMatchObject({ name: 'AbortError' });
  expect(readdirSync(folder())).toEqual([]);
}, 90_000);

test('it ends with a parent that is killed', async () => {
  const program = `
    require('./local/index.ts').startLocalAws({ progress() {}, signal: new AbortController().signal })
      .then(({ endpoint }) => console.log(endpoint));`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '-e', program], {
    cwd: join(__dirname, '..', '..', '..'), env: { ...process.env, TMPDIR: folder() }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  const endpoint = await new Promise<string>((resolve) => createInterface({ input: parent.stdout }).once('line', resolve));
  expect(await answers(endpoint)).toBe(true);
  parent.kill('SIGKILL');
  for (let tries = 0; tries < DEADLINE_MS / 50 && await answers(endpoint); tries += 1) {
    await sleep(50);
  }
  expect(await answers(endpoint)).toBe(false);
  expect(readdirSync(folder()).filter((name) => name.startsWith('local-aws-'))).toEqual([]);
}, 90_000);
