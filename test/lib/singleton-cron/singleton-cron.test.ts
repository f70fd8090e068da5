import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Duration, Lazy, type Stack, TimeZone } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Topic } from 'aws-cdk-lib/aws-sns';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Alarms, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Overlap, SingletonCron, type SingletonCronProps } from '../../../lib/singleton-cron';
import { longestGap } from '../../../lib/singleton-cron/longest-gap';
import { lookbackFor } from '../../../lib/singleton-cron/missed-runs';
import { SINGLETON_CRON_RULES } from '../../../lib/singleton-cron/singleton-cron-rules';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';

const SCHEDULE = 'AWS::Scheduler::Schedule';
const hourly = ScheduleExpression.rate(Duration.hours(1));
const worker = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER });
const late = Duration.seconds(Lazy.number({ produce: () => 300 }));

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a schedule and what it needs, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const cron = new SingletonCron(stack, 'Nightly', { schedule: hourly, worker: worker(stack) });
    expect(templateOf(stack).Outputs).toBeUndefined();
    const resources = resourcesOf(stack);
    const deadLetters = { 'Fn::GetAtt': ['NightlyDeadLetterQueue', 'Arn'] };
    const invoked = { 'Fn::GetAtt': ['WorkerFunction', 'Arn'] };
    const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
    expect(Object.fromEntries(Object.entries(resources).filter(([name]) => !/^Worker(Logs|Role)/.test(name)))).toEqual({
      NightlyStateTable: {
        Type: 'AWS::DynamoDB::GlobalTable',
        ...kept,
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
          Replicas: [{ DeletionProtectionEnabled: false, Region: { Ref: 'AWS::Region' } }],
          TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        },
      },
      NightlyDeadLetterQueue: {
        Type: 'AWS::SQS::Queue', ...kept, Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
      },
      NightlyDeadLetterQueuePolicy: { Type: 'AWS::SQS::QueuePolicy', Properties: expect.anything() },
      NightlyRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{
              Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'scheduler.amazonaws.com' },
              Condition: {
                StringEquals: {
                  'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                  'aws:SourceArn': {
                    'Fn::Join': ['', [
                      'arn:', { Ref: 'AWS::Partition' }, ':scheduler:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' },
                      ':schedule-group/default',
                    ]],
                  },
                },
              },
            }],
          },
          Policies: [{
            PolicyName: 'Trigger',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: invoked },
                { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: deadLetters },
              ],
            },
          }],
        },
      },
      NightlySchedule: {
        Type: SCHEDULE,
        Properties: {
          FlexibleTimeWindow: { Mode: 'OFF' },
          ScheduleExpression: 'rate(1 hour)',
          ScheduleExpressionTimezone: 'Etc/UTC',
          State: 'ENABLED',
          Target: {
            Arn: invoked,
            RoleArn: { 'Fn::GetAtt': ['NightlyRole', 'Arn'] },
            Input: '{"cron":"Nightly","slot":"<aws.scheduler.scheduled-time>"}',
            DeadLetterConfig: { Arn: deadLetters },
            RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
          },
        },
      },
      WorkerFunction: expect.objectContaining({
        Properties: expect.objectContaining({
          Environment: { Variables: { NIGHTLY_TABLE_NAME: { Ref: 'NightlyStateTable' }, NIGHTLY_OVERLAP: 'skip' } },
        }),
      }),
      WorkerFunctionEventInvokeConfig: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'WorkerFunction' }, Qualifier: '$LATEST', MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 2,
          DestinationConfig: { OnFailure: { Destination: deadLetters } },
        },
      },
    });
    expect(cron.node.defaultChild).toBe(cron.schedule);
    const actions = statementsOf(stack).flatMap(({ Action }) => Action).filter((action) => /^(sqs|lambda)/.test(action));
    expect(actions.sort()).toEqual(['lambda:InvokeFunction', 'sqs:SendMessage', 'sqs:SendMessage']);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('under PRODUCTION watches for runs that are missing or have failed for good', () => {
    const stack = stackWith(Profile.PRODUCTION);
    Alarms.notify(stack, new Topic(stack, 'Topic'));
    new SingletonCron(stack, 'Nightly', { schedule: hourly, worker: worker(stack) });
    const { NightlyMissedRunsAlarm, NightlyDeadLettersAlarm } = resourcesOf(stack);
    expect(NightlyMissedRunsAlarm?.Properties).toMatchObject({
      // An hour and five minutes of grace, in periods of five minutes.
      EvaluationPeriods: 14, Threshold: 1, ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching',
      AlarmActions: [{ Ref: 'Topic' }],
      Metrics: [
        { Expression: 'invocations - errors' },
        { MetricStat: { Metric: { MetricName: 'Invocations', Dimensions: [{ Value: { Ref: 'WorkerFunction' } }] }, Period: 300, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'Errors' }, Period: 300, Stat: 'Sum' } },
      ],
    });
    expect(NightlyDeadLettersAlarm?.Properties).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1, Statistic: 'Maximum', TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: 'Topic' }],
    });
  });
});

