import { type Duration, Token } from 'aws-cdk-lib';
import type { Refusal } from './rules';
import { show } from './show';

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

/**
 * Options of an inner resource that its construct decides itself.
 *
 * @param prop the prop that holds the options
 * @param managed the options that are refused in it
 * @param allowed where to say it instead
 */
export function notManaged<Options extends object>(
  prop: string, options: Options | undefined, managed: readonly (keyof Options & string)[], allowed: string,
): Refusal | undefined {
  const given = managed.filter((option) => options?.[option] !== undefined);
  return given.length === 0 ? undefined : { given: `${prop} has ${given.join(', ')}`, allowed };
}

/** A cache that has to run scripts, which change what they read in one step. */
export function runsScripts(cache: { readonly runsScripts?: boolean } | undefined): Refusal | undefined {
  return cache === undefined || cache.runsScripts
    ? undefined
    : { given: cache.runsScripts === false ? 'a cache of Memcached' : 'a construct that is no Cache', allowed: 'CacheEngine.VALKEY or REDIS, which run scripts' };
}

/** A list in which nothing occurs twice, compared as JSON. */
export function eachOnce(prop: string, values: readonly unknown[] = []): Refusal | undefined {
  const texts = values.map((value) => JSON.stringify(value));
  const repeated = texts.find((value, index) => texts.indexOf(value) < index);
  return repeated === undefined ? undefined : { given: `${prop} has ${repeated} twice`, allowed: 'each once' };
}
