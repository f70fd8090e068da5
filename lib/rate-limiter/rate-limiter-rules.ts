import { Token } from 'aws-cdk-lib';
import { adoptsOrShapes, runsScripts, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import { FailMode, RateLimitAlgorithm } from './rate-limit';
import type { RateLimiterProps } from './rate-limiter';

const DAY = 24 * 60 * 60;
const MOST_REQUESTS = 1_000_000;
const MOST_PER_SECOND = 10_000;
/** What makes sense beside a table or a cache that exists. */
const LIMIT = ['requests', 'window', 'burst', 'algorithm', 'whenUnavailable'] as const;

/** What RateLimiter refuses. The bounds are those in which the runtime counts exactly. */
export const RATE_LIMITER_RULES: readonly Rule<RateLimiterProps>[] = [
  {
    code: 'RateLimiter.WrongType',
    first: true,
    check: (props) => typed(props, {
      requests: 'number', window: 'duration', burst: 'number', algorithm: 'text', whenUnavailable: 'text', traffic: TrafficEstimate,
      disposable: 'flag', tableProps: 'object', table: 'construct', cache: 'construct',
    }),
  },
  { code: 'RateLimiter.AdoptOrShape', check: (props) => adoptsOrShapes('table', props, LIMIT) ?? adoptsOrShapes('cache', props, LIMIT) },
  { code: 'RateLimiter.Requests', check: ({ requests }) => required('requests', requests) ?? wholeNumber('requests', requests, 1, MOST_REQUESTS) },
  {
    code: 'RateLimiter.Window',
    check: ({ window }) => required('window', window) ?? (window.isUnresolved()
      ? { given: 'window is known only at deployment', allowed: 'a Duration known at synthesis' }
      : wholeSeconds('window', window, 1, 30 * DAY)),
  },
  {
    code: 'RateLimiter.Rate',
    check: (props) => {
      const perSecond = perSecondOf(props) ?? 0;
      return perSecond > MOST_PER_SECOND
        ? { given: `${perSecond} requests a second`, allowed: `up to ${MOST_PER_SECOND} of one key` }
        : undefined;
    },
  },
  { code: 'RateLimiter.Burst', check: ({ burst }) => wholeNumber('burst', burst, 1, MOST_REQUESTS) },
  {
    code: 'RateLimiter.BurstOfWindow',
    check: ({ burst, algorithm }) => burst !== undefined && algorithm === RateLimitAlgorithm.SLIDING_WINDOW
      ? { given: 'burst with RateLimitAlgorithm.SLIDING_WINDOW', allowed: 'RateLimitAlgorithm.TOKEN_BUCKET, or no burst' }
      : undefined,
  },
  {
    code: 'RateLimiter.Refill',
    check: (props) => {
      const { burst } = props;
      const seconds = burst === undefined || Token.isUnresolved(burst) ? 0 : burst / (perSecondOf(props) ?? Infinity);
      return seconds > 366 * DAY
        ? { given: `a burst that takes ${Math.ceil(seconds / DAY)} days to come back`, allowed: 'up to 366 days' }
        : undefined;
    },
  },
  {
    code: 'RateLimiter.Algorithm',
    check: ({ algorithm }) => algorithm === undefined || Object.values(RateLimitAlgorithm).includes(algorithm)
      ? undefined
      : { given: `algorithm is ${show(algorithm)}`, allowed: 'RateLimitAlgorithm.TOKEN_BUCKET or SLIDING_WINDOW' },
  },
  {
    code: 'RateLimiter.WhenUnavailable',
    check: ({ whenUnavailable }) => Object.values(FailMode).includes(whenUnavailable)
      ? undefined
      : { given: `whenUnavailable is ${show(whenUnavailable)}`, allowed: 'FailMode.OPEN, to let pass what cannot be counted, or FailMode.CLOSED, to refuse it' },
  },
  { code: 'RateLimiter.NoScripts', check: ({ cache }) => runsScripts(cache) },
];

/** The rate of one key; undefined when it is known only at deployment. */
export function perSecondOf({ requests, window }: RateLimiterProps): number | undefined {
  const known = !Token.isUnresolved(requests) && window && !window.isUnresolved();
  return known ? requests / (window.toMilliseconds() / 1000) : undefined;
}

const required = (prop: string, value: unknown): Refusal | undefined =>
  value === undefined ? { given: `${prop} is undefined`, allowed: 'it to be said: there is no limit that suits all' } : undefined;
