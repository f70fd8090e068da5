import { type Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** What a rule found: the value that was given and what is allowed in its place. */
export interface Refusal {
  readonly given: string;
  readonly allowed: string;
}

/** One thing that a construct refuses. */
export interface Rule<Props> {
  /** Stable and searchable: `<Concept>.<WhatIsWrong>`. */
  readonly code: string;
  /** The refusal, or undefined when the props keep the rule. Values known only at deployment keep every rule. */
  readonly check: (props: Props) => Refusal | undefined;
}

/** A refusal together with the code of its rule. */
export interface Finding extends Refusal {
  readonly code: string;
}

/** The error of a construct that was given something impossible. It names every broken rule, not only the first. */
export class RuleError extends Error {
  public override readonly name = 'RuleError';

  constructor(public readonly constructPath: string, public readonly findings: readonly Finding[]) {
    const lines = findings.map(({ code, given, allowed }) => `  ${code}: ${given}; allowed: ${allowed}`);
    super([`${constructPath || '(app)'} was given what it cannot be:`, ...lines].join('\n'));
  }
}

/**
 * Refuses props that break a rule.
 *
 * @throws RuleError with all broken rules at once
 */
export function enforce<Props>(scope: IConstruct, rules: readonly Rule<Props>[], props: Props): void {
  const findings = rules.flatMap(({ code, check }) => {
    const refusal = check(props);
    return refusal ? [{ code, ...refusal }] : [];
  });
  if (findings.length > 0) {
    throw new RuleError(scope.node.path, findings);
  }
}

/** Refuses one thing that is known only while wiring. */
export function refuse(scope: IConstruct, code: string, given: string, allowed: string): never {
  throw new RuleError(scope.node.path, [{ code, given, allowed }]);
}

/** A whole number within bounds; undefined and tokens pass. */
export function wholeNumber(prop: string, value: number | undefined, min: number, max: number): Refusal | undefined {
  if (value === undefined || Token.isUnresolved(value)) {
    return undefined;
  }
  const kept = Number.isInteger(value) && value >= min && value <= max;
  return kept ? undefined : { given: `${prop} is ${show(value)}`, allowed: `a whole number from ${min} to ${max}` };
}

/** A number of whole seconds within bounds; undefined and tokens pass. */
export function wholeSeconds(prop: string, value: Duration | undefined, min: number, max: number): Refusal | undefined {
  if (value === undefined || value.isUnresolved()) {
    return undefined;
  }
  const seconds = value.toMilliseconds() / 1000;
  const kept = Number.isInteger(seconds) && seconds >= min && seconds <= max;
  return kept ? undefined : { given: `${prop} is ${seconds} s`, allowed: `whole seconds from ${min} to ${max}` };
}

/** Text within a length in UTF-8 bytes, which is how AWS counts names; undefined and tokens pass. */
export function text(prop: string, value: string | undefined, min: number, max: number): Refusal | undefined {
  if (value === undefined || Token.isUnresolved(value)) {
    return undefined;
  }
  const bytes = typeof value === 'string' ? Buffer.byteLength(value) : -1;
  return bytes >= min && bytes <= max ? undefined : { given: `${prop} is ${show(value)}`, allowed: `text of ${min} to ${max} bytes` };
}

/**
 * Adopting an existing resource and shaping a new one exclude each other.
 *
 * @param adopted the prop that adopts
 * @param props all props that were given
 * @param alongside the props that still make sense beside an adopted resource
 */
export function adoptsOrShapes<Props extends object>(
  adopted: keyof Props & string, props: Props, alongside: readonly (keyof Props & string)[] = [],
): Refusal | undefined {
  if (props[adopted] === undefined) {
    return undefined;
  }
  const allowed: readonly string[] = [adopted, ...alongside];
  const shaping = Object.entries(props).flatMap(([prop, value]) => value === undefined || allowed.includes(prop) ? [] : [prop]);
  return shaping.length === 0
    ? undefined
    : { given: `${adopted} together with ${shaping.join(', ')}`, allowed: `${allowed.join(', ')} alone, since an existing resource keeps its shape` };
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'` : String(value);
}
