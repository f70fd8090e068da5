import { type Duration, Validations } from 'aws-cdk-lib';
import { type HttpRouteIntegration, type IHttpApi, VpcLink } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpAlbIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IMetric, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type Connections, type IVpc, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener, ApplicationLoadBalancer, ApplicationProtocol, ApplicationProtocolVersion, type IApplicationListener,
  type IApplicationLoadBalancer, type IApplicationLoadBalancerTarget, ListenerAction, SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { CdnSource, ICdnOrigin } from '../core/cdn-origin';
import type { IHttpTarget } from '../core/http-target';
import { openPath } from '../core/network-path';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, type INetwork, type UseOptions } from '../core/wiring';
import { Network } from '../network';
import { createLogBucket, logApplication } from './access-logs';
import { acknowledgeListener, acknowledgeLoadBalancer, acknowledgeOpen } from './findings';
import type { LoadBalancerProps } from './load-balancer-props';
import { LOAD_BALANCER_RULES } from './load-balancer-rules';
import { createAlarms, LoadBalancerMetrics } from './metrics';
import { isShifting, LoadBalancerRoute, type LoadBalancerRouteOptions, type WeightedTarget } from './route';
import type { RouteMatch } from './route-match';
import { RouteTable } from './route-table';
import { Scheme } from './scheme';
import { isFunction } from './target-group';

/** The last priority that there is. */
const LAST = 50_000;
/** Below this, a silent WebSocket is closed sooner than most heartbeats of clients come. */
const SHORT_IDLE_SECONDS = 300;

/**
 * One front door for many services at layer 7: an Application Load Balancer that picks a target by what a request says,
 * checks that targets are healthy, and ends TLS.
 */
export class LoadBalancer extends Construct implements IBackingService, IHttpTarget, ICdnOrigin {
  /** The listener that routes belong to. */
  public readonly listener: IApplicationListener;
  /** The load balancer itself; undefined when an adopted listener does not tell. */
  public readonly loadBalancer?: IApplicationLoadBalancer;
  /** Sends HTTP to HTTPS; undefined without certificates, for internal ones, and for an adopted listener. */
  public readonly redirect?: IApplicationListener;
  /** Where requests are logged; undefined when they are not, and for an adopted listener. */
  public readonly accessLogs?: IBucket;
  /** The network that it stands in; undefined when an adopted listener was given none. */
  public readonly network?: INetwork;
  /** Who reaches it; undefined for an adopted listener. */
  public readonly scheme?: Scheme;
  /** The name that clients use; undefined when it is the one that AWS gives it. */
  public readonly domainName?: string;

