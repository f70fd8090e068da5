import { Duration, Lazy, Size, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ApiGateway, Authorizer } from '../../../lib/api-gateway';
import { Access, Profile } from '../../../lib/core';
import { FanOut } from '../../../lib/fan-out';
import { FunctionService } from '../../../lib/function-service';
import { ObjectStore } from '../../../lib/object-store';
import { PresignedUpload, type PresignedUploadProps } from '../../../lib/presigned-upload';
import { PRESIGNED_UPLOAD_RULES } from '../../../lib/presigned-upload/presigned-upload-rules';
import { WorkQueue } from '../../../lib/work-queue';
import { uploadSettings } from '../../../runtime/presigned-upload';
import { codesOf, HANDLER, refusedBy, resourcesOf, stackWith, statementsOf, type TemplateResource } from '../../support/stacks';

const MIB = 1024 * 1024;

const typesOf = (resources: Record<string, TemplateResource>) =>
  Object.fromEntries(Object.entries(resources).map(([name, { Type }]) => [name, Type.replace('AWS::', '')]));

const variablesOf = (resource?: TemplateResource) =>
  (resource!.Properties.Environment as { readonly Variables: Record<string, unknown> }).Variables;

const actionsOn = (statements: ReturnType<typeof statementsOf>, resource: string) =>
  statements.flatMap(({ Action, Resource }) => JSON.stringify(Resource).includes(resource) ? Action : []);

const warningsOf = (stack: Stack) =>
  Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));

const jwt = () => Authorizer.jwt({ issuer: 'https://id.example.com', audience: ['web'] });

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('is a bucket, a table, two functions and a queue, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const uploads = new PresignedUpload(stack, 'Files');
    const resources = resourcesOf(stack);
    expect(typesOf(resources)).toEqual({
      FilesObjectsBucket: 'S3::Bucket',
      FilesObjectsBucketPolicy: 'S3::BucketPolicy',
      FilesObjectsOnObjectCreatedToEventsuploads: 'Events::Rule',
      FilesUploadsTable: 'DynamoDB::GlobalTable',
      FilesSignerLogs: 'Logs::LogGroup',
      FilesSignerRole: 'IAM::Role',
      FilesSignerRoleDefaultPolicy: 'IAM::Policy',
      FilesSignerFunction: 'Lambda::Function',
      FilesKeeperLogs: 'Logs::LogGroup',
      FilesKeeperRole: 'IAM::Role',
      FilesKeeperRoleDefaultPolicy: 'IAM::Policy',
      FilesKeeperFunction: 'Lambda::Function',
      FilesKeeperConsumesEvents: 'Lambda::EventSourceMapping',
      FilesEventsDeadLetterQueue: 'SQS::Queue',
      FilesEventsDeadLetterQueuePolicy: 'SQS::QueuePolicy',
      FilesEventsQueue: 'SQS::Queue',
      FilesEventsQueuePolicy: 'SQS::QueuePolicy',
    });
    expect(resources.FilesObjectsBucket!.Properties).toMatchObject({
      LifecycleConfiguration: { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }] },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
      },
    });
    expect(resources.FilesObjectsBucket!.Properties.CorsConfiguration).toBeUndefined();
    expect(resources.FilesUploadsTable!.Properties).toMatchObject({
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'purgeAt', Enabled: true },
    });
    expect(resources.FilesObjectsOnObjectCreatedToEventsuploads!.Properties.EventPattern).toEqual({
      'source': ['aws.s3'],
      'detail-type': ['Object Created'],
      'detail': { bucket: { name: [{ Ref: 'FilesObjectsBucket' }] }, object: { key: [{ prefix: 'uploads/' }] } },
    });
    expect(resources.FilesObjectsBucket!.DeletionPolicy).toBe('Retain');
    expect(uploads.node.defaultChild).toBe(uploads.objects.bucket);
  });

  test('tells the signer its settings, and both functions the table and the bucket', () => {
    const stack = stackWith();
    new PresignedUpload(stack, 'Files');
    const resources = resourcesOf(stack);
    const places = { UPLOADS_TABLE_NAME: { Ref: 'FilesUploadsTable' }, UPLOADS_BUCKET_NAME: { Ref: 'FilesObjectsBucket' } };
    const signer = variablesOf(resources.FilesSignerFunction);
    expect(signer).toEqual({ ...places, UPLOAD_SETTINGS: expect.any(String) });
    expect(uploadSettings(signer as Record<string, string>)).toEqual({
      maxBytes: 1024 * MIB, partBytes: 100 * MIB, urlSeconds: 900, withinSeconds: 86_400, prefix: 'uploads/',
    });
    expect(variablesOf(resources.FilesKeeperFunction)).toEqual({
      ...places, EVENTS_QUEUE_URL: { Ref: 'FilesEventsQueue' }, EVENTS_RETRY: '5,1,900',
    });
  });

  test('lets its functions write objects, and read none', () => {
    const stack = stackWith();
    new PresignedUpload(stack, 'Files');
    const writes = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:ListMultipartUploadParts', 's3:PutObject'];
    expect(actionsOn(statementsOf(stack), 'FilesObjectsBucket')).toEqual([...writes, ...writes]);
  });

  test('under PRODUCTION adds versions, recovery and alarms', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new PresignedUpload(stack, 'Files', { disposable: true });
    const resources = resourcesOf(stack);
    expect(resources.FilesObjectsBucket!.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(resources.FilesObjectsBucket!.DeletionPolicy).toBe('Retain');
    expect(Object.keys(resources).filter((name) => name.endsWith('Alarm')).sort()).toEqual([
      'FilesEventsDeadLettersAlarm', 'FilesEventsOldestMessageAlarm', 'FilesKeeperDurationAlarm', 'FilesKeeperErrorsAlarm',
      'FilesKeeperThrottlesAlarm', 'FilesSignerDurationAlarm', 'FilesSignerErrorsAlarm', 'FilesSignerThrottlesAlarm',
      'FilesUploadsThrottlesAlarm',
    ]);
  });
});

