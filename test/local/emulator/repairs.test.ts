/** Repairs of tables, queues, schedules and of what is recorded only. */
import {
  DescribeContinuousBackupsCommand, DescribeTimeToLiveCommand, DynamoDBClient, GetItemCommand, PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetQueueAttributesCommand, ListMessageMoveTasksCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';

import { deploy, type Template } from './cloudformation';
import { PlainAndRepaired, type World } from './plain-and-repaired';

const CODE = `
const { SQSClient, SendMessageBatchCommand, SendMessageCommand } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({});
exports.handler = ({ queue: QueueUrl, batch }) => batch
  ? sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'x' }] }))
  : sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));`;

const secureOnly = {
  Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sqs:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const mayBeAssumed = { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] };

const MOMENT = new Date().toISOString().slice(0, 19);
const NAMED = ['Table', 'Queue', 'DeadLetters', 'OpenQueue', 'SecureQueue', 'Scheduled', 'Function'];

const template = (throughput = 10): Template => ({
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: throughput },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        Replicas: [{ Region: 'us-east-1', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    },
    DeadLetters: { Type: 'AWS::SQS::Queue' },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 0,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] }, maxReceiveCount: 1 },
      },
    },
    OpenQueue: { Type: 'AWS::SQS::Queue' },
    SecureQueue: { Type: 'AWS::SQS::Queue' },
    SecureQueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'SecureQueue' }], PolicyDocument: { Statement: [secureOnly] } },
    },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: mayBeAssumed,
        Policies: [{ PolicyName: 'send', PolicyDocument: { Statement: [{
          Effect: 'Allow', Action: 'sqs:SendMessage', Resource: [{ 'Fn::GetAtt': ['SecureQueue', 'Arn'] }, { 'Fn::GetAtt': ['OpenQueue', 'Arn'] }],
        }] } }],
      },
    },
    Scheduled: { Type: 'AWS::SQS::Queue' },
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        // Fires also when it has passed.
        ScheduleExpression: `at(${MOMENT})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: { 'Fn::GetAtt': ['Scheduled', 'Arn'] }, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, Input: 'for <aws.scheduler.scheduled-time>',
        },
      },
    },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: CODE }, Timeout: 10,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      },
    },
  },
  Outputs: {
    QueueArn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
    DeadLettersArn: { Value: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
    ...Object.fromEntries(NAMED.map((id) => [id, { Value: { Ref: id } }])),
  },
});

const both = new PlainAndRepaired('Repairs', template());

/** Has a function send a message to a queue, and tells what came of it. */
async function send({ client, out }: World, event: { readonly queue?: string; readonly batch?: boolean }): Promise<string> {
  const call = new InvokeCommand({ FunctionName: out.Function, Payload: JSON.stringify(event) });
  const { Payload } = await new LambdaClient(client).send(call);
  const { errorMessage } = JSON.parse(Buffer.from(Payload ?? []).toString()) as { errorMessage?: string };
  return /not authorized to perform: (\S+)/.exec(errorMessage ?? '')?.[1] ?? errorMessage ?? 'sent';
}

both.test('time to live of a table', async ({ client, out }) => {
  const dynamodb = new DynamoDBClient(client);
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: out.Table }));
  return TimeToLiveDescription;
}, {
  plain: { TimeToLiveStatus: 'DISABLED' },
  repaired: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
});

both.test('point-in-time recovery of a table', async ({ client, out }) => {
  const dynamodb = new DynamoDBClient(client);
  const { ContinuousBackupsDescription } = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: out.Table }));
  return ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
}, { plain: 'DISABLED', repaired: 'ENABLED' });

both.test('an updated table keeps its items', async ({ aws, client, out }) => {
  const dynamodb = new DynamoDBClient(client);
  await dynamodb.send(new PutItemCommand({ TableName: out.Table, Item: { PK: { S: 'kept' } } }));
  const { Table } = await deploy(aws, 'Repairs', template(20), 'Update');
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: Table, Key: { PK: { S: 'kept' } } }));
  return Item?.PK?.S;
}, { plain: undefined, repaired: 'kept' });

both.test('a queue that refuses insecure transport', (world) => send(world, { queue: world.out.SecureQueue }),
  { plain: expect.stringMatching(/^sqs:SendMessage$/i), repaired: 'sent' });

both.test('who may send messages may send them in batches', (world) => send(world, { queue: world.out.OpenQueue, batch: true }),
  { plain: 'sqs:SendMessageBatch', repaired: 'sent' });

test('a function may do what its role allows and nothing else', async () => {
  expect(await send(both.repaired, { queue: both.repaired.out.Queue })).toBe('sqs:SendMessage');
});

both.test('redrive of a dead-letter queue', async ({ client, out }) => {
  const sqs = new SQSClient(client);
  await sqs.send(new SendMessageCommand({ QueueUrl: out.Queue, MessageBody: 'poison' }));
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: out.Queue }));
  // The second receive finds the message used up, and sets it aside.
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: out.Queue }));
  try {
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: out.DeadLettersArn }));
    const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: out.DeadLettersArn }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: out.DeadLetters, AttributeNames: ['All'] }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: out.Queue, MessageSystemAttributeNames: ['All'] }));
    return {
      status: Results?.[0]?.Status,
      moved: Results?.[0]?.ApproximateNumberOfMessagesMoved,
      left: Attributes?.ApproximateNumberOfMessages,
      body: Messages?.[0]?.Body,
      receives: Messages?.[0]?.Attributes?.ApproximateReceiveCount,
    };
  } catch (error) {
    return (error as Error).name;
  }
}, { plain: 'InvalidAction', repaired: { status: 'COMPLETED', moved: 1, left: '0', body: 'poison', receives: '1' } });

both.test('a schedule tells for when it was', async ({ client, out }) => {
  const sqs = new SQSClient(client);
  // The emulator looks at its schedules every ten seconds.
  for (;;) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: out.Scheduled, WaitTimeSeconds: 10 }));
    if (Messages?.[0]) {
      return Messages[0].Body!.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, 'then');
    }
  }
}, { plain: 'for <aws.scheduler.scheduled-time>', repaired: 'for then' });

both.test('a resource type without a backend is recorded', async ({ aws }) => {
  const nothing: Template = {
    Resources: { Nothing: { Type: 'AWS::Nobody::Knows', Properties: {} }, Logs: { Type: 'AWS::Logs::LogGroup' } },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Nothing', 'Arn'] } } },
  };
  try {
    await deploy(aws, 'Nothing', nothing);
    // An update that leaves it alone must still find its attributes.
    const more = { ...nothing, Resources: { ...nothing.Resources, More: { Type: 'AWS::SQS::Queue' } } };
    const { Arn } = await deploy(aws, 'Nothing', more, 'Update');
    return Arn?.startsWith('arn:');
  } catch {
    return false;
  }
}, { plain: false, repaired: true });

test('what has no behaviour behind it is told', async () => {
  const told = await both.repaired.aws.recordedOnly();
  expect(told).toEqual(expect.arrayContaining([
    'AWS::DynamoDB::GlobalTable.WriteOnDemandThroughputSettings', 'AWS::Logs::LogGroup.RetentionInDays', 'AWS::Nobody::Knows',
  ]));
  expect(told).not.toContain('AWS::SQS::Queue');
});
