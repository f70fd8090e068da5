import { Duration, type Stack } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { UrlShortener, type UrlShortenerProps } from '../../../blueprints';
import { Profile } from '../../../lib/core';
import { namesOf, refusedBy, resourcesOf, stackWith, type Statement, type TemplateResource } from '../../support/stacks';

const shortener = (props: UrlShortenerProps = {}, profile = Profile.SANDBOX) => {
  const stack = stackWith(profile);
  return { stack, blueprint: new UrlShortener(stack, 'Shortener', props) };
};
const propertiesOf = (stack: Stack, name: string) => resourcesOf(stack)[name]!.Properties;

/** What a function may do, as `<action> <resource>`; telemetry left out. */
function permissionsOf(stack: Stack, service: string): string[] {
  const policy = resourcesOf(stack)[`Shortener${service}RoleDefaultPolicy`]?.Properties.PolicyDocument as { Statement: Statement[] } | undefined;
  return (policy?.Statement ?? []).flatMap(({ Action, Resource }) => [Action].flat().map((action) =>
    `${action} ${(Resource as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0]}`)).sort();
}

const read = (table: string) =>
  ['BatchGetItem', 'ConditionCheckItem', 'DescribeTable', 'GetItem', 'Query', 'Scan'].map((action) => `dynamodb:${action} ${table}`);
