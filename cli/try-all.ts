import { BLUEPRINTS } from '../blueprints/registry';
import { CliError } from './errors';
import { mark, Progress, since } from './progress';
import { failures, trialOf, type TryOptions, type TryReport } from './try';

const HEADINGS = ['blueprint', 'resources', 'deploy', 'steps', 'faults', 'proven', 'recorded only'];

/**
 * Tries every blueprint, one after the other, and prints one table. Of a blueprint that fails everything is printed that it said.
 *
 * @throws CliError when one does not keep its promises
 */
export async function tryAll(options: TryOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  const rows: string[][] = [];
  const broken: string[] = [];
  for (const { name } of BLUEPRINTS) {
    const start = Date.now();
    const said: string[] = [];
    const quiet = new Progress({ write: (text) => said.push(text) });
    const report = await trialOf(name, options, quiet, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      said.push(`${error instanceof Error ? error.message : String(error)}\n`);
      return undefined;
    });
    const kept = report !== undefined && failures(report.results) === 0;
    progress.line(`${mark(kept)} ${name} (${since(start)})`);
    if (!kept) {
      broken.push(name);
      said.join('').split('\n').forEach((line) => progress.line(`    ${line}`.trimEnd()));
    }
    rows.push(row(name, report));
  }
  progress.line();
  table([HEADINGS, ...rows]).forEach((line) => progress.line(line));
  progress.line('\nrecorded only: types and properties that the local AWS keeps without acting on them; nothing about them is proven');
  if (broken.length > 0) {
    throw new CliError(`${broken.length} of ${BLUEPRINTS.length} blueprints do not keep their promises: ${broken.join(', ')}`);
  }
}

function row(name: string, report: TryReport | undefined): string[] {
  if (!report) {
    return [name, ...HEADINGS.slice(1).map(() => '-')];
  }
  const { resources, deploySeconds, results, recordedOnly } = report;
  const proven = results.filter(({ outcome }) => outcome === 'proven');
  return [
    name, String(resources), `${deploySeconds.toFixed(1)} s`, String(results.length), String(results.filter(({ fault }) => fault).length),
    `${proven.length} of ${results.length}`, String(recordedOnly.length),
  ];
}

/** Columns as wide as they must be; numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => cells
    .map((cell, column) => column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join('  ').trimEnd());
}
