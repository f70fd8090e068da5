import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { ImageProcessing, type ImageProcessingProps } from '../../../blueprints';
import { Profile, TrafficEstimate } from '../../../lib/core';
import { namesOf, refusedBy, resourcesOf, stackWith, type Statement } from '../../support/stacks';

const processing = (props: ImageProcessingProps = {}, profile = Profile.SANDBOX) => {
  const stack = stackWith(profile);
  return { stack, blueprint: new ImageProcessing(stack, 'Images', props) };
};
const propertiesOf = (stack: Stack, name: string) => resourcesOf(stack)[name]!.Properties;

/** What a function may do, as `<action> <resource>`; telemetry left out. */
function permissionsOf(stack: Stack, service: string): string[] {
  const policy = resourcesOf(stack)[`Images${service}RoleDefaultPolicy`]?.Properties.PolicyDocument as { Statement: Statement[] };
  return policy.Statement.flatMap(({ Action, Resource }) => [Action].flat().map((action) =>
    `${action} ${/Images\w+(Table|Queue|Bucket)/.exec(JSON.stringify(Resource))![0]}`)).sort();
}

const write = ['BatchWriteItem', 'DeleteItem', 'DescribeTable', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action} ImagesJobsStateTable`);
const put = (bucket: string) => ['AbortMultipartUpload', 'DeleteObject', 'ListMultipartUploadParts', 'PutObject'].map((action) => `s3:${action} ${bucket}`);
const get = (bucket: string) => ['GetObject', 'ListBucket'].map((action) => `s3:${action} ${bucket}`);

test.each([
  ['AnnounceImage', [...write, ...put('ImagesUploadsBucket')]],
  ['ProcessImage', [
    ...write, ...get('ImagesUploadsBucket'), ...put('ImagesThumbnailsBucket'),
    ...['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'].map((action) => `sqs:${action} ImagesWorkQueue`),
  ]],
  ['ShowThumbnail', get('ImagesThumbnailsBucket')],
])('%s may do what it does, and nothing else', (service, permissions) => {
  expect(permissionsOf(processing().stack, service)).toEqual([...permissions].sort());
});

test('three routes, and every upload is told to the queue', () => {
  const { stack } = processing();
  const routes = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route');
  expect(routes.map(({ Properties }) => Properties.RouteKey)).toEqual(['POST /images', 'GET /images/{id}/{size}', 'GET /jobs/{id}']);
  expect(propertiesOf(stack, 'ImagesUploadsOnObjectCreatedToWork')).toMatchObject({
    EventPattern: { 'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { bucket: { name: [{ Ref: 'ImagesUploadsBucket' }] } } },
    Targets: [{ Arn: { 'Fn::GetAtt': ['ImagesWorkQueue', 'Arn'] } }],
  });
});

test('one image at a time, on one vCPU; after a crash it comes back after 30 s', () => {
  const { stack } = processing();
  expect(propertiesOf(stack, 'ImagesProcessImageFunction')).toMatchObject({ MemorySize: 1769, Timeout: 5 });
  expect(propertiesOf(stack, 'ImagesProcessImageConsumesWork')).toMatchObject({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 10 } });
  expect(propertiesOf(stack, 'ImagesWorkQueue').VisibilityTimeout).toBe(30);
});

test('its props reach the constructs that it is made of', () => {
  const { stack } = processing({
    throttle: { ratePerSecond: 3, burst: 4 },
    cors: { allowOrigins: ['https://example.com'], allowMethods: [CorsHttpMethod.POST] },
    retry: { maxAttempts: 2 },
    concurrency: 5,
    timeout: Duration.seconds(60),
    originalsExpireAfter: Duration.days(30),
  });
  expect(propertiesOf(stack, 'ImagesApiStage').DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 4, ThrottlingRateLimit: 3 });
  expect(propertiesOf(stack, 'ImagesUploadsBucket')).toMatchObject({
    CorsConfiguration: { CorsRules: [{ AllowedMethods: ['PUT'], AllowedOrigins: ['https://example.com'], AllowedHeaders: ['content-type', 'if-none-match'] }] },
    LifecycleConfiguration: { Rules: [{ ExpirationInDays: 30 }] },
  });
  expect(propertiesOf(stack, 'ImagesWorkQueue')).toMatchObject({ VisibilityTimeout: 360, RedrivePolicy: { maxReceiveCount: 2 } });
  expect(propertiesOf(stack, 'ImagesProcessImageConsumesWork')).toMatchObject({ ScalingConfig: { MaximumConcurrency: 5 } });
});

test('is sized for the uploads among its requests', () => {
  const traffic = new TrafficEstimate({ requestsPerSecond: 100, peakFactor: 10, readRatio: 0.8, itemSize: Size.kibibytes(1) });
  const { stack, blueprint } = processing({ traffic });
  expect(propertiesOf(stack, 'ImagesProcessImageConsumesWork')).toMatchObject({ ScalingConfig: { MaximumConcurrency: 60 } });
  expect(blueprint.work.sizing.map(({ name, value }) => `${name} ${value}`)).toEqual(['maxDepth 180000', 'maxConcurrency 60']);
  expect(propertiesOf(stack, 'ImagesJobsStateTable')).toMatchObject({ WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 1200 } });
});

test('who only reads is sized for nothing to work on', () => {
  const { stack } = processing({ traffic: new TrafficEstimate({ requestsPerSecond: 100, readRatio: 1 }) });
  expect(propertiesOf(stack, 'ImagesProcessImageConsumesWork')).toMatchObject({ ScalingConfig: { MaximumConcurrency: 10 } });
});

test('impossible props are refused where they matter', () => {
  expect(refusedBy(() => processing({ concurrency: 1 }))[0]?.code).toBe('WorkQueue.MaxConcurrency');
  expect(refusedBy(() => processing({ timeout: Duration.minutes(16) }))[0]?.code).toBe('FunctionService.Timeout');
});

test.each([
  [Profile.SANDBOX, undefined, 'Retain'],
  [Profile.SANDBOX, true, 'Delete'],
  [Profile.PRODUCTION, true, 'Retain'],
])('its data goes with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
  const data = Object.values(resourcesOf(processing({ disposable }, profile).stack))
    .filter(({ Type }) => /Table$|SQS::Queue$|S3::Bucket$/.test(Type));
  expect(data.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(Array(5).fill(policy));
});

test('under PRODUCTION everything that can hurt has an alarm', () => {
  const { stack } = processing({}, Profile.PRODUCTION);
  const functions = ['AnnounceImage', 'ProcessImage', 'ShowThumbnail', 'JobsStatus'].flatMap((service) =>
    ['Errors', 'Throttles', 'Duration'].map((metric) => `Images${service}${metric}Alarm`));
  expect(namesOf(stack, 'AWS::CloudWatch::Alarm').sort()).toEqual([
    ...functions, 'ImagesJobsStateThrottlesAlarm', 'ImagesWorkDeadLettersAlarm', 'ImagesWorkOldestMessageAlarm',
    'ImagesApiServerErrorsAlarm', 'ImagesApiLatencyAlarm',
  ].sort());
});