test('every prop shapes the schedule', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new SingletonCron(stack, 'Nightly', {
    schedule: ScheduleExpression.cron({ minute: '0', hour: '3', timeZone: TimeZone.EUROPE_BERLIN }),
    worker: worker(stack),
    overlap: Overlap.WAIT,
    flexibleWindow: Duration.minutes(30),
    startingDeadline: Duration.hours(6),
    expectedEvery: Duration.hours(12),
    disposable: true,
  });
  const { NightlyMissedRunsAlarm, NightlyStateTable, WorkerFunction } = resourcesOf(stack);
  expect(onlyOne(stack, SCHEDULE)).toMatchObject({
    ScheduleExpression: 'cron(0 3 * * ? *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 },
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 21_600 } },
  });
  expect(onlyOne(stack, 'AWS::Lambda::EventInvokeConfig')).toMatchObject({ MaximumEventAgeInSeconds: 21_600 });
  // 12 h 35 min in periods of five minutes.
  expect(NightlyMissedRunsAlarm?.Properties).toMatchObject({ EvaluationPeriods: 152 });
  expect(WorkerFunction?.Properties).toMatchObject({ Environment: { Variables: { NIGHTLY_OVERLAP: 'wait' } } });
  expect(NightlyStateTable).toMatchObject({ DeletionPolicy: 'Retain' });
});

test('what is disposable goes with a sandbox', () => {
  const stack = stackWith(Profile.SANDBOX);
  new SingletonCron(stack, 'Nightly', { schedule: hourly, worker: worker(stack), disposable: true });
  const { NightlyStateTable, NightlyDeadLetterQueue } = resourcesOf(stack);
  expect([NightlyStateTable, NightlyDeadLetterQueue].map((resource) => resource?.DeletionPolicy)).toEqual(['Delete', 'Delete']);
});

test('a schedule that is switched off is not watched', () => {
  const stack = stackWith(Profile.PRODUCTION);
  new SingletonCron(stack, 'Nightly', { schedule: hourly, worker: worker(stack), enabled: false });
  expect(onlyOne(stack, SCHEDULE)).toMatchObject({ State: 'DISABLED' });
  expect(namesOf(stack, 'AWS::CloudWatch::Alarm')).not.toContain('NightlyMissedRunsAlarm');
  Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('no alarm'));
});

test.each([
  ['cron(0 3 1 * ? *)', 'its schedule does not tell how often it runs; say expectedEvery'],
  ['rate(7 days)', 'an alarm looks back 7 days at most'],
])('%s is too seldom to be watched: a warning says so, where there are alarms', (expression, text) => {
  for (const [profile, warned] of [[Profile.PRODUCTION, 1], [Profile.SANDBOX, 0]] as const) {
    const stack = stackWith(profile);
    new SingletonCron(stack, 'Monthly', { schedule: ScheduleExpression.expression(expression), worker: worker(stack) });
    expect(namesOf(stack, 'AWS::CloudWatch::Alarm')).not.toContain('MonthlyMissedRunsAlarm');
    expect(Annotations.fromStack(stack).findWarning('/Stack/Monthly', Match.stringLikeRegexp(`no alarm tells.*${text}`))).toHaveLength(warned);
  }
});

