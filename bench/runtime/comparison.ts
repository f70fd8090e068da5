import type { World } from './world';

/** One thing that several libraries do. */
export interface Comparison {
  /** What is done once: `acquire and release, Valkey`. */
  readonly what: string;
  /** The folder of lib whose page shows it. */
  readonly page: string;
  /** The round trips that one operation of ours may take. */
  readonly trips: number;
  /** Why ours may be slower than a peer; without it, ours must not be. */
  readonly why?: string;
  /** What is compared, ours first. A peer that cannot be had is left out. */
  variants(world: World): Promise<Variant[]>;
}

/** One library doing it. */
export interface Variant {
  /** `ours`, or the package and its version. */
  readonly name: string;
  /** Does it once; operations of the same number must not meet. */
  run(number: number): Promise<unknown>;
  /** How many round trips there were so far. Only right while operations come one after another. */
  trips(): number;
}
