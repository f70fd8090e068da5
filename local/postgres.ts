import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Certificate } from './certificate';
import { freePort, LOOPBACK } from './free-port';
import { LocalAwsError } from './local-aws-error';
import { PostgresFront } from './postgres-front';
import { giveAway, postgresPrograms, serverFolder, serverUser } from './postgres-programs';
import { childrenOf, signalTo } from './process-family';
import { lastLines } from './run';

export interface PostgresOptions {
  /** Called with a short line for people at each long step. */
  readonly progress: (line: string) => void;
  /** Aborted on Ctrl-C; whatever was started until then is ended and removed. */
  readonly signal: AbortSignal;
  /**
   * TCP port on 127.0.0.1. A taken one is an error.
   * @default - a free one
   */
  readonly port?: number;
  /**
   * Lets clients connect by TLS; those that do not ask for it are let in as well.
   * @default - no TLS
   */
  readonly certificate?: Certificate;
  /**
   * How many connections it takes at most.
   * @default 100
   */
  readonly maxConnections?: number;
}

const SUPERUSER = 'postgres';
const HEALTHY_WITHIN_MS = 30_000;
const GRACE_MS = 2_000;
const KEPT_OUTPUT = 16_384;

/**
 * A real PostgreSQL server on this machine: the data plane that the local AWS lacks behind RDS. It lets everybody of this machine
 * in, whatever the password; its superuser is `postgres`. What was committed outlives a crash of the server, not of the machine.
 */
export class Postgres {
  /** The host it listens on. */
  public readonly host = LOOPBACK;

  private child?: ChildProcess;
  private front?: PostgresFront;
  /** Where the server itself listens: behind the front, where there is one. */
  private readonly inner: Promise<number>;
  private output = '';
  private paused: number[] = [];
  private readonly standbys: PostgresStandby[] = [];

  /** @internal */
  protected constructor(
    /** The TCP port on 127.0.0.1, the same after every restart. */
    public readonly port: number,
    private readonly programs: string,
    private readonly home: string,
    private readonly options: PostgresOptions,
  ) {
    this.inner = options.certificate ? freePort() : Promise.resolve(port);
  }

