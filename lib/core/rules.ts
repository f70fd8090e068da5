import { type Duration, Token } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';

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
  /** When it is broken, the other rules are not asked, since they could make no sense of the props. */
  readonly first?: boolean;
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
  const broken = (asked: readonly Rule<Props>[]) => asked.flatMap(({ code, check }) => {
    const refusal = check(props);
    return refusal ? [{ code, ...refusal }] : [];
  });
  const first = broken(rules.filter((rule) => rule.first));
  const findings = first.length > 0 ? first : broken(rules);
  if (findings.length > 0) {
    throw new RuleError(scope.node.path, findings);
  }
}

/** Refuses one thing that is known only while wiring. */
export function refuse(scope: IConstruct, code: string, given: string, allowed: string): never {
  throw new RuleError(scope.node.path, [{ code, given, allowed }]);
}

/** What a value can be. */
export type Kind = 'text' | 'texts' | 'number' | 'flag' | 'list' | 'objects' | 'object' | 'duration' | 'construct';

/** What the fields of an object are. */
export interface Shape {
  readonly [field: string]: Kind | Class | Shape;
}

/** A class whose instances a value can be. */
export interface Class {
  readonly name: string;
  [Symbol.hasInstance](value: unknown): boolean;
}

/**
 * What the compiler holds in TypeScript, for those who call from plain JavaScript: props of their declared type.
 *
 * @param shape what each prop is; the fields of nested objects as far as rules or the construct look at them
 */
export function typed<Props>(props: Props, shape: { readonly [Prop in keyof Props]-?: Shape[string] }): Refusal | undefined {
  const wrong = mismatches('', props, shape as Shape);
  return wrong.length === 0
    ? undefined
    : {
      given: wrong.map(({ at, value }) => `${at || 'props'} is ${show(value)}`).join(', '),
      allowed: wrong.map(({ at, allowed }) => at ? `${at}: ${allowed}` : allowed).join(', '),
    };
}

interface Mismatch {
  readonly at: string;
  readonly value: unknown;
  readonly allowed: string;
}

function mismatches(at: string, value: unknown, kind: Shape[string]): Mismatch[] {
  if (typeof kind === 'string') {
    return KINDS[kind].is(value) ? [] : [{ at, value, allowed: KINDS[kind].name }];
  }
  if (isClass(kind)) {
    return value instanceof kind ? [] : [{ at, value, allowed: `an instance of ${kind.name}` }];
  }
  return isObject(value)
    ? Object.entries(kind).flatMap(([field, expected]) => value[field] === undefined
      ? []
      : mismatches(at ? `${at}.${field}` : field, value[field], expected))
    : [{ at, value, allowed: KINDS.object.name }];
}

const isClass = (kind: Class | Shape): kind is Class => typeof kind === 'function';
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown) => typeof value === 'string' || Token.isUnresolved(value);

const KINDS: { readonly [kind in Kind]: { readonly name: string; readonly is: (value: unknown) => boolean } } = {
  text: { name: 'text', is: isText },
  texts: { name: 'an object of texts', is: (value) => isObject(value) && Object.values(value).every(isText) },
  number: { name: 'a number', is: (value) => typeof value === 'number' || Token.isUnresolved(value) },
  flag: { name: 'true or false', is: (value) => typeof value === 'boolean' },
  list: { name: 'a list', is: (value) => Array.isArray(value) },
  objects: { name: 'a list of objects', is: (value) => Array.isArray(value) && value.every(isObject) },
  object: { name: 'an object', is: isObject },
  duration: { name: 'a Duration', is: (value) => isObject(value) && typeof value.toMilliseconds === 'function' },
  construct: { name: 'a construct', is: (value) => Construct.isConstruct(value) },
};

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

/** A value as it stands in a refusal. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  }
  return Array.isArray(value) ? 'a list' : isObject(value) ? 'an object' : String(value);
}
