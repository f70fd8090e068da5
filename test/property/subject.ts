import { Duration, Lazy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import * as fc from 'fast-check';

/** Something that takes props: a construct, or a method with options. */
export interface Subject<Props extends object> {
  /** What its refusals begin with: `WorkQueue` for `WorkQueue.Retention`. */
  readonly concept: string;
  /**
   * Other concepts that it is made of and whose refusals may come through.
   * @default - none
   */
  readonly madeOf?: readonly string[];
  /** Props that must be taken, and whose template CloudFormation must take. Constructs among them are made in the scope. */
  valid(scope: Construct): fc.Arbitrary<Props>;
  /** For each prop, what must be refused in its place, whatever the other props are. */
  invalid(scope: Construct): Replacements<Props>;
  /**
   * For each prop, what must be refused beside valid props, but can be right in other company: what is adopted.
   * @default - none
   */
  conflicting?(scope: Construct): Replacements<Props>;
  /** Makes it. The id in the scope is free. */
  build(scope: Construct, props: Props): unknown;
}

/** Values to put in the place of props. */
export type Replacements<Props> = { readonly [Prop in keyof Props]?: readonly unknown[] };

/** Props of which any can be left out. */
export const optional = <T extends object>(props: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(props, { requiredKeys: [] }) as unknown as fc.Arbitrary<Partial<T>>;

export const flag = fc.boolean();

/** A Duration of whole seconds, bounds included. */
export const seconds = (min: number, max: number) => fc.integer({ min, max }).map((amount) => Duration.seconds(amount));

/** Attribute names are any text; these come in all alphabets, and as tokens. */
export const attribute = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((name) => Buffer.byteLength(name) <= 255),
  fc.constant(Lazy.string({ produce: () => 'late' })),
);

export const NOT_TEXT: readonly unknown[] = [null, 5, [], {}, true];
export const NOT_DURATION: readonly unknown[] = [null, 5, '5s', {}, [], true];
export const NOT_OBJECT: readonly unknown[] = [null, 'x', 5, [], true];
export const NOT_FLAG: readonly unknown[] = [null, 'true', 1, {}];
export const NOT_NUMBER: readonly unknown[] = [null, '5', {}, [], true];

/** What a plain JavaScript caller may pass by mistake for anything. */
export const GARBAGE: readonly unknown[] = [
  null, '', 'x', 'x'.repeat(300), 0, -1, 1.5, NaN, Infinity, 1e12, true, false, [], [null], ['x'], new Date(0), () => 1,
  Symbol('s'), 10n, Object.create(null), Duration.seconds(0), Duration.days(400), Duration.millis(1),
];
