import type { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnEIP, type ISecurityGroup, type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  type AlpnPolicy, type HealthCheck, type INetworkLoadBalancer, type INetworkLoadBalancerTarget, NetworkLoadBalancer, Protocol,
  type SubnetMapping,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { wholeNumber } from '../core/checks';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import type { INetwork } from '../core/wiring';
import { Network } from '../network';
import { createLogBucket, logNetwork } from './access-logs';
import { acknowledgeLoadBalancer, acknowledgeOpen } from './findings';
import { Layer4Listener } from './layer4-listener';
import { LAYER4_RULES, LISTEN_RULES, notALayer4Target } from './layer4-rules';
import { Scheme } from './scheme';

/** What a Layer4LoadBalancer is. */
export interface Layer4LoadBalancerProps {
  /**
   * Who reaches it.
   * @default - none; required unless `loadBalancer` adopts an existing one
   */
  readonly scheme?: Scheme;
  /**
   * Where it and its targets stand. Internet-facing ones need a public tier.
   * @default - the network of the stack
   */
  readonly network?: INetwork;
  /**
   * Gives it an address in each availability zone that never changes, for clients that can only allow addresses.
   * @default false
   */
  readonly staticAddresses?: boolean;
  /**
   * Elastic IP addresses of your own, one for each public subnet.
   * @default - none
   */
  readonly allocationIds?: string[];
  /**
   * Sends connections to targets of other availability zones too. Evens the load out; traffic between zones is paid for.
   * @default - only where the zone has no healthy target
   */
  readonly crossZone?: boolean;
  /**
   * Where connections of TLS listeners are logged: a bucket with keys that Amazon S3 manages.
   * @default - a bucket of its own under PRODUCTION, nowhere under SANDBOX
   */
  readonly accessLogs?: IBucket;
  /**
   * Whether it is guarded against deletion.
   * @default - under PRODUCTION
   */
  readonly deletionProtection?: boolean;
  /**
   * An existing load balancer to adopt. Listeners are added to it.
   * @default - a new load balancer
   */
  readonly loadBalancer?: INetworkLoadBalancer;
}

/** How one port is listened on. */
export interface ListenOptions {
  /**
   * What clients speak.
   * @default - TLS with certificates, TCP without
   */
  readonly protocol?: Protocol;
  /**
   * Certificates for TLS, which then ends at the load balancer.
   * @default - none
   */
  readonly certificates?: ICertificate[];
  /**
   * Which protocols TLS offers its clients: HTTP/1, HTTP/2.
   * @default - none
   */
  readonly alpn?: AlpnPolicy;
  /**
   * The port that targets listen on.
   * @default - the same port
   */
  readonly targetPort?: number;
  /**
   * Speaks TLS to the targets too.
   * @default - false: TCP
   */
  readonly encryptToTarget?: boolean;
  /**
   * Sends all connections from one client address to one target: IP hash.
   * @default - by the hash of each connection
   */
  readonly sticky?: boolean;
  /**
   * Whether targets see the address of the client.
   * @default - as AWS has it: not for addresses behind TCP and TLS, else yes
   */
  readonly preserveClientIp?: boolean;
  /**
   * Tells targets the address of the client in a header before the data. They must expect it.
   * @default false
   */
  readonly proxyProtocolV2?: boolean;
  /**
   * Sends connections of this port to targets of other availability zones too.
   * @default - as the load balancer does
   */
  readonly crossZone?: boolean;
  /**
   * How targets are checked.
   * @default - a TCP connection every 10 s; in after 2 successes, out after 3 failures
   */
  readonly health?: HealthCheck;
  /**
   * How long connections get to end when their target leaves, 0 to 3600 s.
   * @default Duration.seconds(30)
   */
  readonly drain?: Duration;
  /**
   * Closes what is still open after that.
   * @default false
   */
  readonly terminateConnections?: boolean;
  /**
   * How long a TCP connection may be silent, 60 to 6000 s.
   * @default Duration.seconds(350)
   */
  readonly idleTimeout?: Duration;
}

/**
 * A front door at layer 4: a Network Load Balancer that hands connections on without reading them, millions a second, with
 * addresses that can stay for ever.
 */
export class Layer4LoadBalancer extends Construct {
  /** The load balancer itself. */
  public readonly loadBalancer: INetworkLoadBalancer;
  /** Its security group; undefined for an adopted load balancer. */
  public readonly securityGroup?: ISecurityGroup;
  /** Where connections of TLS listeners are logged; undefined when they are not, and for an adopted load balancer. */
  public readonly accessLogs?: IBucket;
  /** The network that it stands in; undefined when an adopted load balancer was given none. */
  public readonly network?: INetwork;
  /** Who reaches it; undefined for an adopted load balancer. */
  public readonly scheme?: Scheme;
  /** Its static addresses; empty when it has none of its own making. */
  public readonly addresses: CfnEIP[] = [];

  private readonly ports = new Set<string>();

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: Layer4LoadBalancerProps) {
    super(scope, id);
    enforce(this, LAYER4_RULES, props);
    if (props.loadBalancer) {
      this.loadBalancer = props.loadBalancer;
      this.network = props.network;
      return;
    }
    const open = props.scheme === Scheme.INTERNET_FACING;
    this.scheme = props.scheme;
    this.network = props.network ?? Network.of(this, { publicTier: open });
    const { vpc } = this.network;
    if (open && vpc.publicSubnets.length === 0) {
      refuse(this, 'Layer4LoadBalancer.NoPublicTier', `internet-facing in ${this.network.node.path}, which has no public subnets`,
        'a network with publicTier: true, or scheme: Scheme.INTERNAL');
    }
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc, allowAllOutbound: false, description: `Clients of ${this.node.path}` });
    const subnetMappings = this.mappings(vpc, props);
    const loadBalancer = new NetworkLoadBalancer(this, 'Nlb', {
      vpc,
      internetFacing: open,
      vpcSubnets: subnetMappings ? undefined : open ? { subnetType: SubnetType.PUBLIC } : this.network.computeSubnets,
      subnetMappings,
      securityGroups: [this.securityGroup],
      crossZoneEnabled: props.crossZone,
      deletionProtection: props.deletionProtection ?? Profile.of(this).guarded,
    });
    if (subnetMappings) {
      // The CDK sees to it only where it picks the subnets itself: addresses of the internet need a way there first.
      const ways = vpc.publicSubnets.map(({ internetConnectivityEstablished }) => internetConnectivityEstablished);
      [loadBalancer, ...this.addresses].forEach(({ node }) => node.addDependency(...ways));
    }
    this.loadBalancer = loadBalancer;
    this.node.defaultChild = loadBalancer;
    this.accessLogs = this.log(loadBalancer, props.accessLogs);
    acknowledgeLoadBalancer(loadBalancer, this.accessLogs !== undefined, props.deletionProtection, false);
  }

  /**
   * Listens on a port and hands its connections to a target.
   *
   * @param port 1 to 65535
   * @param target what answers: it is let in where it has security groups
   * @throws RuleError when the options are impossible or the port is taken
   */
  public listen(port: number, target: INetworkLoadBalancerTarget, options: ListenOptions = {}): Layer4Listener {
    enforce(this, LISTEN_RULES, options);
    const wrong = wholeNumber('port', port, 1, 65_535) ?? (typeof port === 'number' ? undefined : { given: 'no port', allowed: 'a port' });
    if (wrong) {
      refuse(this, 'Layer4LoadBalancer.Port', wrong.given, wrong.allowed);
    }
    const noTarget = notALayer4Target(target);
    if (noTarget) {
      refuse(this, 'Layer4LoadBalancer.NotATarget', noTarget.given, noTarget.allowed);
    }
    const protocol = options.protocol ?? (options.certificates ? Protocol.TLS : Protocol.TCP);
    const id = `${protocol}${port}`;
    this.claim(port, protocol);
    if (this.scheme === Scheme.INTERNET_FACING) {
      this.open(port, protocol);
    }
    const vpc = this.network?.vpc ?? this.loadBalancer.vpc
      ?? refuse(this, 'Layer4LoadBalancer.NoNetwork', 'an adopted load balancer without its network', 'network, since the load balancer does not tell');
    return new Layer4Listener(this, id, { loadBalancer: this.loadBalancer, port, protocol, target, options, vpc });
  }

  private claim(port: number, protocol: Protocol): void {
    const claims = protocol === Protocol.UDP ? ['UDP'] : protocol === Protocol.TCP_UDP ? ['TCP', 'UDP'] : ['TCP'];
    const taken = claims.find((claim) => this.ports.has(`${claim} ${port}`));
    if (taken) {
      refuse(this, 'Layer4LoadBalancer.PortTaken', `a second listener on ${taken} port ${port}`, 'one listener for each port');
    }
    claims.forEach((claim) => this.ports.add(`${claim} ${port}`));
  }

  private open(port: number, protocol: Protocol): void {
    const first = this.ports.size <= (protocol === Protocol.TCP_UDP ? 2 : 1);
    if (protocol !== Protocol.UDP) {
      this.loadBalancer.connections.allowFromAnyIpv4(Port.tcp(port), 'Clients');
    }
    if (protocol === Protocol.UDP || protocol === Protocol.TCP_UDP) {
      this.loadBalancer.connections.allowFrom(Peer.anyIpv4(), Port.udp(port), 'Clients');
    }
    if (first) {
      acknowledgeOpen(this.loadBalancer.connections, true);
    }
  }

  private mappings(vpc: IVpc, { staticAddresses, allocationIds }: Layer4LoadBalancerProps): SubnetMapping[] | undefined {
    const subnets = vpc.publicSubnets;
    if (allocationIds && allocationIds.length !== subnets.length) {
      refuse(this, 'Layer4LoadBalancer.AllocationIds', `${allocationIds.length} allocationIds for ${subnets.length} public subnets`, 'one for each public subnet');
    }
    if (staticAddresses) {
      this.addresses.push(...subnets.map((_, index) => new CfnEIP(this, `Address${index + 1}`, { domain: 'vpc' })));
    }
    const ids = allocationIds ?? this.addresses.map(({ attrAllocationId }) => attrAllocationId);
    return ids.length === 0 ? undefined : subnets.map((subnet, index) => ({ subnet, allocationId: ids[index]! }));
  }

  private log(loadBalancer: NetworkLoadBalancer, accessLogs?: IBucket): IBucket | undefined {
    if (!accessLogs && !Profile.of(this).guarded) {
      return undefined;
    }
    const bucket = accessLogs ?? createLogBucket(this);
    logNetwork(this, loadBalancer, bucket);
    return bucket;
  }
}
