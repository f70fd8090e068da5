import { Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, HttpMethods } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Access, type IEventTarget, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { ObjectEvent, type ObjectFilter, ObjectStore, type ObjectStoreProps } from '../../../lib/object-store';
import { EVENT_RULES, OBJECT_STORE_RULES } from '../../../lib/object-store/object-store-rules';
import { WorkQueue } from '../../../lib/work-queue';
import {
  codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf,
} from '../../support/stacks';

const BUCKET = 'AWS::S3::Bucket';
const days = (amount: number) => Duration.days(amount);
const arn = { 'Fn::GetAtt': ['FilesBucket', 'Arn'] };
const objects = { 'Fn::Join': ['', [arn, '/*']] };

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one private bucket, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    new ObjectStore(stack, 'Files');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      FilesBucket: {
        Type: BUCKET,
        Properties: {
          BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
          LifecycleConfiguration: { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }] },
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
          },
        },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      },
      FilesBucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'FilesBucket' },
          PolicyDocument: {
            Statement: [{
              Effect: 'Deny',
              Action: 's3:*',
              Principal: { AWS: '*' },
              Resource: [arn, objects],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            }],
            Version: '2012-10-17',
          },
        },
      },
    });
  });

  test('under PRODUCTION adds old versions, kept for 90 days, and nothing else', () => {
    const both = [Profile.SANDBOX, Profile.PRODUCTION].map((profile) => {
      const stack = stackWith(profile);
      new ObjectStore(stack, 'Files');
      return resourcesOf(stack);
    });
    const [sandbox, production] = both;
    expect(Object.keys(production!)).toEqual(Object.keys(sandbox!));
    expect(production!.FilesBucket?.Properties).toEqual({
      ...sandbox!.FilesBucket?.Properties,
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: [{
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
          ExpiredObjectDeleteMarker: true,
          NoncurrentVersionExpiration: { NoncurrentDays: 90 },
          Status: 'Enabled',
        }],
      },
    });
  });
});

test('every prop shapes the bucket', () => {
  const stack = stackWith(Profile.PRODUCTION, {}, SOMEWHERE);
  const store = new ObjectStore(stack, 'Files', {
    versioned: true,
    oldVersionsExpireAfter: days(7),
    tiering: { coldAfter: days(30), archiveAfter: days(60), deepArchiveAfter: days(180) },
    expireAfter: days(400),
    abortUploadsAfter: days(3),
    encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k'),
    cors: [{ allowedMethods: [HttpMethods.PUT], allowedOrigins: ['https://example.com'] }],
    events: true,
    requestMetrics: true,
    bucketProps: { transferAcceleration: true, lifecycleRules: [{ prefix: 'tmp/', expiration: days(1) }] },
  });
  expect(onlyOne(stack, BUCKET)).toMatchObject({
    VersioningConfiguration: { Status: 'Enabled' },
    LifecycleConfiguration: {
      Rules: [
        {
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
          ExpirationInDays: 400,
          NoncurrentVersionExpiration: { NoncurrentDays: 7 },
          Transitions: [
            { StorageClass: 'STANDARD_IA', TransitionInDays: 30 },
            { StorageClass: 'GLACIER', TransitionInDays: 60 },
            { StorageClass: 'DEEP_ARCHIVE', TransitionInDays: 180 },
          ],
        },
        { Prefix: 'tmp/', ExpirationInDays: 1 },
      ],
    },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'arn:aws:kms:eu-west-1:111122223333:key/k' },
      }],
    },
    CorsConfiguration: { CorsRules: [{ AllowedMethods: ['PUT'], AllowedOrigins: ['https://example.com'] }] },
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    MetricsConfigurations: [{ Id: 'EntireBucket' }],
    AccelerateConfiguration: { AccelerationStatus: 'Enabled' },
  });
  expect(onlyOne(stack, BUCKET).LifecycleConfiguration).not.toMatchObject({ Rules: [{ ExpiredObjectDeleteMarker: true }, {}] });
  expect(onlyOne(stack, 'AWS::CloudWatch::Alarm')).toMatchObject({
    MetricName: '5xxErrors', Namespace: 'AWS/S3', Threshold: 1, EvaluationPeriods: 3, TreatMissingData: 'notBreaching',
  });
  expect(store.node.defaultChild).toBe(store.bucket);
  expect(store.metricServerErrors()).toMatchObject({ metricName: '5xxErrors', statistic: 'Sum' });
  expect(store.metricSize()).toMatchObject({ metricName: 'BucketSizeBytes', dimensions: { StorageType: 'StandardStorage' } });
  expect(store.metricObjects({ period: days(7) })).toMatchObject({ metricName: 'NumberOfObjects', period: days(7) });
});

