import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Duration, Lazy, type Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Access, Alarms, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { Saga, type SagaProps, type SagaStep } from '../../../lib/saga';
import { SAGA_RULES } from '../../../lib/saga/saga-rules';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';

const MACHINE = 'AWS::StepFunctions::StateMachine';
const FILTER = 'AWS::Logs::MetricFilter';
const ALARM = 'AWS::CloudWatch::Alarm';

const service = (stack: Stack, id: string, timeout?: Duration) => new FunctionService(stack, id, { handler: HANDLER, timeout });

/** Two steps, the first of which can be undone. */
function twoSteps(stack: Stack): SagaStep[] {
  return [
    { name: 'Reserve', do: service(stack, 'Reserve'), undo: service(stack, 'ReserveUndo', Duration.seconds(30)) },
    { name: 'Send', do: service(stack, 'Send') },
  ];
}

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

/** The definition of the only state machine, with `<name>` in place of what is known at deployment. */
function definitionIn(stack: Stack): { readonly StartAt: string; readonly States: Record<string, State> } {
  const { DefinitionString: text } = onlyOne(stack, MACHINE);
  const parts = (text as { 'Fn::Join': [string, (string | { 'Fn::GetAtt': string[] })[]] })['Fn::Join'][1];
  return JSON.parse(parts.map((part) => typeof part === 'string' ? part : `<${part['Fn::GetAtt'].join('.')}>`).join('')) as ReturnType<typeof definitionIn>;
}

