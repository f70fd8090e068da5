import { CfnSecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { wiresBelow } from '../../lib/core/wires';
import { type Kind, KINDS, type Shape } from './kinds';

/** One concept at its place in a system. */
export interface Box {
  /** The path below the blueprint, with `_` between its parts. */
  readonly id: string;
  /** What it is called in the blueprint: `Links`. */
  readonly name: string;
  /** The concept: `KeyValueStore`. Empty for who is outside. */
  readonly concept: string;
  readonly shape: Shape;
  /** Whether it is reached inside a network only. */
  readonly inNetwork: boolean;
  /** What it stands for; undefined for who is outside. */
  readonly construct?: IConstruct;
}

/** That one box reaches another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly labels: readonly string[];
}

/** A system as it is drawn. */
export interface Picture {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** More than a design review takes in at a glance is no picture. */
export const MOST_BOXES = 25;

const CLIENT: Box = { id: 'client', name: 'client', concept: '', shape: 'actor', inNetwork: false };

/**
 * The picture of a blueprint: its concepts, and what was wired to what while it was built. What a concept is made of is part
 * of its box.
 *
 * @param concepts the classes that are concepts
 */
export function pictureOf(blueprint: IConstruct, concepts: ReadonlySet<unknown>): Picture {
  const parts = blueprint.node.findAll().filter((construct) => isOutermost(construct, blueprint, concepts));
  const boxOf = new Map(parts.map((part) => [part, boxFor(part, blueprint)]));
  const boxAround = ({ node }: IConstruct) => node.scopes.map((scope) => boxOf.get(scope)).find((box) => box !== undefined);
  const arrows = new Map<string, { from: Box; to: Box; labels: Set<string> }>();
  const draw = (from: Box, to: Box, label: string) => {
    const key = `${from.id} ${to.id}`;
    const arrow = arrows.get(key) ?? { from, to, labels: new Set<string>() };
    arrow.labels.add(label);
    arrows.set(key, arrow);
  };
  for (const { from, to, label } of wiresBelow(blueprint)) {
    const [begin, end] = [boxAround(from), boxAround(to)];
    if (begin && end && begin !== end) {
      for (const word of words(label, KINDS[end.concept])) {
        draw(begin, end, word);
      }
    }
  }
  const boxes = [...boxOf.values()];
  const behindAnother = new Set([...arrows.values()].filter(({ from }) => from.shape === 'entry').map(({ to }) => to.id));
  const entries = boxes.filter(({ shape, id }) => shape === 'entry' && !behindAnother.has(id));
  return {
    boxes: entries.length > 0 ? [CLIENT, ...boxes] : boxes,
    arrows: [
      ...entries.map(({ id }) => ({ from: CLIENT.id, to: id, labels: [] })),
      ...[...arrows.values()].map(({ from, to, labels }) => ({ from: from.id, to: to.id, labels: [...labels] })),
    ],
  };
}

function isOutermost(construct: IConstruct, blueprint: IConstruct, concepts: ReadonlySet<unknown>): boolean {
  const isConcept = (candidate: IConstruct) => concepts.has(candidate.constructor);
  const around = construct.node.scopes.slice(blueprint.node.scopes.length, -1);
  return construct !== blueprint && isConcept(construct) && !around.some(isConcept);
}

function boxFor(part: IConstruct, blueprint: IConstruct): Box {
  const path = part.node.scopes.slice(blueprint.node.scopes.length).map(({ node }) => node.id);
  const concept = part.constructor.name;
  return {
    id: path.join('_').replace(/\W/g, '_'),
    name: path.join('/'),
    concept,
    shape: KINDS[concept]?.shape ?? 'part',
    inNetwork: part.node.findAll().some((construct) => construct instanceof CfnSecurityGroup),
    construct: part,
  };
}

/** What `use` wires carries the access; everything else says itself what it is for. */
function words(label: string, kind: Kind | undefined): readonly string[] {
  const { read = 'reads', write = 'writes' } = kind ?? {};
  switch (label) {
    case 'read':
      return [read];
    case 'write':
      return [write];
    case 'read-write':
      return [read, write];
    default:
      return [label];
  }
}
