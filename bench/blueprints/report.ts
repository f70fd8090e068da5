/** What a measurement says, and where it is written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const BEGIN = '<!-- measured: written by npm run bench:blueprints -->';
const END = '<!-- end of measured -->';

/** What was measured. */
export interface Report {
  /** The page that shows it, from the root of the repository. */
  readonly page: string;
  /** What the page shows, in Markdown. */
  readonly text: string;
  /** Promises that did not hold; nothing if all did. */
  readonly broken: readonly string[];
}

/** A table in Markdown; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |')).join('\n');
}

/** Milliseconds with as many digits as are worth something. */
export const shown = (milliseconds: number) => milliseconds.toFixed(milliseconds < 10 ? 1 : 0);

/** A number per second, to two digits and with thousands apart: a machine that does other things too gives no more. */
export const rounded = (number: number) => Number(number.toPrecision(2)).toLocaleString('en');

/** A page with what was measured in its place. */
export function withMeasured(page: string, text: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) {
    throw new Error(`the page has no place for what was measured: put '${BEGIN}' and '${END}' into it`);
  }
  return `${before}${BEGIN}\n${text}\n${END}${after}`;
}

/** Writes what was measured into its page. */
export function write({ page, text }: Report): void {
  const file = join(ROOT, page);
  writeFileSync(file, withMeasured(readFileSync(file, 'utf8'), text));
}
