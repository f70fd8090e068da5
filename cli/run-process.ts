import { spawn } from 'node:child_process';
import { CliError } from './errors';

/** How a program is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Called with every line that the program writes. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program in a process group of its own and resolves to what it wrote. When the signal aborts, the whole group is
 * stopped.
 *
 * @throws CliError with the end of the output when the program fails
 */
export function runProcess(what: string, [program, ...args]: readonly string[], options: RunOptions): Promise<string> {
  options.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    let unfinished = '';
    const collect = (chunk: Buffer) => {
      output += chunk;
      const lines = (unfinished + chunk).split('\n');
      unfinished = lines.pop()!;
      lines.forEach((line) => options.onLine?.(line));
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const stop = () => killGroup(child.pid);
    options.signal.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => reject(new CliError(`${what} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      options.signal.removeEventListener('abort', stop);
      if (options.signal.aborted) {
        reject(options.signal.reason as Error);
      } else if (code === 0) {
        resolve(output);
      } else {
        const tail = output.trimEnd().split('\n').slice(-30).map((line) => `  ${line}`).join('\n');
        reject(new CliError(`${what} failed (${signal ?? `exit code ${code}`}):\n${tail}`));
      }
    });
  });
}

function killGroup(pid: number | undefined): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
