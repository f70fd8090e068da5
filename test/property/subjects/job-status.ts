import { Duration, Size } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { TrafficEstimate } from '../../../lib/core';
import { JobStatus, type JobStatusProps } from '../../../lib/job-status';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const word = fc.stringMatching(/^[A-Za-z0-9._~-]{1,20}$/);

export const SUBJECTS: Record<string, Subject<object>> = {
  JobStatus: {
    concept: 'JobStatus',
    madeOf: ['KeyValueStore'],
    valid: () => optional<JobStatusProps>({
      retention: seconds(1, 365 * 86_400),
      pollInterval: seconds(1, 86_400),
      path: fc.array(word, { minLength: 1, maxLength: 10 }).map((words) => `/${words.join('/')}`),
      ownerClaim: fc.string({ minLength: 1, maxLength: 60 }),
      traffic: fc.record({
        requestsPerSecond: fc.integer({ min: 1, max: 1000 }), readRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      }).map((numbers) => new TrafficEstimate({ ...numbers, itemSize: Size.kibibytes(1) })),
      disposable: flag,
      tableProps: fc.record({ deletionProtection: flag }),
    }),
    invalid: () => ({
      retention: [...NOT_DURATION, Duration.seconds(0), Duration.days(366), Duration.millis(1500)],
      pollInterval: [...NOT_DURATION, Duration.seconds(0), Duration.hours(25)],
      path: [...NOT_TEXT, '', 'jobs', '/', '/jobs/', '//jobs', '/jobs/{id}', '/a b', '/a'.repeat(11)],
      ownerClaim: [...NOT_TEXT, '', 'x'.repeat(257)],
      traffic: [null, 5, 'much', {}, { requestsPerSecond: 5 }],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'jobs', {}],
    }),
    build: (scope, props) => new JobStatus(scope, 'Subject', props),
  } satisfies Subject<JobStatusProps>,
};
