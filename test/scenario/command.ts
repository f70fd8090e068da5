import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

/** The command line of this package in a process of its own, with a folder for temporary files that nobody else uses. */
export class Command {
  public output = '';
  /** Resolves to the exit code. */
  public readonly exit: Promise<number | null>;
  private readonly temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'command-test-'));
  private readonly child: ChildProcess;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    // PostgreSQL runs as somebody else than root.
    fs.chmodSync(this.temporary, 0o711);
    this.child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'bin', 'system-blueprints.ts'), ...args], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: this.temporary, CDK_VALIDATION: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.on('data', (chunk: Buffer) => { this.output += chunk; });
    this.child.stderr!.on('data', (chunk: Buffer) => { this.output += chunk; });
    this.exit = new Promise((resolve) => this.child.on('close', resolve));
  }

  /** Waits until the command has said something. */
  public async said(text: string): Promise<void> {
    let ended = false;
    void this.exit.then(() => { ended = true; });
    while (!this.output.includes(text)) {
      if (ended) {
        throw new Error(`it ended without saying '${text}':\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What Ctrl-C does. */
  public interrupt(): void {
    this.child.kill('SIGINT');
  }

  /** The processes that use its folder for temporary files: itself and all that it started. */
  public processes(): number[] {
    return fs.readdirSync('/proc').map(Number).filter((pid) => pid > 0 && pid !== process.pid && this.isMine(pid));
  }

  /** The emulator that it started. */
  public emulator(): number | undefined {
    return this.processes().find((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('ministack_extension'));
  }

  /** What it left behind: files and processes. The loader of TypeScript keeps a cache of its own. */
  public async leftovers(): Promise<string[]> {
    const files = fs.readdirSync(this.temporary).filter((name) => !/^(tsx-|node-compile-cache|v8-compile-cache)/.test(name));
    const left = [...files, ...this.processes().map((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0/g, ' '))];
    fs.rmSync(this.temporary, { recursive: true, force: true });
    return left;
  }

  private isMine(pid: number): boolean {
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, 'utf8').includes(this.temporary);
    } catch {
      return false;
    }
  }
}
