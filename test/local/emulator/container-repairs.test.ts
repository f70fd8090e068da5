/** What the local AWS needs repaired for containers and their load balancers: plain ministack must still have the fault. */
import type { LocalAws } from '../../../local';
import { AwsCalls } from '../../../local/aws-call';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const ECR = 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories';
const mayBeAssumed = { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] };

/** Asks for the one repository that its role may look at. */
const LOOKS = `
const { createHash, createHmac } = require('node:crypto');
const { SignatureV4 } = require('@smithy/signature-v4');
class Sha256 {
  constructor(secret) { this.hash = secret ? createHmac('sha256', secret) : createHash('sha256'); }
  update(data) { this.hash.update(data); }
  async digest() { return new Uint8Array(this.hash.digest()); }
}
const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
const signer = new SignatureV4({ service: 'ecr', region: 'us-east-1', sha256: Sha256, credentials: { accessKeyId, secretAccessKey, sessionToken } });
exports.handler = async () => {
  const { protocol, hostname, port, host } = new URL(AWS_ENDPOINT_URL);
  const body = JSON.stringify({ repositoryNames: [process.env.REPOSITORY] });
  const { headers } = await signer.sign({
    method: 'POST', protocol, hostname, port: Number(port), path: '/', query: {}, body,
    headers: { host, 'x-amz-target': '${ECR}', 'content-type': 'application/x-amz-json-1.1' },
  });
  return (await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers, body })).status;
};`;

const TEMPLATE: Template = {
  Resources: {
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'x' } },
    Group: { Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: { TargetType: 'ip', Port: 80, Protocol: 'HTTP', VpcId: 'vpc-1' } },
    Repository: { Type: 'AWS::ECR::Repository' },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: mayBeAssumed,
        Policies: [{
          PolicyName: 'Look',
          PolicyDocument: {
            Statement: [{ Effect: 'Allow', Action: 'ecr:DescribeRepositories', Resource: { 'Fn::GetAtt': ['Repository', 'Arn'] } }],
          },
        }],
      },
    },
    Looks: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: LOOKS }, Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Environment: { Variables: { REPOSITORY: { Ref: 'Repository' } } },
      },
    },
    Cluster: { Type: 'AWS::ECS::Cluster' },
    Task: { Type: 'AWS::ECS::TaskDefinition', Properties: { ContainerDefinitions: [{ Name: 'App', Image: 'x' }] } },
    Service: { Type: 'AWS::ECS::Service', Properties: { Cluster: { Ref: 'Cluster' }, TaskDefinition: { Ref: 'Task' } } },
  },
  Outputs: Object.fromEntries(['Secret', 'Group', 'Looks', 'Cluster'].map((id) => [id, { Value: { Ref: id } }])),
};

/** At least three tasks, and a cache without servers. */
const ONLY_REPAIRED: Template['Resources'] = {
  Scaling: {
    Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    Properties: {
      ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount', MinCapacity: 3, MaxCapacity: 9,
      ResourceId: { 'Fn::Join': ['/', ['service', { Ref: 'Cluster' }, { 'Fn::GetAtt': ['Service', 'Name'] }]] },
    },
  },
};

interface World {
  readonly aws: LocalAws;
  readonly out: Record<string, string>;
  readonly calls: AwsCalls;
}

async function world(plain: boolean): Promise<World> {
  const aws = await start({ plain });
  return { aws, out: await deploy(aws, 'Containers', TEMPLATE), calls: new AwsCalls(aws.endpoint) };
}

let plain: World;
let repaired: World;
beforeAll(async () => {
  [plain, repaired] = await Promise.all([world(true), world(false)]);
}, 120_000);
afterAll(stopAll);

test('the Ref of a secret is its ARN', () => {
  expect(plain.out.Secret).not.toMatch(/^arn:/);
  expect(repaired.out.Secret).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:/);
});

test('two ports of one address are two targets, and one of them can go', async () => {
  const targets = async ({ calls, out }: World) => {
    const call = (Action: string, ...ports: number[]) => calls.query('elasticloadbalancing', {
      Action, Version: '2015-12-01', TargetGroupArn: out.Group!,
      ...Object.fromEntries(ports.flatMap((port, index) => [
        [`Targets.member.${index + 1}.Id`, '127.0.0.1'], [`Targets.member.${index + 1}.Port`, String(port)],
      ])),
    });
    const known = async () => Array.from((await call('DescribeTargetHealth')).matchAll(/<Port>(\d+)/g), ([, port]) => Number(port));
    await call('RegisterTargets', 1001, 1002);
    const both = await known();
    await call('DeregisterTargets', 1001);
    return [both, await known()];
  };
  expect(await targets(plain)).toEqual([[1001], []]);
  expect(await targets(repaired)).toEqual([[1001, 1002], [1002]]);
});

test('a right to one repository is enough to look at it', async () => {
  const looks = async ({ aws, out }: World) => {
    const response = await fetch(`${aws.endpoint}/2015-03-31/functions/${out.Looks}/invocations`, {
      method: 'POST', body: '{}',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=x' },
    });
    return response.text();
  };
  expect(await looks(plain)).not.toBe('200');
  expect(await looks(repaired)).toBe('200');
}, 30_000);

test('a service has as many tasks as its scaling asks for at least', async () => {
  const template = { ...TEMPLATE, Resources: { ...TEMPLATE.Resources, ...ONLY_REPAIRED } };
  await expect(deploy(plain.aws, 'Containers', template, 'Update')).rejects.toThrow('ScalableTarget');
  await deploy(repaired.aws, 'Containers', template, 'Update');
  const { serviceArns: services } = await repaired.calls.json<{ serviceArns: string[] }>(
    'ecs', 'AmazonEC2ContainerServiceV20141113.ListServices', { cluster: repaired.out.Cluster },
  );
  const { services: [service] } = await repaired.calls.json<{ services: { desiredCount: number }[] }>(
    'ecs', 'AmazonEC2ContainerServiceV20141113.DescribeServices', { cluster: repaired.out.Cluster, services },
  );
  expect(service!.desiredCount).toBe(3);
}, 30_000);
