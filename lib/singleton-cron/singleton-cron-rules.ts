import type { Duration } from 'aws-cdk-lib';
import { adoptsOrShapes, wholeSeconds } from '../core/checks';
import { isFunctionService } from '../core/is-function-service';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import { lookbackFor } from './missed-runs';
import { Overlap } from './overlap';
import type { SingletonCronProps } from './singleton-cron';

/** What SingletonCron refuses. Bounds: quotas of Amazon EventBridge Scheduler, AWS Lambda and Amazon CloudWatch. */
export const SINGLETON_CRON_RULES: readonly Rule<SingletonCronProps>[] = [
  {
    code: 'SingletonCron.WrongType',
    first: true,
    check: (props) => typed(props, {
      schedule: 'object',
      worker: 'construct',
      overlap: 'text',
      flexibleWindow: 'duration',
      startingDeadline: 'duration',
      expectedEvery: 'duration',
      enabled: 'flag',
      disposable: 'flag',
      table: 'construct',
    }),
  },
  {
    code: 'SingletonCron.Schedule',
    check: ({ schedule }) => typeof schedule?.expressionString === 'string'
      ? undefined
      : { given: `schedule is ${show(schedule)}`, allowed: 'a ScheduleExpression of aws-cdk-lib/aws-scheduler, for example ScheduleExpression.rate(Duration.hours(1))' },
  },
  {
    code: 'SingletonCron.NotAFunction',
    check: ({ worker }) => isFunctionService(worker)
      ? undefined
      : { given: `worker is ${show(worker)}`, allowed: 'a FunctionService; containers call singletonCron of the runtime from a timer of their own' },
  },
  {
    code: 'SingletonCron.OneTime',
    check: ({ schedule }) => schedule?.expressionString?.startsWith('at(')
      ? { given: `schedule is ${schedule.expressionString}`, allowed: 'a rate or a cron expression: what happens one time is no cron' }
      : undefined,
  },
  {
    code: 'SingletonCron.Overlap',
    check: ({ overlap }) => overlap === undefined || Object.values(Overlap).includes(overlap)
      ? undefined
      : { given: `overlap is ${show(overlap)}`, allowed: 'Overlap.SKIP, Overlap.WAIT or Overlap.ALLOW' },
  },
  {
    code: 'SingletonCron.FlexibleWindow',
    check: ({ flexibleWindow }) => lateDuration('flexibleWindow', flexibleWindow)
      ?? wholeSeconds('flexibleWindow', flexibleWindow, 60, 86_400)
      ?? (flexibleWindow && flexibleWindow.toSeconds() % 60 !== 0
        ? { given: `flexibleWindow is ${flexibleWindow.toSeconds()} s`, allowed: 'whole minutes' }
        : undefined),
  },
  {
    code: 'SingletonCron.StartingDeadline',
    check: ({ startingDeadline }) => lateDuration('startingDeadline', startingDeadline)
      ?? wholeSeconds('startingDeadline', startingDeadline, 60, 21_600),
  },
  {
    code: 'SingletonCron.ExpectedEvery',
    check: ({ expectedEvery, flexibleWindow }) => {
      const late = lateDuration('expectedEvery', expectedEvery);
      if (late || !expectedEvery || flexibleWindow?.isUnresolved()) {
        return late;
      }
      const seconds = expectedEvery.toMilliseconds() / 1000;
      return seconds >= 60 && lookbackFor(seconds + (flexibleWindow?.toMilliseconds() ?? 0) / 1000)
        ? undefined
        : {
          given: `expectedEvery is ${seconds} s`,
          allowed: 'at least a minute, and together with flexibleWindow less than 7 days, which is as far as an alarm of Amazon CloudWatch looks back',
        };
    },
  },
  { code: 'SingletonCron.AdoptOrShape', check: ({ table, disposable }) => adoptsOrShapes('table', { table, disposable }) },
];

/** The CDK compares these with bounds, which a value known only at deployment never keeps. */
function lateDuration(prop: string, value?: Duration): Refusal | undefined {
  return value?.isUnresolved() ? { given: `${prop} is known only at deployment`, allowed: 'a Duration known at synthesis' } : undefined;
}
