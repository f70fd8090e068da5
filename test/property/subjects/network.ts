import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { Egress, Network, type NetworkProps } from '../../../lib/network';
import { flag, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

/** Ranges with room for six zones, in the private parts of IPv4. */
const byte = fc.integer({ min: 0, max: 255 });
const addresses = fc.record({ prefix: fc.integer({ min: 16, max: 22 }), second: byte, third: byte })
  .map(({ prefix, second, third }) => `10.${second}.${third & (0xff00 >> (prefix - 16)) & 0xff}.0/${prefix}`);

/** Endpoints that every region has, so that no template is refused for a name. */
const endpoints = fc.uniqueArray(
  fc.constantFrom('sqs', 'sns', 'logs', 'secretsmanager', 'ecr.api', 'kinesis-streams', 's3', 'dynamodb'), { maxLength: 3 },
);

const existing = (scope: Construct) => Vpc.fromVpcAttributes(scope, 'Existing', {
  vpcId: 'vpc-0123456789abcdef0',
  vpcCidrBlock: '10.0.0.0/16',
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  isolatedSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  isolatedSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
});

export const SUBJECTS: Record<string, Subject<object>> = {
  Network: {
    concept: 'Network',
    valid: (scope) => fc.oneof(
      optional<NetworkProps>({
        egress: fc.constantFrom(...Object.values(Egress)),
        endpoints,
        availabilityZones: fc.constantFrom(2, 3),
        addresses,
        dualStack: flag,
        flowLogs: flag,
        logRetention: fc.constantFrom(RetentionDays.ONE_DAY, RetentionDays.ONE_YEAR, RetentionDays.INFINITE),
        vpcProps: fc.record({ vpcName: fc.stringMatching(/^[a-z]{1,20}$/) }),
        publicTier: fc.constant(true),
      }),
      // What is adopted alone has no resource at all.
      fc.record({ vpc: fc.constant(existing(scope)), endpoints: endpoints.map((names) => ['sts', ...names]) }),
    ).map((props) => ({ additional: true, ...props })),
    invalid: (scope) => ({
      egress: [...NOT_TEXT, '', 'nat'],
      publicTier: NOT_FLAG,
      endpoints: [null, 'sqs', {}, [null], [5], [''], ['SQS'], ['sqs', 'a b'], ['com.amazonaws.eu-west-1.sqs'], ['sqs.']],
      availabilityZones: [...NOT_NUMBER, 0, 1, 7, 2.5, NaN],
      addresses: [...NOT_TEXT, '', '10.0.0.0', '10.0.0.0/8', '10.0.0.0/28', '10.0.1.0/16', '300.0.0.0/16', '127.0.0.0/16', '::/56', '10.0.0.0/016x'],
      dualStack: NOT_FLAG,
      flowLogs: NOT_FLAG,
      logRetention: NOT_NUMBER,
      additional: NOT_FLAG,
      vpcProps: [
        ...NOT_OBJECT, { maxAzs: 2 }, { natGateways: 0 }, { subnetConfiguration: [] }, { restrictDefaultSecurityGroup: true }, { cidr: '10.0.0.0/16' },
        { availabilityZones: 'a' }, { availabilityZones: ['a'] }, { flowLogs: {} },
      ],
      vpc: [null, 'vpc-1', {}, new Construct(scope, 'NoVpc')],
    }),
    conflicting: (scope) => ({
      vpc: [Vpc.fromVpcAttributes(scope, 'Public', { vpcId: 'vpc-1', availabilityZones: ['a'], publicSubnetIds: ['s-1'] })],
    }),
    build: (scope, props) => new Network(scope, 'Subject', props),
  } satisfies Subject<NetworkProps>,
};
