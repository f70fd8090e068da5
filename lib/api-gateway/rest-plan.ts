import { Period } from 'aws-cdk-lib/aws-apigateway';
import { wholeNumber } from '../core/checks';
import type { Rule } from '../core/rules';
import { typed } from '../core/typed';

/** How many requests the holder of one key may make in a period. */
export interface Quota {
  /** Requests in a period, 1 or more. */
  readonly limit: number;
  /**
   * The period.
   * @default Period.MONTH
   */
  readonly period?: Period;
}

/** What the holders of the keys of one plan may do. */
export interface PlanOptions {
  /**
   * Requests per second of one key in the long run, 1 to 10,000.
   * @default 10
   */
  readonly ratePerSecond?: number;
  /**
   * Requests of one key at once, 1 to 5,000.
   * @default 20
   */
  readonly burst?: number;
  /**
   * How many requests one key is good for.
   * @default - as many as the rate allows
   */
  readonly quota?: Quota;
}

/** What a plan refuses. Bounds: Amazon API Gateway quotas. */
export const PLAN_RULES: readonly Rule<PlanOptions>[] = [
  {
    code: 'RestApiGateway.PlanWrongType',
    first: true,
    check: (options) => typed(options, { ratePerSecond: 'number', burst: 'number', quota: { limit: 'number', period: 'text' } }),
  },
  { code: 'RestApiGateway.PlanRate', check: ({ ratePerSecond }) => wholeNumber('ratePerSecond', ratePerSecond, 1, 10_000) },
  { code: 'RestApiGateway.PlanBurst', check: ({ burst }) => wholeNumber('burst', burst, 1, 5_000) },
  {
    code: 'RestApiGateway.PlanQuota',
    check: ({ quota }) => quota && (wholeNumber('quota.limit', quota.limit ?? 0, 1, 2_147_483_647)
      ?? (quota.period === undefined || Object.values(Period).includes(quota.period)
        ? undefined : { given: `quota.period is '${quota.period}'`, allowed: 'DAY, WEEK or MONTH' })),
  },
];