test('intelligent tiering takes objects at once', () => {
  const stack = stackWith();
  new ObjectStore(stack, 'Files', { tiering: { intelligent: true } });
  expect(onlyOne(stack, BUCKET)).toMatchObject({
    LifecycleConfiguration: { Rules: [{ Transitions: [{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 0 }] }] },
  });
});

test.each([
  [Profile.SANDBOX, undefined, 'Retain'],
  [Profile.SANDBOX, true, 'Delete'],
  [Profile.PRODUCTION, undefined, 'Retain'],
  [Profile.PRODUCTION, true, 'Retain'],
])('data goes with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
  const stack = stackWith(profile);
  new ObjectStore(stack, 'Files', { disposable });
  expect(resourcesOf(stack).FilesBucket).toMatchObject({ DeletionPolicy: policy, UpdateReplacePolicy: policy });
});

describe('it refuses', () => {
  const stack = stackWith();
  const bucket = Bucket.fromBucketName(stack, 'Imported', 'files');
  const key = new Key(stack, 'Key');
  const BROKEN: Record<string, [ObjectStoreProps, string]> = {
    'ObjectStore.WrongType': [{ expireAfter: 7 as unknown as Duration }, 'expireAfter is 7'],
    'ObjectStore.AdoptOrShape': [{ bucket, versioned: true }, 'bucket together with versioned'],
    'ObjectStore.OldVersionsExpireAfter': [{ oldVersionsExpireAfter: Duration.hours(36) }, 'oldVersionsExpireAfter is 1.5 days'],
    'ObjectStore.ExpireAfter': [{ expireAfter: days(0) }, 'expireAfter is 0 days'],
    'ObjectStore.AbortUploadsAfter': [{ abortUploadsAfter: Duration.hours(1) }, `abortUploadsAfter is ${1 / 24} days`],
    'ObjectStore.ColdAfter': [{ tiering: { coldAfter: days(29) } }, 'tiering.coldAfter is 29 days'],
    'ObjectStore.ArchiveAfter': [{ tiering: { archiveAfter: days(0) } }, 'tiering.archiveAfter is 0 days'],
    'ObjectStore.DeepArchiveAfter': [{ tiering: { deepArchiveAfter: Duration.hours(6) } }, 'tiering.deepArchiveAfter is 0.25 days'],
    'ObjectStore.TiersInverted': [
      { tiering: { coldAfter: days(30), archiveAfter: days(59) } }, 'tiering.coldAfter is 30 days, tiering.archiveAfter is 59 days',
    ],
    'ObjectStore.IntelligentAlone': [{ tiering: { intelligent: true, archiveAfter: days(90) } }, 'tiering.intelligent beside tiers by age'],
    'ObjectStore.OldVersionsWithoutVersions': [
      { versioned: false, oldVersionsExpireAfter: days(7) }, 'oldVersionsExpireAfter with versioned: false',
    ],
    'ObjectStore.ReplicaNeedsVersions': [{ versioned: false, replicateTo: bucket }, 'replicateTo with versioned: false'],
    'ObjectStore.ReplicaNeedsKey': [
      { encryptionKey: key, replicateTo: bucket }, 'encryptionKey, and replicateTo Stack/Imported without a key of its own',
    ],
    'ObjectStore.ManagedByTheConstruct': [{ bucketProps: { autoDeleteObjects: true } }, 'bucketProps has autoDeleteObjects'],
  };

  test.each(OBJECT_STORE_RULES.map(({ code }) => [code]))('%s', (code) => {
    const [props, given] = BROKEN[code]!;
    expect(refusedBy(() => new ObjectStore(new Stack(), 'Files', props)).map((finding) => [finding.code, finding.given])).toEqual([[code, given]]);
  });

  test.each([
    [{ deepArchiveAfter: days(90), archiveAfter: days(90) }, undefined],
    [{ archiveAfter: days(90) }, days(90)],
    [{ coldAfter: days(60) }, days(30)],
  ])('tiers %o before expiry %o, which are not in order', (tiering, expireAfter) => {
    expect(codesOf(() => new ObjectStore(new Stack(), 'Files', { tiering, expireAfter }))).toEqual(['ObjectStore.TiersInverted']);
  });

  test('everything at once', () => {
    expect(codesOf(() => new ObjectStore(stackWith(), 'Files', { expireAfter: days(0), tiering: { coldAfter: days(1) } }))).toEqual([
      'ObjectStore.ExpireAfter', 'ObjectStore.ColdAfter', 'ObjectStore.TiersInverted',
    ]);
  });
});

