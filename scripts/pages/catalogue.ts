import * as fs from 'node:fs';
import * as path from 'node:path';
import { type BlueprintEntry, BLUEPRINTS } from '../../blueprints/registry';
import { flowchartOf } from '../../cli/diagram';
import { NOTED_CONCEPTS, type NotedConcept } from './noted-concepts';
import { places } from './places';

const BEGIN = '<!-- picture: written by npm run docs -->';
const END = '<!-- end of picture -->';
const WRITTEN = '<!-- written by npm run docs -->';
const PLACES = places();

/** A page of a blueprint, with its picture as the construct tree and the wiring have it. */
export function withPicture(page: string, name: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  const entry = BLUEPRINTS.find((candidate) => candidate.name === name);
  if (before === undefined || after === undefined || !entry) {
    throw new Error(`blueprints/${name}/README.md has no place for its picture: put '${BEGIN}' and '${END}' into it`);
  }
  return `${before}${BEGIN}\n\n\`\`\`mermaid\n${flowchartOf(entry)}\n\`\`\`\n\n${END}${after}`;
}

/** docs/blueprints.md: every named system, with its picture. */
export function blueprintsPage(): string {
  return [
    '# Blueprints', '', WRITTEN, '',
    'Named systems that prove themselves on a laptop, faults included: `npm start -- <name>`; all of them: `npm run try:all`.',
    'The pictures are drawn from the construct trees and the wiring, by `npx system-blueprints diagram <name>`.',
    ...BLUEPRINTS.flatMap(({ name, title, concepts, services, tradeOffs, provenLocally, onlyOnAws }) => [
      '', `## [${name}](../blueprints/${name}/README.md)`, '', `${title}.`, '',
      `![${name}: its concepts, and what is wired to what](pictures/${name}.svg)`, '',
      '| | |', '| --- | --- |',
      `| concepts | ${concepts.join(', ')} |`,
      `| AWS services | ${services.join(', ')} |`,
      ...Object.entries(tradeOffs).map(([about, choice]) => `| ${about} | ${choice} |`),
      `| proven on a laptop | ${provenLocally.join(', ')} |`,
      `| only AWS can show | ${onlyOnAws.join(', ')} |`,
    ]),
    '',
  ].join('\n');
}

/** docs/concepts.md: every concept of the notes, what it is here, and which blueprints use it. */
export function conceptsPage(): string {
  const groups = NOTED_CONCEPTS.map(({ title, concepts }) => [
    '', `## ${title}`, '', '| concept | here | in the blueprints |', '| --- | --- | --- |',
    ...concepts.map((noted) => `| ${noted.concept} | ${here(noted)} | ${blueprintsWith(noted).join(', ')} |`),
  ]);
  const all = NOTED_CONCEPTS.flatMap(({ concepts }) => concepts);
  const count = (kind: keyof NotedConcept) => all.filter((noted) => noted[kind] !== undefined).length;
  return [
    '# Concepts', '', WRITTEN, '',
    `${all.length} concepts of system design: ${count('at')} are a construct, a prop or a module here, ${count('elsewhere')} are named with what to use`
    + ` in their place, ${count('theory')} are theory that no infrastructure embodies.`,
    ...groups.flat(), '',
  ].join('\n');
}

/** Names of places that are declared nowhere. */
export function danglingPlaces(): string[] {
  return NOTED_CONCEPTS.flatMap(({ concepts }) => concepts).flatMap(({ at = [] }) => at).filter((place) => !PLACES.has(place));
}

function here({ at, theory, elsewhere }: NotedConcept): string {
  return at?.map((place) => `[\`${place}\`](${PLACES.get(place)?.page})`).join(', ')
    ?? (theory ? `theory: ${theory}` : `not here; ${elsewhere}`);
}

function blueprintsWith({ at = [] }: NotedConcept): string[] {
  return BLUEPRINTS.filter((entry) => at.some((place) => uses(entry, place)))
    .map(({ name }) => `[${name}](../blueprints/${name}/README.md)`);
}

/**
 * Whether a blueprint has a class in its tree, and names the member or the prop where it is composed. A member that several of
 * its classes have says nothing.
 */
function uses({ name, concepts }: BlueprintEntry, place: string): boolean {
  const [named = '', member] = place.split('.');
  const classes = PLACES.get(place)?.classes ?? [];
  const source = compositionOf(name);
  if (classes.includes(named)) {
    const others = concepts.filter((concept) => concept !== named && PLACES.has(`${concept}.${member}`));
    return concepts.includes(named) && (member === undefined || others.length === 0 && new RegExp(`\\.${member}\\b`).test(source));
  }
  return concepts.some((concept) => classes.includes(concept)) && new RegExp(`(?<!')\\b${member ?? named}\\b`).test(source);
}

/** The source in which a blueprint is composed. */
function compositionOf(name: string): string {
  return fs.readFileSync(path.join(__dirname, '..', '..', 'blueprints', name, 'index.ts'), 'utf8');
}
