import { Duration } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { WindowedAggregate, type WindowedAggregateProps } from '../../../lib/windowed-aggregate';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, NOT_TEXT, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  WindowedAggregate: {
    concept: 'WindowedAggregate',
    madeOf: ['KeyValueStore'],
    valid: () => fc.record({
      window: seconds(1, 86_400),
      allowedLateness: seconds(0, 86_400),
      retention: seconds(86_400, 3653 * 86_400),
      generation: fc.stringMatching(/^[A-Za-z0-9_.-]{1,32}$/),
      disposable: flag,
      tableProps: fc.record({ deletionProtection: flag }),
    }, { requiredKeys: ['window'] }),
    invalid: () => ({
      window: [...NOT_DURATION, undefined, Duration.seconds(0), Duration.hours(25), Duration.millis(1500)],
      allowedLateness: [...NOT_DURATION, Duration.hours(25)],
      retention: [...NOT_DURATION, Duration.hours(23), Duration.days(3654)],
      generation: [...NOT_TEXT, '', 'a/b', 'x'.repeat(33)],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'windows', {}],
    }),
    build: (scope, props) => new WindowedAggregate(scope, 'Subject', props),
  } satisfies Subject<WindowedAggregateProps>,
};
