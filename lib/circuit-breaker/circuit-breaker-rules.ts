import { Duration, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, runsScripts, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { CircuitBreakerProps } from './circuit-breaker-props';

const HOUR = 60 * 60;
const BESIDE = [
  'dependency', 'failureThreshold', 'minimumCalls', 'window', 'openFor', 'maxOpenFor', 'probes', 'timeout', 'syncInterval',
] as const;

/** What CircuitBreaker refuses. */
export const CIRCUIT_BREAKER_RULES: readonly Rule<CircuitBreakerProps>[] = [
  {
    code: 'CircuitBreaker.WrongType',
    first: true,
    check: (props) => typed(props, {
      dependency: 'text',
      failureThreshold: 'number',
      minimumCalls: 'number',
      window: 'duration',
      openFor: 'duration',
      maxOpenFor: 'duration',
      probes: 'number',
      timeout: 'duration',
      syncInterval: 'duration',
      disposable: 'flag',
      tableProps: 'object',
      table: 'construct',
      cache: 'construct',
    }),
  },
  {
    code: 'CircuitBreaker.AdoptOrShape',
    check: (props) => adoptsOrShapes('table', props, BESIDE) ?? adoptsOrShapes('cache', props, BESIDE),
  },
  { code: 'CircuitBreaker.NoScripts', check: ({ cache }) => runsScripts(cache) },
  {
    // Code reads these as numbers.
    code: 'CircuitBreaker.LateDuration',
    check: ({ window, openFor, maxOpenFor, timeout, syncInterval }) => {
      const durations = Object.entries({ window, openFor, maxOpenFor, timeout, syncInterval });
      const late = durations.filter(([, value]) => value?.isUnresolved());
      return late.length === 0
        ? undefined
        : { given: `${late.map(([prop]) => prop).join(', ')} known only at deployment`, allowed: 'a Duration known at synthesis' };
    },
  },
  {
    code: 'CircuitBreaker.Dependency',
    check: ({ dependency = 'x' }) => Token.isUnresolved(dependency) || /^[A-Za-z0-9_.-]{1,64}$/.test(dependency)
      ? undefined
      : { given: `dependency is ${show(dependency)}`, allowed: '1 to 64 letters, digits, _, - and .' },
  },
  {
    code: 'CircuitBreaker.FailureThreshold',
    check: ({ failureThreshold = 1 }) => Token.isUnresolved(failureThreshold) || failureThreshold > 0 && failureThreshold <= 1
      ? undefined
      : { given: `failureThreshold is ${failureThreshold}`, allowed: 'a share above 0, up to 1' },
  },
  { code: 'CircuitBreaker.MinimumCalls', check: ({ minimumCalls }) => wholeNumber('minimumCalls', minimumCalls, 1, 1_000_000) },
  { code: 'CircuitBreaker.Probes', check: ({ probes }) => wholeNumber('probes', probes, 1, 100) },
  { code: 'CircuitBreaker.Window', check: ({ window }) => wholeSeconds('window', window, 1, HOUR) },
  { code: 'CircuitBreaker.OpenFor', check: ({ openFor }) => wholeSeconds('openFor', openFor, 1, HOUR) },
  { code: 'CircuitBreaker.MaxOpenFor', check: ({ maxOpenFor }) => wholeSeconds('maxOpenFor', maxOpenFor, 1, HOUR) },
  { code: 'CircuitBreaker.Timeout', check: ({ timeout }) => milliseconds('timeout', timeout, 10, 900_000) },
  { code: 'CircuitBreaker.SyncInterval', check: ({ syncInterval }) => milliseconds('syncInterval', syncInterval, 100, 60_000) },
  {
    code: 'CircuitBreaker.MaxBelowFirst',
    check: ({ openFor = Duration.seconds(5), maxOpenFor }) => atLeast('maxOpenFor', maxOpenFor, 'openFor', openFor),
  },
  {
    // An outcome is told after up to a sync interval: in a shorter window it would not count any more.
    code: 'CircuitBreaker.WindowBelowSync',
    check: ({ window = Duration.seconds(10), syncInterval = Duration.seconds(1) }) =>
      atLeast('window', window, 'syncInterval', syncInterval),
  },
];

function milliseconds(prop: string, value: Duration | undefined, min: number, max: number): Refusal | undefined {
  if (value === undefined || value.isUnresolved()) {
    return undefined;
  }
  const amount = value.toMilliseconds();
  const kept = Number.isInteger(amount) && amount >= min && amount <= max;
  return kept ? undefined : { given: `${prop} is ${amount} ms`, allowed: `whole milliseconds from ${min} to ${max}` };
}

function atLeast(prop: string, value: Duration | undefined, leastProp: string, least: Duration): Refusal | undefined {
  if (value === undefined || value.isUnresolved() || least.isUnresolved() || value.toMilliseconds() >= least.toMilliseconds()) {
    return undefined;
  }
  return { given: `${prop} is ${value.toHumanString()}`, allowed: `at least ${leastProp}, ${least.toHumanString()}` };
}
