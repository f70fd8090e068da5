import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort, LOOPBACK } from './free-port';
import { Leash } from './leash';
import { LocalAwsError } from './local-aws-error';
import { answers, SUPERUSER } from './postgres-answers';
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
   * How many connections it takes at most.
   * @default 100
   */
  readonly maxConnections?: number;
}

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

  /** The folder of its programs. */
  protected programs = '';
  private child?: ChildProcess;
  private output = '';
  private paused: number[] = [];
  private readonly standbys: PostgresStandby[] = [];
  private readonly leash: Leash;

  /** @internal */
  protected constructor(
    /** The TCP port on 127.0.0.1, the same after every restart. */
    public readonly port: number,
    protected readonly home: string,
    private readonly options: PostgresOptions,
  ) {
    // On SIGQUIT it ends all its processes, at the latest after 5 s those that stand still too, and cleans up behind them.
    this.leash = new Leash({ signal: 'SIGQUIT', folder: home });
  }

  /**
   * Starts one, empty, and waits until it answers.
   * @throws LocalAwsError when there is none to be had; the signal's reason when it was aborted
   */
  public static async start(options: PostgresOptions): Promise<Postgres> {
    options.signal.throwIfAborted();
    const port = await freePort(options.port);
    const postgres = new Postgres(port, await serverFolder(), options);
    await postgres.launch(async () => {
      postgres.programs = await postgresPrograms(postgres.home, options);
      await giveAway(postgres.home);
      await postgres.program('initdb', '-D', postgres.data, '-U', SUPERUSER, '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C',
        '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
    });
    options.progress(`PostgreSQL answers at ${LOOPBACK}:${port}`);
    return postgres;
  }

  /** How clients name it: `postgresql://postgres@127.0.0.1:5432/postgres`. */
  public get url(): string {
    return `postgresql://${SUPERUSER}@${this.host}:${this.port}/postgres`;
  }

  /** Whether it runs; one that is paused does. */
  public get running(): boolean {
    return isRunning(this.child);
  }

  /** Starts it again after `kill`, on the same port, with all that was committed. */
  public async restart(signal?: AbortSignal): Promise<void> {
    this.output = '';
    const { maxConnections = 100 } = this.options;
    const settings = [
      `port=${this.port}`, `listen_addresses=${LOOPBACK}`, 'unix_socket_directories=', `max_connections=${maxConnections}`,
      // Whatever was written is in the memory of the machine, which a crash of the server leaves alone.
      'fsync=off', 'full_page_writes=off', 'shared_buffers=32MB', 'dynamic_shared_memory_type=mmap', 'timezone=UTC', 'log_timezone=UTC',
    ];
    const child = this.spawn('postgres', ['-D', this.data, ...settings.flatMap((setting) => ['-c', setting])]);
    this.child = child;
    const deadline = Date.now() + HEALTHY_WITHIN_MS;
    while (!await answers(this.port)) {
      signal?.throwIfAborted();
      if (!isRunning(child) || Date.now() > deadline) {
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
    const address = ['-h', this.host, '-p', String(this.port), '-U', SUPERUSER, '-d', database];
    return this.program('psql', '--no-psqlrc', '-v', 'ON_ERROR_STOP=1', '-qAt', ...address, '-c', command);
  }

  /**
   * Starts a server that repeats all that this one writes, a moment later, and answers reads. It is stopped with this one.
   * @param port TCP port on 127.0.0.1; a free one unless given
   */
  public async standby(port?: number): Promise<PostgresStandby> {
    const standby = await PostgresStandby.of(this.port, this.programs, { ...this.options, port });
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
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    await this.leash.release();
  }

  protected get data(): string {
    return join(this.home, 'data');
  }

  /** The first start, when its folder is filled. Leaves nothing behind when that fails. */
  protected async launch(fill: () => Promise<void>): Promise<void> {
    try {
      await fill();
      await this.restart(this.options.signal);
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
    this.leash.hold(child);
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
    const standby = new PostgresStandby(await freePort(options.port), await serverFolder(), options);
    await standby.launch(async () => {
      standby.programs = programs;
      await giveAway(standby.home);
      await standby.program('pg_basebackup', '-h', LOOPBACK, '-p', String(primary), '-U', SUPERUSER, '-D', standby.data,
        '--write-recovery-conf', '--checkpoint=fast', '--no-sync');
    });
    return standby;
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

  /**
   * Makes it a primary of its own, which takes writes.
   * @throws LocalAwsError when it does not become one within a minute
   */
  public async promote(): Promise<void> {
    if (await this.sql('SELECT pg_promote()') !== 't') {
      throw new LocalAwsError('POSTGRES_FAILED', 'The standby of PostgreSQL was not promoted.', 'Try again.');
    }
  }
}

type Running = ChildProcess & { readonly pid: number };

function isRunning(child: ChildProcess | undefined): child is Running {
  return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
