/** What each egress makes, read back from the emulator. It moves no packets, and only records NAT gateways: their routes tell. */
import { BootstraplessSynthesizer } from 'aws-cdk-lib';
import { Profile } from '../../../lib/core';
import { Egress, Network } from '../../../lib/network';
import type { LocalAws } from '../../../local';
import { stackWith, templateOf } from '../../support/stacks';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

// The emulator takes the service from it and lets the test key pass without checking the signature.
const SIGNED = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=x';

let aws: LocalAws;
beforeAll(async () => { aws = await start(); }, 120_000);
afterAll(stopAll);

/** How often an element stands in an answer of Amazon EC2 about all VPCs, since the emulator ignores most filters. */
async function count(action: string, element: string): Promise<number> {
  const body = new URLSearchParams({ Action: action, Version: '2016-11-15' });
  const response = await fetch(aws.endpoint, { method: 'POST', headers: { authorization: SIGNED }, body });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text.split(`<${element}>`).length - 1;
}

const countAll = async () => ({
  subnets: await count('DescribeSubnets', 'subnetId'),
  endpoints: await count('DescribeVpcEndpoints', 'vpcEndpointId'),
  routesToNat: await count('DescribeRouteTables', 'natGatewayId'),
});

test.each([
  [Egress.NONE, 2, 0],
  [Egress.ENDPOINTS, 2, 0],
  [Egress.SINGLE_NAT, 6, 2],
  [Egress.NAT_PER_ZONE, 6, 2],
  [Egress.REGIONAL_NAT, 4, 2],
])('egress %s makes %s subnets, three endpoints and %s routes to NAT gateways', async (egress, subnets, routesToNat) => {
  const stack = stackWith(Profile.SANDBOX, { defaultStackSynthesizer: new BootstraplessSynthesizer() });
  new Network(stack, 'Network', { egress, endpoints: ['sqs'] });
  const before = await countAll();
  await deploy(aws, `network-${egress}`, templateOf(stack) as unknown as Template);
  const after = await countAll();
  expect({
    subnets: after.subnets - before.subnets,
    endpoints: after.endpoints - before.endpoints,
    routesToNat: after.routesToNat - before.routesToNat,
  }).toEqual({ subnets, endpoints: 3, routesToNat });
}, 60_000);
