import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { AdmissionControl, type AdmissionControlProps } from '../../../lib/admission-control';
import { ADMISSION_CONTROL_RULES } from '../../../lib/admission-control/admission-control-rules';
import { Access, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { PriorityWorkQueue, WorkQueue } from '../../../lib/work-queue';
import { admissionSettings } from '../../../runtime/admission-control';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';

const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:111122223333:jobs';
const imported = (stack: Stack) => Queue.fromQueueArn(stack, 'Imported', QUEUE_ARN);
const variablesOf = (stack: Stack) =>
  (onlyOne(stack, 'AWS::Lambda::Function').Environment as { Variables: Record<string, string> }).Variables;

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes nothing at all, under %s', (_, context) => {
    const without = stackWith(Profile.SANDBOX, { context });
    new WorkQueue(without, 'Jobs');
    const stack = stackWith(Profile.SANDBOX, { context });
    const workQueue = new WorkQueue(stack, 'Jobs');
    const admission = new AdmissionControl(stack, 'Intake', { workQueue, maxBacklog: 1000 });
    expect(templateOf(stack)).toEqual(templateOf(without));
    expect(admission).toMatchObject({ queue: workQueue.queue, maxBacklog: 1000, resumeBelow: 800 });
  });

  test('under PRODUCTION adds an alarm', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new AdmissionControl(stack, 'Intake', { queue: imported(stack), maxBacklog: 1000 });
    const { IntakeTurnedAwayAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual({});
    expect(IntakeTurnedAwayAlarm?.Properties).toMatchObject({
      Threshold: 1000,
      EvaluationPeriods: 3,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Expression: 'waiting + worked + delayed' },
        ...['Visible', 'NotVisible', 'Delayed'].map((kind) =>
          ({ MetricStat: { Metric: { MetricName: `ApproximateNumberOfMessages${kind}` }, Stat: 'Maximum' } })),
      ],
    });
  });
});

describe('it refuses', () => {
  const stack = stackWith();
  const queue = imported(stack);
  const levels = new PriorityWorkQueue(stack, 'Levels', { levels: [{ name: 'a' }, { name: 'b' }] });
  const late = Lazy.number({ produce: () => 10 });
  const BROKEN: Record<string, AdmissionControlProps> = {
    'AdmissionControl.WrongType': { queue, maxBacklog: '10' as unknown as number },
    'AdmissionControl.Queue': { maxBacklog: 10 },
    'AdmissionControl.NoWorkQueue': { workQueue: levels as unknown as WorkQueue, maxBacklog: 10 },
    'AdmissionControl.MaxBacklog': { queue, maxBacklog: 0 },
    'AdmissionControl.ResumeBelow': { queue, maxBacklog: 10, resumeBelow: 11 },
    'AdmissionControl.RetryAfter': { queue, maxBacklog: 10, retryAfter: Duration.millis(1500) },
    'AdmissionControl.LateBacklog': { queue, maxBacklog: late },
  };

  test.each(ADMISSION_CONTROL_RULES.map(({ code }) => [code]))('%s', (code) => {
    expect(codesOf(() => new AdmissionControl(new Stack(), 'Intake', BROKEN[code]!))).toEqual([code]);
  });

  test('everything at once, naming what was given', () => {
    const workQueue = new WorkQueue(stackWith(), 'Jobs');
    const retryAfter = Duration.seconds(Lazy.number({ produce: () => 1 }));
    expect(refusedBy(() => new AdmissionControl(stackWith(), 'Intake', { workQueue, queue, maxBacklog: 1.5, resumeBelow: 0, retryAfter })))
      .toEqual([
        { code: 'AdmissionControl.Queue', given: 'workQueue and queue', allowed: 'one of them' },
        { code: 'AdmissionControl.MaxBacklog', given: 'maxBacklog is 1.5', allowed: 'a whole number from 1 to 1000000000' },
        { code: 'AdmissionControl.ResumeBelow', given: 'resumeBelow is 0', allowed: expect.stringContaining('a whole number from 1') },
        { code: 'AdmissionControl.RetryAfter', given: 'retryAfter known only at deployment', allowed: expect.any(String) },
      ]);
    expect(refusedBy(() => new AdmissionControl(stackWith(), 'Intake', { queue } as unknown as AdmissionControlProps)))
      .toMatchObject([{ code: 'AdmissionControl.MaxBacklog', given: 'no maxBacklog' }]);
  });

  test.each([Access.WRITE, Access.READ_WRITE])('use with %s, saying what to do instead', (access) => {
    const to = stackWith();
    const worker = new FunctionService(to, 'Api', { handler: HANDLER });
    const admission = new AdmissionControl(to, 'Intake', { queue: imported(to), maxBacklog: 10 });
    expect(refusedBy(() => worker.use(admission, access))).toEqual([{
      code: 'AdmissionControl.Access', given: `Access ${access} for Stack/Api`, allowed: expect.stringContaining('use(queue, Access.WRITE)'),
    }]);
  });
});

