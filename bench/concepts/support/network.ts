import { GatewayVpcEndpointAwsService, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { type Stack, Validations } from 'aws-cdk-lib';

/**
 * The network of the twins: two zones, an isolated tier, where asked for a public one, no NAT gateway, and the free endpoints
 * of S3 and DynamoDB. As Network has it under SANDBOX.
 */
export function network(stack: Stack, publicTier: boolean = false): Vpc {
  const vpc = new Vpc(stack, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      { name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false, reserved: !publicTier },
      { name: 'Private', subnetType: SubnetType.PRIVATE_ISOLATED, reserved: true },
      { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED },
    ],
    gatewayEndpoints: {
      S3: { service: GatewayVpcEndpointAwsService.S3 },
      DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
    },
  });
  Validations.of(vpc).acknowledge({ id: 'AwsSolutions-VPC7', reason: 'A sandbox, whose traffic nobody looks into.' });
  return vpc;
}
