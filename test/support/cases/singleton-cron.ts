import { Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Overlap, SingletonCron } from '../../../lib/singleton-cron';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  {
    name: 'SingletonCron, minimal',
    build: (stack) => {
      new SingletonCron(stack, 'Hourly', { schedule: ScheduleExpression.rate(Duration.hours(1)), worker: worker(stack) });
    },
  },
  {
    name: 'SingletonCron, maximal',
    build: (stack) => {
      new SingletonCron(stack, 'Nightly', {
        schedule: ScheduleExpression.cron({ minute: '0', hour: '3', day: '1' }),
        worker: worker(stack),
        overlap: Overlap.WAIT,
        flexibleWindow: Duration.minutes(15),
        startingDeadline: Duration.hours(3),
        expectedEvery: Duration.days(3),
        disposable: true,
      });
    },
  },
];
