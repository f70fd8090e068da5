// Compares what every test/integ/integ.<name>.ts synthesises with the snapshot beside it, without an account.
// `npm run integ:verify` prints what differs and fails; `npm run integ:update` writes the snapshots. Both take names.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Writable } from 'node:stream';
import { isDeepStrictEqual, promisify } from 'node:util';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';

const ROOT = path.join(__dirname, '..');
const AT_ONCE = 2;

/** Where the integ tests are. */
export const INTEG = path.join(ROOT, 'test', 'integ');

/** The templates of an integ test by file name, and its manifest, as far as they are the same on every machine. */
export interface Snapshot {
  readonly [file: string]: object;
}

/** The names of the integ tests: `work-queue` for `integ.work-queue.ts`. */
export function integTests(): string[] {
  return named(/^integ\.((?!test\.)[\w-]+)\.ts$/);
}

/** The names of the snapshots whose integ test is gone. */
export function orphanedSnapshots(): string[] {
  const tests = integTests();
  return named(/^integ\.([\w-]+)\.ts\.snapshot$/).filter((name) => !tests.includes(name));
}

/** The folder of a test's snapshot. */
export function snapshotFolder(name: string): string {
  return path.join(INTEG, `integ.${name}.ts.snapshot`);
}

/**
 * What an integ test synthesises under the recommended feature flags, whatever account and context this machine has.
 *
 * @throws Error with the output of the app when it fails
 */
export async function synthesise(name: string): Promise<Snapshot> {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'integ-'));
  try {
    await promisify(execFile)(process.execPath, ['--import', 'tsx', path.join(INTEG, `integ.${name}.ts`)], {
      cwd: ROOT,
      env: {
        ...process.env,
        CDK_OUTDIR: outdir,
        CDK_CONTEXT_JSON: JSON.stringify(flags),
        CDK_VALIDATION: 'false',
        CDK_DEFAULT_ACCOUNT: undefined,
        CDK_DEFAULT_REGION: undefined,
      },
    });
    return readSnapshot(outdir);
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
}

/** The snapshot in a folder; empty when there is none. Assets and what tells where it was made are left out. */
export function readSnapshot(folder: string): Snapshot {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return Object.fromEntries(files.filter((file) => file.endsWith('.template.json') || file === 'integ.json').sort()
    .map((file) => [file, JSON.parse(withoutChance(fs.readFileSync(path.join(folder, file), 'utf8')))]));
}

/** Replaces a snapshot. */
export function writeSnapshot(folder: string, snapshot: Snapshot): void {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  for (const [file, content] of Object.entries(snapshot)) {
    fs.writeFileSync(path.join(folder, file), `${JSON.stringify(content, null, 1)}\n`);
  }
}

/** What differs between two snapshots, for people; empty when nothing does. */
export async function difference(before: Snapshot, after: Snapshot): Promise<string> {
  const files = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const differing = files.filter((file) => !isDeepStrictEqual(before[file], after[file]));
  return (await Promise.all(differing.map(async (file) => `${file}\n${await describe(before[file], after[file])}`))).join('\n');
}

/** What differs between an integ test and its snapshot, or why there is nothing to compare; empty when all is well. */
export async function verify(name: string): Promise<string> {
  const snapshot = readSnapshot(snapshotFolder(name));
  return Object.keys(snapshot).length > 0
    ? difference(snapshot, await synthesise(name))
    : 'no snapshot; npm run integ:update writes one\n';
}

/** Does something with every name, few at a time. */
export async function forEachOf(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const left = names.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const name of left) {
      await work(name);
    }
  }));
}

function named(pattern: RegExp): string[] {
  return fs.readdirSync(INTEG).flatMap((entry) => pattern.exec(entry)?.[1] ?? []).sort();
}

/** Takes out what changes from run to run (the time in every assertion) and from machine to machine (hashes of assets). */
function withoutChance(json: string): string {
  return json.replace(/"salt": "\d+"/g, '"salt": "<time>"').replace(/\b[0-9a-f]{64}\b/g, '<asset>');
}

async function describe(before?: object, after?: object): Promise<string> {
  if (!before || !after) {
    return before ? '  is no longer synthesised\n' : '  is not in the snapshot\n';
  }
  // Loaded only here: it brings the schemas of all resources.
  const { formatDifferences, fullDiff } = await import('@aws-cdk/cloudformation-diff');
  const diff = fullDiff(before, after);
  let text = '';
  formatDifferences(new Writable({ write: (chunk, _, done) => { text += String(chunk); done(); } }), diff);
  // It is silent about what CloudFormation does not act on, such as the order of dependencies.
  return text.trim() ? text : changedLines(before, after);
}

function changedLines(before: object, after: object): string {
  const [old, current] = [before, after].map((content) => JSON.stringify(content, null, 1).split('\n'));
  const marked = (sign: string, lines: string[], others: string[]) =>
    lines.filter((line) => !others.includes(line)).map((line) => `  ${sign} ${line.trim()}\n`);
  return [...marked('-', old!, current!), ...marked('+', current!, old!)].join('') || '  the order of its parts\n';
}

async function main(args: string[]): Promise<void> {
  const asked = args.filter((arg) => !arg.startsWith('-'));
  const unknown = asked.filter((name) => !integTests().includes(name));
  const failures = [
    ...unknown.map((name) => `${name} is no integ test; there are: ${integTests().join(', ')}\n`),
    ...asked.length > 0 ? [] : orphanedSnapshots().map((name) => `${name} has a snapshot without integ.${name}.ts\n`),
  ];
  failures.forEach((failure) => process.stdout.write(`✗ ${failure}`));
  await forEachOf((asked.length > 0 ? asked : integTests()).filter((name) => !unknown.includes(name)), async (name) => {
    try {
      if (args.includes('--update')) {
        writeSnapshot(snapshotFolder(name), await synthesise(name));
      }
      const problem = await verify(name);
      failures.push(...problem ? [problem] : []);
      process.stdout.write(problem ? `✗ ${name}: ${problem}` : `✓ ${name}\n`);
    } catch (error) {
      failures.push(name);
      process.stdout.write(`✗ ${name}: ${(error as Error).message}\n`);
    }
  });
  process.exitCode = failures.length > 0 ? 1 : 0;
}

if (require.main === module) {
  void main(process.argv.slice(2));
}
