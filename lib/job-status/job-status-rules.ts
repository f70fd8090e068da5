import { type Duration, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, text, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import type { JobStatusProps } from './job-status';

const DAY = 24 * 60 * 60;

/** What JobStatus refuses. */
export const JOB_STATUS_RULES: readonly Rule<JobStatusProps>[] = [
  {
    code: 'JobStatus.WrongType',
    first: true,
    check: (props) => typed(props, {
      retention: 'duration', pollInterval: 'duration', path: 'text', ownerClaim: 'text', traffic: TrafficEstimate, disposable: 'flag',
      tableProps: 'object', table: 'construct',
    }),
  },
  {
    code: 'JobStatus.AdoptOrShape',
    check: (props) => adoptsOrShapes('table', props, ['retention', 'pollInterval', 'path', 'ownerClaim']),
  },
  { code: 'JobStatus.Retention', check: ({ retention }) => known('retention', retention, 365 * DAY) },
  { code: 'JobStatus.PollInterval', check: ({ pollInterval }) => known('pollInterval', pollInterval, DAY) },
  { code: 'JobStatus.Path', check: ({ path }) => literalPath(path) },
  { code: 'JobStatus.OwnerClaim', check: ({ ownerClaim }) => text('ownerClaim', ownerClaim, 1, 256) },
];

/** The code of compute is told in numbers, so they have to be known. */
function known(prop: string, value: Duration | undefined, max: number): Refusal | undefined {
  return value?.isUnresolved()
    ? { given: `${prop} is known only at deployment`, allowed: 'a Duration known at synthesis' }
    : wholeSeconds(prop, value, 1, max);
}

/** The path becomes part of a route, so it has to be known. */
function literalPath(path: string | undefined): Refusal | undefined {
  const kept = path === undefined || !Token.isUnresolved(path) && /^(\/[A-Za-z0-9._~-]+){1,10}$/.test(path);
  return kept ? undefined : { given: `path is ${show(path)}`, allowed: "'/' and words, known at synthesis and without parameters: '/jobs', '/v2/jobs'" };
}
