import { Duration } from 'aws-cdk-lib';
import { ApiGateway } from '../../../lib/api-gateway';
import { Access } from '../../../lib/core';
import { JobStatus } from '../../../lib/job-status';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'JobStatus, minimal', build: (stack) => { new JobStatus(stack, 'Jobs'); } },
  {
    name: 'JobStatus, used and asked',
    build: (stack) => {
      const jobs = new JobStatus(stack, 'Jobs', { retention: Duration.days(30), path: '/v1/jobs', disposable: true });
      worker(stack).use(jobs, Access.READ_WRITE);
      jobs.route(new ApiGateway(stack, 'Api'));
    },
  },
];
