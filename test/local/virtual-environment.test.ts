import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { virtualEnvironment, virtualEnvironmentFolder } from '../../local/virtual-environment';
import { fakePython, type FakePython } from './fake-python';
import { scratchFolder } from './scratch';

let cache: string;
let requirements: string;
const path = process.env.PATH;
beforeEach(() => {
  cache = scratchFolder();
  process.env.XDG_CACHE_HOME = cache;
  process.env.PATH = cache;
  requirements = join(cache, 'requirements.txt');
  writeFileSync(requirements, 'some==1\n');
});
afterEach(() => {
  delete process.env.XDG_CACHE_HOME;
  process.env.PATH = path;
  rmSync(cache, { recursive: true });
});

const kept = (): string[] => readdirSync(join(cache, 'cdk-system-blueprints'));

function install(fake: FakePython, signal?: AbortSignal, lines?: string[]): Promise<string> {
  fakePython(cache, 'python3', fake);
  return environment(signal, lines);
}

function installTwice(fake: FakePython): Promise<string[]> {
  fakePython(cache, 'python3', fake);
  return Promise.all([environment(), environment()]);
}

function environment(signal = new AbortController().signal, lines: string[] = []): Promise<string> {
  return virtualEnvironment({ what: 'the emulator', requirements, signal, progress: (line) => lines.push(line) });
}

test('the folder is named after the requirements and the Python', () => {
  expect(virtualEnvironmentFolder('a==1', '3.11')).toMatch(/cdk-system-blueprints\/local-aws-[0-9a-f]{8}-py3\.11$/);
  expect(virtualEnvironmentFolder('a==2', '3.11')).not.toBe(virtualEnvironmentFolder('a==1', '3.11'));
});

test('installs once', async () => {
  const lines: string[] = [];
  const first = await install({}, undefined, lines);
  expect(first).toBe(join(virtualEnvironmentFolder('some==1\n', '3.11'), 'bin', 'python'));
  expect(await install({ pip: 'exit 1' }, undefined, lines)).toBe(first);
  expect(lines).toHaveLength(1);
});

test('two at once end with one folder', async () => {
  const both = await installTwice({ pip: '/bin/sleep 0.2' });
  expect(both[0]).toBe(both[1]);
  expect(kept()).toHaveLength(1);
});

test('one that has lost its Python is made anew, also by two at once', async () => {
  const folder = virtualEnvironmentFolder('some==1\n', '3.11');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  symlinkSync(join(cache, 'removed'), join(folder, 'bin', 'python'));
  const both = await installTwice({ pip: '/bin/sleep 0.2' });
  expect(both.map((interpreter) => existsSync(interpreter))).toEqual([true, true]);
  expect(kept()).toHaveLength(1);
});

test('a folder that cannot be written is told, and what to do', async () => {
  writeFileSync(join(cache, 'cdk-system-blueprints'), 'a file where the folder should be');
  await expect(install({})).rejects.toMatchObject({
    name: 'LocalAwsError', code: 'CACHE_UNWRITABLE', hint: expect.stringContaining('XDG_CACHE_HOME'),
  });
});

test('a failed installation shows what pip said and leaves nothing', async () => {
  await expect(install({ pip: 'echo "No matching distribution" >&2; exit 1' }))
    .rejects.toMatchObject({ code: 'INSTALL_FAILED', message: expect.stringContaining('No matching distribution') });
  expect(kept()).toEqual([]);
});

test('an aborted installation ends before pip does and leaves nothing', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  await expect(install({ pip: '/bin/sleep 600' }, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(kept()).toEqual([]);
}, 60_000);

test('removes what a killed installation left behind, but not a running one', async () => {
  const folder = virtualEnvironmentFolder('some==1\n', '3.11');
  for (const [name, age] of [['old', 7200], ['new', 0]] as const) {
    mkdirSync(`${folder}.building-${name}`, { recursive: true });
    utimesSync(`${folder}.building-${name}`, Date.now() / 1000 - age, Date.now() / 1000 - age);
  }
  // Listed, and gone when it is looked at.
  symlinkSync(join(cache, 'removed'), `${folder}.building-gone`);
  await install({});
  expect(kept().filter((name) => name.includes('.building-')).sort())
    .toEqual([expect.stringContaining('.building-gone'), expect.stringContaining('.building-new')]);
});
