import type { Duration } from 'aws-cdk-lib';
import { adoptsOrShapes, runsScripts, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { typed } from '../core/typed';
import type { IdempotencyProps } from './idempotency';

const DAY = 24 * 60 * 60;
const TIMES = ['expiry', 'inProgressExpiry'] as const;

/** What Idempotency refuses. */
export const IDEMPOTENCY_RULES: readonly Rule<IdempotencyProps>[] = [
  {
    code: 'Idempotency.WrongType',
    first: true,
    check: (props) => typed(props, {
      expiry: 'duration', inProgressExpiry: 'duration', disposable: 'flag', tableProps: 'object', table: 'construct', cache: 'construct',
    }),
  },
  { code: 'Idempotency.AdoptOrShape', check: (props) => adoptsOrShapes('table', props, TIMES) ?? adoptsOrShapes('cache', props, TIMES) },
  { code: 'Idempotency.NoScripts', check: ({ cache }) => runsScripts(cache) },
  { code: 'Idempotency.Expiry', check: ({ expiry }) => known('expiry', expiry, 365 * DAY) },
  { code: 'Idempotency.InProgressExpiry', check: ({ inProgressExpiry }) => known('inProgressExpiry', inProgressExpiry, DAY) },
];

/** The code of compute is told in numbers, so they have to be known. */
function known(prop: string, value: Duration | undefined, max: number): Refusal | undefined {
  return value?.isUnresolved()
    ? { given: `${prop} is known only at deployment`, allowed: 'a Duration known at synthesis' }
    : wholeSeconds(prop, value, 1, max);
}
