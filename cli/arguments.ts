import { parseArgs } from 'node:util';
import { BLUEPRINTS } from '../blueprints/registry';
import { CliError } from './errors';

export const USAGE = `system-blueprints <command>

  list                              every blueprint: concepts, AWS services, what is proven locally
  try [name] [--keep] [--port N]    deploy it to a local AWS and prove it, faults included (default: ${BLUEPRINTS[0]!.name})
                                    --keep leaves it running until Ctrl-C; --port fixes the port of the local AWS
  try --all [--port N]              every blueprint, one after the other, and one table of what was proven
  explain <name>                    its concepts and where each is in the stack, trade-offs, sizes with their arithmetic
  diagram <name> [--svg FILE]       its picture, from the construct tree and the wiring: Mermaid, or SVG into a file
  verify <name> [--stack NAME]      run the same proof against a stack deployed in your account
  redrive <stack> [--queue TEXT] [--dry-run]
                                    send the dead letters of a deployed stack back to the queues they came from
  help, --version                   this text; the version of the package
`;

const OPTIONS = {
  all: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  keep: { type: 'boolean' },
  port: { type: 'string' },
  queue: { type: 'string' },
  stack: { type: 'string' },
  svg: { type: 'string' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** What each command takes: whether a name, and which options. */
const COMMANDS: { readonly [command: string]: { readonly named: boolean; readonly options: readonly string[] } } = {
  diagram: { named: true, options: ['svg'] },
  explain: { named: true, options: [] },
  help: { named: true, options: [] },
  list: { named: false, options: [] },
  redrive: { named: true, options: ['queue', 'dry-run'] },
  try: { named: true, options: ['all', 'keep', 'port'] },
  verify: { named: true, options: ['stack'] },
};

/** A command line that was understood. */
export interface Arguments {
  readonly command: string;
  readonly name?: string;
  readonly values: {
    readonly all?: boolean; readonly 'dry-run'?: boolean; readonly keep?: boolean;
    readonly port?: number; readonly queue?: string; readonly stack?: string; readonly svg?: string;
  };
}

/**
 * Reads a command line.
 *
 * @throws CliError when it cannot be meant as it is
 */
export function parse(args: readonly string[]): Arguments {
  const { positionals: [command, name, ...rest], values: { help, version, ...values } } = read(args);
  if (version) {
    return { command: 'version', values: {} };
  }
  if (help || command === undefined) {
    return { command: 'help', values: {} };
  }
  const known = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!known) {
    return refuse(`there is no command '${command}'`);
  }
  if (rest.length > 0) {
    refuse(`one name at a time; '${rest.join(' ')}' is too much`);
  }
  if (name !== undefined && !known.named) {
    refuse(`${command} takes no name; '${name}' is too much`);
  }
  const strange = Object.keys(values).find((option) => !known.options.includes(option));
  if (strange !== undefined) {
    refuse(`${command} has no option --${strange}${known.options.length > 0 ? `; it has --${known.options.join(', --')}` : ''}`);
  }
  const empty = Object.entries(values).find(([, value]) => value === '');
  if (empty) {
    refuse(`--${empty[0]} is given nothing`);
  }
  return { command, name, values: { ...values, port: port(values.port) } };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    // Node goes on about how to write a name that begins with a dash; no name here does.
    return refuse((error instanceof Error ? error.message : String(error)).split('. To specify')[0]!);
  }
}

function port(given: string | undefined): number | undefined {
  const number = Number(given);
  if (given !== undefined && !(Number.isInteger(number) && number >= 1 && number <= 65535)) {
    throw new CliError(`--port is '${given}'; allowed: a whole number from 1 to 65535`, 2);
  }
  return given === undefined ? undefined : number;
}

function refuse(why: string): never {
  throw new CliError(`${why}\n\n${USAGE}`, 2);
}
