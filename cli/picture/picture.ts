import { CfnResource, Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct, type IConstruct } from 'constructs';
import { Access } from '../../lib';
import { type Wire, wiresBelow } from '../../lib/core/wires';
import { KINDS, type Shape } from './kinds';

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

const FUNCTION = 'AWS::Lambda::Function';
const AUTHORIZERS = ['AWS::ApiGatewayV2::Authorizer', 'AWS::ApiGateway::Authorizer'];

/** By what a part says that it keeps nothing itself. */
const STATE = ['is kept in', 'counts in'];

/** What `use` wires, as it is recorded. */
const ACCESS: ReadonlyMap<string, readonly ('read' | 'write')[]> = new Map([
  [Access.READ, ['read']], [Access.WRITE, ['write']], [Access.READ_WRITE, ['read', 'write']],
]);

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
  const wires = [...wiresBelow(blueprint), ...parts.flatMap(fieldWires), ...authorizerWires(blueprint)];
  const arrows = new Map<string, Arrow>();
  for (const { from, to, label } of wires) {
    const [begin, end] = [boxAround(from), boxAround(to)];
    if (begin && end && begin !== end) {
      const key = `${begin.id} ${end.id}`;
      const arrow = arrows.get(key) ?? { from: begin.id, to: end.id, labels: [] };
      arrows.set(key, { ...arrow, labels: [...new Set([...arrow.labels, label])] });
    }
  }
  const boxes = withStates([...boxOf.values()], [...arrows.values()]);
  const fromOutside = clientArrows(boxes, [...arrows.values()]);
  return {
    boxes: fromOutside.length > 0 ? [CLIENT, ...boxes] : boxes,
    arrows: [...fromOutside, ...[...arrows.values()].map((arrow) => inWords(arrow, boxes))],
  };
}

/** What a part holds in a field and works on, though nobody wired it. */
function fieldWires(part: IConstruct): Wire[] {
  return Object.entries(KINDS[part.constructor.name]?.fields ?? {}).flatMap(([field, label]) => {
    const to: unknown = (part as unknown as Record<string, unknown>)[field];
    return Construct.isConstruct(to) ? [{ from: part, to, label }] : [];
  });
}

/** Who decides for an authorizer of an API, a user pool or a function, is named in its properties and nowhere else. */
function authorizerWires(blueprint: IConstruct): Wire[] {
  const resources = blueprint.node.findAll().filter(CfnResource.isCfnResource);
  return resources.filter(({ cfnResourceType }) => AUTHORIZERS.includes(cfnResourceType)).flatMap((authorizer) => {
    const stack = Stack.of(authorizer);
    const { _toCloudFormation: render } = authorizer as unknown as { _toCloudFormation(): object };
    const properties = JSON.stringify(stack.resolve(render.call(authorizer)));
    const named = resources.filter((resource) => properties.includes(`"${stack.resolve(resource.logicalId)}"`));
    return named.map((to) => {
      const label = to.cfnResourceType === FUNCTION ? 'asks who may call' : 'takes tokens of';
      return { from: authorizer, to, label };
    });
  });
}

/** Who is outside begins at every entry that is not behind another one, and at what is made for them. */
function clientArrows(boxes: readonly Box[], arrows: readonly Arrow[]): Arrow[] {
  const entries = new Set(boxes.filter(({ shape }) => shape === 'entry').map(({ id }) => id));
  const behindAnother = new Set(arrows.filter(({ from }) => entries.has(from)).map(({ to }) => to));
  return boxes.flatMap(({ id, concept }) => {
    const label = KINDS[concept]?.client;
    const begins = label !== undefined || entries.has(id) && !behindAnother.has(id);
    return begins ? [{ from: CLIENT.id, to: id, labels: label === undefined ? [] : [label] }] : [];
  });
}

/** What keeps its state in a part of the network is reached there only, too. */
function withStates(boxes: readonly Box[], arrows: readonly Arrow[]): Box[] {
  const inside = new Set(boxes.filter(({ inNetwork }) => inNetwork).map(({ id }) => id));
  const keptThere = arrows.filter(({ to, labels }) => inside.has(to) && labels.some((label) => STATE.includes(label)));
  const kept = new Set(keptThere.map(({ from }) => from));
  return boxes.map((box) => ({ ...box, inNetwork: box.inNetwork || kept.has(box.id) }));
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

/** What `use` wires carries the access, which says less than a wire that says itself what it is for. */
function inWords({ from, to, labels }: Arrow, boxes: readonly Box[]): Arrow {
  const said = labels.filter((label) => !ACCESS.has(label));
  const { concept } = boxes.find(({ id }) => id === to)!;
  const { read = 'reads', write = 'writes' } = KINDS[concept] ?? {};
  const words = labels.flatMap((label) => ACCESS.get(label) ?? []).map((access) => access === 'read' ? read : write);
  return { from, to, labels: said.length > 0 ? said : [...new Set(words)] };
}
