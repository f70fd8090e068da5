import type { IConstruct } from 'constructs';

/** A named system in an app: a construct that tells the addresses by which it is used and verified. */
export interface IBlueprint extends IConstruct {
  /** Name to value, for the outputs of the stack. */
  readonly outputs: { readonly [name: string]: string };
}
