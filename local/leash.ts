/**
 * What we have started ends with us, however we end: a `Leash` holds processes that come and go, and the folder that they write
 * to. What ends before us is let go of by itself; `release` comes last, when the folder is removed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

export interface LeashOptions {
  /**
   * What ends the processes. One that has not ended after 10 s is killed.
   * @default SIGKILL
   */
  readonly signal?: NodeJS.Signals;
  /**
   * A folder that is removed when the processes have ended.
   * @default - none
   */
  readonly folder?: string;
}

/**
 * Each line names the processes that are held from now on; one that says `free` lets all of them go. When the lines end without
 * it, whoever wrote them is gone. A process that stands still is woken, since it would not see its end coming.
 */
const KEEPER = `
while read -r line; do
  [ "$line" = free ] && exit
  held=$line
done
for pid in $held; do
  kill -s CONT "$pid"
  kill -s "$1" "$pid"
done
seconds=0
for pid in $held; do
  while [ $seconds -lt 10 ] && kill -s 0 "$pid"; do
    sleep 1
    seconds=$((seconds + 1))
  done
  kill -s KILL "$pid"
done
[ -n "$2" ] && rm -rf -- "$2"
`;

/** Holds processes and a folder by a shell that listens to us through a pipe: no death of ours escapes it, a SIGKILL included. */
export class Leash {
  private readonly keeper: ChildProcess;
  private readonly pipe: Socket;
  private readonly ended: Promise<void>;
  private readonly held = new Set<number>();

  constructor({ signal = 'SIGKILL', folder = '' }: LeashOptions = {}) {
    this.keeper = spawn('/bin/sh', ['-c', KEEPER, 'leash', signal.slice('SIG'.length), folder], {
      cwd: '/',
      // A session of its own: a Ctrl-C of the terminal does not reach it.
      detached: true,
      env: { PATH: process.env.PATH },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.pipe = this.keeper.stdin as Socket;
    // Without a shell there is no leash; that is no reason to end the program.
    this.pipe.on('error', () => undefined);
    this.ended = new Promise((resolve) => this.keeper.once('error', () => resolve()).once('close', () => resolve()));
    // It waits for our end, and must not put it off.
    this.keeper.unref();
    this.pipe.unref();
  }

  /** Holds a process of ours until it has ended. */
  public hold(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) {
      return;
    }
    this.held.add(pid);
    this.tell();
    // Its number may soon be that of another process.
    child.once('exit', () => {
      this.held.delete(pid);
      this.tell();
    });
  }

  /** Lets go of all that it holds and waits until nothing is left of the leash itself. May be called again. */
  public async release(): Promise<void> {
    if (!this.pipe.writableEnded) {
      this.pipe.end('free\n');
    }
    this.keeper.ref();
    await this.ended;
  }

  private tell(): void {
    if (!this.pipe.writableEnded) {
      this.pipe.write(`${[...this.held].join(' ')}\n`);
    }
  }
}
