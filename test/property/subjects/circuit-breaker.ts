import { Duration, Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { CircuitBreaker, type CircuitBreakerProps } from '../../../lib/circuit-breaker';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const late = Duration.seconds(Lazy.number({ produce: () => 1 }));

export const SUBJECTS: Record<string, Subject<object>> = {
  CircuitBreaker: {
    concept: 'CircuitBreaker',
    valid: () => fc.record({
      rest: optional<CircuitBreakerProps>({
        dependency: fc.oneof(fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/), fc.constant(Lazy.string({ produce: () => 'late' }))),
        failureThreshold: fc.double({ min: 0.001, max: 1, noNaN: true }),
        minimumCalls: fc.integer({ min: 1, max: 1_000_000 }),
        probes: fc.integer({ min: 1, max: 100 }),
        timeout: fc.integer({ min: 10, max: 900_000 }).map((amount) => Duration.millis(amount)),
        syncInterval: fc.integer({ min: 100, max: 10_000 }).map((amount) => Duration.millis(amount)),
        window: seconds(10, 3600),
        openFor: seconds(1, 3600),
        disposable: flag,
        tableProps: fc.record({ deletionProtection: flag }),
      }),
      longest: fc.option(fc.constant(Duration.hours(1))),
    }).map(({ rest, longest }): CircuitBreakerProps => ({ ...rest, ...longest && { maxOpenFor: longest } })),
    invalid: () => ({
      dependency: [...NOT_TEXT, '', 'a,b', 'a b', 'x'.repeat(65)],
      failureThreshold: [...NOT_NUMBER, 0, -1, 1.01, 50, NaN],
      minimumCalls: [...NOT_NUMBER, 0, 1.5, 1_000_001],
      probes: [...NOT_NUMBER, 0, 101],
      window: [...NOT_DURATION, Duration.millis(1500), Duration.hours(2), late],
      openFor: [...NOT_DURATION, Duration.seconds(0), Duration.hours(2), late],
      maxOpenFor: [...NOT_DURATION, Duration.millis(1500), Duration.hours(2), late],
      timeout: [...NOT_DURATION, Duration.millis(9), Duration.minutes(16), late],
      syncInterval: [...NOT_DURATION, Duration.millis(99), Duration.minutes(2), late],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'circuits', {}],
      cache: [null, 'cache', {}],
    }),
    build: (scope, props) => new CircuitBreaker(scope, 'Subject', props),
  } satisfies Subject<CircuitBreakerProps>,
};
