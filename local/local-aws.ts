import { localApiUrl } from './api-url';
import { clientEnvironment } from './client-environment';
import { Emulator } from './emulator';
import { freePort } from './free-port';
import { LocalAwsError } from './local-aws-error';
import { localFile } from './local-file';
import { virtualEnvironment } from './virtual-environment';

export interface LocalAwsOptions {
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
   * Folder with node_modules whose packages, such as the AWS SDK, handlers find without bundling them.
   * @default - handlers find only what they bundle
   */
  readonly nodePath?: string;
  /**
   * Further environment of an emulator of our own and of the functions in it: where real servers stand behind it.
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An AWS on this machine. */
export interface LocalAws {
  /** Where all its services answer, such as `http://127.0.0.1:43210`. */
  readonly endpoint: string;
  /** The user's own emulator, named by AWS_ENDPOINT_URL: neither started nor stopped here. */
  readonly external: boolean;
  /** Lay it over `process.env` for cdk and SDK clients; it also keeps them off the user's own credentials. */
  readonly environment: Record<string, string>;
  /** Rejects with a LocalAwsError when the emulator ends while in use. Never settles otherwise. */
  readonly failed: Promise<never>;
  /**
   * What was deployed so far but has no behaviour behind it: `AWS::CloudWatch::Alarm`, or for a single property of a
   * resource that works `AWS::Logs::LogGroup.RetentionInDays`. Empty for an external emulator, which does not tell.
   */
  recordedOnly(): Promise<string[]>;
  /**
   * The URL that reaches an API, a load balancer or a CDN locally, for a URL of it from a stack's outputs. A path and a query may
   * follow.
   */
  urlOf(apiUrl: string): string;
  /** SIGKILLs every process of a function, busy or warm; how many there were. Always 0 for an external emulator. */
  killWorkers(functionName: string): Promise<number>;
  /** Ends everything that was started and removes it. May be called again. */
  stop(): Promise<void>;
}

/** @internal */
export interface InternalOptions extends LocalAwsOptions {
  readonly plain?: boolean;
}

const never = new Promise<never>(() => undefined);

/**
 * An AWS to deploy to: the emulator that AWS_ENDPOINT_URL names, or else one of our own, installed on first use.
 * @throws LocalAwsError when there is none to be had; the signal's reason when it was aborted
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  options.signal.throwIfAborted();
  return process.env.AWS_ENDPOINT_URL ? external(process.env.AWS_ENDPOINT_URL, options) : own(options);
}

function external(url: string, options: LocalAwsOptions): LocalAws {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new LocalAwsError('ENDPOINT_INVALID', `AWS_ENDPOINT_URL is not an http URL: ${url}`,
      'Set it to a running emulator, such as http://127.0.0.1:4566, or unset it to have one started.');
  }
  const endpoint = url.replace(/\/+$/, '');
  options.progress(`Using the AWS emulator at ${endpoint} (AWS_ENDPOINT_URL)`);
  return {
    endpoint,
    external: true,
    environment: clientEnvironment(endpoint, options.nodePath),
    failed: never,
    recordedOnly: async () => [],
    urlOf: (apiUrl) => localApiUrl(endpoint, apiUrl),
    killWorkers: async () => 0,
    stop: async () => undefined,
  };
}

async function own(options: InternalOptions): Promise<LocalAws> {
  const { progress, signal, port, nodePath, environment, plain } = options;
  if (process.platform === 'win32') {
    throw new LocalAwsError('PLATFORM', 'The local AWS needs Linux or macOS.', 'On Windows, run it inside WSL.');
  }
  // A port that cannot be had is told before an installation rather than after it.
  await freePort(options.port);
  const python = await virtualEnvironment({
    what: 'the local AWS emulator, about 30 MB', requirements: localFile('requirements.txt'), progress, signal,
  });
  progress('Starting the local AWS ...');
  const extension = localFile('ministack_extension');
  const emulator = await Emulator.start({ python, extension, port, signal, nodePath, environment, plain });
  progress(`The local AWS answers at ${emulator.endpoint}`);
  return {
    endpoint: emulator.endpoint,
    external: false,
    environment: clientEnvironment(emulator.endpoint, nodePath),
    failed: emulator.died,
    recordedOnly: async () => await emulator.ask({ do: 'recorded-only' }) as string[],
    urlOf: (apiUrl) => localApiUrl(emulator.endpoint, apiUrl),
    killWorkers: async (functionName) => await emulator.ask({ do: 'kill-workers', function: functionName }) as number,
    stop: () => emulator.stop(),
  };
}