const TRANSIENT = {
  ErrorEquals: [
    'Lambda.ClientExecutionTimeoutException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 2, BackoffRate: 2, MaxDelaySeconds: 60, JitterStrategy: 'FULL', MaxAttempts: 6,
};
const retry = (MaxAttempts: number) => ({
  ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 60, JitterStrategy: 'FULL', MaxAttempts,
});
const FINAL = { ErrorEquals: ['SagaRefused', 'SagaTooLargeError', 'SagaEventError'], MaxAttempts: 0 };

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a state machine, its role and its log, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const saga = new Saga(stack, 'Checkout', { steps: twoSteps(stack) });
    expect(templateOf(stack).Outputs).toBeUndefined();
    const ours = Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => name.startsWith('Checkout')));
    expect(ours).toEqual({
      CheckoutLogs: {
        Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete',
      },
      CheckoutRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' } }],
          },
          Policies: [
            {
              PolicyName: 'Steps',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [{
                  Action: 'lambda:InvokeFunction', Effect: 'Allow',
                  Resource: ['Reserve', 'ReserveUndo', 'Send'].map((name) => ({ 'Fn::GetAtt': [`${name}Function`, 'Arn'] })),
                }],
              },
            },
            {
              PolicyName: 'Telemetry',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [{
                  Action: [
                    'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies',
                    'logs:GetLogDelivery', 'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery',
                    'xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments',
                  ],
                  Effect: 'Allow', Resource: '*',
                }],
              },
            },
          ],
        },
      },
      CheckoutStateMachine: {
        Type: MACHINE,
        DependsOn: ['CheckoutRole'],
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
        Properties: {
          DefinitionString: expect.anything(),
          LoggingConfiguration: {
            Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { 'Fn::GetAtt': ['CheckoutLogs', 'Arn'] } } }],
            IncludeExecutionData: false, Level: 'ALL',
          },
          RoleArn: { 'Fn::GetAtt': ['CheckoutRole', 'Arn'] },
          TracingConfiguration: { Enabled: true },
        },
      },
    });
    expect(saga.node.defaultChild).toBe(saga.stateMachine);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('does the steps in order and undoes them in the opposite one', () => {
    const stack = stackWith();
    new Saga(stack, 'Checkout', { steps: twoSteps(stack) });
    const caught = (name: string, refused: string, other: string) => [
      { ErrorEquals: ['SagaRefused'], ResultPath: `$.failed.do.${name}`, Next: refused },
      { ErrorEquals: ['States.DataLimitExceeded'], ResultPath: `$.failed.do.${name}`, Next: other },
      { ErrorEquals: ['States.ALL'], ResultPath: `$.failed.do.${name}`, Next: other },
    ];
    expect(definitionIn(stack)).toEqual({
      StartAt: 'Saga begins',
      States: {
        'Saga begins': { Type: 'Pass', Parameters: { 'input.$': '$', 'results': {} }, Next: 'Reserve' },
        'Reserve': {
          Type: 'Task', Resource: '<ReserveFunction.Arn>', TimeoutSeconds: 40,
          Parameters: { 'key.$': "States.Format('{}/Reserve/do', $$.Execution.Name)", 'input.$': '$.input', 'results.$': '$.results' },
          ResultPath: '$.results.Reserve', Retry: [FINAL, TRANSIENT, retry(2)],
          Catch: caught('Reserve', 'Saga compensated', 'Undo Reserve'), Next: 'Send',
        },
        'Send': {
          Type: 'Task', Resource: '<SendFunction.Arn>', TimeoutSeconds: 40,
          Parameters: { 'key.$': "States.Format('{}/Send/do', $$.Execution.Name)", 'input.$': '$.input', 'results.$': '$.results' },
          ResultPath: '$.results.Send', Retry: [FINAL, TRANSIENT, retry(2)],
          Catch: caught('Send', 'Undo Reserve', 'Undo Reserve'), OutputPath: '$.results', End: true,
        },
        'Undo Reserve': {
          Type: 'Task', Resource: '<ReserveUndoFunction.Arn>', TimeoutSeconds: 60,
          Parameters: {
            'key.$': "States.Format('{}/Reserve/undo', $$.Execution.Name)", 'undoes.$': "States.Format('{}/Reserve/do', $$.Execution.Name)",
            'failed.$': '$.failed', 'input.$': '$.input', 'results.$': '$.results',
          },
          ResultPath: null, Retry: [TRANSIENT, retry(7)],
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failed.undo.Reserve', Next: 'Compensation failed' }],
          Next: 'Saga compensated',
        },
        'Saga compensated': { Type: 'Fail', Error: 'Saga.Compensated', CausePath: 'States.JsonToString($.failed)' },
        'Compensation failed': { Type: 'Fail', Error: 'Saga.CompensationFailed', CausePath: 'States.JsonToString($.failed)' },
      },
    });
  });

  test('under PRODUCTION keeps the log and watches for what is not undone', () => {
    const stack = stackWith(Profile.PRODUCTION);
    Alarms.notify(stack, new Topic(stack, 'Topic'));
    new Saga(stack, 'Checkout', { steps: twoSteps(stack) });
    const {
      CheckoutLogs, CheckoutCompensationFailed, CheckoutCompensationFailedAlarm, CheckoutAbandonedAlarm,
    } = resourcesOf(stack);
    expect(CheckoutLogs).toMatchObject({ DeletionPolicy: 'Retain', Properties: { RetentionInDays: 365 } });
    const metric = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['CheckoutStateMachine', 'Name'] }, '-CompensationFailed']] };
    expect(CheckoutCompensationFailed).toEqual({
      Type: FILTER,
      Properties: {
        FilterPattern: '{ ($.type = "FailStateEntered") && ($.details.name = "Compensation failed") }',
        LogGroupName: { Ref: 'CheckoutLogs' },
        MetricTransformations: [{ MetricName: metric, MetricNamespace: 'SystemBlueprints/Saga', MetricValue: '1' }],
      },
    });
    expect(CheckoutCompensationFailedAlarm?.Properties).toMatchObject({
      Namespace: 'SystemBlueprints/Saga', MetricName: metric, Statistic: 'Sum', Threshold: 1, EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching', AlarmActions: [{ Ref: 'Topic' }],
    });
    expect(CheckoutAbandonedAlarm?.Properties).toMatchObject({
      Threshold: 1, TreatMissingData: 'notBreaching', AlarmActions: [{ Ref: 'Topic' }],
      Metrics: [
        { Expression: 'aborted + timedOut' },
        { MetricStat: { Metric: { MetricName: 'ExecutionsAborted' }, Stat: 'Sum' } },
        { MetricStat: { Metric: { MetricName: 'ExecutionsTimedOut' }, Stat: 'Sum' } },
      ],
    });
    expect(namesOf(stack, FILTER)).toEqual(['CheckoutCompensationFailed']);
    expect(namesOf(stack, ALARM).filter((name) => name.startsWith('Checkout'))).toHaveLength(2);
  });
});

test('every prop shapes the state machine', () => {
  const stack = stackWith();
  const [reserve, send] = twoSteps(stack);
  new Saga(stack, 'Checkout', {
    steps: [
      { ...reserve!, retry: { maxAttempts: 1 } },
      { ...send!, undo: reserve!.undo, retry: { maxAttempts: 5, firstDelay: Duration.seconds(3), maxDelay: Duration.hours(1) } },
    ],
    undoRetry: { maxAttempts: 100, firstDelay: Duration.minutes(1), maxDelay: Duration.minutes(1) },
    logRetention: RetentionDays.ONE_DAY,
    stateMachineProps: { comment: 'sells', stateMachineName: 'sales' },
  });
  const { States } = definitionIn(stack);
  expect(States.Reserve?.Retry?.[2]).toMatchObject({ MaxAttempts: 0 });
  expect(States.Send?.Retry?.[2]).toEqual({
    ErrorEquals: ['States.ALL'], IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 3600, JitterStrategy: 'FULL', MaxAttempts: 4,
  });
  expect(States['Undo Send']?.Retry?.[1]).toEqual({
    ErrorEquals: ['States.ALL'], IntervalSeconds: 60, BackoffRate: 1, JitterStrategy: 'FULL', MaxAttempts: 99,
  });
  expect(onlyOne(stack, MACHINE)).toMatchObject({ StateMachineName: 'sales' });
  expect(resourcesOf(stack).CheckoutLogs?.Properties).toEqual({ RetentionInDays: 1 });
  // A function that does several things is granted once.
  expect(JSON.stringify(statementsOf(stack)).match(/ReserveUndoFunction/g)).toHaveLength(1);
});