  /**
   * Starts one, empty, and waits until it answers.
   * @throws LocalAwsError when there is none to be had; the signal's reason when it was aborted
   */
  public static async start(options: PostgresOptions): Promise<Postgres> {
    options.signal.throwIfAborted();
    const port = await freePort(options.port);
    const home = await serverFolder();
    try {
      const programs = await postgresPrograms(home, options);
      await giveAway(home);
      const postgres = new Postgres(port, programs, home, options);
      await postgres.program('initdb', '-D', postgres.data, '-U', SUPERUSER, '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C',
        '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
      await postgres.launch();
      options.progress(`PostgreSQL answers at ${LOOPBACK}:${port}`);
      return postgres;
    } catch (error) {
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** How clients name it: `postgresql://postgres@127.0.0.1:5432/postgres`. */
  public get url(): string {
    return `postgresql://${SUPERUSER}@${this.host}:${this.port}/postgres`;
  }

  /** Starts it again after `kill`, on the same port, with all that was committed. */
  public async restart(signal?: AbortSignal): Promise<void> {
    this.output = '';
    const { maxConnections = 100 } = this.options;
    const port = await this.inner;
    const settings = [
      `port=${port}`, `listen_addresses=${LOOPBACK}`, 'unix_socket_directories=', `max_connections=${maxConnections}`,
      // Whatever was written is in the memory of the machine, which a crash of the server leaves alone.
      'fsync=off', 'full_page_writes=off', 'shared_buffers=32MB', 'dynamic_shared_memory_type=mmap', 'timezone=UTC', 'log_timezone=UTC',
    ];
    const child = this.spawn('postgres', ['-D', this.data, ...settings.flatMap((setting) => ['-c', setting])]);
    this.child = child;
    // Whoever started it may end without stopping it. On SIGQUIT it ends all its processes at once and cleans up behind them.
    const orphaned = (): void => {
      this.resume();
      child.kill('SIGQUIT');
      rmSync(this.home, { recursive: true, force: true });
    };
    process.once('exit', orphaned);
    child.once('close', () => process.off('exit', orphaned));
    const deadline = Date.now() + HEALTHY_WITHIN_MS;
    while (!await answers(port)) {
      signal?.throwIfAborted();
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined || Date.now() > deadline) {
        throw new LocalAwsError('POSTGRES_FAILED', `PostgreSQL did not answer on port ${this.port}.\n${lastLines(this.output)}`, 'Try again.');
      }
      await sleep(20);
    }
  }

  /**
   * Runs SQL as the superuser, every statement of it in one transaction unless it says otherwise.
   * @returns what it selects: a line for each row, `|` between columns
   * @throws LocalAwsError when the server refuses it
   */
  public async sql(command: string, database = 'postgres'): Promise<string> {
    const address = ['-h', this.host, '-p', String(await this.inner), '-U', SUPERUSER, '-d', database];
    return this.program('psql', '--no-psqlrc', '-v', 'ON_ERROR_STOP=1', '-qAt', ...address, '-c', command);
  }

  /**
   * Starts a server that repeats all that this one writes, a moment later, and answers reads. It is stopped with this one.
   * @param port TCP port on 127.0.0.1; a free one unless given
   */
  public async standby(port?: number): Promise<PostgresStandby> {
    const standby = await PostgresStandby.of(await this.inner, this.programs, { ...this.options, port });
    this.standbys.push(standby);
    return standby;
  }

  /** Ends it at once, with all its processes, as a crash would (SIGKILL). */
  public async kill(): Promise<void> {
    const { child } = this;
    if (!isRunning(child)) {
      return;
    }
    const ended = new Promise((resolve) => child.once('close', resolve));
    // One that stands still starts no more processes, so that none is missed.
    this.pause();
    this.paused.forEach((pid) => signalTo(pid, 'SIGKILL'));
    child.kill('SIGKILL');
    this.paused = [];
    await ended;
  }

  /** Lets it hang: it keeps its connections and answers nobody (SIGSTOP). */
  public pause(): void {
    if (isRunning(this.child)) {
      this.child.kill('SIGSTOP');
      this.paused = childrenOf(this.child.pid);
      this.paused.forEach((pid) => signalTo(pid, 'SIGSTOP'));
    }
  }

  /** Lets it go on. */
  public resume(): void {
    this.paused.forEach((pid) => signalTo(pid, 'SIGCONT'));
    this.paused = [];
    this.child?.kill('SIGCONT');
  }

  /** Ends it and its standbys and removes what they wrote. May be called again. */
  public async stop(): Promise<void> {
    await Promise.all(this.standbys.map((standby) => standby.stop()));
    const { child } = this;
    if (isRunning(child)) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      this.resume();
      child.kill('SIGQUIT');
      const timer = setTimeout(() => void this.kill(), GRACE_MS);
      await ended;
      clearTimeout(timer);
    }
    await this.front?.stop();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  protected get data(): string {
    return join(this.home, 'data');
  }

  /** The first start. */
  protected async launch(): Promise<void> {
    const { certificate, signal } = this.options;
    try {
      await this.restart(signal);
      this.front = certificate && await PostgresFront.start(certificate, this.port, await this.inner);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  protected program(name: string, ...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.output = '';
      const child = this.spawn(name, args);
      let answer = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      child.once('close', (code) => code === 0
        ? resolve(answer.trimEnd())
        : reject(new LocalAwsError('POSTGRES_FAILED', `${name} failed:\n${lastLines(this.output)}`, 'See what it says.')));
    });
  }

  private spawn(program: string, args: string[]): ChildProcess {
    const child = spawn(join(this.programs, program), args, {
      cwd: this.home,
      // Settings of the user's own PostgreSQL are not meant for this one.
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...serverUser(),
    });
    const collect = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', ({ message }) => collect(Buffer.from(message)));
    return child;
  }
}

/** A server that repeats what another one writes. */
export class PostgresStandby extends Postgres {
  /** @internal */
  public static async of(primary: number, programs: string, options: PostgresOptions): Promise<PostgresStandby> {
    const port = await freePort(options.port);
    const home = await serverFolder();
    try {
      await giveAway(home);
      const standby = new PostgresStandby(port, programs, home, options);
      await standby.program('pg_basebackup', '-h', LOOPBACK, '-p', String(primary), '-U', SUPERUSER, '-D', standby.data,
        '--write-recovery-conf', '--checkpoint=fast', '--no-sync');
      await standby.launch();
      options.progress(`A standby of PostgreSQL answers at ${LOOPBACK}:${port}`);
      return standby;
    } catch (error) {
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** Lets it fall behind: it goes on receiving what is written, and shows none of it. */
  public async pauseReplay(): Promise<void> {
    await this.sql('SELECT pg_wal_replay_pause()');
    while (await this.sql('SELECT pg_get_wal_replay_pause_state()') !== 'paused') {
      await sleep(20);
    }
  }

  /** Lets it catch up. */
  public async resumeReplay(): Promise<void> {
    await this.sql('SELECT pg_wal_replay_resume()');
  }

  /** Makes it a primary of its own, which takes writes. */
  public async promote(): Promise<void> {
    await this.sql('SELECT pg_promote()');
  }
}

type Running = ChildProcess & { readonly pid: number };

function isRunning(child: ChildProcess | undefined): child is Running {
  return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** A start-up message: version 3.0, then names and values, each ended by a zero. */
const HELLO = ((): Buffer => {
  const body = Buffer.from(`\0\x03\0\0user\0${SUPERUSER}\0database\0postgres\0\0`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
})();

/** Whether a server is up and lets in: it answers R (authentication), and E (error) while it still starts. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port, timeout: 1_000 });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(HELLO));
    socket.once('data', (data) => settle(data.toString('latin1').startsWith('R')));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
