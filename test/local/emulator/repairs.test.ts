/**
 * Each repair of local/ministack_extension.py, twice: plain ministack must still have the fault, or the repair goes.
 */
import {
  DescribeContinuousBackupsCommand, DescribeTimeToLiveCommand, DynamoDBClient, GetItemCommand, PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  AdminCreateUserCommand, AdminSetUserPasswordCommand, CognitoIdentityProviderClient, InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetQueueAttributesCommand, ListMessageMoveTasksCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';

import type { LocalAws } from '../../../local';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const CODE = `
const { SQSClient, SendMessageBatchCommand, SendMessageCommand } = require('@aws-sdk/client-sqs');
class LinkTaken extends Error { name = 'LinkTaken'; }
exports.handler = async (event, context) => {
  if (event.do === 'throw' || event.rawPath === '/throw') throw new LinkTaken('secret details');
  if (event.rawPath === '/reached') return Object.keys(event.headers).filter((name) => name.startsWith('x-forwarded')).sort();
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'send') return new SQSClient({}).send(new SendMessageCommand({ QueueUrl: event.queue, MessageBody: 'x' }));
  if (event.do === 'send batch') return new SQSClient({}).send(new SendMessageBatchCommand({ QueueUrl: event.queue, Entries: [{ Id: '1', MessageBody: 'x' }] }));
  return { logGroup: context.logGroupName };
};`;

const secureOnly = {
  Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sqs:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const mayBeAssumed = { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] };

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
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: CODE }, Timeout: 10,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, LoggingConfig: { LogGroup: { Ref: 'Logs' } },
      },
    },
    Api: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: 'api', ProtocolType: 'HTTP', CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['*'] } },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' }, IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0',
        IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] },
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ApiId: { Ref: 'Api' }, RouteKey: 'GET /{action}', Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] } },
    },
    Users: { Type: 'AWS::Cognito::UserPool', Properties: { UsernameAttributes: ['email'] } },
    UsersClient: {
      Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: { Ref: 'Users' }, ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
    },
    UsersOnly: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: { Ref: 'Api' }, Name: 'users', AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: {
          Audience: [{ Ref: 'UsersClient' }],
          Issuer: { 'Fn::Join': ['', ['https://cognito-idp.us-east-1.amazonaws.com/', { Ref: 'Users' }]] },
        },
      },
    },
    GuardedRoute: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' }, RouteKey: 'GET /guarded/reached', Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
        AuthorizationType: 'JWT', AuthorizerId: { Ref: 'UsersOnly' },
      },
    },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true } },
  },
  Outputs: {
    Table: { Value: { Ref: 'Table' } },
    Queue: { Value: { Ref: 'Queue' } },
    QueueArn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
    DeadLetters: { Value: { Ref: 'DeadLetters' } },
    DeadLettersArn: { Value: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
    OpenQueue: { Value: { Ref: 'OpenQueue' } },
    SecureQueue: { Value: { Ref: 'SecureQueue' } },
    Logs: { Value: { Ref: 'Logs' } },
    Function: { Value: { Ref: 'Function' } },
    Users: { Value: { Ref: 'Users' } },
    UsersClient: { Value: { Ref: 'UsersClient' } },
    Url: { Value: { 'Fn::Join': ['', ['https://', { Ref: 'Api' }, '.execute-api.us-east-1.amazonaws.com/']] } },
  },
});

interface World {
  readonly aws: LocalAws;
  readonly out: Record<string, string>;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
}

async function world(plain: boolean): Promise<World> {
  const aws = await start({ plain });
  const client = { endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    aws,
    out: await deploy(aws, 'Repairs', template()),
    dynamodb: new DynamoDBClient(client),
    lambda: new LambdaClient(client),
    sqs: new SQSClient(client),
  };
}

let plain: World;
let repaired: World;
beforeAll(async () => {
  [plain, repaired] = await Promise.all([world(true), world(false)]);
}, 60_000);
afterAll(stopAll);

/** One observation that differs between plain ministack and the repaired one. */
function repair(
  name: string, observe: (world: World) => Promise<unknown>, expected: { readonly plain: unknown; readonly repaired: unknown },
): void {
  describe(name, () => {
    test('the fault is still there in plain ministack', async () => {
      expect(await observe(plain)).toEqual(expected.plain);
    }, 20_000);
    test('works with the extension', async () => {
      expect(await observe(repaired)).toEqual(expected.repaired);
    }, 20_000);
  });
}

async function invoke({ lambda, out }: World, event: object): Promise<Record<string, string>> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: out.Function, Payload: JSON.stringify(event) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, string>;
}

repair('time to live of a table', async ({ dynamodb, out }) => {
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: out.Table }));
  return TimeToLiveDescription;
}, {
  plain: { TimeToLiveStatus: 'DISABLED' },
  repaired: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
});

repair('point-in-time recovery of a table', async ({ dynamodb, out }) => {
  const { ContinuousBackupsDescription } = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: out.Table }));
  return ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
}, { plain: 'DISABLED', repaired: 'ENABLED' });

