import { Peer, Port, Vpc } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Egress, Network } from '../../../lib/network';
import { FunctionService } from '../../../lib/function-service';
import { HANDLER } from '../stacks';
import type { Case } from './case';

export const CASES: readonly Case[] = [
  { name: 'Network, minimal', build: (stack) => { Network.of(stack); } },
  {
    name: 'Network, maximal, with a NAT gateway per zone',
    build: (stack) => {
      const network = new Network(stack, 'Network', {
        egress: Egress.NAT_PER_ZONE,
        publicTier: true,
        endpoints: ['sqs', 'ecr.api'],
        availabilityZones: 3,
        addresses: '172.16.0.0/20',
        dualStack: true,
        flowLogs: true,
        logRetention: RetentionDays.ONE_MONTH,
        vpcProps: { vpcName: 'shop' },
      });
      const worker = new FunctionService(stack, 'Worker', { handler: HANDLER, network });
      worker.connections?.allowFrom(Peer.ipv4('172.16.0.0/20'), Port.HTTPS);
    },
  },
  { name: 'Network, with a regional NAT gateway', build: (stack) => { new Network(stack, 'Network', { egress: Egress.REGIONAL_NAT }); } },
  {
    name: 'Network, adopted and given endpoints',
    build: (stack) => {
      const vpc = new Vpc(stack, 'PlainVpc', { restrictDefaultSecurityGroup: false });
      const network = new Network(stack, 'Network', { vpc, endpoints: ['secretsmanager', 's3'] });
      new FunctionService(stack, 'Worker', { handler: HANDLER, network });
    },
  },
];
