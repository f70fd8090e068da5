import { createHash } from 'node:crypto';
import { Token } from 'aws-cdk-lib';
import { ListenerCondition, type QueryStringCondition } from 'aws-cdk-lib/aws-elasticloadbalancingv2';

/** Which requests a route takes: those that meet every condition, by any of its values. 5 values in all. */
export interface RouteMatch {
  /**
   * Paths, with the wildcards `*` and `?`: `/api/*`. Case counts.
   * @default - any path
   */
  readonly path?: string[];
  /**
   * Host names, with the wildcards `*` and `?`: `*.example.com`.
   * @default - any host
   */
  readonly host?: string[];
  /**
   * Values of headers, with the wildcards `*` and `?`, by the header's name.
   * @default - any headers
   */
  readonly header?: { readonly [name: string]: string[] };
  /**
   * Methods in capitals.
   * @default - any method
   */
  readonly method?: string[];
  /**
   * Parameters of the query, with the wildcards `*` and `?`.
   * @default - any query
   */
  readonly query?: QueryStringCondition[];
  /**
   * Where requests come from, as CIDR blocks.
   * @default - anywhere
   */
  readonly sourceIp?: string[];
}

/** The longest path whose order can be derived, in characters other than wildcards. */
export const LONGEST_DERIVED = 60;

const PER_CONDITION = 10;
const BAND = 440;
const WILDCARDS = /[*?]/g;
const literals = (pattern: string) => pattern.replace(WILDCARDS, '').length;

/** The values of every condition, by a name of the condition: `path`, `header x-env`. Conditions without values are left out. */
export function conditionsOf(match: RouteMatch): Map<string, string[]> {
  const headers = Object.entries(match.header ?? {}).map(([name, values]): [string, string[] | undefined] => [`header ${name.toLowerCase()}`, values]);
  const query = match.query?.map(({ key, value }) => key === undefined ? value : `${key}=${value}`);
  const all: [string, string[] | undefined][] = [
    ['path', match.path], ['host', match.host], ...headers, ['method', match.method], ['query', query], ['sourceIp', match.sourceIp],
  ];
  return new Map(all.flatMap(([name, values]) => values && values.length > 0 ? [[name, values] as const] : []));
}

/** A match as one reads it, the same whatever order its values were given in: `path /api/* host a.com|b.com`. */
export function describeMatch(match: RouteMatch): string {
  return [...conditionsOf(match)].map(([name, values]) => `${name} ${[...values].sort().join('|')}`).join(' ');
}

/** Whether something about a match is known only at deployment. */
export function isLate(match: RouteMatch): boolean {
  return Token.isUnresolved(describeMatch(match));
}

/** How many characters of the shortest path are no wildcards. */
export function literalPath({ path = [] }: RouteMatch): number {
  return path.length === 0 ? 0 : Math.min(...path.map(literals));
}

/**
 * How much a match asks for. A match that takes some of the requests of another scores higher: each character of its path
 * that is no wildcard counts 1, a path and a host without wildcards 1 more each, every condition beside the path 10.
 */
export function specificity(match: RouteMatch): number {
  const others = [...conditionsOf(match).keys()].filter((name) => name !== 'path').length;
  const exact = [match.path, match.host].filter((values) => values?.length && !values.some((value) => /[*?]/.test(value)));
  return literalPath(match) + exact.length + Math.min(others, 5) * PER_CONDITION;
}

/**
 * The priority of a match, from itself alone, so that it stays when other routes come and go: CloudFormation cannot swap
 * the priorities of two rules. The more a match asks for the lower, which is asked first; among equals by a hash.
 */
export function derivedPriority(match: RouteMatch): number {
  const hash = createHash('sha256').update(describeMatch(match)).digest().readUInt32BE();
  const band = LONGEST_DERIVED + 2 + 5 * PER_CONDITION - specificity(match);
  return 1 + band * BAND + hash % BAND;
}

/** Whether two matches may take the same requests without one asking for more than the other. */
export function overlap(one: RouteMatch, other: RouteMatch): boolean {
  const [first, second] = [conditionsOf(one), conditionsOf(other)];
  return [...first].every(([name, values]) => {
    const others = second.get(name);
    const meet = (value: string) => others?.some((other) => covers(value, other) || covers(other, value));
    return others === undefined || name === 'sourceIp' || values.some(meet);
  });
}

/** Whether a pattern takes everything that another one takes. */
function covers(pattern: string, text: string): boolean {
  const regex = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
  return new RegExp(`^${regex}$`).test(text);
}

/** A match as the CDK renders it. */
export function listenerConditions(match: RouteMatch): ListenerCondition[] {
  const given = <Value>(values: Value[] | undefined, condition: (values: Value[]) => ListenerCondition) =>
    values && values.length > 0 ? [condition(values)] : [];
  return [
    ...given(match.path, (values) => ListenerCondition.pathPatterns(values)),
    ...given(match.host, (values) => ListenerCondition.hostHeaders(values)),
    ...Object.entries(match.header ?? {})
      .flatMap(([name, values]) => given(values, (some) => ListenerCondition.httpHeader(name, some))),
    ...given(match.method, (values) => ListenerCondition.httpRequestMethods(values)),
    ...given(match.query, (values) => ListenerCondition.queryStrings(values)),
    ...given(match.sourceIp, (values) => ListenerCondition.sourceIps(values)),
  ];
}
