/**
 * What validation costs a synth: off, remembered and every time, in turns in one run.
 *
 *   node bench/synth-validation.mjs [--rounds 9] [--app 'node --import tsx bin/app.ts'] [-c blueprint=url-shortener]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    app: { type: 'string', default: 'node --import tsx bench/synth-validation-app.ts' },
    rounds: { type: 'string', default: '9' },
    context: { type: 'string', short: 'c', multiple: true, default: [] },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'synth-validation-'));
// The context a synth by the CLI would have.
const context = {
  ...JSON.parse(readFileSync('cdk.json', 'utf8')).context,
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:version-reporting': true,
  ...Object.fromEntries(values.context.map((pair) => pair.split(/=(.*)/s))),
};
const variants = {
  off: { CDK_VALIDATION: 'false' },
  remembered: {},
  'every time': { revalidate: true },
};

function synth({ revalidate, ...env }) {
  const started = performance.now();
  const { status, stderr } = spawnSync(values.app, {
    shell: true,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...env,
      XDG_CACHE_HOME: folder,
      CDK_OUTDIR: join(folder, 'cdk.out'),
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...(revalidate && { revalidate }) }),
    },
  });
  if (status !== 0) {
    throw new Error(`'${values.app}' ended with ${status}:\n${stderr}`);
  }
  return { seconds: (performance.now() - started) / 1000, said: /^validation: .*$/m.exec(stderr)?.[0] ?? '(nothing said)' };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  synth(variants.remembered);
  const rounds = Array.from({ length: Number(values.rounds) }, () =>
    Object.fromEntries(Object.entries(variants).map(([name, variant]) => [name, synth(variant)])));
  for (const name of Object.keys(variants)) {
    const seconds = median(rounds.map((round) => round[name].seconds));
    const ratio = median(rounds.map((round) => round[name].seconds / round.off.seconds));
    console.log(`${name.padEnd(10)}  ${seconds.toFixed(2)} s  x ${ratio.toFixed(2)}   ${rounds[0][name].said}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
