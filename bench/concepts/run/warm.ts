import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { type Build, stackWith, type Where } from './stack';

const WARM_UP = 10;

/** Milliseconds of CPU for tree and synth, round by round: the variants take turns, and another one begins each round. */
export function warm(variants: Readonly<Record<string, Build>>, rounds: number, where?: Where): Record<string, number>[] {
  const outdir = mkdtempSync(join(tmpdir(), 'bench-concepts-'));
  const entries = Object.entries(variants);
  const round = (_: unknown, index: number) => {
    const order = entries.map((_entry, place) => entries[(place + index) % entries.length]!);
    return Object.fromEntries(order.map(([name, build]) => [name, timed(build, join(outdir, name), where)]));
  };
  try {
    return Array.from({ length: WARM_UP + rounds }, round).slice(WARM_UP);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function timed(build: Build, outdir: string, where?: Where): number {
  // The litter of one variant is not to be cleared away on another one's time.
  globalThis.gc?.();
  const before = process.cpuUsage();
  (stackWith(build, 'sandbox', where, { outdir }).node.root as App).synth();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
