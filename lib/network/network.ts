import { Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination, GatewayVpcEndpointAwsService, InterfaceVpcEndpoint, InterfaceVpcEndpointAwsService, type IVpc, type SubnetSelection, SubnetType,
  Vpc, type VpcProps,
} from 'aws-cdk-lib/aws-ec2';
import { Construct, type IConstruct } from 'constructs';
import { createLogGroup } from '../core/logs';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import type { ICompute, INetwork } from '../core/wiring';
import { NETWORK_RULES } from './network-rules';

const SHARED = Symbol.for('cdk-system-blueprints.network');

interface StackWithNetwork extends Stack {
  [SHARED]?: Network;
}

/** How what runs in a network reaches what lies outside. */
export enum Egress {
  /** Not at all, but for Amazon S3 and DynamoDB, whose gateway endpoints are free. */
  NONE = 'none',
  /** AWS services only, each through an interface endpoint that is made when something is wired to it. */
  ENDPOINTS = 'endpoints',
  /** The internet, through one NAT gateway: cheaper, and gone with its availability zone. */
  SINGLE_NAT = 'single-nat',
  /** The internet, through a NAT gateway in each availability zone. */
  NAT_PER_ZONE = 'nat-per-zone',
}

/** What a Network is. */
export interface NetworkProps {
  /**
   * How what runs inside reaches what lies outside.
   * @default Egress.ENDPOINTS
   */
  readonly egress?: Egress;
  /**
   * Makes the public tier, which internet-facing load balancers and NAT gateways stand in.
   * @default - only when the egress is a NAT gateway; its addresses are reserved either way
   */
  readonly publicTier?: boolean;
  /**
   * Interface endpoints to make at once, by their service names: `secretsmanager`, `sqs`. Wiring adds those it needs.
   * @default - only those that wiring asks for
   */
  readonly endpoints?: string[];
  /**
   * How many availability zones it spans, 2 to 6.
   * @default 2
   */
  readonly availabilityZones?: number;
  /**
   * Records who talked to whom.
   * @default - under PRODUCTION
   */
  readonly flowLogs?: boolean;
  /**
   * A further network in a stack that already has one.
   * @default false
   */
  readonly additional?: boolean;
  /**
   * Anything else of the inner VPC, applied last.
   * @default - nothing else
   */
  readonly vpcProps?: VpcProps;
  /**
   * An existing VPC to adopt. Nothing is created but the endpoints that `endpoints` asks for.
   * @default - a new VPC
   */
  readonly vpc?: IVpc;
}

/** How `Network.of` makes a network where there is none. */
export interface NetworkNeeds {
  /**
   * Whether a public tier is needed.
   * @default false
   */
  readonly publicTier?: boolean;
}

/**
 * Where private things live: a VPC with a private tier for compute, an isolated tier for data and, where asked for, a
 * public tier for load balancers. It has no NAT gateway unless told so.
 */
export class Network extends Construct implements INetwork {
  /**
   * The network of a stack, made on first use. Constructs that need a network and were given none share it.
   *
   * @throws RuleError when the network that is there lacks what is needed
   */
  public static of(scope: IConstruct, needs: NetworkNeeds = {}): Network {
    const stack = Stack.of(scope) as StackWithNetwork;
    // eslint-disable-next-line awscdk/require-passing-this -- it belongs to the stack
    const network = stack[SHARED] ?? new Network(stack, 'Network', { publicTier: needs.publicTier });
    if (needs.publicTier && !network.hasPublicTier) {
      refuse(network, 'Network.NoPublicTier', `${scope.node.path} needs a public tier`, 'publicTier: true of the network');
    }
    return network;
  }

  public readonly vpc: IVpc;
  public readonly computeSubnets: SubnetSelection;
  public readonly dataSubnets: SubnetSelection;
  /** Where internet-facing load balancers stand. */
  public readonly publicSubnets: SubnetSelection;
  /** How what runs inside reaches what lies outside; undefined for an adopted VPC. */
  public readonly egress?: Egress;

  private readonly hasPublicTier: boolean;
  private readonly endpoints = new Map<string, InterfaceVpcEndpoint>();

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: NetworkProps = {}) {
    super(scope, id);
    enforce(this, NETWORK_RULES, props);
    this.register(props.additional ?? false);
    if (props.vpc) {
      this.vpc = props.vpc;
      this.hasPublicTier = props.vpc.publicSubnets.length > 0;
      this.publicSubnets = { subnetType: SubnetType.PUBLIC };
      this.computeSubnets = props.vpc.privateSubnets.length > 0 ? { subnetType: SubnetType.PRIVATE_WITH_EGRESS } : { subnetType: SubnetType.PRIVATE_ISOLATED };
      this.dataSubnets = props.vpc.isolatedSubnets.length > 0 ? { subnetType: SubnetType.PRIVATE_ISOLATED } : this.computeSubnets;
      props.endpoints?.forEach((service) => this.createEndpoint(service));
      return;
    }
    this.egress = props.egress ?? Egress.ENDPOINTS;
    const nat = this.egress === Egress.SINGLE_NAT || this.egress === Egress.NAT_PER_ZONE;
    this.hasPublicTier = props.publicTier ?? nat;
    this.publicSubnets = { subnetGroupName: 'Public' };
    this.computeSubnets = { subnetGroupName: 'Private' };
    this.dataSubnets = { subnetGroupName: 'Isolated' };
    this.vpc = this.createVpc(props, nat);
    props.endpoints?.forEach((service) => this.createEndpoint(service));
  }

  public reach(service: string, by: ICompute): void {
    if (service === 's3' || service === 'dynamodb' || this.endpoints.has(service)) {
      return;
    }
    if (this.egress === Egress.NONE) {
      refuse(this, 'Network.NoWay', `${by.node.path} needs ${service}`, `egress: Egress.ENDPOINTS, or endpoints: ['${service}']`);
    }
    if (this.egress === Egress.ENDPOINTS) {
      this.createEndpoint(service);
    }
  }

  private register(additional: boolean): void {
    const stack = Stack.of(this) as StackWithNetwork;
    if (stack[SHARED] && !additional) {
      refuse(this, 'Network.Second', `a second network beside ${stack[SHARED].node.path}`, 'Network.of(this) to share it, or additional: true');
    }
    stack[SHARED] ??= this;
  }

  private createVpc(props: NetworkProps, nat: boolean): Vpc {
    const zones = props.availabilityZones ?? 2;
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: zones,
      natGateways: this.egress === Egress.NAT_PER_ZONE ? zones : nat ? 1 : 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false, reserved: !this.hasPublicTier },
        { name: 'Private', subnetType: nat ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED },
        { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED },
      ],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
      ...props.vpcProps,
    });
    if (props.flowLogs ?? Profile.of(this).guarded) {
      vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(createLogGroup(this, 'FlowLogs')) });
    }
    this.node.defaultChild = vpc;
    return vpc;
  }

  private createEndpoint(service: string): void {
    this.endpoints.set(service, new InterfaceVpcEndpoint(this, `Endpoint-${service}`, {
      vpc: this.vpc,
      service: new InterfaceVpcEndpointAwsService(service),
      subnets: this.computeSubnets,
    }));
  }
}