test('where undoing begins depends on what failed, and how', () => {
  const stack = stackWith();
  const undo = service(stack, 'Undo');
  const steps = ['A', 'B', 'C', 'D', 'E'].map((name): SagaStep => ({ name, do: service(stack, name), undo: /[BDE]/.test(name) ? undo : undefined }));
  new Saga(stack, 'Checkout', { steps });
  const { States } = definitionIn(stack);
  const next = (name: string) => States[name]?.Catch?.map((caught) => caught.Next);
  expect(next('A')).toEqual(['Saga compensated', 'Saga compensated', 'Saga compensated']);
  expect(next('B')).toEqual(['Saga compensated', 'Undo B', 'Undo B']);
  expect(next('C')).toEqual(['Undo B', 'Undo B', 'Undo B']);
  expect(next('D')).toEqual(['Undo B', 'Undo D', 'Undo D']);
  expect(next('E')).toEqual(['Undo D', 'Undo E', 'Undo E']);
  expect(['Undo E', 'Undo D', 'Undo B'].map((name) => States[name]?.Next)).toEqual(['Undo D', 'Undo B', 'Saga compensated']);
});

test('a step is never given up before its function is: 15 minutes where that is not known', () => {
  const stack = stackWith();
  const imported = new FunctionService(stack, 'Adopted', {
    function: LambdaFunction.fromFunctionArn(stack, 'Imported', 'arn:aws:lambda:eu-west-1:111122223333:function:f'),
  });
  const late = service(stack, 'Late', Duration.seconds(Lazy.number({ produce: () => 5 })));
  const slow = service(stack, 'Slow', Duration.minutes(2));
  new Saga(stack, 'Checkout', { steps: [{ name: 'A', do: imported }, { name: 'B', do: late }, { name: 'C', do: slow }] });
  const states = Object.values(definitionIn(stack).States);
  expect(states.flatMap(({ TimeoutSeconds }) => TimeoutSeconds ?? [])).toEqual([930, 930, 150]);
});

describe('it refuses', () => {
  const stack = stackWith();
  const one = (step: object): SagaProps => ({ steps: [{ name: 'A', do: service(stack, `F${stack.node.children.length}`), ...step }] });
  const BROKEN: Record<string, SagaProps> = {
    'Saga.WrongType': { steps: 'A' as unknown as SagaStep[] },
    'Saga.NotAFunction': one({ undo: new Topic(stack, 'Topic') }),
    'Saga.Steps': { steps: [] },
    'Saga.StepName': one({ name: 'Charge card' }),
    'Saga.StepTwice': { steps: [...one({}).steps, ...one({}).steps] },
    'Saga.Retry': one({ retry: { maxAttempts: 0 } }),
    'Saga.UndoRetry': { ...one({}), undoRetry: { firstDelay: Duration.minutes(2), maxDelay: Duration.minutes(1) } },
    'Saga.ManagedByTheConstruct': { ...one({}), stateMachineProps: { timeout: Duration.hours(1) } },
  };

  test.each(SAGA_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new Saga(stackWith(), 'Checkout', BROKEN[code]!))).toEqual([code]);
  });

  test.each<[string, SagaProps, string]>([
    ['a step of another type', one({ name: 5 }), 'steps[0] has a name or a retry of another type'],
    ['a retry of another type', one({ retry: { firstDelay: 5 } }), 'steps[0] has a name or a retry of another type'],
    ['what runs in containers', one({ do: new Topic(stack, 'NoFunction') }), 'steps[0].do is an object'],
    ['a step that does nothing', one({ do: undefined }), 'steps[0].do is undefined'],
    ['too many steps', { steps: Array.from({ length: 51 }, (_, index) => one({ name: `S${index}` }).steps[0]!) }, '51 steps'],
    ['a long name', one({ name: 'x'.repeat(61) }), `steps[0].name is '${'x'.repeat(57)}...'`],
    ['a delay of half a second', one({ retry: { firstDelay: Duration.millis(500) } }), 'steps[0].retry.firstDelay is 0.5 s'],
    ['a delay of more than a day', { ...one({}), undoRetry: { maxDelay: Duration.hours(25) } }, 'undoRetry.maxDelay is 90000 s'],
    ['a first delay longer than the longest', BROKEN['Saga.UndoRetry']!, 'undoRetry waits 2 minutes first and 1 minute at most'],
    ['a timeout of the whole', BROKEN['Saga.ManagedByTheConstruct']!, 'stateMachineProps has timeout'],
    ['two steps of one name', BROKEN['Saga.StepTwice']!, "two steps are called 'A'"],
  ])('%s, and says what was given', (_, props, given) => {
    expect(refusedBy(() => new Saga(stackWith(), 'Checkout', props)).map((finding) => finding.given)).toEqual([given]);
  });

  test('several things at once', () => {
    const props = { ...one({ name: '1', retry: { maxAttempts: 101 } }), undoRetry: { maxAttempts: 0 } };
    expect(codesOf(() => new Saga(stackWith(), 'Checkout', props))).toEqual(['Saga.StepName', 'Saga.Retry', 'Saga.UndoRetry']);
  });
});

