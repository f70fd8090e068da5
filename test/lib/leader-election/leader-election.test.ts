import { Duration, type Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Topic } from 'aws-cdk-lib/aws-sns';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ContainerService } from '../../../lib/container-service';
import { Access, Alarms, type ICompute, Profile } from '../../../lib/core';
import { DistributedLock } from '../../../lib/distributed-lock';
import { FunctionService } from '../../../lib/function-service';
import { LeaderElection, type LeaderElectionProps } from '../../../lib/leader-election';
import { LEADER_ELECTION_RULES } from '../../../lib/leader-election/leader-election-rules';
import { lockSettings } from '../../../runtime/lock';
import { imageIn } from '../../support/cases/container-service';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const leading = () => new Metric({ namespace: 'Shop', metricName: 'Leading' });
const service = (stack: Stack) => new ContainerService(stack, 'Service', { image: imageIn(stack) });

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a lock, and nothing else, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const election = new LeaderElection(stack, 'Office');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      OfficeLockStateTable: pinnedTable({ partitionKey: 'name', expiresBy: 'ttl' }),
    });
    expect(election.node.defaultChild).toBe(election.lock.table);
    expect(election.lock.lease.toSeconds()).toBe(10);
  });

  test('under PRODUCTION adds what its lock adds, and no alarm without a metric', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new LeaderElection(stack, 'Office');
    expect(Object.keys(resourcesOf(stack)).sort()).toEqual(['OfficeLockStateTable', 'OfficeLockStateThrottlesAlarm']);
  });
});

test('every prop shapes its lock', () => {
  const stack = stackWith();
  const election = new LeaderElection(stack, 'Office', { lease: Duration.seconds(30), disposable: true, leading: leading() });
  expect(election.lock.lease.toSeconds()).toBe(30);
  expect(resourcesOf(stack).OfficeLockStateTable).toMatchObject({ DeletionPolicy: 'Delete' });
});

describe('nobody leads', () => {
  test.each([[undefined, 4], [Duration.seconds(60), 4], [Duration.minutes(15), 18]])('a lease of %s: an alarm after %i minutes', (lease, minutes) => {
    const stack = stackWith(Profile.PRODUCTION);
    Alarms.notify(stack, new Topic(stack, 'Topic'));
    new LeaderElection(stack, 'Office', { leading: leading(), lease });
    expect(resourcesOf(stack).OfficeLeaderlessAlarm?.Properties).toEqual({
      AlarmActions: [{ Ref: 'Topic' }],
      AlarmDescription: 'Nobody leads: no task runs, none reaches the lock, or every leader fails at once.',
      ComparisonOperator: 'LessThanThreshold', Threshold: 1, EvaluationPeriods: minutes, TreatMissingData: 'breaching',
      MetricName: 'Leading', Namespace: 'Shop', Period: 60, Statistic: 'Sum',
    });
  });

  test('is watched by the lease of a lock that was given', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const lock = new DistributedLock(stack, 'Locks', { lease: Duration.minutes(5) });
    new LeaderElection(stack, 'Office', { leading: leading(), lock });
    expect(resourcesOf(stack).OfficeLeaderlessAlarm?.Properties).toMatchObject({ EvaluationPeriods: 8 });
  });
});

describe('wiring', () => {
  /** What the code of the service finds. */
  const variablesOf = (stack: Stack) => {
    const [{ Environment }] = onlyOne(stack, 'AWS::ECS::TaskDefinition').ContainerDefinitions as [{ Environment: { Name: string; Value: string }[] }];
    return Object.fromEntries(Environment.map(({ Name, Value }) => [Name, Value]));
  };

  test('a service is told the table and the lease, which the runtime reads', () => {
    const stack = stackWith();
    service(stack).use(new LeaderElection(stack, 'MainOffice'), Access.READ_WRITE);
    const variables = variablesOf(stack);
    expect(variables).toMatchObject({ MAIN_OFFICE_TABLE_NAME: { Ref: 'MainOfficeLockStateTable' } });
    expect(lockSettings('MAIN_OFFICE', variables)).toMatchObject({ leaseMilliseconds: 10_000 });
    expect(JSON.stringify(resourcesOf(stack))).toContain('dynamodb:UpdateItem');
  });

  test('two elections in one stack, by one lock, under names of their own', () => {
    const stack = stackWith();
    const lock = new DistributedLock(stack, 'Locks');
    const candidate = service(stack);
    candidate.use(new LeaderElection(stack, 'A', { lock }), Access.WRITE);
    candidate.use(new LeaderElection(stack, 'B', { lock }), Access.WRITE, { name: 'second' });
    expect(namesOf(stack, TABLE)).toEqual(['LocksStateTable']);
    expect(variablesOf(stack)).toMatchObject({ A_LOCK: '10000', SECOND_LOCK: '10000', SECOND_TABLE_NAME: { Ref: 'LocksStateTable' } });
  });

  test('refuses to read only, and functions', () => {
    const stack = stackWith();
    const election = new LeaderElection(stack, 'Office');
    const use = (compute: ICompute, access: Access) => refusedBy(() => compute.use(election, access));
    expect(use(service(stack), Access.READ)).toEqual([{
      code: 'LeaderElection.ReadOnly', given: 'Access.READ for Stack/Service', allowed: 'Access.WRITE or READ_WRITE: candidates write the lock',
    }]);
    expect(use(new FunctionService(stack, 'Function', { handler: HANDLER }), Access.WRITE)).toMatchObject([{
      code: 'LeaderElection.FunctionCannotLead', given: 'the function Stack/Function',
    }]);
  });
});

describe('it refuses', () => {
  const stack = stackWith();
  const lock = new DistributedLock(stack, 'Locks');
  const BROKEN: readonly [string, LeaderElectionProps, string][] = [
    ['LeaderElection.WrongType', { leading: {} as Metric }, 'leading is an object'],
    ['LeaderElection.WrongType', { lock: lock.table as unknown as DistributedLock }, 'lock is an object'],
    ['LeaderElection.AdoptOrShape', { lock, lease: Duration.seconds(5) }, 'lock together with lease'],
    ['DistributedLock.Lease', { lease: Duration.minutes(16) }, 'lease is 960 s'],
  ];

  test.each(BROKEN)('%s', (code, props, given) => {
    const findings = refusedBy(() => new LeaderElection(stackWith(), 'Office', props));
    expect(findings).toEqual([{ code, given, allowed: expect.any(String) as string }]);
  });

  test('in every way that it has', () => {
    const tested = BROKEN.map(([code]) => code).filter((code) => code.startsWith('LeaderElection.'));
    expect(new Set(tested)).toEqual(new Set(LEADER_ELECTION_RULES.map(({ code }) => code)));
    expect(codesOf(() => new LeaderElection(stackWith(), 'Office', { lock, disposable: true }))).toEqual(['LeaderElection.AdoptOrShape']);
  });
});
