import { Duration, Size } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Access, Profile, StartAt, TrafficEstimate } from '../../../lib/core';
import { ArchiveCompression, type ArchiveOptions, EventStream, type EventStreamProps, StreamEngine } from '../../../lib/event-stream';
import { ARCHIVE_RULES } from '../../../lib/event-stream/archive-rules';
import { crowded, shardsFor } from '../../../lib/event-stream/sizing';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf } from '../../support/stacks';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const DELIVERY = 'AWS::KinesisFirehose::DeliveryStream';

describe('sizing', () => {
  test.each([
    // [records/s, peak, size, shared readers, shards]
    [1, 1, Size.kibibytes(1), 1, 1],
    [800, 1, Size.bytes(1), 1, 1],
    [801, 1, Size.bytes(1), 1, 2],
    [1000, 4, Size.kibibytes(1), 1, 5],
    [100, 1, Size.kibibytes(100), 1, 13],
    [100, 1, Size.kibibytes(100), 2, 13],
    [100, 1, Size.kibibytes(100), 4, 25],
  ])('%i records/s with a peak of %i of %s for %i readers are %i shards', (requestsPerSecond, peakFactor, itemSize, readers, shards) => {
    expect(shardsFor(new TrafficEstimate({ requestsPerSecond, peakFactor, itemSize }), readers).value).toBe(shards);
  });

  test('has no use for the share of reads', () => {
    const [few, many] = [0, 1].map((readRatio) => shardsFor(new TrafficEstimate({ requestsPerSecond: 5000, readRatio }), 1));
    expect(few).toEqual(many);
  });

  test.each([[1, undefined], [5, undefined], [6, expect.stringContaining('6 shared readers')]])('%i shared readers', (readers, warning) => {
    expect(crowded(readers)).toEqual(warning);
  });
});