test('every prop shapes the bucket, the table or the settings', () => {
  const stack = stackWith();
  new PresignedUpload(stack, 'Files', {
    contentTypes: ['image/png', 'video/*'],
    maxSize: Size.gibibytes(5),
    partSize: Size.mebibytes(5),
    urlTtl: Duration.minutes(1),
    uploadWithin: Duration.hours(49),
    corsOrigins: ['https://www.example.com'],
    tiering: { coldAfter: Duration.days(30) },
    prefix: 'in/',
    disposable: true,
  });
  const resources = resourcesOf(stack);
  expect(uploadSettings(variablesOf(resources.FilesSignerFunction) as Record<string, string>)).toEqual({
    contentTypes: ['image/png', 'video/*'], maxBytes: 5 * 1024 * MIB, partBytes: 5 * MIB, urlSeconds: 60, withinSeconds: 49 * 3600, prefix: 'in/',
  });
  expect(resources.FilesObjectsBucket).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: {
      CorsConfiguration: { CorsRules: [{
        AllowedOrigins: ['https://www.example.com'],
        AllowedMethods: ['PUT'],
        AllowedHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256'],
        ExposedHeaders: ['ETag'],
        MaxAge: 3600,
      }] },
      LifecycleConfiguration: { Rules: [{
        // Parts outlive the time in which they may be put together.
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
        Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 30 }],
      }] },
    },
  });
  expect(resources.FilesUploadsTable!.DeletionPolicy).toBe('Delete');
  expect(resources.FilesEventsQueue!.DeletionPolicy).toBe('Delete');
  expect(resources.FilesObjectsOnObjectCreatedToEventsin!.Properties.EventPattern)
    .toMatchObject({ detail: { object: { key: [{ prefix: 'in/' }] } } });
});

test('a URL is never good for longer than its upload', () => {
  const stack = stackWith();
  new PresignedUpload(stack, 'Files', { uploadWithin: Duration.minutes(2) });
  const told = variablesOf(resourcesOf(stack).FilesSignerFunction) as Record<string, string>;
  expect(uploadSettings(told)).toMatchObject({ urlSeconds: 120 });
});

