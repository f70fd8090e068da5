import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { cacheFolder } from '../lib/core/cache-folder';
import { LocalAwsError } from './local-aws-error';
import { findPython, type Python } from './python';
import { lastLines, run } from './run';

export interface VirtualEnvironmentOptions {
  /** What is installed, for people: `the local AWS emulator`. */
  readonly what: string;
  /** The file that names every package with its hash, those that others need included. */
  readonly requirements: string;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** Where the emulator is kept: another folder for other requirements or another Python, so none is ever changed in place. */
export function virtualEnvironmentFolder(requirements: string, pythonVersion: string): string {
  const hash = createHash('sha256').update(requirements).digest('hex').slice(0, 8);
  return cacheFolder(`local-aws-${hash}-py${pythonVersion}`);
}

/**
 * The Python of a virtual environment that holds exactly the given requirements. Installed on first use, then reused.
 * @returns the path of its interpreter
 * @throws LocalAwsError when there is no fit Python, or the installation failed
 */
export async function virtualEnvironment(options: VirtualEnvironmentOptions): Promise<string> {
  const python = await findPython(options.signal);
  const folder = virtualEnvironmentFolder(await readFile(options.requirements, 'utf8'), python.version);
  const interpreter = join(folder, 'bin', 'python');
  // The interpreter is a link: it breaks when the Python it was made with is removed.
  if (!await exists(interpreter)) {
    await install(python, folder, options);
  }
  return interpreter;
}

async function install(python: Python, folder: string, options: VirtualEnvironmentOptions): Promise<void> {
  const { what, progress, signal, requirements } = options;
  progress(`Installing ${what} (once) ...`);
  // Built beside its place and moved there in one step: a folder that is there is complete, whoever made it.
  const workshop = `${folder}.building-${randomBytes(4).toString('hex')}`;
  const building = join(workshop, 'environment');
  await makeWorkshop(workshop, what);
  try {
    await removeAbandoned(folder);
    const made = await run(python.command, ['-I', '-m', 'venv', building], { signal });
    if (made.code !== 0) {
      throw new LocalAwsError('VENV_FAILED', `Python could not make a virtual environment:\n${lastLines(made.output)}`,
        'On Debian and Ubuntu: apt install python3-venv');
    }
    // The requirements are complete and each is pinned: what a package says it needs is of no interest.
    const pinned = ['--require-hashes', '--no-deps', '--ignore-requires-python'];
    const pip = ['-I', '-m', 'pip', 'install', ...pinned, '--no-input', '--disable-pip-version-check', '-r', requirements];
    const installed = await run(join(building, 'bin', 'python'), pip, { signal });
    if (installed.code !== 0) {
      throw new LocalAwsError('INSTALL_FAILED', `pip could not install ${what}:\n${lastLines(installed.output)}`,
        'The first run needs the network once; later runs do not. pip reads its usual settings (index, proxy, certificates).');
    }
    await moveIntoPlace(building, folder, workshop);
  } finally {
    await rm(workshop, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

async function makeWorkshop(workshop: string, what: string): Promise<void> {
  try {
    await mkdir(workshop, { recursive: true });
  } catch (error) {
    throw new LocalAwsError('CACHE_UNWRITABLE', `There is no place for ${what}: ${(error as Error).message}`,
      'Set XDG_CACHE_HOME to a folder that can be written.');
  }
}

async function moveIntoPlace(building: string, folder: string, workshop: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await rename(building, folder);
    } catch (error) {
      // Somebody else was faster, and theirs is as good as ours.
      if (await exists(join(folder, 'bin', 'python'))) {
        return;
      }
      if (tries === 3) {
        throw error;
      }
      // One that has lost its Python. To remove it there could meet the good one that somebody else puts in its place.
      await rename(folder, join(workshop, `broken-${tries}`)).catch(() => undefined);
    }
  }
}

/** What a killed installation left behind; a running one is younger. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const path = join(dirname(folder), name);
    if (name.startsWith(`${basename(folder)}.building-`) && await age(path) > ABANDONED_AFTER_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** In milliseconds; of what somebody else has just removed, none. */
async function age(path: string): Promise<number> {
  return stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
