import { Duration, type Stack } from 'aws-cdk-lib';
import { RealTimeAnalytics, type RealTimeAnalyticsProps } from '../../../blueprints';
import { Profile } from '../../../lib/core';
import { namesOf, onlyOne, resourcesOf, stackWith, type Statement } from '../../support/stacks';

const analytics = (props: RealTimeAnalyticsProps = {}, profile = Profile.SANDBOX) => {
  const stack = stackWith(profile);
  return { stack, blueprint: new RealTimeAnalytics(stack, 'A', props) };
};

/** The services that a function may call, and on which resources; telemetry left out. */
function reach(stack: Stack, service: string): string[] {
  const policy = resourcesOf(stack)[`A${service}RoleDefaultPolicy`]?.Properties.PolicyDocument as { Statement: Statement[] } | undefined;
  return [...new Set((policy?.Statement ?? []).flatMap(({ Action, Resource }) => [Action].flat().flatMap((action) =>
    [Resource].flat().map((resource) => `${String(action).split(':')[0]} ${/"(A\w+)"/.exec(JSON.stringify(resource))?.[1]}`))))].sort();
}

test.each([
  ['Ingest', ['dynamodb AIdempotencyTable', 'kinesis AEventsStream']],
  ['Count', ['dynamodb AMinutesTable', 'kinesis AEventsStream', 'sqs AEventsGroupdashboardDeadLetterQueue']],
  ['Series', ['dynamodb AMinutesTable']],
  ['Replay', ['dynamodb AMinutesTable', 'kinesis AEventsStream']],
  ['Page', []],
])('%s reaches what it needs, and nothing else', (service, expected) => {
  expect(reach(analytics().stack, service)).toEqual(expected);
});

test('readers of windows may not write them', () => {
  const { stack } = analytics();
  const onMinutes = (service: string) => {
    const { Statement: statements } = resourcesOf(stack)[`A${service}RoleDefaultPolicy`]!.Properties.PolicyDocument as { Statement: Statement[] };
    return statements.filter(({ Resource }) => JSON.stringify(Resource).includes('"AMinutesTable"')).flatMap(({ Action }) => Action).join();
  };
  expect(onMinutes('Count')).toMatch(/dynamodb:PutItem/);
  expect(onMinutes('Series')).not.toMatch(/dynamodb:(Put|Update|Delete|BatchWrite)/);
  expect(onMinutes('Push')).not.toMatch(/dynamodb:(Put|Update|Delete|BatchWrite)/);
});

test('every prop finds its part', () => {
  const { stack } = analytics({
    allowedLateness: Duration.minutes(2), replayable: Duration.days(2), generation: 'v2', disposable: true,
    throttle: { ratePerSecond: 5, burst: 7 }, cors: { allowOrigins: ['https://example.com'] },
  });
  expect(JSON.stringify(resourcesOf(stack).ACountFunction)).toContain('60000,120000,2592000,v2');
  expect(onlyOne(stack, 'AWS::Kinesis::Stream')).toMatchObject({ RetentionPeriodHours: 48 });
  expect(resourcesOf(stack).AMinutesTable).toMatchObject({ DeletionPolicy: 'Delete' });
  expect(JSON.stringify(resourcesOf(stack))).toContain('"ThrottlingBurstLimit":7,"ThrottlingRateLimit":5');
  expect(JSON.stringify(resourcesOf(stack))).toContain('https://example.com');
});

test('one role for the logs of API Gateway is made when it is asked for', () => {
  expect(namesOf(analytics().stack, 'AWS::ApiGateway::Account')).toHaveLength(0);
  expect(namesOf(analytics({ accountLogging: true }).stack, 'AWS::ApiGateway::Account')).toHaveLength(1);
});

test('it stays small', () => {
  expect(Object.keys(resourcesOf(analytics().stack))).toHaveLength(66);
});
