import type { Construct, IConstruct } from 'constructs';
import type { Scenario } from './scenario';

/** A named system in an app: a construct that tells the addresses by which it is used and verified. */
export interface IBlueprint extends IConstruct {
  /** Name to value, for the outputs of the stack. */
  readonly outputs: { readonly [name: string]: string };
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
  /** What its scenario proves on a laptop. */
  readonly provenLocally: readonly string[];
  /** What only AWS itself can show. */
  readonly onlyOnAws: readonly string[];
  /** Loads the blueprint and puts it into a scope, with data that may go with a sandbox. */
  readonly create: (scope: Construct) => IBlueprint;
  /** Loads its executable acceptance. */
  readonly scenario: () => Scenario;
}
