import type { Construct } from 'constructs';
import type { IBlueprint } from './blueprint';
import type { Scenario } from './scenario';
import type { Estimate } from './estimate';

/** A real server that stands behind the local AWS where the emulator has none of its own. */
export type DataPlane = 'postgres' | 'valkey';

/** What was given up for what. */
export interface TradeOffs {
  /** What a reader may see late, and what never. */
  readonly consistency: string;
  /** How often something is delivered or done. */
  readonly delivery: string;
  /** What happens to more load than there is room for. */
  readonly overload: string;
  /** What still works when a part fails. */
  readonly failure: string;
}

/** What the catalogue knows of a blueprint without loading it. */
export interface BlueprintEntry {
  /** The name of its folder, its stack, and its command: `npm start -- <name>`. */
  readonly name: string;
  /** What it is, in one line. */
  readonly title: string;
  /** The concepts it is composed of. */
  readonly concepts: readonly string[];
  /** The AWS services behind them. */
  readonly services: readonly string[];
  /** The traffic that the sizes on its page are computed for. */
  readonly estimate: Estimate;
  /** What was given up for what. */
  readonly tradeOffs: TradeOffs;
  /** What its scenario proves on a laptop. */
  readonly provenLocally: readonly string[];
  /** What only AWS itself can show. */
  readonly onlyOnAws: readonly string[];
  /** The real servers it needs behind the local AWS. */
  readonly dataPlanes?: readonly DataPlane[];
  /**
   * The program of its containers, by the name of the folder in `dist/programs`. The local AWS runs it without its image.
   * @default - it has no containers
   */
  readonly program?: string;
  /**
   * Loads the blueprint and puts it into a scope, with data that may go with a sandbox.
   *
   * @param estimate what its parts are sized for; by default each part has its own default size
   */
  readonly create: (scope: Construct, estimate?: Estimate) => IBlueprint;
  /** Loads its executable acceptance. */
  readonly scenario: () => Scenario;
}
