/** What each kind of egress makes, read back from the emulator: it has the API of Amazon EC2, not the packets. */
import { CfnOutput } from 'aws-cdk-lib';
import type { LocalAws } from '../../../local';
import { Egress, Network } from '../../../lib/network';
import { stackWith, templateOf } from '../../support/stacks';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

// The emulator takes the service from it and lets the test key pass without checking the signature.
const SIGNED = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=x';

let aws: LocalAws;
beforeAll(async () => { aws = await start(); }, 120_000);
afterAll(stopAll);

/** How often an element occurs in the answer of Amazon EC2 about what is in a VPC. */
async function count(action: string, vpcId: string, element: string): Promise<number> {
  const body = new URLSearchParams({ 'Action': action, 'Version': '2016-11-15', 'Filter.1.Name': 'vpc-id', 'Filter.1.Value.1': vpcId });
  const response = await fetch(aws.endpoint, { method: 'POST', headers: { authorization: SIGNED }, body });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text.split(`<${element}>`).length - 1;
}

test.each([
  [Egress.NONE, 0, 4],
  [Egress.ENDPOINTS, 0, 4],
  [Egress.SINGLE_NAT, 1, 6],
  [Egress.NAT_PER_ZONE, 2, 6],
  [Egress.REGIONAL_NAT, 1, 4],
])('egress %s has %s NAT gateways, %s subnets, and the endpoints', async (egress, gateways, subnets) => {
  const stack = stackWith();
  const network = new Network(stack, 'Network', { egress, endpoints: ['sqs'] });
  new CfnOutput(stack, 'Vpc', { value: network.vpc.vpcId });
  const { Vpc: vpcId = '' } = await deploy(aws, `network-${egress}`, templateOf(stack) as unknown as Template);
  expect(vpcId).toMatch(/^vpc-/);
  expect({
    gateways: await count('DescribeNatGateways', vpcId, 'natGatewayId'),
    subnets: await count('DescribeSubnets', vpcId, 'subnetId'),
    endpoints: await count('DescribeVpcEndpoints', vpcId, 'vpcEndpointId'),
  }).toEqual({ gateways, subnets, endpoints: 3 });
}, 60_000);
