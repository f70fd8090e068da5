import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { LOCAL_ACCOUNT, LOCAL_REGION } from './client-environment';
import { freePort, LOOPBACK, portTaken } from './free-port';
import { LocalAwsError } from './local-aws-error';
import { killGroup, lastLines } from './run';

export interface EmulatorOptions {
  /** The interpreter that has ministack installed. */
  readonly python: string;
  /** The Python package that starts it, by its folder. */
  readonly extension: string;
  /**
   * TCP port on 127.0.0.1. A taken one is an error.
   * @default - a free one
   */
  readonly port?: number;
  readonly signal: AbortSignal;
  readonly nodePath?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Without the repairs: for the tests that prove each is needed. */
  readonly plain?: boolean;
}

type Command = { readonly do: 'recorded-only' } | { readonly do: 'kill-workers'; readonly function: string };
interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** By this answer to no command it tells that the port is its own. */
const TOLD_UNASKED = 0;
const HEALTHY_WITHIN_MS = 60_000;
const PORTS_TRIED = 3;
const POLL_MS = 25;
const GRACE_MS = 2_000;
/** How long its last words are waited for: whatever it started may outlive it, and hold its output open. */
const LAST_WORDS_MS = 1_000;
const KEPT_OUTPUT = 16_384;

/** One running ministack, its Lambda workers and its temporary folder. */
export class Emulator {
  /** Rejects when the process ends without having been stopped. */
  public readonly died: Promise<never>;
  /** Where all its services answer. */
  public readonly endpoint: string;
  private output = '';
  private stopping?: Promise<void>;
  private readonly ended: Promise<void>;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private commands = 0;
  /** Whether the port is its own: that somebody answers there does not tell who. */
  private bound = false;

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly port: number,
    private readonly folder: string,
  ) {
    this.endpoint = `http://${LOOPBACK}:${port}`;
    const collect = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    child.stderr.on('data', collect);
    createInterface({ input: child.stdout }).on('line', (line) => this.answered(line));
    // Writing to a process that just died is told by its end, not by its pipe.
    child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.output += error.message;
        resolve();
      });
      child.once('exit', () => setTimeout(resolve, LAST_WORDS_MS).unref());
      child.once('close', () => resolve());
    });
    this.died = this.ended.then(() => this.stopping ? new Promise<never>(() => undefined) : Promise.reject(this.death()));
    // Nobody may be listening yet, or ever; that is no reason to end the program.
    this.died.catch(() => undefined);
  }

  /**
   * Starts it and waits until it answers. Leaves nothing behind when that fails or is aborted.
   * @throws LocalAwsError when it does not start; the signal's reason when it was aborted
   */
  public static async start(options: EmulatorOptions): Promise<Emulator> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await Emulator.startOn(await freePort(options.port), options);
      } catch (error) {
        // Whoever asks for a free port can have it taken away until it is used.
        if (options.port !== undefined || tries === PORTS_TRIED || !(error instanceof LocalAwsError && error.code === 'PORT_TAKEN')) {
          throw error;
        }
      }
    }
  }

  private static async startOn(port: number, options: EmulatorOptions): Promise<Emulator> {
    options.signal.throwIfAborted();
    const folder = await mkdtemp(join(tmpdir(), 'local-aws-'));
    // Isolated from the user's own Python, and without writing what it compiled beside the sources: they may be read-only.
    const child = spawn(options.python, ['-IB', options.extension, ...(options.plain ? ['--plain'] : [])], {
      cwd: folder,
      // A group of its own: one signal reaches the Lambda workers too, and a Ctrl-C of the terminal reaches none of them.
      detached: true,
      env: emulatorEnvironment(folder, port, options),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const emulator = new Emulator(child, port, folder);
    try {
      await emulator.healthy(options.signal);
      return emulator;
    } catch (error) {
      await emulator.stop();
      throw error;
    }
  }

  /** Asks the process itself something no AWS API tells. */
  public async ask(command: Command): Promise<unknown> {
    const id = this.commands += 1;
    const answer = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    this.child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
    const { result, error } = await Promise.race([answer, this.ended.then((): Answer => ({ id, error: 'it has ended' }))]);
    if (error !== undefined) {
      throw new LocalAwsError('EMULATOR_REFUSED', `The local AWS could not ${command.do}: ${error}`, 'Start it again.');
    }
    return result;
  }

  /** Ends it with all its workers and removes its folder. Calling it again waits for the same end. */
  public stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { pid } = this.child;
    if (pid !== undefined) {
      killGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), GRACE_MS);
      await this.ended;
      clearTimeout(timer);
      // A worker that ignores SIGTERM outlives the emulator, but not this.
      killGroup(pid, 'SIGKILL');
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  private async healthy(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + HEALTHY_WITHIN_MS;
    while (!this.bound || !await answers(`${this.endpoint}/_ministack/health`)) {
      signal.throwIfAborted();
      if (Date.now() > deadline) {
        throw new LocalAwsError('EMULATOR_SLOW', `The local AWS did not answer within ${HEALTHY_WITHIN_MS / 1000} s.\n${lastLines(this.output)}`,
          'The machine may be very busy: try again.');
      }
      await Promise.race([sleep(POLL_MS), this.died]);
    }
    signal.throwIfAborted();
  }

  private answered(line: string): void {
    const answer = parsed(line);
    if (answer === undefined) {
      // Not an answer, or half of one: what it was about to say when it was killed.
      this.output += `${line}\n`;
      return;
    }
    this.bound ||= answer.id === TOLD_UNASKED;
    this.waiting.get(answer.id)?.(answer);
    this.waiting.delete(answer.id);
  }

  private death(): LocalAwsError {
    if (!this.bound && /address already in use|is already in use/i.test(this.output)) {
      return portTaken(this.port);
    }
    const { exitCode, signalCode } = this.child;
    return new LocalAwsError('EMULATOR_DIED', `The local AWS ended by itself (${signalCode ?? `exit code ${exitCode}`}).\n${lastLines(this.output)}`,
      'What it printed last is above; nothing of it is left running.');
  }
}

function parsed(line: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value instanceof Object ? value as Answer : undefined;
  } catch {
    return undefined;
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then((response) => response.ok, () => false);
}

/** Nothing of the user's own environment: it would reach every handler, credentials included. */
function emulatorEnvironment(folder: string, port: number, options: EmulatorOptions): Record<string, string> {
  return {
    // Workers are started as plain "node"; they shall be the Node that runs this.
    PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
    HOME: folder,
    TMPDIR: folder,
    LANG: 'C.UTF-8',
    BIND_HOST: LOOPBACK,
    GATEWAY_PORT: String(port),
    MINISTACK_HOST: LOOPBACK,
    MINISTACK_ACCOUNT_ID: LOCAL_ACCOUNT,
    MINISTACK_REGION: LOCAL_REGION,
    // Enforces IAM on what functions call: a missing grant fails here as it fails in AWS.
    AUTH: 'true',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    DOCKER_HOST: 'unix:///nonexistent.sock',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...(options.nodePath === undefined ? {} : { NODE_PATH: options.nodePath }),
    ...options.environment,
  };
}
