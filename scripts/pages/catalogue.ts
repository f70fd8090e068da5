import { BLUEPRINTS } from '../../blueprints/registry';
import { flowchartOf } from '../../cli/diagram';
import { EVIDENCE } from './evidence';
import { marksOf } from './marks';
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
    ...concepts.map((noted) => `| ${noted.concept} | ${here(noted)} | ${blueprintsWith(noted)} |`),
  ]);
  const all = NOTED_CONCEPTS.flatMap(({ concepts }) => concepts);
  const count = (kind: keyof NotedConcept) => all.filter((noted) => noted[kind] !== undefined).length;
  return [
    '# Concepts', '', WRITTEN, '',
    `${all.length} concepts of system design: ${count('at')} are a construct, a prop or a module here, ${count('elsewhere')} are named with what to use`
    + ` in their place, ${count('theory')} are theory that no infrastructure embodies.`,
    '', 'In the blueprints: those that have it as they are deployed, under either profile; what one offers as an option is on its page.',
    ...groups.flat(), '',
  ].join('\n');
}

/** Names of places that are declared nowhere. */
export function danglingPlaces(): string[] {
  return NOTED_CONCEPTS.flatMap(({ concepts }) => concepts).flatMap(({ at = [] }) => at).filter((place) => !PLACES.has(place));
}

/**
 * Evidence that is wrong: for what is no concept here, or what neither a blueprint nor a concept can show.
 *
 * @param possible what constructs show when all their props are given
 */
export function danglingEvidence(possible: ReadonlySet<string>): string[] {
  const noted = new Map(NOTED_CONCEPTS.flatMap(({ concepts }) => concepts).map(({ concept, at }) => [concept, at]));
  const shown = [possible, PLACES, ...marksOfAll().values()];
  return Object.entries(EVIDENCE).flatMap(([concept, evidence]) =>
    noted.get(concept) ? evidence.filter((mark) => !shown.some((marks) => marks.has(mark))) : [concept]);
}

function here({ at, theory, elsewhere }: NotedConcept): string {
  return at?.map((place) => `[\`${place}\`](${PLACES.get(place)?.page})`).join(', ')
    ?? (theory ? `theory: ${theory}` : `not here; ${elsewhere}`);
}

/** A list of all of them would say no more. */
function blueprintsWith(noted: NotedConcept): string {
  const found = BLUEPRINTS.filter(({ name }) => shownBy(noted).some((mark) => marksOfAll().get(name)!.has(mark)));
  return found.length === BLUEPRINTS.length ? 'all' : found.map(({ name }) => `[${name}](../blueprints/${name}/README.md)`).join(', ');
}

const shownBy = ({ concept, at = [] }: NotedConcept): readonly string[] => EVIDENCE[concept] ?? at;

let marksByName: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** The marks of every blueprint; each is built once. */
function marksOfAll(): ReadonlyMap<string, ReadonlySet<string>> {
  return marksByName ??= new Map(BLUEPRINTS.map((entry) => [entry.name, marksOf(entry)]));
}
