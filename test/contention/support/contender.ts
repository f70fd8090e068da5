import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

import type { Answered } from './serve';

const started: Contender[] = [];

/** A process of its own that contends for something. What it can do is in `test/contention/workers/<name>.ts`. */
export class Contender {
  private readonly waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  private readonly told: unknown[] = [];
  private listener?: () => void;
  private asked = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', ({ id, result, error, told }: Answered) => {
      if (id === undefined) {
        this.told.push(told);
        this.listener?.();
      } else if (error) {
        this.waiting.get(id)?.reject(Object.assign(new Error(error.message), error));
      } else {
        this.waiting.get(id)?.resolve(result);
      }
    });
    child.once('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) {
        reject(new Error(`the contender has ended (${signal ?? code})`));
      }
    });
  }

  /** Starts one and waits until it is ready. */
  public static async start(worker: string): Promise<Contender> {
    const child = fork(join(__dirname, '..', 'workers', `${worker}.ts`), {
      execArgv: ['--import', 'tsx'], serialization: 'advanced',
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    });
    const contender = new Contender(child);
    started.push(contender);
    await contender.hear();
    return contender;
  }

  /** Has it do a task; rejects with its error, also when it is killed meanwhile. */
  public ask<Result>(task: string, argument: unknown): Promise<Result> {
    const id = this.asked += 1;
    const answer = new Promise<unknown>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.child.send({ id, task, argument });
    return answer.finally(() => this.waiting.delete(id)) as Promise<Result>;
  }

  /** What it tells next. */
  public async hear<Told>(): Promise<Told> {
    while (this.told.length === 0) {
      await new Promise<void>((resolve) => {
        this.listener = resolve;
      });
    }
    return this.told.shift() as Told;
  }

  /** It crashes (SIGKILL). */
  public async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGKILL');
      await ended;
    }
  }

  /** It stops where it is, as in a long garbage collection or a frozen function (SIGSTOP). */
  public pause(): void {
    this.child.kill('SIGSTOP');
  }

  /** It goes on where it stopped, knowing nothing of the pause. */
  public resume(): void {
    this.child.kill('SIGCONT');
  }
}

/** Starts several of the same kind. */
export function startContenders(worker: string, count: number): Promise<Contender[]> {
  return Promise.all(Array.from({ length: count }, () => Contender.start(worker)));
}

/** Ends every one this file started: `afterAll(endContenders)`. */
export async function endContenders(): Promise<void> {
  await Promise.all(started.map((contender) => contender.kill()));
}
