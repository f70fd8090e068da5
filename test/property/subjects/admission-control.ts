import { Duration, Lazy } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import * as fc from 'fast-check';
import { AdmissionControl, type AdmissionControlProps } from '../../../lib/admission-control';
import { WorkQueue } from '../../../lib/work-queue';
import { NOT_DURATION, NOT_NUMBER, optional, seconds, type Subject } from '../subject';

export const SUBJECTS: Record<string, Subject<object>> = {
  AdmissionControl: {
    concept: 'AdmissionControl',
    valid: (scope) => fc.record({
      where: fc.constantFrom<Partial<AdmissionControlProps>>(
        { workQueue: new WorkQueue(scope, 'Jobs') },
        { queue: Queue.fromQueueArn(scope, 'Imported', 'arn:aws:sqs:eu-west-1:111122223333:jobs') },
      ),
      maxBacklog: fc.integer({ min: 100, max: 1_000_000_000 }),
      rest: optional<Partial<AdmissionControlProps>>({
        resumeBelow: fc.integer({ min: 1, max: 100 }), retryAfter: seconds(1, 3600),
      }),
    }).map(({ where, maxBacklog, rest }): AdmissionControlProps => ({ ...where, maxBacklog, ...rest })),
    invalid: () => ({
      maxBacklog: [...NOT_NUMBER, undefined, 0, 1.5, -1, 1e10, NaN],
      workQueue: [null, 'jobs', {}],
      queue: [null, 'jobs', {}],
      resumeBelow: [...NOT_NUMBER, 0, 1.5, 1e10],
      retryAfter: [
        ...NOT_DURATION, Duration.millis(1500), Duration.seconds(0), Duration.hours(2),
        Duration.seconds(Lazy.number({ produce: () => 1 })),
      ],
    }),
    build: (scope, props) => new AdmissionControl(scope, 'Subject', props),
  } satisfies Subject<AdmissionControlProps>,
};
