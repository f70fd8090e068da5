import { Token } from 'aws-cdk-lib';
import { wholeNumber, wholeSeconds } from '../core/checks';
import type { Rule } from '../core/rules';
import { typed } from '../core/typed';
import type { AdmissionControlProps } from './admission-control-props';

const MOST = 1_000_000_000;

/** What AdmissionControl refuses. */
export const ADMISSION_CONTROL_RULES: readonly Rule<AdmissionControlProps>[] = [
  {
    code: 'AdmissionControl.WrongType',
    first: true,
    check: (props) => typed(props, {
      maxBacklog: 'number', workQueue: 'construct', queue: 'construct', resumeBelow: 'number', retryAfter: 'duration',
    }),
  },
  {
    code: 'AdmissionControl.Queue',
    check: ({ workQueue, queue }) => (workQueue === undefined) === (queue === undefined)
      ? { given: workQueue ? 'workQueue and queue' : 'neither workQueue nor queue', allowed: 'one of them' }
      : undefined,
  },
  {
    code: 'AdmissionControl.NoWorkQueue',
    check: ({ workQueue }) => workQueue && !workQueue.queue
      ? { given: `workQueue is ${workQueue.node.path}, which has no queue`, allowed: 'a WorkQueue; of a PriorityWorkQueue one of its queues' }
      : undefined,
  },
  {
    code: 'AdmissionControl.MaxBacklog',
    check: ({ maxBacklog }) => maxBacklog === undefined
      ? { given: 'no maxBacklog', allowed: `a whole number from 1 to ${MOST}` }
      : wholeNumber('maxBacklog', maxBacklog, 1, MOST),
  },
  {
    code: 'AdmissionControl.ResumeBelow',
    check: ({ resumeBelow, maxBacklog }) =>
      wholeNumber('resumeBelow', resumeBelow, 1, Token.isUnresolved(maxBacklog) ? MOST : maxBacklog ?? MOST),
  },
  {
    // Code reads it as a number.
    code: 'AdmissionControl.RetryAfter',
    check: ({ retryAfter }) => retryAfter?.isUnresolved()
      ? { given: 'retryAfter known only at deployment', allowed: 'a Duration known at synthesis' }
      : wholeSeconds('retryAfter', retryAfter, 1, 60 * 60),
  },
  {
    code: 'AdmissionControl.LateBacklog',
    check: ({ resumeBelow, maxBacklog }) => Token.isUnresolved(maxBacklog) && resumeBelow === undefined
      ? { given: 'a maxBacklog known only at deployment', allowed: 'resumeBelow together with it' }
      : undefined,
  },
];
