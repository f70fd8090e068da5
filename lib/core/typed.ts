import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Refusal } from './rules';
import { isObject, show } from './show';

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