describe('compute that uses it', () => {
  const READ = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: objects }, { Effect: 'Allow', Action: 's3:ListBucket', Resource: arn }];
  const WRITE = [{
    Effect: 'Allow',
    Action: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
    Resource: objects,
  }];

  const used = (access: Access, props: ObjectStoreProps = {}, stack = stackWith()) => {
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    worker.use(new ObjectStore(stack, 'Files', props), access, { name: 'uploads' });
    return { stack, granted: statementsOf(stack).slice(2) };
  };

  test.each([
    [Access.READ, READ],
    [Access.WRITE, WRITE],
    [Access.READ_WRITE, [...READ, ...WRITE]],
  ])('gets permission to %s, and no more', (access, statements) => {
    expect(used(access).granted).toEqual(statements);
  });

  test('finds the bucket in its environment', () => {
    expect(onlyOne(used(Access.READ).stack, 'AWS::Lambda::Function').Environment).toEqual({
      Variables: { UPLOADS_BUCKET_NAME: { Ref: 'FilesBucket' } },
    });
  });

  test('may use the key of the bucket, without a wildcard in its actions', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const { granted } = used(Access.READ_WRITE, { encryptionKey: new Key(stack, 'Key') }, stack);
    expect(granted.filter(({ Action }) => JSON.stringify(Action).includes('kms:'))).toEqual([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } },
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    ]);
  });

  test('gets the same of an adopted bucket, of which nothing is created', () => {
    const stack = stackWith();
    const bucket = Bucket.fromBucketName(stack, 'Imported', 'files');
    expect(used(Access.WRITE, { bucket }, stack).granted).toEqual([
      { ...WRITE[0], Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::files/*']] } },
    ]);
    expect(namesOf(stack, BUCKET)).toEqual([]);
  });
});

describe('a copy elsewhere', () => {
  test('is made by a role that may do nothing else, of versions', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const replicateTo = Bucket.fromBucketName(stack, 'Copy', 'copy');
    new ObjectStore(stack, 'Files', { replicateTo });
    expect(onlyOne(stack, BUCKET)).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      ReplicationConfiguration: {
        Role: { 'Fn::GetAtt': ['FilesReplicationRole', 'Arn'] },
        Rules: [{
          Status: 'Enabled',
          Priority: 1,
          DeleteMarkerReplication: { Status: 'Enabled' },
          Destination: { Bucket: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::copy']] } },
        }],
      },
    });
    expect(onlyOne(stack, 'AWS::IAM::Role').RoleName).toBeUndefined();
    expect(statementsOf(stack).map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['s3:GetReplicationConfiguration', 's3:ListBucket'], arn],
      [['s3:GetObjectVersionAcl', 's3:GetObjectVersionForReplication', 's3:GetObjectVersionTagging'], objects],
      [['s3:ReplicateDelete', 's3:ReplicateObject', 's3:ReplicateTags'], { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::copy/*']] }],
    ]);
  });

  test('is decrypted with one key and encrypted with the other', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const [here, there] = ['eu-west-1', 'us-east-1'].map((region) => `arn:aws:kms:${region}:111122223333:key/k`) as [string, string];
    const replicateTo = Bucket.fromBucketAttributes(stack, 'Copy', { bucketName: 'copy', encryptionKey: Key.fromKeyArn(stack, 'There', there) });
    new ObjectStore(stack, 'Files', { replicateTo, encryptionKey: Key.fromKeyArn(stack, 'Here', here) });
    expect(onlyOne(stack, BUCKET).ReplicationConfiguration).toMatchObject({
      Rules: [{
        SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
        Destination: { EncryptionConfiguration: { ReplicaKmsKeyID: there } },
      }],
    });
    expect(statementsOf(stack).slice(3).map(({ Action, Resource }) => [Action, Resource])).toEqual([['kms:Decrypt', here], ['kms:Encrypt', there]]);
  });
});

describe('logs of every request', () => {
  test('go to a bucket that lets them in', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    new ObjectStore(stack, 'Files', { serverAccessLogs: new Bucket(stack, 'Logs') });
    const { FilesBucket, LogsPolicy } = resourcesOf(stack);
    expect(FilesBucket?.Properties.LoggingConfiguration).toEqual({ DestinationBucketName: { Ref: 'Logs' }, LogFilePrefix: 'Stack/Files/' });
    expect(LogsPolicy?.Properties.PolicyDocument).toMatchObject({
      Statement: [{
        Effect: 'Allow',
        Action: 's3:PutObject',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Logs', 'Arn'] }, '/Stack/Files/*']] },
        Condition: { ArnLike: { 'aws:SourceArn': arn }, StringEquals: { 'aws:SourceAccount': '111122223333' } },
      }],
    });
  });

  test('to an imported bucket come with a warning that has the statement to add', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    new ObjectStore(stack, 'Files', { serverAccessLogs: Bucket.fromBucketName(stack, 'Logs', 'logs') });
    Annotations.fromStack(stack).hasWarning('/Stack/Files', Match.stringLikeRegexp(
      'Stack/Logs was imported.*"Action":"s3:PutObject".*"Resource":"arn:<AWS::Partition>:s3:::logs/Stack/Files/\\*"'));
  });
});

describe('its events', () => {
  const rule = (filter?: ObjectFilter, event = ObjectEvent.CREATED) => {
    const stack = stackWith();
    new ObjectStore(stack, 'Files').on(event, new WorkQueue(stack, 'Thumbnails'), filter);
    return { stack, properties: onlyOne(stack, 'AWS::Events::Rule') };
  };

  test('go to a queue; what cannot be delivered goes to its dead letters', () => {
    const { stack, properties } = rule();
    expect(properties).toEqual({
      EventPattern: { 'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { bucket: { name: [{ Ref: 'FilesBucket' }] } } },
      State: 'ENABLED',
      Targets: [{
        Id: 'Target0',
        Arn: { 'Fn::GetAtt': ['ThumbnailsQueue', 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['ThumbnailsDeadLetterQueue', 'Arn'] } },
      }],
    });
    expect(onlyOne(stack, BUCKET).NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    expect(Object.values(resourcesOf(stack)).filter(({ Type }) => Type.startsWith('Custom::') || Type === 'AWS::Lambda::Function')).toEqual([]);
    const policies = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::SQS::QueuePolicy');
    expect(policies.map(({ Properties }) => JSON.stringify(Properties)).filter((policy) =>
      policy.includes('events.amazonaws.com') && policy.includes('"aws:SourceArn":{"Fn::GetAtt":["FilesOnObjectCreatedToThumbnails","Arn"]}'))).toHaveLength(2);
  });

  test.each([
    [{ prefix: 'in/' }, [{ prefix: 'in/' }]],
    [{ suffix: '.jpg' }, [{ suffix: '.jpg' }]],
    [{ prefix: 'in/*', suffix: '\\.jpg' }, [{ wildcard: 'in/\\**\\\\.jpg' }]],
  ])('are those of keys with %o, and no others', (filter, key) => {
    expect(rule(filter).properties.EventPattern).toMatchObject({ detail: { object: { key } } });
  });

  test.each([[ObjectEvent.DELETED, 'Object Deleted'], [ObjectEvent.RESTORED, 'Object Restore Completed']])('can be %s', (event, name) => {
    expect(rule({}, event).properties.EventPattern).toMatchObject({ 'detail-type': [name] });
  });

  test('of an adopted bucket come with a warning that says how to switch them on', () => {
    const stack = stackWith();
    const store = new ObjectStore(stack, 'Files', { bucket: Bucket.fromBucketName(stack, 'Imported', 'files') });
    store.on(ObjectEvent.CREATED, new WorkQueue(stack, 'Thumbnails'));
    Annotations.fromStack(stack).hasWarning('/Stack/Files', Match.stringLikeRegexp('"EventBridgeEnabled":true'));
  });

  const target = (id: string) => new WorkQueue(stackWith(), id);
  const WRONG: Record<string, [ObjectEvent, IEventTarget, ObjectFilter, string]> = {
    'ObjectStore.EventWrongType': ['created' as ObjectEvent, target('T'), {}, "event is 'created'"],
    'ObjectStore.EventPrefix': [ObjectEvent.CREATED, target('T'), { prefix: '' }, "prefix is ''"],
    'ObjectStore.EventSuffix': [ObjectEvent.CREATED, target('T'), { suffix: 'x'.repeat(1025) }, `suffix is '${'x'.repeat(57)}...'`],
  };

  test.each(EVENT_RULES.map(({ code }) => [code]))('are refused: %s', (code) => {
    const [event, to, filter, given] = WRONG[code]!;
    expect(refusedBy(() => new ObjectStore(stackWith(), 'Files').on(event, to, filter))).toMatchObject([{ code, given }]);
  });

  test('are refused where nobody takes them, and twice', () => {
    const stack = stackWith();
    const store = new ObjectStore(stack, 'Files');
    const queue = new WorkQueue(stack, 'Thumbnails');
    expect(codesOf(() => store.on(ObjectEvent.CREATED, new Queue(stack, 'Plain') as unknown as IEventTarget))).toEqual(['ObjectStore.EventWrongType']);
    store.on(ObjectEvent.CREATED, queue);
    store.on(ObjectEvent.CREATED, queue, { prefix: 'in/' });
    store.on(ObjectEvent.DELETED, queue);
    expect(refusedBy(() => store.on(ObjectEvent.CREATED, queue))).toMatchObject([
      { code: 'ObjectStore.EventTaken', given: "'Object Created' to Stack/Thumbnails twice" },
    ]);
    expect(namesOf(stack, 'AWS::Events::Rule')).toHaveLength(3);
  });
});

test('two stores live in one stack, and principals of any kind can be granted', () => {
  const stack = stackWith();
  const [first] = ['One', 'Two'].map((id) => new ObjectStore(stack, id));
  first!.grantRead(new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
  expect(namesOf(stack, BUCKET)).toEqual(['OneBucket', 'TwoBucket']);
  expect(statementsOf(stack).map(({ Action }) => Action)).toEqual(['s3:GetObject', 's3:ListBucket']);
});
