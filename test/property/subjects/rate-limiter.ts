import { Duration } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import * as fc from 'fast-check';
import { Cache } from '../../../lib/cache';
import { TrafficEstimate } from '../../../lib/core';
import { FailMode, RateLimitAlgorithm, RateLimiter, type RateLimiterProps } from '../../../lib/rate-limiter';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const burst = fc.integer({ min: 1, max: 5000 });

export const SUBJECTS: Record<string, Subject<object>> = {
  RateLimiter: {
    concept: 'RateLimiter',
    madeOf: ['KeyValueStore'],
    valid: () => fc.record({
      seconds: fc.integer({ min: 1, max: 2_592_000 }),
      perSecond: fc.double({ min: 0.001, max: 9_000, noNaN: true }),
      whenUnavailable: fc.constantFrom(...Object.values(FailMode)),
      limit: fc.oneof(
        fc.record({ algorithm: fc.constant(RateLimitAlgorithm.TOKEN_BUCKET), burst }, { requiredKeys: [] }),
        fc.constant({ algorithm: RateLimitAlgorithm.SLIDING_WINDOW }),
      ),
      rest: optional<Pick<RateLimiterProps, 'traffic' | 'disposable' | 'tableProps'>>({
        traffic: fc.integer({ min: 1, max: 1000 }).map((requestsPerSecond) => new TrafficEstimate({ requestsPerSecond })),
        disposable: flag,
        tableProps: fc.record({ deletionProtection: flag }),
      }),
    }).map(({ seconds, perSecond, whenUnavailable, limit, rest }) => ({
      requests: Math.min(1_000_000, Math.max(1, Math.floor(seconds * perSecond))),
      window: Duration.seconds(seconds),
      whenUnavailable,
      ...limit,
      ...rest,
    })),
    invalid: () => ({
      requests: [...NOT_NUMBER, undefined, 0, 1.5, 1_000_001],
      window: [...NOT_DURATION, undefined, Duration.seconds(0), Duration.millis(1500), Duration.days(31)],
      burst: [...NOT_NUMBER, 0, 1.5, 1_000_001],
      algorithm: [...NOT_TEXT, 'leaky-bucket', ''],
      whenUnavailable: [...NOT_TEXT, undefined, 'maybe', ''],
      traffic: [null, 100, {}],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'limits', {}],
      cache: [null, 'cache', {}],
    }),
    conflicting: (scope) => ({ table: [Table.fromTableName(scope, 'Imported', 'limits')], cache: [new Cache(scope, 'Cache')] }),
    build: (scope, props) => new RateLimiter(scope, 'Subject', props),
  } satisfies Subject<RateLimiterProps>,
};
