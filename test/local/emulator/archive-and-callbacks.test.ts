/** What a delivery stream writes, and where functions find WebSocket connections: without the repairs, and with them. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalAws } from '../../../local';
import { AwsCalls } from '../../../local/aws-call';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const assumedBy = (Service: string) => ({ Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] });
const arn = (resource: string) => ({ 'Fn::GetAtt': [resource, 'Arn'] });

const CALLBACK = { name: 'LIVE_CALLBACK_URL', value: 'https://0a1b2c3d.execute-api.us-east-1.amazonaws.com/live' };

const TEMPLATE: Template = {
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: assumedBy('firehose.amazonaws.com') } },
    Delivery: {
      Type: 'AWS::KinesisFirehose::DeliveryStream',
      Properties: {
        DeliveryStreamType: 'KinesisStreamAsSource',
        KinesisStreamSourceConfiguration: { KinesisStreamARN: arn('Stream'), RoleARN: arn('Role') },
        ExtendedS3DestinationConfiguration: { BucketARN: arn('Bucket'), RoleARN: arn('Role') },
      },
    },
    FunctionRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: assumedBy('lambda.amazonaws.com') } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: arn('FunctionRole'),
        Code: { ZipFile: 'exports.handler = async () => process.env.LIVE_CALLBACK_URL;' },
        Environment: { Variables: { [CALLBACK.name]: CALLBACK.value } },
      },
    },
    Task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        ContainerDefinitions: [
          { Name: 'Sends', Image: 'x', Environment: [{ Name: CALLBACK.name, Value: CALLBACK.value }] }, { Name: 'Says', Image: 'x' },
        ],
      },
    },
  },
  Outputs: Object.fromEntries(['Bucket', 'Stream', 'Function', 'Task'].map((id) => [id, { Value: { Ref: id } }])),
};

const worlds = new Map<boolean, { readonly aws: LocalAws; readonly out: Record<string, string> }>();

beforeAll(async () => {
  await Promise.all([true, false].map(async (plain) => {
    const aws = await start({ plain });
    worlds.set(plain, { aws, out: await deploy(aws, 'Live', TEMPLATE) });
  }));
}, 60_000);
afterAll(stopAll);

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const signedFor = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x`;

test.each([[true, 3], [false, 1]])('three records of one call, plain %s, are %d objects', async (plain, objects) => {
  const { aws, out } = worlds.get(plain)!;
  const Records = ['a', 'b', 'c'].map((text) => ({ PartitionKey: text, Data: Buffer.from(`${text}\n`).toString('base64') }));
  const put = await fetch(aws.endpoint, {
    method: 'POST',
    headers: {
      'authorization': signedFor('kinesis'), 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Kinesis_20131202.PutRecords',
    },
    body: JSON.stringify({ StreamName: out.Stream, Records }),
  });
  expect(put.status).toBe(200);
  const get = async (path: string) => (await fetch(`${aws.endpoint}/${out.Bucket}${path}`, { headers: { authorization: signedFor('s3') } })).text();
  let keys: string[] = [];
  while (keys.length < objects) {
    keys = [...(await get('?list-type=2')).matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key!);
  }
  expect(keys).toHaveLength(objects);
  const texts = await Promise.all(keys.map((key) => get(`/${key}`)));
  expect(texts.join('').split('\n').sort().join('')).toBe('abc');
}, 60_000);

const HERE = /^http:\/\/127\.0\.0\.1:\d+\/_aws\/execute-api\/0a1b2c3d\/live$/;

describe.each([
  [true, CALLBACK.value],
  [false, expect.stringMatching(HERE) as string],
])('the address of connections, plain %s', (plain, address) => {
  test('in a function', async () => {
    const { aws, out } = worlds.get(plain)!;
    const lambda = new LambdaClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: CREDENTIALS });
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: out.Function }));
    expect(JSON.parse(Buffer.from(Payload!).toString())).toEqual(address);
  }, 60_000);

  test('in a container, and in no other', async () => {
    const { aws, out } = worlds.get(plain)!;
    interface Described { readonly taskDefinition: { readonly containerDefinitions: { readonly environment?: object[] }[] } }
    const { taskDefinition } = await new AwsCalls(aws.endpoint).json<Described>(
      'ecs', 'AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition', { taskDefinition: out.Task },
    );
    const environments = taskDefinition.containerDefinitions.map(({ environment = [] }) => environment);
    expect(environments).toEqual([[{ name: CALLBACK.name, value: address }], []]);
  }, 60_000);
});