describe('an archive', () => {
  const archived = (options: ArchiveOptions = {}, profile = Profile.SANDBOX, props: Partial<EventStreamProps> = {}) => {
    const stack = stackWith(profile);
    const stream = new EventStream(stack, 'Clicks', { partitionKey: 'slug', ...props });
    const bucket = Bucket.fromBucketName(stack, 'Lake', 'lake');
    return { stack, stream, bucket, archive: stream.archiveTo(bucket, options) };
  };
  const bucketArn = (below = '') => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::lake${below}`]] });
  const stream = { 'Fn::GetAtt': ['ClicksStream', 'Arn'] };

  test('carries every record to the bucket, by the hour and compressed', () => {
    const { stack, bucket, archive } = archived();
    const role = { 'Fn::GetAtt': ['ClicksArchiveRole', 'Arn'] };
    expect(onlyOne(stack, DELIVERY)).toEqual({
      DeliveryStreamType: 'KinesisStreamAsSource',
      KinesisStreamSourceConfiguration: { KinesisStreamARN: stream, RoleARN: role },
      ExtendedS3DestinationConfiguration: {
        BucketARN: bucketArn(),
        RoleARN: role,
        Prefix: 'Clicks/!{timestamp:yyyy/MM/dd/HH}/',
        ErrorOutputPrefix: 'Clicks/failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/',
        BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 64 },
        CompressionFormat: 'GZIP',
        CloudWatchLoggingOptions: { Enabled: true, LogGroupName: { Ref: 'ClicksArchiveLogs' }, LogStreamName: { Ref: 'ClicksArchiveDeliveries' } },
      },
    });
    expect(resourcesOf(stack).ClicksArchiveDeliveryStream).toMatchObject({ DependsOn: ['ClicksArchiveRoleDefaultPolicy'] });
    expect([archive.bucket, archive.prefix]).toEqual([bucket, 'Clicks/']);
    expect(archive.metricFreshness()).toMatchObject({ metricName: 'DeliveryToS3.DataFreshness', statistic: 'Maximum' });
  });

  test('may do no more than that', () => {
    const { stack } = archived();
    expect(statementsOf(stack)).toEqual([
      {
        Effect: 'Allow',
        Action: ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
        Resource: stream,
      },
      { Effect: 'Allow', Action: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], Resource: bucketArn() },
      { Effect: 'Allow', Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], Resource: bucketArn('/Clicks/*') },
      { Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: { 'Fn::GetAtt': ['ClicksArchiveLogs', 'Arn'] } },
    ]);
  });

  test('is shaped by its options, and uses the keys of both ends', () => {
    const stack = stackWith();
    const clicks = new EventStream(stack, 'Clicks', { partitionKey: 'slug', encryptionKey: new Key(stack, 'In') });
    clicks.archiveTo(new Bucket(stack, 'Lake', { encryptionKey: new Key(stack, 'Out') }), {
      prefix: 'raw/', bufferInterval: Duration.minutes(1), bufferSize: Size.mebibytes(5), compression: ArchiveCompression.NONE,
    });
    expect(onlyOne(stack, DELIVERY).ExtendedS3DestinationConfiguration).toMatchObject({
      Prefix: 'raw/!{timestamp:yyyy/MM/dd/HH}/',
      BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 5 },
      CompressionFormat: 'UNCOMPRESSED',
      EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: { 'Fn::GetAtt': ['Out', 'Arn'] } } },
    });
    const key = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
    expect(statementsOf(stack)).toEqual(expect.arrayContaining([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key('In') },
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: key('Out') },
    ]));
  });

  test('under PRODUCTION has an alarm for what does not arrive', () => {
    const { stack } = archived({}, Profile.PRODUCTION);
    expect(resourcesOf(stack).ClicksArchiveFreshnessAlarm?.Properties).toMatchObject({
      MetricName: 'DeliveryToS3.DataFreshness', Namespace: 'AWS/Firehose', Threshold: 3600, TreatMissingData: 'notBreaching',
      Dimensions: [{ Name: 'DeliveryStreamName', Value: { Ref: 'ClicksArchiveDeliveryStream' } }],
    });
  });

  test('shares the reads of the stream', () => {
    const traffic = new TrafficEstimate({ requestsPerSecond: 1000, itemSize: Size.kibibytes(2) });
    const { stack, stream: clicks } = archived({}, Profile.SANDBOX, { traffic });
    ['A', 'B'].forEach((id) => clicks.consumedBy(new FunctionService(stack, id, { handler: HANDLER }), { idempotent: true }));
    expect(clicks.sizing[0]?.arithmetic).toContain('3 shared readers');
  });

  const BROKEN: Record<string, ArchiveOptions> = {
    'EventStream.ArchiveWrongType': { bufferSize: 5 as unknown as Size },
    'EventStream.ArchivePrefix': { prefix: 'x'.repeat(901) },
    'EventStream.BufferInterval': { bufferInterval: Duration.minutes(16) },
    'EventStream.BufferSize': { bufferSize: Size.mebibytes(129) },
    'EventStream.Compression': { compression: 'ZIP' as ArchiveCompression },
  };

  test.each(ARCHIVE_RULES.map(({ code }) => [code]))('refuses %s', (code) => {
    expect(codesOf(() => archived(BROKEN[code]))).toEqual([code]);
  });

  test('refuses what is no bucket, and a second one', () => {
    const { stream: clicks, bucket } = archived();
    expect(codesOf(() => clicks.archiveTo('lake' as unknown as Bucket))).toEqual(['EventStream.ArchiveWrongType']);
    expect(codesOf(() => clicks.archiveTo(undefined as unknown as Bucket))).toEqual(['EventStream.ArchiveWrongType']);
    expect(codesOf(() => clicks.archiveTo(bucket))).toEqual(['EventStream.ArchivedTwice']);
    expect(refusedBy(() => archived({ bufferSize: Size.kibibytes(1500) }))[0]?.given).toMatch(/^bufferSize is 1.46\d+ MiB$/);
  });
});

describe('Kafka', () => {
  const kafka = (props: Partial<EventStreamProps> = {}, profile = Profile.SANDBOX) => {
    const stack = stackWith(profile, {}, SOMEWHERE);
    return { stack, events: new EventStream(stack, 'Events', { partitionKey: 'user', engine: StreamEngine.KAFKA, ...props }) };
  };
  const service = (stack: ReturnType<typeof kafka>['stack'], id: string, network?: Network) =>
    new FunctionService(stack, id, { handler: HANDLER, network });
  const cluster = { 'Fn::GetAtt': ['EventsCluster', 'Arn'] };
  const below = (type: string, name: string) => {
    const uuid = { 'Fn::Select': [2, { 'Fn::Split': ['/', cluster] }] };
    const prefix = `:kafka:eu-west-1:111122223333:${type}/${clusterName}/`;
    return { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, prefix, uuid, `/${name}`]] };
  };
  let clusterName: unknown;
  beforeAll(() => {
    clusterName = onlyOne(kafka().stack, 'AWS::MSK::ServerlessCluster').ClusterName;
  });
  const granted = (stack: ReturnType<typeof kafka>['stack']) =>
    statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('kafka'));

  test('is a serverless cluster in the data subnets of the network, for IAM alone', () => {
    const { stack, events } = kafka();
    const network = Network.of(stack);
    expect(onlyOne(stack, 'AWS::MSK::ServerlessCluster')).toEqual({
      ClusterName: expect.stringMatching(/^Stack-Events-[0-9A-F]{8}$/),
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } } },
      VpcConfigs: [{
        SecurityGroups: [{ 'Fn::GetAtt': ['EventsSecurityGroup', 'GroupId'] }],
        SubnetIds: network.vpc.selectSubnets(network.dataSubnets).subnetIds
          .map((id) => ({ Ref: (stack.resolve(id) as { Ref: string }).Ref.replace(/[0-9A-F]{8}$/, '') })),
      }],
    });
    expect(resourcesOf(stack).EventsCluster).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(events.node.defaultChild).toBe(events.cluster);
    expect([events.stream, events.sizing]).toEqual([undefined, []]);
  });

  test('a disposable one goes with a sandbox', () => {
    expect(resourcesOf(kafka({ disposable: true }).stack).EventsCluster?.DeletionPolicy).toBe('Delete');
    expect(resourcesOf(kafka({ disposable: true }, Profile.PRODUCTION).stack).EventsCluster?.DeletionPolicy).toBe('Retain');
  });

  test('a producer gets the way to the brokers, the writing of the one topic, and where to ask for the brokers', () => {
    const { stack, events } = kafka({ topic: 'user-events' });
    service(stack, 'Producer', Network.of(stack)).use(events, Access.WRITE);
    expect(granted(stack)).toEqual([
      {
        Effect: 'Allow',
        Action: ['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster', 'kafka-cluster:WriteDataIdempotently', 'kafka:GetBootstrapBrokers'],
        Resource: cluster,
      },
      {
        Effect: 'Allow',
        Action: ['kafka-cluster:CreateTopic', 'kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
        Resource: below('topic', 'user-events'),
      },
    ]);
    expect(onlyOne(stack, 'AWS::Lambda::Function').Environment).toEqual({
      Variables: { EVENTS_CLUSTER_ARN: cluster, EVENTS_TOPIC: 'user-events', EVENTS_PARTITION_KEY: 'user' },
    });
    const ingress = Object.values(resourcesOf(stack)).filter(({ Type, Properties }) =>
      Type === 'AWS::EC2::SecurityGroupIngress' && Properties.Description === 'Producer uses Events');
    expect(ingress.map(({ Properties }) => [Properties.FromPort, Properties.SourceSecurityGroupId, Properties.GroupId])).toEqual([
      [9098, { 'Fn::GetAtt': ['ProducerFunctionSecurityGroup', 'GroupId'] }, { 'Fn::GetAtt': ['EventsSecurityGroup', 'GroupId'] }],
    ]);
    expect(namesOf(stack, 'AWS::EC2::VPCEndpoint').join()).toContain('kafka');
  });

  test('a producer outside the network is refused', () => {
    const { stack, events } = kafka();
    expect(codesOf(() => service(stack, 'Producer').use(events, Access.WRITE))).toEqual(['Wiring.NoNetworkPath']);
  });

  test('a consumer group reads its topic through pollers in the network of the cluster', () => {
    const { stack, events } = kafka();
    const group = events.consumedBy(service(stack, 'Worker'), {
      idempotent: true, group: 'dashboard', batchSize: 50, startAt: StartAt.LATEST, filters: [{ value: { kind: ['purchase'] } }],
    });
    expect(onlyOne(stack, MAPPING)).toEqual({
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'dashboard' },
      BatchSize: 50,
      EventSourceArn: cluster,
      FilterCriteria: { Filters: [{ Pattern: '{"value":{"kind":["purchase"]}}' }] },
      FunctionName: { Ref: 'WorkerFunction' },
      StartingPosition: 'LATEST',
      Topics: ['Events'],
    });
    expect(granted(stack)).toEqual([
      {
        Effect: 'Allow',
        Action: ['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
        Resource: cluster,
      },
      { Effect: 'Allow', Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], Resource: below('topic', 'Events') },
      { Effect: 'Allow', Action: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], Resource: below('group', 'dashboard') },
    ]);
    expect(namesOf(stack, 'AWS::EC2::VPCEndpoint').filter((name) => /lambda|sts/.test(name))).toHaveLength(2);
    expect(resourcesOf(stack).EventsGroupdashboardPollers?.Properties).toMatchObject({ Roles: [{ Ref: 'WorkerRole' }] });
    expect(group.deadLetterQueue).toBeUndefined();
    expect(group.metricAge()).toMatchObject({ expression: '1000 * lag' });
  });

  test('under PRODUCTION watches that its groups keep up', () => {
    const { stack, events } = kafka({}, Profile.PRODUCTION);
    events.consumedBy(service(stack, 'Worker'), { idempotent: true });
    const { EventsGroupWorkerAgeAlarm } = resourcesOf(stack);
    const lag = (EventsGroupWorkerAgeAlarm?.Properties.Metrics as { Id: string; MetricStat?: object }[]).find(({ Id }) => Id === 'lag');
    expect(lag?.MetricStat).toMatchObject({ Metric: {
      Namespace: 'AWS/Kafka', MetricName: 'EstimatedMaxTimeLag',
      Dimensions: [{ Name: 'Cluster Name', Value: clusterName }, { Name: 'Consumer Group', Value: 'Worker' }, { Name: 'Topic', Value: 'Events' }],
    } });
  });

  test('has metrics of its topic, and none of what it does not do', () => {
    const { events } = kafka();
    expect(events.metricIncomingRecords()).toMatchObject({ namespace: 'AWS/Kafka', metricName: 'MessagesInPerSec', statistic: 'Average' });
    expect(events.metricIncomingBytes()).toMatchObject({ metricName: 'BytesInPerSec', dimensions: { Topic: 'Events' } });
    expect(codesOf(() => events.metricWriteThrottles())).toEqual(['EventStream.KinesisOnly']);
    expect(codesOf(() => events.metricReadThrottles())).toEqual(['EventStream.KinesisOnly']);
  });

  test('refuses what only Kinesis does', () => {
    const { stack, events } = kafka();
    expect(refusedBy(() => events.consumedBy(service(stack, 'Worker'), { idempotent: true, dedicated: true, maxAttempts: 3 }))).toEqual([{
      code: 'EventStream.KinesisOnly',
      given: 'dedicated, maxAttempts with engine kafka',
      allowed: 'batchSize, batchWindow, filters, startAt and deadLetterQueue',
    }]);
    expect(codesOf(() => events.archiveTo(Bucket.fromBucketName(stack, 'Lake', 'lake')))).toEqual(['EventStream.KinesisOnly']);
  });
});