test.each<[string, number | undefined]>([
  ['rate(1 minute)', 60],
  ['rate(5 minutes)', 300],
  ['rate(2 days)', 172_800],
  ['cron(* * * * ? *)', 60],
  ['cron(0/15 * * * ? *)', 900],
  ['cron(*/20 * ? * * *)', 1200],
  ['cron(10,40 * * * ? *)', 1800],
  ['cron(0 3 * * ? *)', 86_400],
  ['cron(0 9-17 * * ? *)', 16 * 3600],
  ['cron(0 9-17/4 * * ? *)', 16 * 3600],
  ['cron(0 3 ? * MON-FRI *)', 3 * 86_400],
  ['cron(0 3 ? * 2,4 *)', 5 * 86_400],
  ['cron(0 3 ? * SUN *)', 7 * 86_400],
  ['cron(30 6,18 ? * mon,THU *)', 3.5 * 86_400],
  ['cron(0 3 1 * ? *)', undefined],
  ['cron(0 3 ? 1 MON *)', undefined],
  ['cron(0 3 ? * MON#1 *)', undefined],
  ['cron(0 3 ? * 5L *)', undefined],
  ['cron(0 3 ? * 9 *)', undefined],
  ['cron(0 25 * * ? *)', undefined],
  ['cron(0 3 * * ? 2027)', undefined],
  ['at(2026-11-22T00:00:00)', undefined],
  ['nonsense', undefined],
])('the longest time between two runs of %s is %s s', (expression, seconds) => {
  expect(longestGap(expression)).toBe(seconds);
});

test('the day on which clocks are set back is an hour longer', () => {
  const periods = (timeZone?: TimeZone) => {
    const stack = stackWith(Profile.PRODUCTION);
    new SingletonCron(stack, 'Nightly', { schedule: ScheduleExpression.cron({ minute: '0', hour: '3', timeZone }), worker: worker(stack) });
    return resourcesOf(stack).NightlyMissedRunsAlarm?.Properties.EvaluationPeriods;
  };
  expect([periods(), periods(TimeZone.ETC_UTC), periods(TimeZone.EUROPE_BERLIN)]).toEqual([25, 25, 26]);
});

test.each([
  [60, 60, 7], [300, 60, 11], [1499, 60, 30], [1500, 300, 7], [3600, 300, 14], [71_699, 300, 240], [71_700, 3600, 21],
  [86_400, 3600, 25],
  [600_899, 3600, 167], [601_200, 3600, 168],
])('silence of %s s is watched in periods of %s s, %s of them, within the bounds of CloudWatch', (seconds, period, periods) => {
  const lookback = lookbackFor(seconds)!;
  expect([lookback.period.toSeconds(), lookback.evaluationPeriods]).toEqual([period, periods]);
  expect(period * periods).toBeGreaterThan(seconds + 300);
  expect(period * periods).toBeLessThanOrEqual(period < 3600 ? 86_400 : 7 * 86_400);
});

test('silence of about 7 days cannot be watched', () => {
  expect(lookbackFor(604_500)).toBeUndefined();
  expect(lookbackFor(604_499)).toBeDefined();
});