const write = (table: string) =>
  ['BatchWriteItem', 'DeleteItem', 'DescribeTable', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action} ${table}`);

test.each([
  ['CreateLink', [...write('ShortenerLinksTable'), ...write('ShortenerIdempotencyTable')]],
  ['Redirect', [
    ...read('ShortenerLinksTable'),
    ...['GetQueueAttributes', 'GetQueueUrl', 'SendMessage'].map((action) => `sqs:${action} ShortenerClicksQueue`),
  ]],
  ['LinkStats', read('ShortenerLinksTable')],
  ['CountClick', [
    ...write('ShortenerLinksTable'),
    ...write('ShortenerIdempotencyTable'),
    ...['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage']
      .map((action) => `sqs:${action} ShortenerClicksQueue`),
  ]],
])('%s may do what it does, and nothing else', (service, permissions) => {
  expect(permissionsOf(shortener().stack, service)).toEqual([...permissions].sort());
});

test('links and seen requests expire', () => {
  const { stack } = shortener();
  expect(propertiesOf(stack, 'ShortenerLinksTable')).toMatchObject({
    KeySchema: [{ AttributeName: 'slug', KeyType: 'HASH' }], TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
  expect(propertiesOf(stack, 'ShortenerIdempotencyTable')).toMatchObject({
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
  });
});

test('three routes lead to three functions, and each bundle goes to its own function', () => {
  const { stack, blueprint } = shortener();
  const routes = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route');
  expect(routes.map(({ Properties }) => Properties.RouteKey)).toEqual(['POST /links', 'GET /{slug}', 'GET /links/{slug}/stats']);
  const bundles = [blueprint.createLink, blueprint.redirect, blueprint.linkStats, blueprint.countClick].map((service) =>
    (stack.resolve((service.function.node.defaultChild as CfnFunction).code) as CfnFunction.CodeProperty).s3Key);
  expect(new Set(bundles).size).toBe(4);
});

test('a click that was being counted when its worker crashed comes back after 18 s', () => {
  const { stack } = shortener();
  expect(propertiesOf(stack, 'ShortenerCountClickFunction').Timeout).toBe(3);
  expect(propertiesOf(stack, 'ShortenerClicksQueue').VisibilityTimeout).toBe(18);
});

test('every function finds what it needs in its environment', () => {
  const { stack } = shortener();
  const variables = (service: string) => {
    const { Variables } = propertiesOf(stack, `Shortener${service}Function`).Environment as { Variables: object };
    return Object.keys(Variables).sort();
  };
  expect(variables('CreateLink')).toEqual(['IDEMPOTENCY_IDEMPOTENCY', 'IDEMPOTENCY_TABLE_NAME', 'LINKS_TABLE_NAME']);
  expect(variables('Redirect')).toEqual(['CLICKS_QUEUE_URL', 'LINKS_TABLE_NAME']);
  expect(variables('LinkStats')).toEqual(['LINKS_TABLE_NAME']);
  expect(variables('CountClick')).toEqual([
    'CLICKS_QUEUE_URL', 'CLICKS_RETRY',
    'IDEMPOTENCY_IDEMPOTENCY', 'IDEMPOTENCY_TABLE_NAME', 'LINKS_TABLE_NAME',
  ]);
});

test('its props reach the constructs that it is made of', () => {
  const { stack } = shortener({
    throttle: { ratePerSecond: 3, burst: 4 },
    cors: { allowOrigins: ['https://example.com'] },
    clickRetry: { maxAttempts: 2, maxDelay: Duration.seconds(30) },
    clickConcurrency: 2,
  });
  expect(propertiesOf(stack, 'ShortenerApiStage').DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 4, ThrottlingRateLimit: 3 });
  expect(propertiesOf(stack, 'ShortenerApi').CorsConfiguration).toEqual({ AllowOrigins: ['https://example.com'] });
  expect(propertiesOf(stack, 'ShortenerClicksQueue').RedrivePolicy).toMatchObject({ maxReceiveCount: 2 });
  expect(propertiesOf(stack, 'ShortenerCountClickFunction').Environment).toMatchObject({ Variables: { CLICKS_RETRY: expect.stringMatching(/,30$/) } });
  expect(propertiesOf(stack, 'ShortenerCountClickConsumesClicks').ScalingConfig).toEqual({ MaximumConcurrency: 2 });
});

test('impossible props are refused where they matter, with the path of that construct', () => {
  expect(refusedBy(() => shortener({ clickRetry: { maxAttempts: 0 } }))[0]?.code).toBe('WorkQueue.MaxAttempts');
  expect(() => shortener({ clickConcurrency: 1 })).toThrow(/^Stack\/Shortener\/Clicks was given what it cannot be:/);
});

test.each([
  [Profile.SANDBOX, undefined, 'Retain'],
  [Profile.SANDBOX, true, 'Delete'],
  [Profile.PRODUCTION, true, 'Retain'],
])('its data goes with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
  const { stack } = shortener({ disposable }, profile);
  const data = Object.values(resourcesOf(stack)).filter(({ Type }) => /Table$|SQS::Queue$/.test(Type));
  expect(data.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual([policy, policy, policy, policy]);
});

test('under PRODUCTION everything that can hurt has an alarm', () => {
  const { stack } = shortener({}, Profile.PRODUCTION);
  const functions = ['CreateLink', 'Redirect', 'LinkStats', 'CountClick'].flatMap((service) =>
    ['Errors', 'Throttles', 'Duration'].map((metric) => `Shortener${service}${metric}Alarm`));
  expect(namesOf(stack, 'AWS::CloudWatch::Alarm').sort()).toEqual([
    ...functions, 'ShortenerLinksThrottlesAlarm', 'ShortenerIdempotencyThrottlesAlarm', 'ShortenerClicksDeadLettersAlarm',
    'ShortenerClicksOldestMessageAlarm', 'ShortenerApiServerErrorsAlarm', 'ShortenerApiLatencyAlarm',
  ].sort());
});

test('two of them live in one stack and share nothing', () => {
  const stack = stackWith();
  const [a, b] = ['A', 'B'].map((id) => new UrlShortener(stack, id));
  const resources: [string, TemplateResource][] = Object.entries(resourcesOf(stack));
  const own = (id: string) => resources.filter(([name]) => name.startsWith(id));
  expect(own('A').length + own('B').length).toBe(resources.length);
  expect(own('A').length).toBe(own('B').length);
  expect(JSON.stringify(own('A'))).not.toMatch(/"(Ref|Fn::GetAtt)":\[?"B/);
  expect(Object.values(a!.outputs)).not.toEqual(Object.values(b!.outputs));
});
