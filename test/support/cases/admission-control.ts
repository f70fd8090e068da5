import { Duration } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AdmissionControl } from '../../../lib/admission-control';
import { Access } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { WorkQueue } from '../../../lib/work-queue';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  {
    name: 'AdmissionControl, minimal and used',
    build: (stack) => {
      const workQueue = new WorkQueue(stack, 'Queue');
      worker(stack).use(new AdmissionControl(stack, 'Admission', { workQueue, maxBacklog: 1000 }), Access.READ);
    },
  },
  {
    name: 'AdmissionControl, maximal and used from inside a network',
    build: (stack) => {
      const queue = Queue.fromQueueArn(stack, 'PlainQueue', 'arn:aws:sqs:eu-west-1:111122223333:jobs');
      const admission = new AdmissionControl(stack, 'Admission', {
        queue, maxBacklog: 1000, resumeBelow: 100, retryAfter: Duration.minutes(1),
      });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) }).use(admission, Access.READ);
    },
  },
];