test('delays that are known only at deployment pass', () => {
  const stack = stackWith();
  const late = Duration.seconds(Lazy.number({ produce: () => 7 }));
  new Saga(stack, 'Checkout', { steps: [{ name: 'A', do: service(stack, 'A'), retry: { firstDelay: late, maxDelay: late } }] });
  expect(definitionIn(stack).States.A?.Retry?.[2]).toMatchObject({ IntervalSeconds: 7 });
});

describe('compute', () => {
  const START = { Action: 'states:StartExecution', Effect: 'Allow', Resource: { Ref: 'CheckoutStateMachine' } };
  const DESCRIBE = {
    Action: 'states:DescribeExecution', Effect: 'Allow',
    Resource: {
      'Fn::Join': ['', [
        'arn:', { Ref: 'AWS::Partition' }, ':states:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':execution:',
        { 'Fn::GetAtt': ['CheckoutStateMachine', 'Name'] }, ':*',
      ]],
    },
  };

  test.each([[Access.WRITE, [START]], [Access.READ, [DESCRIBE]], [Access.READ_WRITE, [START, DESCRIBE]]])(
    'with access %s may do just that, and finds the state machine', (access, statements) => {
      const stack = stackWith();
      const saga = new Saga(stack, 'Checkout', { steps: twoSteps(stack) });
      service(stack, 'Api').use(saga, access, { name: 'sales' });
      expect(statementsOf(stack).filter(({ Action }) => String(Action).startsWith('states:'))).toEqual(statements);
      expect(resourcesOf(stack).ApiFunction?.Properties.Environment).toEqual({ Variables: { SALES_STATE_MACHINE_ARN: { Ref: 'CheckoutStateMachine' } } });
    });

  test('in a network gets a way to the service', () => {
    const stack = stackWith();
    const network = new Network(stack, 'Network');
    const saga = new Saga(stack, 'Checkout', { steps: twoSteps(stack) });
    new FunctionService(stack, 'Api', { handler: HANDLER, network }).use(saga, Access.WRITE);
    expect(JSON.stringify(Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::VPCEndpoint'))).toContain('.states');
  });
});

test('metrics that come from the log are counted once they are asked for, each once', () => {
  const stack = stackWith();
  const saga = new Saga(stack, 'Checkout', { steps: twoSteps(stack) });
  expect(saga.node.children.map(({ node }) => node.id)).toEqual(['Logs', 'Role', 'StateMachine']);
  const again = [saga.metricCompensated(), saga.metricCompensated({ period: Duration.minutes(1) })];
  expect(again.map(({ namespace, statistic, period }) => [namespace, statistic, period.toSeconds()])).toEqual([
    ['SystemBlueprints/Saga', 'Sum', 300], ['SystemBlueprints/Saga', 'Sum', 60],
  ]);
  expect(namesOf(stack, FILTER)).toEqual(['CheckoutCompensated']);
  expect(onlyOne(stack, FILTER).FilterPattern).toContain('"Saga compensated"');
  const native = [saga.metricStarted(), saga.metricSucceeded(), saga.metricFailed(), saga.metricAborted()];
  expect(native.map(({ metricName }) => metricName)).toEqual(['ExecutionsStarted', 'ExecutionsSucceeded', 'ExecutionsFailed', 'ExecutionsAborted']);
});

test('two in one stack share functions and stay apart', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const steps = twoSteps(stack);
  new Saga(stack, 'Checkout', { steps });
  new Saga(stack, 'Exchange', { steps: [...steps].reverse() });
  expect(namesOf(stack, MACHINE)).toEqual(['CheckoutStateMachine', 'ExchangeStateMachine']);
});
