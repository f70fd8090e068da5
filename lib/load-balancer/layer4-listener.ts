import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type IConnectable, type IVpc, Port } from 'aws-cdk-lib/aws-ec2';
import {
  type INetworkListener, type INetworkLoadBalancer, type INetworkLoadBalancerTarget, NetworkListener, NetworkTargetGroup,
  Protocol, SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { acknowledgeCompliance } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import type { ListenOptions } from './layer4-load-balancer';
import { DRAIN, HEALTH } from './target-group';

/** What a Layer4Listener is made of. Made by `Layer4LoadBalancer.listen()`. */
export interface Layer4ListenerProps {
  /** The load balancer that it belongs to. */
  readonly loadBalancer: INetworkLoadBalancer;
  /** The port that clients use. */
  readonly port: number;
  /** What clients speak. */
  readonly protocol: Protocol;
  /** What answers. */
  readonly target: INetworkLoadBalancerTarget;
  /** How it works. */
  readonly options: ListenOptions;
  /** Where its targets stand. */
  readonly vpc: IVpc;
}

/** One port of a layer 4 load balancer: its listener and its target group. */
export class Layer4Listener extends Construct {
  /** The listener itself. */
  public readonly listener: INetworkListener;
  /** The target group. */
  public readonly targetGroup: NetworkTargetGroup;

  constructor(scope: Construct, id: string, props: Layer4ListenerProps) {
    super(scope, id);
    const { loadBalancer, port, protocol, options, vpc } = props;
    this.targetGroup = this.createTargetGroup(vpc, props);
    const listener = new NetworkListener(this, 'Listener', {
      loadBalancer,
      port,
      protocol,
      certificates: options.certificates,
      sslPolicy: protocol === Protocol.TLS ? SslPolicy.TLS13_RES : undefined,
      alpnPolicy: options.alpn,
      tcpIdleTimeout: options.idleTimeout,
      defaultTargetGroups: [this.targetGroup],
    });
    this.listener = listener;
    if (protocol !== Protocol.TLS) {
      acknowledgeCompliance(listener.node.defaultChild!, 'ELBv2ACMCertificateRequired',
        'It hands connections on as they are: whether they are encrypted is between client and target. TLS that ends here follows from certificates.');
    }
    this.letIn(props);
    this.targetGroup.addTarget(props.target);
    this.createAlarm();
  }

  /** Targets that fail their health check; maximum over five minutes unless told otherwise. */
  public metricUnhealthyTargets(options?: MetricOptions): Metric {
    return this.targetGroup.metrics.unHealthyHostCount({ statistic: Stats.MAXIMUM, ...options });
  }

  /** Targets that connections are handed to; minimum over five minutes unless told otherwise. */
  public metricHealthyTargets(options?: MetricOptions): Metric {
    return this.targetGroup.metrics.healthyHostCount({ statistic: Stats.MINIMUM, ...options });
  }

  private createTargetGroup(vpc: IVpc, { port, protocol, options }: Layer4ListenerProps): NetworkTargetGroup {
    const targetGroup = new NetworkTargetGroup(this, 'Targets', {
      vpc,
      port: options.targetPort ?? port,
      protocol: protocol === Protocol.TLS && !options.encryptToTarget ? Protocol.TCP : protocol,
      preserveClientIp: options.preserveClientIp,
      proxyProtocolV2: options.proxyProtocolV2,
      crossZoneEnabled: options.crossZone,
      deregistrationDelay: options.drain ?? DRAIN,
      connectionTermination: options.terminateConnections,
      healthCheck: { ...HEALTH, ...options.health },
    });
    if (options.sticky) {
      targetGroup.setAttribute('stickiness.enabled', 'true');
      targetGroup.setAttribute('stickiness.type', 'source_ip');
    }
    return targetGroup;
  }

  /** The CDK opens no security groups for layer 4. */
  private letIn({ loadBalancer, port, protocol, target, options }: Layer4ListenerProps): void {
    const { connections } = target as Partial<IConnectable>;
    if (!connections) {
      return;
    }
    const targetPort = options.targetPort ?? port;
    if (protocol !== Protocol.UDP) {
      loadBalancer.connections.allowTo({ connections }, Port.tcp(targetPort), 'Connections and health checks');
    }
    if (protocol === Protocol.UDP || protocol === Protocol.TCP_UDP) {
      loadBalancer.connections.allowTo({ connections }, Port.udp(targetPort), 'Datagrams');
    }
    const healthPort = options.health?.port === undefined || options.health.port === 'traffic-port' ? targetPort : Number(options.health.port);
    if (protocol === Protocol.UDP || healthPort !== targetPort) {
      loadBalancer.connections.allowTo({ connections }, Port.tcp(healthPort), 'Health checks');
    }
  }

  private createAlarm(): void {
    alarmWhenGuarded(this, 'UnhealthyAlarm', () => ({
      metric: this.metricUnhealthyTargets({ period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: 5,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'A target has failed its health check for five minutes: nobody is sent to it.',
    }));
  }
}
