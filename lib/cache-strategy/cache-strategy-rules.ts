import { type Duration, Token } from 'aws-cdk-lib';
import type { Cache } from '../cache';
import { runsScripts, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import { type CacheStrategyProps, CachingStrategy, StampedeProtection } from './cache-strategy-props';
import type { InvalidationOptions } from './invalidation';

const MONTH = 30 * 24 * 60 * 60;
export const DEFAULT_TTL_SECONDS = 300;
export const DEFAULT_JITTER = 0.1;

/** What CacheStrategy refuses. */
export const CACHE_STRATEGY_RULES: readonly Rule<CacheStrategyProps>[] = [
  {
    code: 'CacheStrategy.WrongType',
    first: true,
    check: (props) => typed(props, {
      cache: 'construct', store: 'construct', strategy: 'text', ttl: 'duration', negativeTtl: 'duration', stale: 'duration',
      jitter: 'number', refreshAhead: 'number', stampede: 'text', lease: 'duration', namespace: 'text', queue: 'construct',
      disposable: 'flag',
    }) ?? isA('cache', 'a Cache', props.cache, 'grantConnect') ?? isA('store', 'a KeyValueStore', props.store, 'table')
      ?? isA('queue', 'a WorkQueue', props.queue, 'deadLetterQueue'),
  },
  {
    code: 'CacheStrategy.UnknownChoice',
    first: true,
    check: (props: CacheStrategyProps | null) => oneOf('strategy', props?.strategy, CachingStrategy)
      ?? oneOf('stampede', props?.stampede, StampedeProtection),
  },
  {
    code: 'CacheStrategy.NotKnown',
    first: true,
    // Code reads them as numbers, and some are compared with each other.
    check: (props: CacheStrategyProps | null) => {
      const durations = (['ttl', 'negativeTtl', 'stale', 'lease'] as const).filter((prop) => props?.[prop]?.isUnresolved?.());
      const others = (['jitter', 'refreshAhead', 'namespace'] as const).filter((prop) => Token.isUnresolved(props?.[prop]));
      const given = [...durations, ...others].join(', ');
      return given === '' ? undefined : { given: `${given} known only at deployment`, allowed: 'values that are known at synthesis' };
    },
  },
  {
    code: 'CacheStrategy.NoCache',
    check: (props) => props.cache as Cache | undefined
      ? undefined
      : { given: 'no cache', allowed: 'a Cache of Valkey or Redis OSS' },
  },
  { code: 'CacheStrategy.NoScripts', check: ({ cache }) => runsScripts(cache) },
  { code: 'CacheStrategy.Ttl', check: ({ ttl }) => wholeSeconds('ttl', ttl, 1, MONTH) },
  {
    code: 'CacheStrategy.NegativeTtl',
    check: ({ negativeTtl, ttl }) => wholeSeconds('negativeTtl', negativeTtl, 1, MONTH)
      ?? (negativeTtl && negativeTtl.toSeconds() > secondsOf(ttl)
        ? { given: `negativeTtl is ${negativeTtl.toSeconds()} s`, allowed: `at most the ttl, ${secondsOf(ttl)} s: that there is nothing is known less surely` }
        : undefined),
  },
  { code: 'CacheStrategy.Stale', check: ({ stale }) => wholeSeconds('stale', stale, 1, MONTH) },
  { code: 'CacheStrategy.Lease', check: ({ lease }) => wholeSeconds('lease', lease, 1, 900) },
  {
    code: 'CacheStrategy.Jitter',
    check: ({ jitter = 0 }) => jitter >= 0 && jitter <= 0.9
      ? undefined
      : { given: `jitter is ${jitter}`, allowed: 'a share from 0 to 0.9' },
  },
  {
    code: 'CacheStrategy.RefreshAhead',
    check: ({ refreshAhead: ahead, jitter = DEFAULT_JITTER }) => ahead === undefined || ahead > 0 && ahead + jitter < 1
      ? undefined
      : { given: `refreshAhead is ${ahead} with a jitter of ${jitter}`, allowed: 'a share above 0, and below 1 together with the jitter: a value would be refreshed from the start' },
  },
  {
    code: 'CacheStrategy.Namespace',
    check: ({ namespace }) => namespace === undefined || /^[^\s{}]{1,100}$/.test(namespace)
      ? undefined
      : { given: `namespace is ${show(namespace)}`, allowed: '1 to 100 characters without blanks and braces, which mark what shares a shard' },
  },
  {
    code: 'CacheStrategy.QueueUnused',
    check: ({ strategy, queue, disposable }) => {
      const given = [...queue ? ['queue'] : [], ...disposable === undefined ? [] : ['disposable']].join(', ');
      return strategy === CachingStrategy.WRITE_BEHIND || given === ''
        ? undefined
        : { given: `${given} with ${strategy ?? CachingStrategy.CACHE_ASIDE}`, allowed: 'CachingStrategy.WRITE_BEHIND, which alone has a queue' };
    },
  },
  {
    code: 'CacheStrategy.QueueOrShape',
    check: ({ queue, disposable }) => queue && disposable !== undefined
      ? { given: 'queue together with disposable', allowed: 'queue alone, since an existing queue keeps its shape' }
      : undefined,
  },
  {
    code: 'CacheStrategy.QueueNotOrdered',
    check: ({ queue }) => queue && !queue.ordered
      ? { given: `the queue ${queue.node.path}, which keeps no order`, allowed: "a WorkQueue with orderBy: 'key': its numbers are the versions of writes" }
      : undefined,
  },
];

/** What invalidation on changes refuses. */
export const INVALIDATION_RULES: readonly Rule<InvalidationOptions>[] = [
  {
    code: 'CacheStrategy.InvalidationWrongType',
    first: true,
    check: (options) => typed(options, { keys: 'list', versionAttribute: 'text', network: 'construct', maxLag: 'duration' }),
  },
  {
    code: 'CacheStrategy.InvalidationKeys',
    check: ({ keys }) => keys === undefined || [1, 2].includes(keys.length) && keys.every((key) => typeof key === 'string' && key !== '')
      ? undefined
      : { given: `keys are ${keys.map(show).join(', ') || 'none'}`, allowed: 'the partition key, and the sort key after it where there is one' },
  },
  {
    code: 'CacheStrategy.InvalidationVersion',
    check: ({ versionAttribute }) => versionAttribute === ''
      ? { given: "versionAttribute is ''", allowed: 'the name of an attribute' }
      : undefined,
  },
];

/** A concept told by a member that no other has, so that asking does not load it. */
function isA(prop: string, allowed: string, value: object | undefined, member: string): Refusal | undefined {
  return value === undefined || member in value ? undefined : { given: `${prop} is another construct`, allowed };
}

const secondsOf = (ttl?: Duration) => ttl ? ttl.toMilliseconds() / 1000 : DEFAULT_TTL_SECONDS;

function oneOf(prop: string, value: string | undefined, choices: Readonly<Record<string, string>>): Refusal | undefined {
  const allowed = Object.values(choices);
  return value === undefined || allowed.includes(value) ? undefined : { given: `${prop} is ${show(value)}`, allowed: allowed.join(', ') };
}
