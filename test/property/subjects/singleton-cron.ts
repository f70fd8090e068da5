import { Duration, TimeZone } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Topic } from 'aws-cdk-lib/aws-sns';
import * as fc from 'fast-check';
import { FunctionService } from '../../../lib/function-service';
import { Overlap, SingletonCron, type SingletonCronProps } from '../../../lib/singleton-cron';
import { HANDLER } from '../../support/stacks';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, NOT_TEXT, seconds, type Subject } from '../subject';

const schedule = fc.oneof(
  fc.integer({ min: 1, max: 500 }).map((amount) => ScheduleExpression.rate(Duration.hours(amount))),
  fc.record({
    minute: fc.integer({ min: 0, max: 59 }).map(String),
    hour: fc.constantFrom('*', '3', '0/6', '9-17'),
    weekDay: fc.constantFrom('MON', 'MON-FRI', '1,4', '6L', '2#1'),
    timeZone: fc.constantFrom(TimeZone.ETC_UTC, TimeZone.EUROPE_BERLIN),
  }).map((options) => ScheduleExpression.cron(options)),
);

export const SUBJECTS: Record<string, Subject<object>> = {
  SingletonCron: {
    concept: 'SingletonCron',
    valid: (scope) => fc.record({
      schedule,
      worker: fc.constant(0).map(() => new FunctionService(scope, 'Worker', { handler: HANDLER })),
      overlap: fc.constantFrom(...Object.values(Overlap)),
      flexibleWindow: fc.integer({ min: 1, max: 1380 }).map((minutes) => Duration.minutes(minutes)),
      startingDeadline: seconds(60, 21_600),
      expectedEvery: seconds(60, 6 * 86_400),
      enabled: flag,
      disposable: flag,
    }, { requiredKeys: ['schedule', 'worker'] }),
    invalid: (scope) => ({
      schedule: [undefined, ...NOT_OBJECT, {}, 'rate(1 hour)', ScheduleExpression.at(new Date(0))],
      worker: [undefined, ...NOT_OBJECT, {}, new Topic(scope, 'NoWorker')],
      overlap: [...NOT_TEXT, '', 'sometimes'],
      flexibleWindow: [...NOT_DURATION, Duration.seconds(30), Duration.seconds(90), Duration.days(2)],
      startingDeadline: [...NOT_DURATION, Duration.seconds(59), Duration.hours(7), Duration.millis(60_500)],
      expectedEvery: [...NOT_DURATION, Duration.seconds(1), Duration.days(7)],
      enabled: NOT_FLAG,
      disposable: NOT_FLAG,
      table: [null, 'crons', {}],
    }),
    conflicting: (scope) => ({ table: [Table.fromTableName(scope, 'Imported', 'crons')] }),
    build: (scope, props) => new SingletonCron(scope, 'Subject', props),
  } satisfies Subject<SingletonCronProps>,
};
