import { HashRing, type HashRingOptions } from './hash-ring';

/** What a bounded ring is made of. */
export interface BoundedRingOptions extends HashRingOptions {
  /**
   * How much more than its share a node may hold, from 1. Nearer to 1 the load is more even and keys stray further.
   * @default 1.25
   */
  readonly loadFactor?: number;
}

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2018): a key goes to the first node along the ring
 * that has room, and none gets a key beyond `ceil(loadFactor * share)`, where its share of all keys, the new one included, is
 * that of its weight. For what is held for a while: connections, sessions, shards.
 *
 * Assignments are kept by this process. A node keeps what it has when others give back theirs, or when a node is added: it
 * then may hold more than its bound, and gets nothing more until it is below.
 */
export class BoundedRing {
  private readonly ring: HashRing;
  private readonly loadFactor: number;
  private readonly loads = new Map<string, number>();
  private readonly assigned = new Map<string, string>();

  /** @throws RangeError when the load factor is below 1, or as HashRing does */
  constructor({ loadFactor = 1.25, ...options }: BoundedRingOptions = {}) {
    if (!(loadFactor >= 1 && Number.isFinite(loadFactor))) {
      throw new RangeError(`loadFactor is ${loadFactor}; allowed: a number from 1`);
    }
    this.ring = new HashRing(options);
    this.loadFactor = loadFactor;
  }

  /** Gives a key to a node; one that is assigned stays where it is. @returns the node; undefined when there are none */
  public assign(key: string): string | undefined {
    const held = this.assigned.get(key);
    if (held !== undefined) {
      return held;
    }
    const weights = this.totalWeight();
    for (const node of this.ring.walk(key)) {
      if (this.load(node) < this.room(node, this.assigned.size + 1, weights)) {
        this.loads.set(node, this.load(node) + 1);
        this.assigned.set(key, node);
        return node;
      }
    }
    return undefined;
  }

  /** Takes a key back. @returns whether it was assigned */
  public release(key: string): boolean {
    const node = this.assigned.get(key);
    if (node === undefined) {
      return false;
    }
    this.loads.set(node, this.load(node) - 1);
    return this.assigned.delete(key);
  }

  /** How many keys a node has. */
  public load(node: string): number {
    return this.loads.get(node) ?? 0;
  }

  /** How many keys a node may have, of so many in all. */
  public capacity(node: string, keys: number): number {
    return this.room(node, keys, this.totalWeight());
  }

  /** Adds a node. @throws RangeError as HashRing does */
  public add(node: string, weight?: number): void {
    this.ring.add(node, weight);
  }

  /** Removes a node. @returns the keys that it had, which are no longer assigned */
  public remove(node: string): string[] {
    this.ring.remove(node);
    this.loads.delete(node);
    const keys = [...this.assigned].flatMap(([key, holder]) => holder === node ? [key] : []);
    keys.forEach((key) => this.assigned.delete(key));
    return keys;
  }

  private room(node: string, keys: number, weights: number): number {
    return Math.ceil(this.loadFactor * keys * (this.ring.nodeWeights.get(node) ?? 0) / weights);
  }

  private totalWeight(): number {
    return [...this.ring.nodeWeights.values()].reduce((sum, weight) => sum + weight, 0);
  }
}
