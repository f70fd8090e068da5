/** What is printed and what is written into the pages. */
const BEGIN = '<!-- comparison: written by npm run bench -->';
const END = '<!-- end of comparison -->';

/** The table of one concept as a page has it. */
export function comparison({ title, ours, twin, peer, peerName, production, warm, cold }, when) {
  const row = (title, of, alone = '') => [title, of(ours, 'ours') + alone, of(twin, 'twin'), ...peer ? [of(peer, 'peer')] : []];
  const count = (field) => (made) => String(made[field]);
  const ratio = (ratios) => (_, name) => name === 'ours' ? '' : `x ${ratios[name].toFixed(2)}`;
  const rows = [
    ['', 'this construct', 'by hand', ...peer ? [peerName] : []],
    ['---', '---', '---', ...peer ? ['---'] : []],
    row('resources', count('resources'), ` (PRODUCTION: ${production})`),
    row('template, bytes', count('bytes')),
    row('custom resources', count('customResources')),
    row('open AwsSolutions findings', count('findings')),
    row('tree and synth, our time to theirs', ratio(warm)),
    row('`node app.js`, our time to theirs', ratio(cold)),
  ];
  return [
    `${title ? `${title}. ` : ''}The same system under SANDBOX, by hand from plain aws-cdk-lib without open findings${peer ? ', and from AWS Solutions Constructs' : ''}:`,
    '',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |')),
    '',
    `Times are ours divided by theirs: CPU time, medians of paired rounds, template validation off. ${when}; \`npm run bench\` measures again.`,
    ...peer || !peerName ? [] : ['', `The nearest pattern of AWS Solutions Constructs, ${peerName}, was not on the registry.`],
  ].join('\n');
}

/** A page with the comparison in its place; the first time that is before the escape hatches. */
export function pageWith(page, text) {
  const marked = page.includes(BEGIN) ? page : page.replace(/^## Escape hatches$/m, `## Compared\n\n${BEGIN}\n${END}\n\n$&`);
  const [before, rest] = marked.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) {
    throw new Error(`the page has no place for the comparison: put '${BEGIN}' and '${END}' into it`);
  }
  return `${before}${BEGIN}\n${text}\n${END}${after}`;
}

/** Bars as lines of text. */
export const barLines = (bars) => bars.map(({ name, value, most, holds }) =>
  `  ${holds ? 'ok    ' : 'MISSED'}  ${name.padEnd(44)} ${value}, at most ${most}`);
