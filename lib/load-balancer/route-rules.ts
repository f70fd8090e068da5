import { Token } from 'aws-cdk-lib';
import { ApplicationProtocol, ApplicationProtocolVersion } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { notManaged, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { isObject, show } from '../core/show';
import { typed } from '../core/typed';
import { Algorithm } from './algorithm';
import { Authentication } from './authentication';
import { checkHealth, HEALTH_SHAPE } from './health-rules';
import { oneOf } from './load-balancer-rules';
import type { LoadBalancerRouteOptions } from './route';
import { conditionsOf, type RouteMatch } from './route-match';

const isText = (value: unknown): value is string => typeof value === 'string';

/** Values of one condition that are not as they must be; tokens pass. */
function values(prop: string, given: readonly string[] | undefined, keeps: RegExp, allowed: string): Refusal | undefined {
  const wrong = given?.find((value) => !Token.isUnresolved(value) && !keeps.test(value));
  return wrong === undefined ? undefined : { given: `${prop} has ${show(wrong)}`, allowed };
}

/** Values of a match that are no texts. */
function valueTypes({ path, host, header = {}, method, query, sourceIp }: RouteMatch): Refusal | undefined {
  const lists = { path, host, method, sourceIp, ...Object.fromEntries(Object.entries(header).map(([name, list]) => [`header ${name}`, list])) };
  const wrong = Object.entries(lists).find(([, list]) => list !== undefined && !(Array.isArray(list) && list.every(isText)));
  if (wrong) {
    return { given: `${wrong[0]} is ${show(wrong[1])}`, allowed: 'a list of texts' };
  }
  return query === undefined || query.every(({ key, value }) => isText(value) && (key === undefined || isText(key)))
    ? undefined
    : { given: 'query has no texts', allowed: 'a list of { key, value } with texts' };
}

/** What a match of LoadBalancer.route() refuses. Bounds: listener rules of Application Load Balancers. */
export const MATCH_RULES: readonly Rule<RouteMatch>[] = [
  {
    code: 'LoadBalancer.MatchWrongType',
    first: true,
    check: (match) => typed(match, { path: 'list', host: 'list', header: 'object', method: 'list', query: 'objects', sourceIp: 'list' })
      ?? valueTypes(match),
  },
  {
    code: 'LoadBalancer.NoCondition',
    check: (match) => conditionsOf(match).size > 0 ? undefined : { given: 'a route without conditions', allowed: 'at least one condition, or defaultRoute()' },
  },
  {
    code: 'LoadBalancer.TooManyValues',
    check: (match) => {
      const count = [...conditionsOf(match).values()].flat().length;
      return count > 5 ? { given: `${count} values`, allowed: 'up to 5 values in all conditions of a route' } : undefined;
    },
  },
  {
    code: 'LoadBalancer.TooManyWildcards',
    check: (match) => {
      const count = [...conditionsOf(match).values()].flat().join('').replace(/[^*?]/g, '').length;
      return count > 5 ? { given: `${count} wildcards`, allowed: 'up to 5 wildcards in all conditions of a route' } : undefined;
    },
  },
  {
    code: 'LoadBalancer.Path',
    check: ({ path }) => values('path', path, /^[/*?][\w\-.$/~"'@:+&*?]{0,127}$/, 'paths of up to 128 letters, digits, * ? and _-.$/~"\'@:+&, starting with /'),
  },
  {
    code: 'LoadBalancer.Host',
    check: ({ host }) => values('host', host, /^(?=.*[.*])[A-Za-z0-9\-.*?]{1,128}$/, 'host names of up to 128 letters, digits, - . * and ?'),
  },
  {
    code: 'LoadBalancer.Header',
    check: ({ header = {} }) => {
      const wrong = Object.keys(header).find((name) => !/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/.test(name) || name.toLowerCase() === 'host');
      return wrong === undefined
        ? values('header', Object.values(header).flat(), /^[\x20-\x7e]{1,128}$/, 'values of 1 to 128 printable characters')
        : { given: `header ${show(wrong)}`, allowed: 'names of up to 40 letters, digits and -, and host for the header Host' };
    },
  },
  { code: 'LoadBalancer.Method', check: ({ method }) => values('method', method, /^[A-Z_-]{1,40}$/, 'methods in capitals') },
  {
    code: 'LoadBalancer.Query',
    check: ({ query = [] }) => values('query', query.flatMap(({ key, value }) => key === undefined ? [value] : [key, value]),
      /^[\x20-\x7e]{1,128}$/, 'keys and values of 1 to 128 printable characters'),
  },
  {
    code: 'LoadBalancer.SourceIp',
    check: ({ sourceIp }) => values('sourceIp', sourceIp, /^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9a-fA-F:]*:[0-9a-fA-F:]*\/\d{1,3})$/,
      "CIDR blocks, for example '203.0.113.0/24'"),
  },
];

/** What options of a route refuse. Bounds: target groups of Application Load Balancers. */
export const ROUTE_RULES: readonly Rule<LoadBalancerRouteOptions>[] = [
  {
    code: 'LoadBalancer.RouteWrongType',
    first: true,
    check: (options) => typed(options, {
      priority: 'number',
      algorithm: 'text',
      anomalyMitigation: 'flag',
      sticky: { duration: 'duration', cookieName: 'text' },
      health: HEALTH_SHAPE,
      drain: 'duration',
      slowStart: 'duration',
      port: 'number',
      protocol: 'text',
      protocolVersion: 'text',
      multiValueHeaders: 'flag',
      webSocket: 'flag',
      authentication: Authentication,
      targetGroupProps: 'object',
    }),
  },
  { code: 'LoadBalancer.Priority', check: ({ priority }) => wholeNumber('priority', priority, 1, 50_000) },
  { code: 'LoadBalancer.Algorithm', check: ({ algorithm }) => oneOf('algorithm', algorithm, Algorithm) },
  {
    code: 'LoadBalancer.NoIpHash',
    check: ({ algorithm }) => algorithm === Algorithm.IP_HASH
      ? { given: 'algorithm IP_HASH, which layer 7 has not', allowed: 'sticky, by cookie, or Layer4LoadBalancer with sticky, by the address of the client' }
      : undefined,
  },
  {
    code: 'LoadBalancer.NoLeastResponseTime',
    check: ({ algorithm }) => algorithm === Algorithm.LEAST_RESPONSE_TIME
      ? { given: 'algorithm LEAST_RESPONSE_TIME, which AWS has not', allowed: 'LEAST_OUTSTANDING_REQUESTS, which comes nearest: who answers slowly has more in flight' }
      : undefined,
  },
  {
    code: 'LoadBalancer.AnomalyMitigation',
    check: ({ anomalyMitigation, algorithm }) => anomalyMitigation && algorithm !== Algorithm.WEIGHTED_RANDOM
      ? { given: `anomalyMitigation with algorithm ${algorithm ?? Algorithm.ROUND_ROBIN}`, allowed: 'anomalyMitigation with Algorithm.WEIGHTED_RANDOM' }
      : undefined,
  },
  { code: 'LoadBalancer.SlowStart', check: ({ slowStart }) => wholeSeconds('slowStart', slowStart, 30, 900) },
  {
    code: 'LoadBalancer.SlowStartAlgorithm',
    check: ({ slowStart, algorithm = Algorithm.ROUND_ROBIN }) => slowStart && algorithm !== Algorithm.ROUND_ROBIN
      ? { given: `slowStart with algorithm ${algorithm}`, allowed: 'slowStart with Algorithm.ROUND_ROBIN' }
      : undefined,
  },
  { code: 'LoadBalancer.StickyDuration', check: ({ sticky }) => wholeSeconds('sticky.duration', sticky?.duration, 1, 604_800) },
  {
    code: 'LoadBalancer.StickyCookie',
    check: ({ sticky }) => values('sticky', sticky?.cookieName === undefined ? undefined : [sticky.cookieName], /^(?!AWSALB)[\x21-\x7e]{1,256}$/i,
      'the name of a cookie of the application; names beginning with AWSALB belong to the load balancer'),
  },
  { code: 'LoadBalancer.Drain', check: ({ drain }) => wholeSeconds('drain', drain, 0, 3600) },
  { code: 'LoadBalancer.Port', check: ({ port }) => wholeNumber('port', port, 1, 65_535) },
  { code: 'LoadBalancer.Protocol', check: ({ protocol }) => oneOf('protocol', protocol, ApplicationProtocol) },
  { code: 'LoadBalancer.ProtocolVersion', check: ({ protocolVersion }) => oneOf('protocolVersion', protocolVersion, ApplicationProtocolVersion) },
  { code: 'LoadBalancer.Health', check: ({ health }) => checkHealth(health) },
  {
    code: 'LoadBalancer.ManagedByTheConstruct',
    check: ({ targetGroupProps }) => notManaged('targetGroupProps', targetGroupProps,
      ['targets', 'targetType', 'vpc', 'targetGroupName', 'protocol', 'port', 'protocolVersion', 'loadBalancingAlgorithmType', 'healthCheck',
        'slowStart', 'stickinessCookieDuration', 'stickinessCookieName', 'enableAnomalyMitigation', 'multiValueHeadersEnabled', 'deregistrationDelay'],
      'every other option; targets, protocol, algorithm, health, stickiness and draining are options of the route itself'),
  },
];

/** The options of a route that a function has no use for. */
export function notForFunctions(options: LoadBalancerRouteOptions): (keyof LoadBalancerRouteOptions)[] {
  const others: readonly (keyof LoadBalancerRouteOptions)[] = [
    'algorithm', 'anomalyMitigation', 'sticky', 'drain', 'slowStart', 'port', 'protocol', 'protocolVersion', 'webSocket',
  ];
  return others.filter((option) => options[option] !== undefined);
}

/** A target that is none. */
export function notATarget(target: unknown): Refusal | undefined {
  return isObject(target) && typeof target.attachToApplicationTargetGroup === 'function'
    ? undefined
    : { given: `target ${show(target)}`, allowed: 'what a load balancer can send requests to: a FunctionService, a ContainerService, an InstanceTarget, an IpTarget' };
}