repair('an updated table keeps its items', async ({ aws, dynamodb, out }) => {
  await dynamodb.send(new PutItemCommand({ TableName: out.Table, Item: { PK: { S: 'kept' } } }));
  const { Table } = await deploy(aws, 'Repairs', template(20), 'Update');
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: Table, Key: { PK: { S: 'kept' } } }));
  return Item?.PK?.S;
}, { plain: undefined, repaired: 'kept' });

repair('CORS preflight of an HTTP API', async ({ aws, out }) => {
  const headers = { 'origin': 'https://example.com', 'access-control-request-method': 'GET' };
  const { status, headers: answer } = await fetch(aws.urlOf(`${out.Url}throw`), { method: 'OPTIONS', headers });
  return [status, answer.get('access-control-allow-origin')];
}, { plain: [403, null], repaired: [204, '*'] });

repair('an HTTP API tells how it was reached', async ({ aws, out }) => (await fetch(aws.urlOf(`${out.Url}reached`))).json(),
  { plain: [], repaired: ['x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto'] });

repair('an HTTP API keeps the error of its function to itself', async ({ aws, out }) => {
  const response = await fetch(aws.urlOf(`${out.Url}throw`));
  return [response.status, (await response.text()).includes('secret')];
}, { plain: [502, true], repaired: [500, false] });

repair('the type of an error thrown by a function', async (world) => (await invoke(world, { do: 'throw' })).errorType,
  { plain: 'Runtime.HandlerError', repaired: 'LinkTaken' });

repair('the type of a crash', async (world) => (await invoke(world, { do: 'exit' })).errorType,
  { plain: 'Runtime.HandlerError', repaired: 'Runtime.ExitError' });

repair('the log group a function is told', async (world) => (await invoke(world, {})).logGroup === world.out.Logs,
  { plain: false, repaired: true });

repair('a queue that refuses insecure transport', async (world) => {
  const { errorMessage } = await invoke(world, { do: 'send', queue: world.out.SecureQueue });
  return errorMessage === undefined ? 'sent' : 'refused';
}, { plain: 'refused', repaired: 'sent' });

repair('who may send messages may send them in batches', async (world) => {
  const { errorMessage } = await invoke(world, { do: 'send batch', queue: world.out.OpenQueue });
  return /not authorized to perform: (\S+)/.exec(errorMessage ?? '')?.[1] ?? errorMessage ?? 'sent';
}, { plain: 'sqs:SendMessageBatch', repaired: 'sent' });

repair('the signature of a token', async ({ aws, out }) => {
  const cognito = new CognitoIdentityProviderClient({
    endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const [Username, Password] = ['a@example.com', 'Tests-only-1!'];
  await cognito.send(new AdminCreateUserCommand({ UserPoolId: out.Users, Username, MessageAction: 'SUPPRESS' }));
  await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId: out.Users, Username, Password, Permanent: true }));
  const { AuthenticationResult } = await cognito.send(new InitiateAuthCommand({
    ClientId: out.UsersClient, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: Username, PASSWORD: Password },
  }));
  const token = AuthenticationResult!.AccessToken!;
  const [head, claims, signature] = token.split('.') as [string, string, string];
  const another = Buffer.from(claims, 'base64url').toString().replace('"token_use"', '"other": 1, "token_use"');
  const forged = [head, Buffer.from(another).toString('base64url'), signature].join('.');
  return Promise.all([token, forged, `${token.slice(0, -4)}AAAA`].map(async (each) =>
    (await fetch(aws.urlOf(`${out.Url}guarded/reached`), { headers: { authorization: `Bearer ${each}` } })).status));
}, { plain: [401, 401, 401], repaired: [200, 401, 401] });

repair('redrive of a dead-letter queue', async ({ sqs, out }) => {
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

repair('a schedule tells for when it was', async ({ aws, sqs }) => {
  const soon = new Date(Date.now() + 2_000).toISOString().slice(0, 19);
  const { Queue } = await deploy(aws, 'Schedule', {
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue' },
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: mayBeAssumed } },
      Schedule: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: `at(${soon})`,
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, Input: 'for <aws.scheduler.scheduled-time>',
          },
        },
      },
    },
    Outputs: { Queue: { Value: { Ref: 'Queue' } } },
  });
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: Queue, WaitTimeSeconds: 15 }));
  return Messages?.[0]?.Body?.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, 'then');
}, { plain: 'for <aws.scheduler.scheduled-time>', repaired: 'for then' });

repair('a resource type without a backend is recorded', async ({ aws }) => {
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
  const told = await repaired.aws.recordedOnly();
  expect(told).toEqual(expect.arrayContaining([
    'AWS::DynamoDB::GlobalTable.WriteOnDemandThroughputSettings', 'AWS::Logs::LogGroup.RetentionInDays', 'AWS::Nobody::Knows',
  ]));
  expect(told).not.toContain('AWS::SQS::Queue');
});

test('a function may do what its role allows and nothing else', async () => {
  const { errorMessage } = await invoke(repaired, { do: 'send', queue: repaired.out.Queue });
  expect(errorMessage).toContain('is not authorized to perform: sqs:SendMessage');
});
