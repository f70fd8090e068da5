import { positionOf } from './position';

/** A place on the ring that belongs to a node. */
interface Point {
  readonly at: number;
  readonly node: string;
}

/** What a ring is made of. */
export interface HashRingOptions {
  /**
   * The nodes: all alike, or each with its weight, a number above 0 that is 1 for an ordinary node.
   * @default - none
   */
  readonly nodes?: readonly string[] | Readonly<Record<string, number>>;
  /**
   * How many points a node of weight 1 has, 1 to 10,000. The more, the more evenly keys are spread: with 160, nodes get
   * about 8 % more or less than their share (standard deviation, 1 / sqrt(points)).
   * @default 160
   */
  readonly virtualNodes?: number;
}

/**
 * Consistent hashing: finds the node of a key so that a node that comes takes keys from the others and moves none between
 * them, and a node that goes hands over only its own (Karger et al. 1997). All who know the same nodes find the same, without
 * asking anybody.
 *
 * A text is at the position that the first six bytes of its SHA-256 are, big-endian. The points of node `a` are those of
 * `a#0`, `a#1` and so on. A key belongs to the first point at its position or after, around the ring; of two points at one
 * position, to the one whose node comes first in byte order.
 */
export class HashRing {
  private readonly weights = new Map<string, number>();
  private readonly virtualNodes: number;
  private points: Point[];

  /** @throws RangeError when a weight or the number of points is out of its bounds, or a node is named twice */
  constructor({ nodes = [], virtualNodes = 160 }: HashRingOptions = {}) {
    if (!Number.isInteger(virtualNodes) || virtualNodes < 1 || virtualNodes > 10_000) {
      throw new RangeError(`virtualNodes is ${virtualNodes}; allowed: a whole number from 1 to 10000`);
    }
    this.virtualNodes = virtualNodes;
    const named = isList(nodes) ? nodes.map((node) => [node, 1] as const) : Object.entries(nodes);
    this.points = named.flatMap(([node, weight]) => this.join(node, weight)).sort(inOrder);
  }

  /** The nodes with their weights. */
  public get nodeWeights(): ReadonlyMap<string, number> {
    return this.weights;
  }

  /**
   * Adds a node.
   *
   * @throws RangeError when it is there already, or its weight is no number above 0
   */
  public add(node: string, weight: number = 1): void {
    this.points = [...this.points, ...this.join(node, weight)].sort(inOrder);
  }

  /** Removes a node. @returns whether it was there */
  public remove(node: string): boolean {
    this.points = this.points.filter((point) => point.node !== node);
    return this.weights.delete(node);
  }

  /** The node of a key; undefined when there are no nodes. */
  public node(key: string): string | undefined {
    return this.walk(key).next().value;
  }

  /**
   * The nodes of a key and its copies: different ones, the node of the key first. Fewer than asked for when there are not
   * as many.
   */
  public nodes(key: string, replicas: number): string[] {
    return [...take(this.walk(key), replicas)];
  }

  /** All nodes as they come along the ring from a key, each once. */
  public *walk(key: string): Generator<string, undefined> {
    const { points } = this;
    const first = this.firstFrom(positionOf(key));
    const seen = new Set<string>();
    for (let step = 0; seen.size < this.weights.size; step += 1) {
      const { node } = points[(first + step) % points.length]!;
      if (!seen.has(node)) {
        seen.add(node);
        yield node;
      }
    }
    return undefined;
  }

  /** The first point at a position or after it, by halving. */
  private firstFrom(position: number): number {
    let low = 0;
    let high = this.points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.points[middle]!.at < position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private join(node: string, weight: number): Point[] {
    const count = Math.max(1, Math.round(this.virtualNodes * weight));
    if (!(weight > 0) || count > 1_000_000) {
      throw new RangeError(`the weight of '${node}' is ${weight}; allowed: above 0, up to 1,000,000 points in all`);
    }
    if (this.weights.has(node)) {
      throw new RangeError(`'${node}' is there already; remove it first to give it another weight`);
    }
    this.weights.set(node, weight);
    return Array.from({ length: count }, (_, index) => ({ at: positionOf(`${node}#${index}`), node }));
  }
}

const isList = (nodes: NonNullable<HashRingOptions['nodes']>): nodes is readonly string[] => Array.isArray(nodes);

const inOrder = (a: Point, b: Point) => a.at - b.at || Buffer.compare(Buffer.from(a.node), Buffer.from(b.node));

function* take(nodes: Iterable<string>, count: number): Generator<string> {
  let taken = 0;
  for (const node of nodes) {
    if (taken >= count) {
      return;
    }
    taken += 1;
    yield node;
  }
}
