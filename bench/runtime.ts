/**
 * What the runtime costs beside the nearest libraries, on the same servers with the same clients in the same run: round trips,
 * operations per second, latency, bytes. Ends with 1 when a bar is missed.
 *
 *   npm run bench:runtime [-- <page>...] [--rounds 5] [--milliseconds 600] [--write]
 *
 * With --write the tables go into the pages of the concepts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { pageWith } from './concepts/tables.mjs';
import { bundleSizes, HEAVIER, MOST_BYTES, PAGES } from './runtime/bundle-sizes';
import type { Comparison } from './runtime/comparison';
import { type Figures, measure } from './runtime/measure';
import { COMPARISONS } from './runtime/subjects';
import { World } from './runtime/world';

/** Ours may be this much slower than a peer before it counts as behind: less than that is noise. */
const LEVEL = 0.9;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    milliseconds: { type: 'string', default: '600' },
    write: { type: 'boolean', default: false },
  },
});

interface Result {
  readonly comparison: Comparison;
  readonly figures: readonly Figures[];
}

function table(page: string, results: readonly Result[]): string {
  const rows = results.flatMap(({ comparison, figures }) => figures.map(({ name, trips, p50, p99, perSecond, ratio }, index) => [
    index === 0 ? comparison.what : '', name, trips.toFixed(2).replace(/\.?0+$/, ''), p50.toFixed(2), p99.toFixed(2), perSecond.toFixed(0),
    index === 0 ? '' : `x ${ratio.toFixed(2)}`,
  ]));
  const month = new Date().toLocaleDateString('en', { month: 'long', year: 'numeric' });
  return [
    '| what | library | round trips | p50, ms | p99, ms | per second, 16 at a time | ours to theirs |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |')),
    '',
    ...behind(results).flatMap((why) => [why, '']),
    `In a minified bundle, without clients: ${Object.entries(bundleSizes(page)).map(([use, bytes]) => `${use} ${bytes} bytes${reason(page, use)}`).join(', ')}. All on the same servers (Valkey, the local DynamoDB) with the same clients, in turn; medians of rounds. Node ${process.versions.node}, ${month}; \`npm run bench:runtime\` measures again.`,
  ].join('\n');
}

const reason = (page: string, use: string) => HEAVIER[`${page}, ${use}`] ? ` (${HEAVIER[`${page}, ${use}`]!.why})` : '';
const isBehind = ({ figures }: Result) => figures.some(({ ratio }) => ratio < LEVEL);
const behind = (results: readonly Result[]) => results.filter(isBehind).flatMap(({ comparison: { what, why } }) => why ? `Behind at "${what}": ${why}` : []);

function missed({ comparison, figures }: Result): string[] {
  const [ours, ...peers] = figures;
  return [
    ...ours!.trips > comparison.trips + 0.05 ? [`${comparison.what}: ${ours!.trips} round trips, allowed are ${comparison.trips}`] : [],
    ...peers.filter(({ ratio }) => ratio < LEVEL && !comparison.why).map(({ name, ratio }) => `${comparison.what}: ${ratio.toFixed(2)} of ${name}`),
  ];
}

async function main(): Promise<void> {
  const wanted = COMPARISONS.filter(({ page }) => positionals.length === 0 || positionals.includes(page));
  const world = await World.start();
  const results: Result[] = [];
  try {
    for (const comparison of wanted) {
      const variants = await comparison.variants(world);
      const figures = await measure(variants, Number(values.rounds), Number(values.milliseconds));
      results.push({ comparison, figures });
      console.log(comparison.what);
      console.table(figures);
    }
  } finally {
    await world.stop();
  }
  for (const page of new Set(results.map(({ comparison }) => comparison.page))) {
    const text = table(page, results.filter(({ comparison }) => comparison.page === page));
    console.log(`\n${page}\n${text}`);
    if (values.write) {
      const file = join(__dirname, '..', 'lib', page, 'README.md');
      writeFileSync(file, pageWith(readFileSync(file, 'utf8'), text));
    }
  }
  const sizes = Object.fromEntries(PAGES.flatMap((page) => Object.entries(bundleSizes(page)).map(([use, bytes]) => [`${page}, ${use}`, bytes])));
  console.table(sizes);
  const misses = [
    ...results.flatMap(missed),
    ...Object.entries(sizes).filter(([use, bytes]) => bytes > (HEAVIER[use]?.bytes ?? MOST_BYTES)).map(([use, bytes]) => `${use}: ${bytes} bytes`),
  ];
  console.log([`${results.length} compared, ${misses.length} bars missed`, ...misses].join('\n  '));
  process.exitCode = misses.length === 0 ? 0 : 1;
}

void main();
