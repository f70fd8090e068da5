import { Construct, type IConstruct } from 'constructs';

/** That one construct reaches another, and why. */
export interface Wire {
  /** Who begins: the caller, the sender, the reader. */
  readonly from: IConstruct;
  /** Who is reached. */
  readonly to: IConstruct;
  /** What for, in a word or three: `reads`, `GET /links/{slug}`, `messages`. */
  readonly label: string;
}

const WIRES = Symbol.for('cdk-system-blueprints.wires');

interface Wired extends IConstruct {
  [WIRES]?: Wire[];
}

/**
 * Remembers that one construct reaches another, for pictures of the system. Whatever wires two concepts says so here; the
 * arrow points the way the data goes or the call is made.
 *
 * @param to what is reached; what is no construct is in no picture
 * @param label what for; for what `use` wires, the access
 */
export function recordWire(from: IConstruct, to: object, label: string): void {
  if (Construct.isConstruct(to)) {
    const wired = from as Wired;
    (wired[WIRES] ??= []).push({ from, to, label });
  }
}

/** Every wire that begins at a construct or below it, in the order of the tree. */
export function wiresBelow(root: IConstruct): Wire[] {
  return root.node.findAll().flatMap((construct) => (construct as Wired)[WIRES] ?? []);
}