describe('what it is given', () => {
  test('a store and a table are used and not made', () => {
    const stack = stackWith();
    const objectStore = new ObjectStore(stack, 'Store');
    const table = Table.fromTableName(stack, 'Imported', 'uploads');
    const uploads = new PresignedUpload(stack, 'Files', { objectStore, table });
    const resources = resourcesOf(stack);
    expect(Object.values(resources).filter(({ Type }) => ['AWS::S3::Bucket', 'AWS::DynamoDB::GlobalTable'].includes(Type))).toHaveLength(1);
    expect(variablesOf(resources.FilesSignerFunction)).toMatchObject({ UPLOADS_TABLE_NAME: 'uploads', UPLOADS_BUCKET_NAME: { Ref: 'StoreBucket' } });
    expect(resources.StoreBucket!.Properties).toMatchObject({
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    expect(uploads.objects).toBe(objectStore);
    expect(uploads.uploads.table).toBe(table);
  });

  test('two in one stack, in one bucket below different prefixes', () => {
    const stack = stackWith();
    const objectStore = new ObjectStore(stack, 'Store');
    new PresignedUpload(stack, 'Photos', { objectStore, prefix: 'photos/' });
    new PresignedUpload(stack, 'Films', { objectStore, prefix: 'films/' });
    expect(Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Events::Rule')).toHaveLength(2);
    expect(codesOf(() => new PresignedUpload(stack, 'More', { objectStore, prefix: 'films/' }))).toEqual(['ObjectStore.EventTaken']);
  });
});

describe('wiring', () => {
  const used = (access: Access, name?: string) => {
    const stack = stackWith();
    const service = new FunctionService(stack, 'Worker', { handler: HANDLER });
    service.use(new PresignedUpload(stack, 'Files'), access, name === undefined ? undefined : { name });
    const { PolicyDocument } = resourcesOf(stack).WorkerRoleDefaultPolicy!.Properties;
    const { Statement: statements } = PolicyDocument as { Statement: ReturnType<typeof statementsOf> };
    return { variables: variablesOf(resourcesOf(stack).WorkerFunction), statements };
  };

  test('Access.READ: uploads and objects, to look at', () => {
    const { variables, statements } = used(Access.READ);
    expect(variables).toEqual({ FILES_TABLE_NAME: { Ref: 'FilesUploadsTable' }, FILES_BUCKET_NAME: { Ref: 'FilesObjectsBucket' } });
    expect(actionsOn(statements, 'FilesObjectsBucket')).toEqual(['s3:GetObject', 's3:ListBucket']);
    expect(actionsOn(statements, 'FilesUploadsTable')).toContain('dynamodb:GetItem');
    expect(actionsOn(statements, 'FilesUploadsTable')).not.toContain('dynamodb:UpdateItem');
  });

  test('Access.WRITE: uploads, to be marked, and no object', () => {
    const { variables, statements } = used(Access.WRITE, 'media');
    expect(variables).toEqual({ MEDIA_TABLE_NAME: { Ref: 'FilesUploadsTable' } });
    expect(actionsOn(statements, 'FilesObjectsBucket')).toEqual([]);
    expect(actionsOn(statements, 'FilesUploadsTable')).toEqual(expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:UpdateItem']));
  });

  test.each([
    ['a queue', (stack: Stack) => new WorkQueue(stack, 'Next'), { NEXT_QUEUE_URL: { Ref: 'NextQueue' } }, 'sqs:SendMessage'],
    ['a fan-out', (stack: Stack) => new FanOut(stack, 'Next'), { NEXT_TOPIC_ARN: { Ref: 'NextTopic' } }, 'sns:Publish'],
  ] as const)('hands uploads to %s, and to one only', (_, target, variables, action) => {
    const stack = stackWith();
    const uploads = new PresignedUpload(stack, 'Files');
    uploads.handTo(target(stack));
    expect(variablesOf(resourcesOf(stack).FilesKeeperFunction)).toMatchObject(variables);
    expect(actionsOn(statementsOf(stack), 'Next')).toContain(action);
    expect(refusedBy(() => uploads.handTo(new WorkQueue(stack, 'Other')))).toEqual([
      { code: 'PresignedUpload.HandedTwice', given: 'Stack/Other beside Stack/Next', allowed: 'one target; a FanOut for several' },
    ]);
  });

  test('refuses a fan-out that keeps an order, which uploads do not have', () => {
    const stack = stackWith();
    const ordered = new FanOut(stack, 'Next', { orderBy: 'owner' });
    expect(refusedBy(() => new PresignedUpload(stack, 'Files').handTo(ordered))).toEqual([{
      code: 'PresignedUpload.OrderedFanOut', given: 'the ordered Stack/Next', allowed: 'a FanOut without orderBy: uploads have no order',
    }]);
  });

  test('adds its routes to an API, below a path, under the authorizer of the API', () => {
    const stack = stackWith();
    const routes = new PresignedUpload(stack, 'Files').route(new ApiGateway(stack, 'Api', { defaultAuthorizer: jwt() }), '/media');
    const keys = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route')
      .map(({ Properties: { RouteKey, AuthorizationType } }) => [RouteKey, AuthorizationType]);
    expect(keys).toEqual([
      ['POST /media', 'JWT'], ['GET /media/{uploadId}', 'JWT'], ['DELETE /media/{uploadId}', 'JWT'],
      ['POST /media/{uploadId}/parts', 'JWT'], ['POST /media/{uploadId}/complete', 'JWT'],
    ]);
    expect(routes).toHaveLength(5);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('warns when anybody may upload', () => {
    const stack = stackWith();
    new PresignedUpload(stack, 'Files').route(new ApiGateway(stack, 'Api'));
    expect(warningsOf(stack)).toEqual([expect.stringContaining('anybody may upload to Stack/Files by /uploads')]);
  });
});

describe('rules', () => {
  const store = () => new ObjectStore(stackWith(), 'Store');
  const REFUSED: Record<string, readonly [PresignedUploadProps, given: string]> = {
    'PresignedUpload.WrongType': [{ maxSize: 5 as unknown as Size }, 'maxSize is 5'],
    'PresignedUpload.ContentTypes': [{ contentTypes: ['image/png', 'png'] }, "contentTypes has 'png'"],
    'PresignedUpload.CorsOrigins': [{ corsOrigins: ['www.example.com'] }, "corsOrigins has 'www.example.com'"],
    'PresignedUpload.PartSize': [{ partSize: Size.mebibytes(4) }, 'partSize in bytes is 4194304'],
    'PresignedUpload.MaxSize': [{ maxSize: Size.bytes(0) }, 'maxSize in bytes is 0'],
    'PresignedUpload.TooManyParts': [{ maxSize: Size.gibibytes(50), partSize: Size.mebibytes(5) }, 'maxSize is 10240 times partSize'],
    'PresignedUpload.UrlTtl': [{ urlTtl: Duration.hours(2) }, 'urlTtl is 7200 s'],
    'PresignedUpload.UploadWithin': [{ uploadWithin: Duration.days(8) }, 'uploadWithin is 691200 s'],
    'PresignedUpload.Prefix': [{ prefix: '/in' }, "prefix is '/in'"],
    'PresignedUpload.LatePrefix': [{ prefix: Lazy.string({ produce: () => 'in/' }) }, 'a prefix known only at deployment'],
    'PresignedUpload.NoObjectStore': [{ objectStore: stackWith() as unknown as ObjectStore }, 'objectStore is Stack, which has no bucket'],
    'PresignedUpload.ShapedObjectStore': [{ objectStore: store(), corsOrigins: ['*'] }, 'corsOrigins together with objectStore'],
  };

  test.each(Object.entries(REFUSED))('%s', (code, [props, given]) => {
    expect(refusedBy(() => new PresignedUpload(stackWith(), 'Files', props))).toMatchObject([{ code, given }]);
  });

  test('each is tried', () => {
    expect(Object.keys(REFUSED)).toEqual(PRESIGNED_UPLOAD_RULES.map((rule) => rule.code));
  });

  test.each<readonly [string, PresignedUploadProps, string]>([
    ['WrongType', { partSize: {} as Size }, 'partSize is an object'],
    ['ContentTypes', { contentTypes: [] }, 'no contentTypes'],
    ['ContentTypes', { contentTypes: ['a/b', 'a/b'] }, 'contentTypes has "a/b" twice'],
    ['UrlTtl', { urlTtl: Duration.seconds(Lazy.number({ produce: () => 5 })) }, 'urlTtl is known only at deployment'],
    ['ShapedObjectStore', { objectStore: store(), tiering: { intelligent: true } }, 'tiering together with objectStore'],
    ['Prefix', { prefix: 'x'.repeat(257) }, `prefix is '${'x'.repeat(257)}'`],
  ])('also PresignedUpload.%s', (code, props, given) => {
    const [finding] = refusedBy(() => new PresignedUpload(stackWith(), 'Files', props));
    expect(finding!.code).toBe(`PresignedUpload.${code}`);
    expect(finding!.given.slice(0, 40)).toBe(given.slice(0, 40));
  });
});