  private readonly table: RouteTable;
  private readonly metrics: LoadBalancerMetrics;
  private readonly integrations = new Map<IHttpApi, HttpRouteIntegration>();
  private readonly idleTimeout?: Duration;
  private link?: VpcLink;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    enforce(this, LOAD_BALANCER_RULES, props);
    this.domainName = props.domainName;
    this.idleTimeout = props.idleTimeout;
    this.table = new RouteTable(this, props.listener !== undefined);
    if (props.listener) {
      this.listener = props.listener;
      this.network = props.network;
      this.loadBalancer = props.listener instanceof ApplicationListener ? props.listener.loadBalancer : undefined;
      this.metrics = LoadBalancerMetrics.of(props.listener);
      return;
    }
    const open = props.scheme === Scheme.INTERNET_FACING;
    const secure = (props.certificates?.length ?? 0) > 0;
    this.refuseOrWarnOfPlaintext(open, secure, props.plaintext ?? false);
    this.scheme = props.scheme;
    this.network = props.network ?? Network.of(this, { publicTier: open });
    const loadBalancer = this.createLoadBalancer(this.network, open, props);
    this.loadBalancer = loadBalancer;
    this.listener = this.createListener(loadBalancer, open, props.certificates ?? []);
    this.redirect = secure && open ? this.createRedirect(loadBalancer) : undefined;
    this.accessLogs = this.log(loadBalancer, props);
    this.metrics = new LoadBalancerMetrics(loadBalancer.loadBalancerFullName);
    acknowledgeLoadBalancer(loadBalancer, this.accessLogs !== undefined, props.loadBalancerProps?.deletionProtection);
    createAlarms(this, this.metrics);
  }

  /**
   * Sends requests of a kind to a target.
   *
   * @param match which requests: `{ path: ['/api/*'] }`
   * @param target what answers them
   * @throws RuleError when the route is impossible, taken, or of no clear order beside another one
   */
  public route(
    match: RouteMatch, target: IApplicationLoadBalancerTarget, options: LoadBalancerRouteOptions = {},
  ): LoadBalancerRoute {
    return this.weightedRoute(match, [{ target, weight: 1 }], options);
  }

  /**
   * Sends requests of a kind to several targets, to each its share: a weighted round robin between services, for example
   * 95 to the one and 5 to its successor.
   *
   * @throws RuleError as `route()`, and when the weights are impossible
   */
  public weightedRoute(
    match: RouteMatch, targets: WeightedTarget[], options: LoadBalancerRouteOptions = {},
  ): LoadBalancerRoute {
    this.table.check(match, targets, options);
    if (targets.length > 1 && targets.some(({ target }) => isShifting(target))) {
      refuse(this, 'LoadBalancer.ShiftsAlone', `a service whose deployments shift requests among ${targets.length} weighted targets`,
        'a route of its own, since its deployments change the weights of the rule; or Deployment.rolling()');
    }
    this.checkWiring(targets, options);
    const { id, priority } = this.table.enter(match, options);
    targets.forEach(({ target }) => recordWire(this, target, match.path?.join(', ') ?? 'requests'));
    return this.createRoute(id, targets, options, match, priority);
  }

  /**
   * Sends requests that no route takes to a target. Without it they are answered with 404.
   *
   * @throws RuleError when there is a default route already, or the listener is adopted
   */
  public defaultRoute(target: IApplicationLoadBalancerTarget, options: LoadBalancerRouteOptions = {}): LoadBalancerRoute {
    const targets = [{ target, weight: 1 }];
    this.table.checkDefault(targets, options);
    this.checkWiring(targets, options);
    this.table.enterDefault();
    recordWire(this, target, 'requests');
    return isShifting(target)
      // Deployments change the weights of a rule, and the default action is none.
      ? this.createRoute('DefaultRoute', targets, options, { path: ['/*'] }, LAST)
      : this.createRoute('DefaultRoute', targets, options);
  }

  /** Its address, without a slash at the end. */
  public get url(): string {
    const name = this.domainName ?? this.loadBalancer?.loadBalancerDnsName
      ?? refuse(this, 'LoadBalancer.NoAddress', 'the address of an adopted listener', 'domainName, since the listener does not tell');
    return `${this.secure === false ? 'http' : 'https'}://${name}`;
  }

  /** Its security groups. */
  public get connections(): Connections {
    return this.listener.connections;
  }

  /** Opens the way from compute in the network, and tells it the address: `<NAME>_URL`. */
  public attach(compute: ICompute, _access: Access, options?: UseOptions): void {
    if (this.scheme !== Scheme.INTERNET_FACING) {
      openPath(this, compute, this.connections, this.port);
    }
    compute.addEnvironment(environmentName(this, 'URL', options), this.url);
  }

  /** The way an HTTP API calls it: through a VPC link, which all APIs share. */
  public integrationFor(api: IHttpApi): HttpRouteIntegration {
    if (this.secure && !this.domainName) {
      refuse(this, 'LoadBalancer.NoDomainName', `${api.node.path} calls it over HTTPS`, 'domainName, the name in the certificate that the API is to expect');
    }
    const integration = this.integrations.get(api) ?? new HttpAlbIntegration(this.node.id, this.listener, {
      vpcLink: this.vpcLink(),
      secureServerName: this.secure ? this.domainName : undefined,
    });
    this.integrations.set(api, integration);
    return integration;
  }

  /** Where a Cdn fetches from: an internal one without certificates inside its network, any other by `domainName`, over HTTPS. */
  public cdnSource(): CdnSource {
    if (this.scheme === Scheme.INTERNAL && this.secure === false) {
      if (this.vpc?.publicSubnets.length === 0) {
        refuse(this, 'LoadBalancer.NoInternetGateway', `a Cdn fetches from it in ${this.network!.node.path}, which has no public subnets`,
          'a network with publicTier: true, since CloudFront asks for an internet gateway, though it sends nothing through it');
      }
      return { loadBalancer: this.loadBalancer };
    }
    return {
      domainName: this.secure !== false && this.domainName || refuse(this, 'LoadBalancer.NoDomainName', 'a Cdn fetches from it',
        'certificates and domainName, since a Cdn fetches over HTTPS and expects the name in the certificate; or Scheme.INTERNAL alone'),
    };
  }

  /** Requests that a target was picked for; sum over five minutes unless told otherwise. */
  public metricRequests(options?: MetricOptions): Metric {
    return this.metrics.requests(options);
  }

  /** Requests that targets answered with 5xx, in percent; over five minutes unless told otherwise. */
  public metricTargetErrorRate(options?: MetricOptions): IMetric {
    return this.metrics.targetErrorRate(options);
  }

  /** Requests that the load balancer itself answered with 5xx, in percent: no target was there or answered in time. */
  public metricServerErrorRate(options?: MetricOptions): IMetric {
    return this.metrics.serverErrorRate(options);
  }

  /** Time from a request to the answer of its target, in seconds; the 99th percentile over five minutes unless told otherwise. */
  public metricLatency(options?: MetricOptions): Metric {
    return this.metrics.latency(options);
  }

  /** Connections refused because there were too many; sum over five minutes unless told otherwise. */
  public metricRejectedConnections(options?: MetricOptions): Metric {
    return this.metrics.rejectedConnections(options);
  }

  /** Connections open, from clients and to targets; sum over five minutes unless told otherwise. */
  public metricActiveConnections(options?: MetricOptions): Metric {
    return this.metrics.activeConnections(options);
  }

  /** Whether clients speak HTTPS; undefined when an adopted listener does not tell. */
  private get secure(): boolean | undefined {
    return this.listener instanceof ApplicationListener ? this.listener.protocol === ApplicationProtocol.HTTPS : undefined;
  }

  private get port(): Port {
    return this.connections.defaultPort ?? Port.tcp(443);
  }

  private get vpc(): IVpc | undefined {
    return this.network?.vpc ?? this.loadBalancer?.vpc;
  }

  private createRoute(
    id: string, targets: WeightedTarget[], options: LoadBalancerRouteOptions, match?: RouteMatch, priority?: number,
  ): LoadBalancerRoute {
    this.warnOfRoute(id, options);
    return new LoadBalancerRoute(this, id, { listener: this.listener, match, priority, targets, options, vpc: this.vpc });
  }

  private checkWiring(targets: WeightedTarget[], options: LoadBalancerRouteOptions): void {
    const needs = [
      ...options.authentication ? ['authentication'] : [],
      ...options.protocolVersion === ApplicationProtocolVersion.GRPC ? ['gRPC'] : [],
    ];
    if (this.secure === false && needs.length > 0) {
      refuse(this, 'LoadBalancer.NeedsHttps', `${needs.join(' and ')} over HTTP`, 'certificates of the load balancer');
    }
    if (!this.vpc && !targets.every(({ target }) => isFunction(target))) {
      refuse(this, 'LoadBalancer.NoNetwork', 'a target that stands in a network', 'network, since the adopted listener does not tell');
    }
  }

  private warnOfRoute(id: string, { webSocket, sticky }: LoadBalancerRouteOptions): void {
    if (sticky) {
      Validations.of(this).addWarning('cdk-system-blueprints:LoadBalancer.StickySessions',
        `'${id}' ties clients to targets: a target that goes takes its sessions along, and load spreads unevenly; keep sessions in a store that all targets share`);
    }
    const idle = this.idleTimeout?.isUnresolved() ? SHORT_IDLE_SECONDS : this.idleTimeout?.toSeconds() ?? 60;
    if (webSocket && this.scheme && idle < SHORT_IDLE_SECONDS) {
      Validations.of(this).addWarning('cdk-system-blueprints:LoadBalancer.WebSocketIdle',
        `'${id}' serves WebSockets, and the load balancer closes connections after ${idle} s of silence; raise idleTimeout, or let clients send heartbeats more often`);
    }
  }

  private refuseOrWarnOfPlaintext(open: boolean, secure: boolean, plaintext: boolean): void {
    if (secure) {
      return;
    }
    if (open && !plaintext && Profile.of(this).guarded) {
      refuse(this, 'LoadBalancer.Plaintext', 'an internet-facing load balancer without certificates under PRODUCTION',
        'certificates, or plaintext: true to serve in the clear');
    }
    if (open) {
      Validations.of(this).addWarning('cdk-system-blueprints:LoadBalancer.Plaintext',
        `${this.node.path} serves the internet over HTTP: everybody on the way reads along; give it certificates`);
    }
  }

  private createLoadBalancer(network: INetwork, open: boolean, props: LoadBalancerProps): ApplicationLoadBalancer {
    const { vpc } = network;
    if (open && vpc.publicSubnets.length === 0) {
      refuse(this, 'LoadBalancer.NoPublicTier', `internet-facing in ${network.node.path}, which has no public subnets`,
        'a network with publicTier: true, or scheme: Scheme.INTERNAL');
    }
    const loadBalancer = new ApplicationLoadBalancer(this, 'Alb', {
      vpc,
      vpcSubnets: open ? { subnetType: SubnetType.PUBLIC } : network.computeSubnets,
      internetFacing: open,
      idleTimeout: props.idleTimeout,
      dropInvalidHeaderFields: true,
      deletionProtection: Profile.of(this).guarded,
      ...props.loadBalancerProps,
    });
    this.node.defaultChild = loadBalancer;
    return loadBalancer;
  }

  private createListener(
    loadBalancer: ApplicationLoadBalancer, open: boolean, certificates: ICertificate[],
  ): ApplicationListener {
    const secure = certificates.length > 0;
    const listener = new ApplicationListener(this, 'Listener', {
      loadBalancer,
      open,
      protocol: secure ? ApplicationProtocol.HTTPS : ApplicationProtocol.HTTP,
      port: secure ? 443 : 80,
      ...secure && { certificates, sslPolicy: SslPolicy.TLS13_RES },
      defaultAction: ListenerAction.fixedResponse(404, { contentType: 'text/plain', messageBody: 'Not found' }),
    });
    acknowledgeOpen(loadBalancer.connections, open);
    if (!secure) {
      acknowledgeListener(listener, open);
    }
    return listener;
  }

  private createRedirect(loadBalancer: ApplicationLoadBalancer): ApplicationListener {
    const redirect = new ApplicationListener(this, 'Redirect', {
      loadBalancer,
      open: true,
      protocol: ApplicationProtocol.HTTP,
      port: 80,
      defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
    });
    acknowledgeListener(redirect, true, true);
    return redirect;
  }

  private log(loadBalancer: ApplicationLoadBalancer, { accessLogs, connectionLogs }: LoadBalancerProps): IBucket | undefined {
    if (!accessLogs && !connectionLogs && !Profile.of(this).guarded) {
      return undefined;
    }
    if (accessLogs?.encryptionKey) {
      refuse(this, 'LoadBalancer.LogBucketKey', `accessLogs ${accessLogs.node.path}, which a key of AWS KMS encrypts`,
        'a bucket with keys that Amazon S3 manages: load balancers deliver to no other');
    }
    const bucket = accessLogs ?? createLogBucket(this);
    logApplication(this, loadBalancer, bucket, connectionLogs ? ['access_logs', 'connection_logs'] : ['access_logs']);
    return bucket;
  }

  private vpcLink(): VpcLink {
    const vpc = this.vpc ?? refuse(this, 'LoadBalancer.NoNetwork', 'an API that calls an adopted listener', 'network, since the listener does not tell');
    if (!this.link) {
      const securityGroup = new SecurityGroup(this, 'VpcLinkSecurityGroup', { vpc, allowAllOutbound: false, description: `APIs that call ${this.node.path}` });
      this.connections.allowFrom(securityGroup, this.port, 'An HTTP API, through its VPC link');
      this.link = new VpcLink(this, 'VpcLink', { vpc, subnets: this.network?.computeSubnets, securityGroups: [securityGroup] });
    }
    return this.link;
  }
}
