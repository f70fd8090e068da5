import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as fc from 'fast-check';
import { LeaderElection, type LeaderElectionProps } from '../../../lib/leader-election';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, optional, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  LeaderElection: {
    concept: 'LeaderElection',
    madeOf: ['DistributedLock', 'KeyValueStore'],
    valid: () => optional<LeaderElectionProps>({
      lease: seconds(1, 900),
      leading: fc.constant(new Metric({ namespace: 'Shop', metricName: 'Leading' })),
      disposable: flag,
    }),
    invalid: () => ({
      lease: [...NOT_DURATION, Duration.seconds(0), Duration.minutes(16)],
      leading: [...NOT_OBJECT, {}],
      disposable: NOT_FLAG,
      lock: [null, 'lock', {}],
    }),
    build: (scope, props) => new LeaderElection(scope, 'Subject', props),
  } satisfies Subject<LeaderElectionProps>,
};
