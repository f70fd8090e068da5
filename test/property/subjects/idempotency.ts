import { Duration } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { Idempotency, type IdempotencyProps } from '../../../lib/idempotency';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, optional, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  Idempotency: {
    concept: 'Idempotency',
    madeOf: ['KeyValueStore'],
    valid: () => optional<IdempotencyProps>({
      expiry: seconds(1, 365 * 86_400),
      inProgressExpiry: seconds(1, 86_400),
      disposable: flag,
      tableProps: fc.record({ deletionProtection: flag }),
    }),
    invalid: () => ({
      expiry: [...NOT_DURATION, Duration.seconds(0), Duration.days(366), Duration.millis(1500)],
      inProgressExpiry: [...NOT_DURATION, Duration.seconds(0), Duration.hours(25)],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'answers', {}],
      cache: [null, 'cache', {}],
    }),
    build: (scope, props) => new Idempotency(scope, 'Subject', props),
  } satisfies Subject<IdempotencyProps>,
};