describe('it refuses', () => {
  const stack = stackWith();
  const base = (): SingletonCronProps => ({ schedule: hourly, worker: worker(stack, `Worker${stack.node.children.length}`) });
  const table = Table.fromTableName(stack, 'Imported', 'crons');
  const BROKEN: Record<string, SingletonCronProps> = {
    'SingletonCron.WrongType': { ...base(), enabled: 'yes' as unknown as boolean },
    'SingletonCron.Schedule': { ...base(), schedule: {} as ScheduleExpression },
    'SingletonCron.NotAFunction': { ...base(), worker: new Topic(stack, 'Topic') as unknown as FunctionService },
    'SingletonCron.OneTime': { ...base(), schedule: ScheduleExpression.at(new Date('2026-11-22T00:00:00Z')) },
    'SingletonCron.Overlap': { ...base(), overlap: 'often' as Overlap },
    'SingletonCron.FlexibleWindow': { ...base(), flexibleWindow: Duration.seconds(90) },
    'SingletonCron.StartingDeadline': { ...base(), startingDeadline: Duration.hours(7) },
    'SingletonCron.ExpectedEvery': { ...base(), expectedEvery: Duration.days(7) },
    'SingletonCron.AdoptOrShape': { ...base(), table, disposable: true },
  };

  test.each(SINGLETON_CRON_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new SingletonCron(stackWith(), 'Nightly', BROKEN[code]!))).toEqual([code]);
  });

  test.each<[SingletonCronProps, string]>([
    [{ ...base(), flexibleWindow: Duration.seconds(90) }, 'flexibleWindow is 90 s'],
    [{ ...base(), flexibleWindow: Duration.hours(25) }, 'flexibleWindow is 90000 s'],
    [{ ...base(), flexibleWindow: late }, 'flexibleWindow is known only at deployment'],
    [{ ...base(), startingDeadline: Duration.seconds(59) }, 'startingDeadline is 59 s'],
    [{ ...base(), startingDeadline: late }, 'startingDeadline is known only at deployment'],
    [{ ...base(), expectedEvery: Duration.seconds(59) }, 'expectedEvery is 59 s'],
    [{ ...base(), expectedEvery: late }, 'expectedEvery is known only at deployment'],
    [{ ...base(), expectedEvery: Duration.hours(160), flexibleWindow: Duration.hours(10) }, 'expectedEvery is 576000 s'],
    [BROKEN['SingletonCron.OneTime']!, 'schedule is at(2026-11-22T00:00:00)'],
    [{ ...base(), worker: undefined as unknown as FunctionService }, 'worker is undefined'],
    [{ ...base(), schedule: undefined as unknown as ScheduleExpression }, 'schedule is undefined'],
  ])('and says what was given (%#)', (props, given) => {
    expect(refusedBy(() => new SingletonCron(stackWith(), 'Nightly', props)).map((finding) => finding.given)).toEqual([given]);
  });

  test('a worker that has a cron already: retries are those of the function', () => {
    const place = stackWith();
    const busy = worker(place);
    new SingletonCron(place, 'Hourly', { schedule: hourly, worker: busy });
    expect(refusedBy(() => new SingletonCron(place, 'Nightly', { schedule: hourly, worker: busy }))).toEqual([{
      code: 'SingletonCron.WorkerTaken', given: 'Stack/Worker, which has settings for asynchronous invocations already',
      allowed: expect.stringContaining('a worker of its own'),
    }]);
  });
});

test('an adopted table and an adopted function: nothing is made for them', () => {
  const stack = stackWith();
  const table = Table.fromTableName(stack, 'Imported', 'crons');
  const adopted = new FunctionService(stack, 'Adopted', {
    function: LambdaFunction.fromFunctionAttributes(stack, 'Given', {
      functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:given',
      role: Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/given'),
      sameEnvironment: true,
    }),
  });
  const cron = new SingletonCron(stack, 'Nightly', { schedule: hourly, worker: adopted, table });
  expect(cron.state.table).toBe(table);
  expect(namesOf(stack, 'AWS::DynamoDB::GlobalTable')).toEqual([]);
  expect(onlyOne(stack, 'AWS::Lambda::EventInvokeConfig')).toMatchObject({ FunctionName: 'given' });
});

test('two in one stack stay apart', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const crons = ['Hourly', 'Nightly'].map((id) => new SingletonCron(stack, id, { schedule: hourly, worker: worker(stack, `${id}Worker`) }));
  expect(namesOf(stack, SCHEDULE)).toEqual(['HourlySchedule', 'NightlySchedule']);
  expect(crons[0]!.metricDeadLetters().dimensions).not.toEqual(crons[1]!.metricDeadLetters().dimensions);
});
