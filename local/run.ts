import { spawn } from 'node:child_process';

/** How a command ended. */
export interface RunResult {
  /** Exit code; -1 when a signal ended it or it could not be started. */
  readonly code: number;
  /** What it printed, both streams. */
  readonly output: string;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

/** Kills a process that leads a group, and all it started. Silent when nothing is left of it. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

/**
 * Runs a command to its end. It gets a process group of its own, so that an abort reaches all it started and a
 * Ctrl-C of the terminal does not reach it twice.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { detached: true, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const abort = (): void => {
      if (child.pid !== undefined) {
        killGroup(child.pid, 'SIGKILL');
      }
    };
    options.signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      options.signal?.removeEventListener('abort', abort);
      resolve({ code: -1, output: error.message });
    });
    child.once('close', (code) => {
      options.signal?.removeEventListener('abort', abort);
      if (options.signal?.aborted) {
        reject(options.signal.reason as Error);
      } else {
        resolve({ code: code ?? -1, output });
      }
    });
  });
}

/** The last lines of an output: the ones that say why it failed. */
export function lastLines(output: string, count = 8): string {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
