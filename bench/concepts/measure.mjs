/**
 * Runs the apps of a concept and takes their figures. Times are CPU time: nearly all of a synth is one thread, and on a
 * machine that does other things too, time on the clock tells about those.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Resources, bytes, custom resources and findings of every variant. */
export const measureStructure = (app) => lastLine(run([app]));

/** Milliseconds of tree and synth in a process that has done it before, round by round. */
export const measureWarm = (app, rounds) => lastLine(run(['--expose-gc', app, String(rounds)]));

/** Milliseconds of `node app.js` from start to end, round by round, the variants in turns after one round to warm the disk. */
export function measureCold(apps, variants, rounds) {
  const round = (_, index) => {
    const order = variants.map((_variant, place) => variants[(place + index) % variants.length]);
    return Object.fromEntries(order.map((variant) => [variant, lastLine(run([apps[variant]]))]));
  };
  return Array.from({ length: rounds + 1 }, round).slice(1);
}

/** Runs node without the validation of templates, which takes many times as long as everything that is compared here. */
function run(args) {
  const outdir = mkdtempSync(join(tmpdir(), 'bench-concepts-'));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, CDK_VALIDATION: 'false', CDK_OUTDIR: outdir },
      maxBuffer: 2 ** 26,
    });
    if (status !== 0) {
      throw new Error(/^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr);
    }
    return stdout;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

// Some peers print warnings of their own before it.
const lastLine = (stdout) => JSON.parse(stdout.trim().split('\n').at(-1));
