import { Token, Validations } from 'aws-cdk-lib';
import {
  GatewayVpcEndpoint, GatewayVpcEndpointAwsService, InterfaceVpcEndpoint, InterfaceVpcEndpointAwsService, type ISecurityGroup,
  type IVpc, Peer, Port, SecurityGroup, type Vpc, type VpcEndpoint,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeCompliance } from '../core/acknowledge';
import { refuse } from '../core/rules';
import type { INetwork } from '../core/wiring';
import { unknownEndpointName, wrongEndpointName } from './endpoint-names';

/** The services that are reached through gateway endpoints: routes, not interfaces, and free. */
const GATEWAYS: { readonly [service: string]: GatewayVpcEndpointAwsService | undefined } = {
  s3: GatewayVpcEndpointAwsService.S3,
  dynamodb: GatewayVpcEndpointAwsService.DYNAMODB,
};

/** The endpoints of a network, each made once. */
export class Endpoints {
  private readonly made = new Map<string, VpcEndpoint>();
  private group?: ISecurityGroup;

  /**
   * @param created the VPC when it was made for the network: its gateways then come with it
   * @param addresses the addresses of the VPC where they are known at synthesis
   */
  constructor(
    private readonly scope: Construct, private readonly network: INetwork, created?: Vpc, private readonly addresses?: string,
  ) {
    if (created) {
      this.made.set('s3', created.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 }));
      this.made.set('dynamodb', created.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB }));
    }
  }

  /** Whether there is an endpoint of a service. */
  public has(service: string): boolean {
    return this.made.has(service);
  }

  /** The endpoint of a service, made unless it is there. */
  public of(service: string): VpcEndpoint {
    const wrong = wrongEndpointName(service);
    if (wrong) {
      refuse(this.scope, 'Network.EndpointName', wrong.given, wrong.allowed);
    }
    const gateway = GATEWAYS[service];
    const endpoint = this.made.get(service) ?? (gateway ? this.createGateway(service, gateway) : this.createInterface(service));
    this.made.set(service, endpoint);
    return endpoint;
  }

  private createInterface(service: string): VpcEndpoint {
    const unknown = unknownEndpointName(service);
    if (unknown) {
      Validations.of(this.scope).addWarning('cdk-system-blueprints:Network.UnknownEndpoint', unknown);
    }
    this.group ??= this.createGroup();
    return new InterfaceVpcEndpoint(this.scope, `Endpoint-${service}`, {
      vpc: this.network.vpc,
      service: new InterfaceVpcEndpointAwsService(service),
      subnets: this.network.computeSubnets,
      securityGroups: [this.group],
      open: false,
    });
  }

  private createGroup(): ISecurityGroup {
    const { vpc } = this.network;
    const inside = this.addresses ?? this.addressesOf(vpc);
    const group = new SecurityGroup(this.scope, 'Endpoints', {
      vpc, description: 'Endpoints of AWS services: HTTPS from inside the VPC', allowAllOutbound: false,
    });
    group.addIngressRule(Peer.ipv4(inside), Port.HTTPS, 'HTTPS from inside the VPC');
    if (Token.isUnresolved(inside)) {
      const reason = 'The rule cannot read the address range, which is known at deployment only: it is that of the VPC, and the one port is 443.';
      const resource = group.node.defaultChild as Construct;
      acknowledge(resource, { id: 'AwsSolutions-EC23', reason });
      ['EC2RestrictedSSH', 'EC2RestrictedCommonPorts'].forEach((rule) => acknowledgeCompliance(resource, rule, reason));
    }
    return group;
  }

  private addressesOf(vpc: IVpc): string {
    try {
      return vpc.vpcCidrBlock;
    } catch {
      return refuse(this.scope, 'Network.AddressesUnknown', `an endpoint in ${vpc.node.path}, which does not tell its addresses`,
        'a VPC that does: Vpc.fromLookup, or vpcCidrBlock of Vpc.fromVpcAttributes');
    }
  }

  private createGateway(id: string, service: GatewayVpcEndpointAwsService): VpcEndpoint {
    const { vpc, computeSubnets, dataSubnets } = this.network;
    const tiers = [computeSubnets, dataSubnets];
    const tables = tiers.flatMap((tier) => vpc.selectSubnets(tier).subnets.map(({ routeTable }) => routeTable.routeTableId));
    if (tables.some((table) => !table)) {
      refuse(this.scope, 'Network.RoutesUnknown', `an endpoint of ${id} in ${vpc.node.path}, which does not tell its route tables`,
        'a VPC that does: Vpc.fromLookup, or the route table ids of Vpc.fromVpcAttributes');
    }
    return new GatewayVpcEndpoint(this.scope, `Endpoint-${id}`, { vpc, service, subnets: tiers });
  }
}
