import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { BLUEPRINTS, UnknownBlueprintError } from '../blueprints/registry';
import { packageRoot } from '../lib/core/package-root';
import { LocalAwsError } from '../local';
import { CliError } from './errors';
import { list } from './list';
import { Progress } from './progress';

const USAGE = `system-blueprints <command>

  list                              every blueprint: concepts, AWS services, what is proven locally
  try [name] [--keep] [--port N]    deploy it to a local AWS and prove it, faults included (default: ${BLUEPRINTS[0]!.name})
                                    --keep leaves it running until Ctrl-C; --port fixes the port of the local AWS
  try --all [--port N]              every blueprint, one after the other, and one table of what was proven
  explain <name>                    its concepts and where each is in the stack, trade-offs, sizes with their arithmetic
  diagram <name> [--svg FILE]       its picture, from the construct tree and the wiring: Mermaid, or SVG into a file
  verify <name> [--stack NAME]      run the same proof against a stack deployed in your account
  redrive <stack> [--queue TEXT] [--dry-run]
                                    send the dead letters of a deployed stack back to the queues they came from
  help                              this text
`;

/** The command line: runs a command and resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  let interruptedAt = Infinity;
  const interrupt = (signal: NodeJS.Signals) => {
    // One Ctrl-C may arrive twice, from the terminal and passed on by npm; a second one asks to give up cleaning.
    if (Date.now() - interruptedAt > ONE_KEYSTROKE_MS) {
      process.exit(EXIT_CODES[signal]);
    }
    interruptedAt = Math.min(interruptedAt, Date.now());
    interrupted.abort(new Interruption(EXIT_CODES[signal]!));
  };
  const unread = () => interrupted.abort(new Interruption(EXIT_CODES.SIGPIPE!));
  Object.keys(EXIT_CODES).forEach((signal) => process.on(signal, interrupt));
  // Nobody reads any more, as after `| head`: there is nobody to work for.
  process.stdout.on('error', unread);
  try {
    await dispatch(args, interrupted.signal);
    return 0;
  } catch (error) {
    return report(error);
  } finally {
    process.stdout.off('error', unread);
    Object.keys(EXIT_CODES).forEach((signal) => process.off(signal, interrupt));
  }
}

/* eslint-disable @typescript-eslint/no-require-imports -- the emulator and the SDK are no business of the other commands */
async function dispatch(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { command, name, values } = parse(args);
  const progress = new Progress();
  switch (command) {
    case 'list':
      return list(progress);
    case 'try': {
      if (values.all) {
        if (name) {
          throw new CliError(`try ${name}, or try --all`, 2);
        }
        const { tryAll } = require('./try-all') as typeof import('./try-all');
        return tryAll({ keep: false, port: port(values.port) }, progress, signal);
      }
      const { tryBlueprint } = require('./try') as typeof import('./try');
      return tryBlueprint(name ?? BLUEPRINTS[0]!.name, { keep: values.keep ?? false, port: port(values.port) }, progress, signal);
    }
    case 'explain': {
      const { explain } = require('./explain') as typeof import('./explain');
      return explain(named(command, name), progress);
    }
    case 'diagram': {
      const { diagram } = require('./diagram') as typeof import('./diagram');
      return diagram(named(command, name), values.svg, progress);
    }
    case 'verify': {
      const { verify } = require('./verify') as typeof import('./verify');
      return verify(named(command, name), values.stack ?? name!, progress, signal);
    }
    case 'redrive': {
      if (!name) {
        throw new CliError(`redrive the dead letters of which stack?\n\n${USAGE}`, 2);
      }
      const { redrive } = require('./redrive') as typeof import('./redrive');
      return redrive(name, { queue: values.queue, dryRun: values['dry-run'] ?? false }, progress, signal);
    }
    case 'help':
    case undefined:
      return progress.line(USAGE);
    default:
      throw new CliError(`there is no command '${command}'\n\n${USAGE}`, 2);
  }
}

function named(command: string, name: string | undefined): string {
  if (!name) {
    throw new CliError(`${command} which blueprint?\nblueprints: ${BLUEPRINTS.map((entry) => entry.name).join(', ')}`, 2);
  }
  return name;
}

function parse(args: readonly string[]) {
  try {
    const { positionals: [command, name, ...rest], values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: 'boolean' }, svg: { type: 'string' }, keep: { type: 'boolean' }, port: { type: 'string' }, stack: { type: 'string' }, queue: { type: 'string' },
        'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
      },
    });
    if (rest.length > 0) {
      throw new Error(`one name at a time; '${rest.join(' ')}' is too much`);
    }
    return { command: values.help ? 'help' : command, name, values };
  } catch (error) {
    throw new CliError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

function port(given: string | undefined): number | undefined {
  const number = Number(given);
  if (given !== undefined && !(Number.isInteger(number) && number >= 1 && number <= 65535)) {
    throw new CliError(`--port is '${given}'; allowed: a whole number from 1 to 65535`, 2);
  }
  return given === undefined ? undefined : number;
}

/** What a user can act on is told as it is; anything else is a fault of this program and shows where. */
function report(error: unknown): number {
  if (error instanceof Interruption) {
    process.stderr.write('\ninterrupted; everything that was started is stopped\n');
    return error.exitCode;
  }
  if (error instanceof LocalAwsError) {
    process.stderr.write(`\n${error.code}: ${error.message}\n${error.hint}\n`);
    return 1;
  }
  if (error instanceof CliError || error instanceof UnknownBlueprintError) {
    process.stderr.write(`\n${error.message}\n`);
    return error instanceof CliError ? error.exitCode : 1;
  }
  if (missingPackage(error)) {
    process.stderr.write(`\n${missingPackage(error)} is not installed here. What the command line needs beside the library:\n`
      + `npm install --save-dev ${optionalPeers().join(' ')}\n`);
    return 1;
  }
  process.stderr.write(`\nunexpected: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}

/** What the command line needs and the library does not, with versions that fit. */
function optionalPeers(): string[] {
  const manifest = JSON.parse(fs.readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>; peerDependenciesMeta: object;
  };
  return Object.keys(manifest.peerDependenciesMeta).map((name) => `${name}@${manifest.peerDependencies[name]!.replace('^', '')}`);
}

/** The optional peer that a failed `require` asked for. */
function missingPackage(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND'
    ? /Cannot find module '(@aws-sdk\/[\w-]+)/.exec(error.message)?.[1]
    : undefined;
}

const ONE_KEYSTROKE_MS = 1000;

/** The exit codes by which shells tell signals: 128 plus the number of the signal. */
const EXIT_CODES: Partial<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 };

class Interruption extends Error {
  constructor(public readonly exitCode: number) {
    super('interrupted');
  }
}
