import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import { LOOPBACK } from './free-port';
import type { Leash } from './leash';
import { LocalAwsError } from './local-aws-error';
import { lastLines } from './run';

/** What tasks run: a version of the program, and what it finds in its environment beside what was deployed. */
export interface Revision {
  readonly version: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How a task runs. */
export interface ContainerTaskOptions {
  /** The program of the image: a file that Node runs. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  /** The path that answers when the task is well; undefined when nobody asks. */
  readonly healthPath?: string;
  /** How long it may go on after SIGTERM, in milliseconds. */
  readonly graceMilliseconds: number;
  /** What ends it when we end. */
  readonly leash: Leash;
  /** Told when it has ended without having been asked to. */
  readonly died: (task: ContainerTask) => void;
}

const HEALTHY_WITHIN_MS = 60_000;
/** What target groups give a check. */
const CHECK_WITHIN_MS = 5_000;
const KEPT_OUTPUT = 65_536;

/** One task of a container service, as a process of this machine. */
export class ContainerTask {
  /** Whether load balancers ask it. */
  public inService = false;
  /** What it printed last. */
  public output = '';
  /** How it ended: the exit code, or the name of the signal; undefined while it runs. */
  public ended?: number | NodeJS.Signals;
  private readonly child: ChildProcess;
  private readonly closed: Promise<void>;
  private stopping = false;

  constructor(public readonly revision: Revision, private readonly options: ContainerTaskOptions) {
    this.child = spawn(process.execPath, [options.program], {
      env: { ...options.environment, PORT: String(options.port) }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    options.leash.hold(this.child);
    const collect = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    this.child.stdout!.on('data', collect);
    this.child.stderr!.on('data', collect);
    this.closed = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.ended = signal ?? code ?? 0;
        resolve();
        if (!this.stopping) {
          options.died(this);
        }
      });
    });
    this.child.once('error', ({ message }) => collect(Buffer.from(message)));
  }

  /** Its process. */
  public get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The port of the loopback address that it listens on. */
  public get port(): number {
    return this.options.port;
  }

  /**
   * Waits until it says that it is well.
   * @throws LocalAwsError when it ends instead, or does not say so in time
   */
  public async healthy(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + HEALTHY_WITHIN_MS;
    while (!await this.isWell(signal)) {
      signal.throwIfAborted();
      if (this.ended !== undefined || Date.now() > deadline) {
        throw this.failure();
      }
      await sleep(50);
    }
  }

  /** From now on load balancers ask it. */
  public enterService(): void {
    if (this.ended !== undefined) {
      throw this.failure();
    }
    this.inService = true;
  }

  /** Asks it once. */
  public async isWell(signal: AbortSignal): Promise<boolean> {
    const { port, healthPath = '/' } = this.options;
    return fetch(`http://${LOOPBACK}:${port}${healthPath}`, { signal: AbortSignal.any([signal, AbortSignal.timeout(CHECK_WITHIN_MS)]) })
      .then(({ ok }) => ok, () => false);
  }

  /** Ends it at once, as a crash does. Whoever runs it starts another. */
  public async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }

  /** Lets it hang: it keeps its connections and answers nobody. */
  public pause(): void {
    this.child.kill('SIGSTOP');
  }

  /** Lets it go on. */
  public resume(): void {
    this.child.kill('SIGCONT');
  }

  /** Asks it to end, and ends it when its grace is over. */
  public async stop(): Promise<void> {
    this.stopping = true;
    this.child.kill('SIGCONT');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), this.options.graceMilliseconds);
    await this.closed;
    clearTimeout(timer);
  }

  private failure(): LocalAwsError {
    return new LocalAwsError('TASK_FAILED', `A task did not become healthy (${this.ended ?? 'it runs'}).\n${lastLines(this.output)}`,
      'What it printed last is above.');
  }
}
