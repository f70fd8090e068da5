import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import * as path from 'node:path';

const STACK_TRACE = /\n\s+at /;
const ROOT = path.join(__dirname, '..', '..');

/** Resolves to the exit code of `list`, and to what it complained of. */
function listInto(stdout: 'pipe' | number): Promise<{ exitCode: number | null; complaint: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'bin', 'system-blueprints.ts'), 'list'], {
    cwd: ROOT, stdio: ['ignore', stdout, 'pipe'],
  });
  child.stdout?.destroy();
  let complaint = '';
  child.stderr!.on('data', (chunk: Buffer) => { complaint += chunk; });
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, complaint })));
}

// Other systems tell it in ways of their own.
(process.platform === 'linux' ? describe : describe.skip)('what is written (to /dev/full, which only Linux has)', () => {
  it('to nobody, as after `| head`, ends the command as a shell expects, and without a stack trace', async () => {
    expect(await listInto('pipe')).toEqual({ exitCode: 141, complaint: expect.not.stringMatching(STACK_TRACE) });
  }, 120_000);

  it('to a full disk is no success', async () => {
    expect(await listInto(openSync('/dev/full', 'w'))).toEqual({ exitCode: 1, complaint: expect.not.stringMatching(STACK_TRACE) });
  }, 120_000);
});
