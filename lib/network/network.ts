import { Stack, Validations } from 'aws-cdk-lib';
import {
  ComparisonOperator, type IMetric, MathExpression, Metric, type MetricOptions, Stats, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import {
  type CfnEIP, CfnNatGateway, type IFlowLog, type IVpc, type SubnetSelection, SubnetType, type VpcEndpoint, type VpcProps,
} from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { alarmWhenGuarded } from '../core/alarms';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import type { ICompute, INetwork } from '../core/wiring';
import { DEFAULT_ADDRESSES } from './addresses';
import { Egress, isNat, isZonalNat } from './egress';
import { Endpoints } from './endpoints';
import { recordFlows } from './flow-logs';
import { acknowledgeVpc } from './network-acknowledgements';
import { NETWORK_RULES } from './network-rules';
import { createVpc } from './new-vpc';

const SHARED = Symbol.for('cdk-system-blueprints.network');

interface StackWithNetwork extends Stack {
  [SHARED]?: Network;
}

/** What a Network is. */
export interface NetworkProps {
  /**
   * How what runs inside reaches what lies outside.
   * @default Egress.ENDPOINTS
   */
  readonly egress?: Egress;
  /**
   * Makes the public tier, which internet-facing load balancers and zonal NAT gateways stand in.
   * @default - only when NAT gateways stand in it; its addresses are reserved either way
   */
  readonly publicTier?: boolean;
  /**
   * Makes the private tier, where compute runs apart from data.
   * @default - only when it can reach what the isolated tier cannot, through a NAT gateway; its addresses are reserved
   *   either way, so that compute can move there later while data stays
   */
  readonly privateTier?: boolean;
  /**
   * Endpoints to make at once, by their service names: `secretsmanager`, `sqs`, `ecr.api`. Wiring adds those it needs.
   * @default - only those that wiring asks for
   */
  readonly endpoints?: string[];
  /**
   * How many availability zones it spans, 2 to 6. Going from 2 to 3 or 4 later moves no subnet.
   * @default 2
   */
  readonly availabilityZones?: number;
  /**
   * The IPv4 addresses inside, in CIDR notation, /16 to /23 (/22 beyond four zones). Choose others when networks are to be
   * connected; they cannot be changed later.
   * @default 10.0.0.0/16
   */
  readonly addresses?: string;
  /**
   * Gives everything IPv6 addresses too. What runs inside reaches the internet over IPv6, at no cost for the way, only where
   * the egress is a NAT gateway.
   * @default false
   */
  readonly dualStack?: boolean;
  /**
   * Records who talked to whom, accepted and rejected, every ten minutes.
   * @default - under PRODUCTION
   */
  readonly flowLogs?: boolean;
  /**
   * How long flow logs are kept.
   * @default - one week under SANDBOX, one year under PRODUCTION
   */
  readonly logRetention?: RetentionDays;
  /**
   * A network beside the one that the stack shares. `Network.of` never gives it.
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
 * Where private things live: a VPC with an isolated tier for data and, where there is a NAT gateway or they are asked for,
 * a private tier for compute and a public one for load balancers. It has no NAT gateway unless told so.
 */
export class Network extends Construct implements INetwork {
  /**
   * The network of a stack, made on first use. Constructs that need a network and were given none share it; nested stacks
   * share the one of the stack around them.
   *
   * @throws RuleError when the network that is there lacks what is needed
   */
  public static of(scope: IConstruct, needs: NetworkNeeds = {}): Network {
    const { home, shared } = sharedBy(scope);
    if (!shared && home.node.tryFindChild('Network')) {
      refuse(home, 'Network.NameTaken', `${scope.node.path} needs a network, and ${home.node.path}/Network is something else`,
        'another id for it, or a Network made by hand before');
    }
    const network = shared ?? new Network(home, 'Network', { publicTier: needs.publicTier });
    if (needs.publicTier && !network.hasPublicTier) {
      refuse(network, 'Network.NoPublicTier', `${scope.node.path} needs a public tier`,
        'new Network(stack, \'Network\', { publicTier: true }), before the first construct that needs a network');
    }
    return network;
  }

  /** The VPC itself. */
  public readonly vpc: IVpc;
  /** Where compute runs: the private tier where there is one, else the isolated one. */
  public readonly computeSubnets: SubnetSelection;
  /** Where data lives: the isolated tier, which has no way to the internet. */
  public readonly dataSubnets: SubnetSelection;
  /** Where internet-facing load balancers stand. */
  public readonly publicSubnets: SubnetSelection;
  /** How what runs inside reaches what lies outside; undefined for an adopted VPC. */
  public readonly egress?: Egress;
  /** Whether compute in it reaches the internet. */
  public readonly internet: boolean;
  /** Whether it has IPv6 addresses too; undefined for an adopted VPC. */
  public readonly dualStack?: boolean;
  /** What records who talked to whom; undefined without flow logs. */
  public readonly flowLog?: IFlowLog;

  private readonly hasPublicTier: boolean;
  private readonly endpoints: Endpoints;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: NetworkProps = {}) {
    super(scope, id);
    enforce(this, NETWORK_RULES, props);
    if (!props.additional) {
      this.share();
    }
    if (props.vpc) {
      const { privateSubnets, isolatedSubnets, publicSubnets } = props.vpc;
      this.vpc = props.vpc;
      this.internet = privateSubnets.length > 0;
      this.hasPublicTier = publicSubnets.length > 0;
      this.publicSubnets = { subnetType: SubnetType.PUBLIC };
      this.computeSubnets = { subnetType: this.internet ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED };
      this.dataSubnets = isolatedSubnets.length > 0 ? { subnetType: SubnetType.PRIVATE_ISOLATED } : this.computeSubnets;
      this.endpoints = new Endpoints(this, this);
    } else {
      this.egress = props.egress ?? Egress.ENDPOINTS;
      this.internet = isNat(this.egress);
      this.dualStack = props.dualStack ?? false;
      this.hasPublicTier = props.publicTier ?? isZonalNat(this.egress);
      this.publicSubnets = { subnetGroupName: 'Public' };
      const privateTier = props.privateTier ?? this.internet;
      this.computeSubnets = { subnetGroupName: privateTier ? 'Private' : 'Isolated' };
      this.dataSubnets = { subnetGroupName: 'Isolated' };
      const vpc = createVpc(this, this.egress, { public: this.hasPublicTier, private: privateTier }, props);
      this.vpc = vpc;
      const addresses = props.vpcProps?.ipAddresses ? undefined : props.addresses ?? DEFAULT_ADDRESSES;
      this.endpoints = new Endpoints(this, this, vpc, addresses);
      const logged = props.flowLogs ?? Profile.of(this).guarded;
      this.flowLog = logged ? recordFlows(this, vpc, props.logRetention) : undefined;
      this.node.defaultChild = vpc;
      acknowledgeVpc(vpc, logged, this.dualStack);
      this.createAlarm();
    }
    props.endpoints?.forEach((service) => this.addEndpoint(service));
  }

  /**
   * The public addresses under which the outside sees what runs inside, for lists of allowed callers. Empty without NAT
   * gateways of this network, and for a regional one, whose addresses follow its zones.
   */
  public get natAddresses(): string[] {
    return this.egress === undefined
      ? []
      : this.vpc.publicSubnets.flatMap((subnet) => (subnet.node.tryFindChild('EIP') as CfnEIP | undefined)?.attrPublicIp ?? []);
  }

  public reach(service: string, by: ICompute): void {
    if (this.internet || this.endpoints.has(service)) {
      return;
    }
    if (this.egress === Egress.NONE) {
      refuse(this, 'Network.NoWay', `${by.node.path} needs ${service}`, `egress: Egress.ENDPOINTS, or endpoints: ['${service}']`);
    }
    if (this.egress === Egress.ENDPOINTS) {
      this.addEndpoint(service);
      return;
    }
    Validations.of(this).addWarning('cdk-system-blueprints:Network.EndpointNotKnown',
      `${by.node.path} needs ${service}: the VPC that ${this.node.path} adopts must have an endpoint for it; endpoints: ['${service}'] makes one`);
  }

  /**
   * The endpoint of an AWS service, made unless it is there: a private way to the service, open to port 443 from inside
   * the VPC. Narrow what goes through it with `addToPolicy`.
   *
   * @param service the service as its endpoints are named: `sqs`, `kinesis-streams`, `ecr.api`
   * @throws RuleError when no endpoint can have that name, or the adopted VPC does not tell what it takes
   */
  public addEndpoint(service: string): VpcEndpoint {
    return this.endpoints.of(service);
  }

  /**
   * Connections that NAT gateways could not make for lack of ports: too many at once to one address; sum over five minutes
   * unless told otherwise.
   *
   * @throws RuleError without NAT gateways of this network
   */
  public metricNatPortErrors(options?: MetricOptions): IMetric {
    const metrics = this.natGateways.map(({ attrNatGatewayId: NatGatewayId }) => new Metric({
      namespace: 'AWS/NATGateway', metricName: 'ErrorPortAllocation', dimensionsMap: { NatGatewayId }, statistic: Stats.SUM, ...options,
    }));
    const [first, ...others] = metrics;
    if (!first) {
      refuse(this, 'Network.NoNat', 'a metric of NAT gateways', 'egress by SINGLE_NAT, NAT_PER_ZONE or REGIONAL_NAT');
    }
    return others.length === 0 ? first : new MathExpression({
      label: 'ErrorPortAllocation',
      period: options?.period,
      expression: metrics.map((_, index) => `m${index}`).join(' + '),
      usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
    });
  }

  private get natGateways(): CfnNatGateway[] {
    return this.node.findAll().filter((construct) => construct instanceof CfnNatGateway);
  }

  private share(): void {
    const stack = Stack.of(this) as StackWithNetwork;
    if (stack[SHARED]) {
      refuse(this, 'Network.Second', `a second network beside ${stack[SHARED].node.path}`,
        'Network.of(this) to share it, this one before the first construct that needs a network, or additional: true');
    }
    stack[SHARED] = this;
  }

  private createAlarm(): void {
    if (this.natGateways.length > 0) {
      alarmWhenGuarded(this, 'NatPortsAlarm', () => ({
        metric: this.metricNatPortErrors(),
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: 'Connections to the internet fail: a NAT gateway has no free port to one address. Reuse connections, or add addresses.',
      }));
    }
  }
}

/** The network that a scope shares, and the stack that one would be made in: the outermost, around all nested ones. */
function sharedBy(scope: IConstruct): { readonly home: StackWithNetwork; readonly shared?: Network } {
  let home = Stack.of(scope) as StackWithNetwork;
  while (!home[SHARED] && home.nestedStackParent) {
    home = home.nestedStackParent;
  }
  return { home, shared: home[SHARED] };
}