describe('compute that uses it', () => {
  const used = (props: Partial<AdmissionControlProps> = {}, profile = Profile.SANDBOX) => {
    const stack = stackWith(profile);
    const api = new FunctionService(stack, 'Api', { handler: HANDLER });
    api.use(new AdmissionControl(stack, 'Intake', { queue: imported(stack), maxBacklog: 1000, ...props }), Access.READ);
    return stack;
  };

  test('may look at the length of the one queue, and nothing else', () => {
    const [, , ...granted] = statementsOf(used());
    expect(granted).toEqual([{ Effect: 'Allow', Action: 'sqs:GetQueueAttributes', Resource: QUEUE_ARN }]);
  });

  test('finds thresholds and queue in its environment, as the runtime reads them', () => {
    expect(variablesOf(used())).toMatchObject({ INTAKE_ADMISSION: '1000,800,5', INTAKE_QUEUE_URL: expect.anything() });
    const { INTAKE_ADMISSION } = variablesOf(used({ maxBacklog: 1, retryAfter: Duration.minutes(1) }));
    expect(INTAKE_ADMISSION).toBe('1,1,60');
    expect(admissionSettings('INTAKE', { INTAKE_ADMISSION, INTAKE_QUEUE_URL: 'url' }))
      .toEqual({ queueUrl: 'url', maxBacklog: 1, resumeBelow: 1, retryAfterSeconds: 60 });
    expect(variablesOf(used({ resumeBelow: 10 })).INTAKE_ADMISSION).toBe('1000,10,5');
  });

  test('is told thresholds that are known at deployment only', () => {
    const stack = stackWith();
    const parameter = (id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;
    const api = new FunctionService(stack, 'Api', { handler: HANDLER });
    const props = { queue: imported(stack), maxBacklog: parameter('Max'), resumeBelow: parameter('Resume') };
    api.use(new AdmissionControl(stack, 'Intake', props), Access.READ, { name: 'door' });
    expect(variablesOf(stack).DOOR_ADMISSION).toEqual({ 'Fn::Join': ['', [{ Ref: 'Max' }, ',', { Ref: 'Resume' }, ',5']] });
  });

  test('can produce into the same queue under the same name', () => {
    const stack = stackWith();
    const workQueue = new WorkQueue(stack, 'Jobs');
    const api = new FunctionService(stack, 'Api', { handler: HANDLER });
    api.use(workQueue, Access.WRITE);
    api.use(new AdmissionControl(stack, 'Intake', { workQueue, maxBacklog: 10 }), Access.READ, { name: 'jobs' });
    expect(Object.keys(variablesOf(stack)).sort()).toEqual(['JOBS_ADMISSION', 'JOBS_QUEUE_URL']);
  });

  test('reaches SQS from inside a network', () => {
    const stack = stackWith();
    const api = new FunctionService(stack, 'Api', { handler: HANDLER, network: new Network(stack, 'Network') });
    api.use(new AdmissionControl(stack, 'Intake', { queue: imported(stack), maxBacklog: 10 }), Access.READ);
    const endpoints = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::VPCEndpoint');
    expect(endpoints.filter(({ Properties }) => JSON.stringify(Properties.ServiceName).includes('sqs'))).toHaveLength(1);
  });

  test('can be any principal', () => {
    const stack = stackWith();
    const admission = new AdmissionControl(stack, 'Intake', { queue: imported(stack), maxBacklog: 10 });
    expect(admission.grantLook(new Role(stack, 'Looker', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') })).success).toBe(true);
    expect(statementsOf(stack).map(({ Action }) => Action)).toEqual(['sqs:GetQueueAttributes']);
  });
});

test('two of them live in one stack, for one queue: one door for each kind of caller', () => {
  const stack = stackWith(Profile.PRODUCTION);
  const queue = imported(stack);
  new AdmissionControl(stack, 'Batch', { queue, maxBacklog: 100 });
  new AdmissionControl(stack, 'Interactive', { queue, maxBacklog: 200 });
  expect(namesOf(stack, 'AWS::CloudWatch::Alarm')).toEqual(['BatchTurnedAwayAlarm', 'InteractiveTurnedAwayAlarm']);
});
