/** Repairs of distributions in front of what has no address in the internet. */
import { request } from 'node:http';
import { deploy, type Template } from './cloudformation';
import { PlainAndRepaired, type World } from './plain-and-repaired';

const BALANCER: Template = {
  Resources: {
    Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Name: 'inside', Scheme: 'internal' } },
    Listener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: { Ref: 'Balancer' }, Port: 80, Protocol: 'HTTP',
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', ContentType: 'text/plain', MessageBody: 'inside' } }],
      },
    },
  },
  Outputs: { Arn: { Value: { Ref: 'Balancer' } }, Name: { Value: { 'Fn::GetAtt': ['Balancer', 'DNSName'] } } },
};

const origin = (name: string, Arn: string) => ({
  Type: 'AWS::CloudFront::VpcOrigin',
  Properties: { VpcOriginEndpointConfig: { Name: name, Arn, HTTPPort: 80, OriginProtocolPolicy: 'http-only', OriginSSLProtocols: ['TLSv1.2'] } },
});

const distribution = (DomainName: string, VpcOriginId: unknown) => ({
  Type: 'AWS::CloudFront::Distribution',
  Properties: { DistributionConfig: {
    Enabled: true,
    Origins: [{ Id: 'Inside', DomainName, VpcOriginConfig: { VpcOriginId } }],
    // The managed policy that keeps nothing.
    DefaultCacheBehavior: { TargetOriginId: 'Inside', ViewerProtocolPolicy: 'https-only', CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' },
  } },
});

/** Makes a VPC origin as a client of the API does; resolves to its id. */
async function made({ aws, out }: World): Promise<string> {
  const response = await fetch(`${aws.endpoint}/2020-05-31/vpc-origin`, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudfront/aws4_request, SignedHeaders=host, Signature=x' },
    body: `<CreateVpcOriginRequest xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><VpcOriginEndpointConfig><Name>byapi</Name><Arn>${out.Arn}</Arn>
      <HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>http-only</OriginProtocolPolicy></VpcOriginEndpointConfig></CreateVpcOriginRequest>`,
  });
  return /<Id>(vo_\w+)<\/Id>/.exec(await response.text())![1]!;
}

/** What a visitor who came over HTTPS is answered; the name of a distribution resolves on no laptop. */
function visit({ aws }: World, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(aws.endpoint, { headers: { host, 'x-forwarded-proto': 'https' } }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => body += chunk.toString());
      response.on('end', () => resolve(response.statusCode === 200 ? `200 ${body}` : String(response.statusCode)));
    }).on('error', reject).end();
  });
}

const worlds = new PlainAndRepaired('Balancer', BALANCER);

worlds.test('a template can have a VPC origin, which is one of the API', async ({ aws, out }) => {
  const template = { Resources: { Origin: origin('bytemplate', out.Arn!) }, Outputs: { Id: { Value: { 'Fn::GetAtt': ['Origin', 'Id'] } } } };
  const { Id } = await deploy(aws, 'Origin', template).catch((error: Error) => ({ Id: error.message }));
  return /Unrecognized resource types|^vo_/.exec(Id!)?.[0];
}, { plain: 'Unrecognized resource types', repaired: 'vo_' });

worlds.test('a distribution fetches as its VPC origin says, however its visitor came', async (world) => {
  const template = {
    Resources: { Distribution: distribution(world.out.Name!, await made(world)) },
    Outputs: { Name: { Value: { 'Fn::GetAtt': ['Distribution', 'DomainName'] } } },
  };
  return visit(world, (await deploy(world.aws, 'Distribution', template)).Name!);
}, { plain: '502', repaired: '200 inside' });

test('what AWS would refuse of a VPC origin fails its stack', async () => {
  const { aws, out } = worlds.repaired;
  const nowhere = origin('nowhere', `${out.Arn!.slice(0, -1)}_`);
  await expect(deploy(aws, 'Nowhere', { Resources: { Origin: nowhere } })).rejects.toThrow('LoadBalancerNotFound');
});
