import * as fs from 'node:fs';
import * as path from 'node:path';
import { BLUEPRINTS, UnknownBlueprintError } from '../blueprints/registry';
import { packageRoot } from '../lib/core/package-root';
import { LocalAwsError } from '../local';
import { parse, USAGE } from './arguments';
import { CliError } from './errors';
import { list } from './list';
import { Progress } from './progress';

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
  const unread = () => interrupted.abort(new Interruption(UNREAD));
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
        if (name ?? values.keep) {
          throw new CliError(`try ${name ?? '--keep'}, or try --all`, 2);
        }
        const { tryAll } = require('./try-all') as typeof import('./try-all');
        return tryAll({ keep: false, port: values.port }, progress, signal);
      }
      const { tryBlueprint } = require('./try') as typeof import('./try');
      return tryBlueprint(name ?? BLUEPRINTS[0]!.name, { keep: values.keep ?? false, port: values.port }, progress, signal);
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
    case 'version':
      return progress.line((JSON.parse(fs.readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version);
    default:
      return progress.line(USAGE);
  }
}

function named(command: string, name: string | undefined): string {
  if (!name) {
    throw new CliError(`${command} which blueprint?\nblueprints: ${BLUEPRINTS.map((entry) => entry.name).join(', ')}`, 2);
  }
  return name;
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
const EXIT_CODES: Partial<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** That of SIGPIPE. The signal itself is left alone: it comes for every write to a connection whose other end has died, too. */
const UNREAD = 141;

class Interruption extends Error {
  constructor(public readonly exitCode: number) {
    super('interrupted');
  }
}
