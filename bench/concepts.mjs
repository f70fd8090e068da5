/**
 * What a concept costs beside the same system written by hand (the twin) and, where there is one, the nearest AWS Solutions
 * Constructs pattern (the peer): resources, bytes, findings, time. Ends with 1 when a bar is missed.
 *
 *   npm run bench [-- <concept>...] [--rounds 9] [--warm-rounds 40] [--write]
 *
 * With --write the tables go into the pages of the concepts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildLibrary, bundleApps, variantsOf } from './concepts/apps.mjs';
import { barsOf, warmAgainstPeers } from './concepts/bars.mjs';
import { measureCold, measureStructure, measureWarm } from './concepts/measure.mjs';
import { hasPeer, installPeers, PEERS } from './concepts/peers.mjs';
import { pairedRatio } from './concepts/statistics.mjs';
import { barLines, comparison, pageWith } from './concepts/tables.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '9' },
    'warm-rounds': { type: 'string', default: '40' },
    write: { type: 'boolean', default: false },
  },
});
const concepts = positionals.length > 0 ? positionals : Object.keys(PEERS);
const unknown = concepts.filter((concept) => !PEERS[concept]);
if (unknown.length > 0) {
  throw new Error(`nothing to compare ${unknown.join(', ')} with; there are ${Object.keys(PEERS).join(', ')}`);
}

/** All figures of one concept. */
async function measured(folder, concept) {
  const variants = variantsOf(concept, hasPeer(folder, concept));
  if (!variants.includes('ours') || !variants.includes('twin')) {
    throw new Error(`there is only ${variants.join(', ') || 'nothing'}`);
  }
  const { name, version, title, where } = PEERS[concept];
  const apps = await bundleApps(folder, concept, variants, where);
  const structures = measureStructure(apps.structure);
  const warmRounds = measureWarm(apps.warm, Number(values['warm-rounds']));
  const coldRounds = measureCold(apps, variants, Number(values.rounds));
  const ratios = (rounds) => Object.fromEntries(variants.slice(1).map((other) => [other, pairedRatio(rounds, 'ours', other)]));
  return { ...structures, title, peerName: name && `${name} ${version}`, warm: ratios(warmRounds), cold: ratios(coldRounds) };
}

const folder = installPeers();
buildLibrary(folder);
const when = `aws-cdk-lib 2.276.0, Node ${process.versions.node}, `
  + new Date().toLocaleDateString('en', { month: 'long', year: 'numeric' });

const results = [];
const texts = new Map();
for (const concept of concepts) {
  try {
    const result = await measured(folder, concept);
    results.push(result);
    texts.set(concept, comparison(result, when));
    console.log(`\n${concept}\n${texts.get(concept)}\n${barLines(barsOf(result)).join('\n')}`);
  } catch (error) {
    console.log(`\n${concept}: skipped, ${error.message}`);
  }
}
if (values.write) {
  writePages();
}
const overall = warmAgainstPeers(results);
console.log(`\nall\n${barLines(overall).join('\n')}`);
const missed = [...results.flatMap(barsOf), ...overall].filter(({ holds }) => !holds).length;
console.log(`${results.length} compared, ${concepts.length - results.length} skipped, ${missed} bars missed`);
process.exitCode = missed > 0 ? 1 : 0;

/** Writes the pages whose comparisons were all made. */
function writePages() {
  for (const [name, ofPage] of pages()) {
    if (ofPage.every((concept) => texts.has(concept))) {
      const page = `lib/${name}/README.md`;
      writeFileSync(page, pageWith(readFileSync(page, 'utf8'), ofPage.map((concept) => texts.get(concept)).join('\n\n')));
    }
  }
}

/** The comparisons of each page. */
function pages() {
  const names = [...new Set(Object.entries(PEERS).map(([concept, { page = concept }]) => page))];
  return names.map((name) => [name, Object.keys(PEERS).filter((concept) => (PEERS[concept].page ?? concept) === name)]);
}
