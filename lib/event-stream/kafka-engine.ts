import { Fn, Names, Stack } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Connections, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeInlineGrants } from '../core/acknowledge';
import { openPath } from '../core/network-path';
import { Profile } from '../core/profile';
import { refuse } from '../core/rules';
import type { IStreamWorker, StreamReader } from '../core/stream-worker';
import { environmentName, type ICompute, type INetwork, type UseOptions } from '../core/wiring';
import { Network } from '../network/index';
import type { EventStreamProps } from './event-stream';
import type { Counted, Engine, Opened, Wish } from './stream-engine';

/** The port of the brokers of MSK Serverless, which take IAM alone. */
const BROKER_PORT = 9098;
/** Amazon MSK Developer Guide, "Semantics of IAM authorization policy actions and resources". */
const ON_CLUSTER = { both: ['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'], write: ['kafka-cluster:WriteDataIdempotently'] };
const WRITE_TOPIC = ['kafka-cluster:CreateTopic', 'kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'];
const READ_TOPIC = ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'];
const READ_GROUP = ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'];
/** What Lambda's pollers do in the network of the cluster (managed policy AWSLambdaMSKExecutionRole without its logging). */
const POLLER_ACTIONS = [
  'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets', 'ec2:DescribeVpcs',
];

const METRICS: { readonly [counted in Counted]?: string } = { records: 'MessagesInPerSec', bytes: 'BytesInPerSec' };

/** Apache Kafka, as Amazon MSK Serverless. */
export class KafkaEngine implements Engine {
  public readonly sizing = [];
  public readonly cluster: CfnServerlessCluster;
  public readonly topic: string;
  public readonly connections: Connections;

  private readonly network: INetwork;
  private readonly clusterName: string;

  constructor(private readonly owner: Construct, props: EventStreamProps) {
    this.network = props.network ?? Network.of(owner);
    this.topic = props.topic ?? owner.node.id.replace(/[^A-Za-z0-9._-]/g, '-');
    this.connections = this.createConnections();
    // CloudFormation does not make one up. It holds the name of the stack and a hash of the path.
    this.clusterName = Names.uniqueResourceName(owner, { maxLength: 64, separator: '-' });
    this.cluster = this.createCluster();
    this.cluster.applyRemovalPolicy(Profile.of(owner).dataRemoval(props.disposable));
  }

  public attach(compute: ICompute, options?: UseOptions): void {
    openPath(this.owner, compute, this.connections, Port.tcp(BROKER_PORT));
    compute.network?.reach('kafka', compute);
    this.grantWrite(compute);
    compute.addEnvironment(environmentName(this.owner, 'CLUSTER_ARN', options), this.cluster.attrArn);
    compute.addEnvironment(environmentName(this.owner, 'TOPIC', options), this.topic);
  }

  public grantWrite(grantee: IGrantable): Grant {
    return this.grant(grantee, [...ON_CLUSTER.both, ...ON_CLUSTER.write, 'kafka:GetBootstrapBrokers'], this.cluster.attrArn)
      .combine(this.grant(grantee, WRITE_TOPIC, this.below('topic', this.topic)));
  }

  /** Lambda's pollers stand in the subnets of the cluster, whatever network the function itself runs in. */
  public open(group: Construct, name: string, worker: IStreamWorker, { queue }: Wish): Opened {
    ['lambda', 'sts', ...queue ? ['sqs'] : []].forEach((service) => this.network.reach(service, worker));
    const grants = [
      this.grant(worker, [...ON_CLUSTER.both, 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], this.cluster.attrArn),
      this.grant(worker, READ_TOPIC, this.below('topic', this.topic)),
      this.grant(worker, READ_GROUP, this.below('group', name)),
    ];
    const before = [...grants, ...this.allowPollers(group, worker)];
    return { arn: this.cluster.attrArn, kafka: { topic: this.topic, consumerGroup: name }, before };
  }

  public metricAge(name: string, _reader: StreamReader, options: MetricOptions = {}): IMetric {
    const period = { statistic: Stats.MAXIMUM, ...options };
    const lag = this.metricOf('EstimatedMaxTimeLag', { 'Topic': this.topic, 'Consumer Group': name }, period);
    return new MathExpression({ expression: '1000 * lag', usingMetrics: { lag }, label: 'How far the group is behind', period: lag.period });
  }

  public metric(counted: Counted, options?: MetricOptions): Metric {
    const name = METRICS[counted]
      ?? refuse(this.owner, 'EventStream.KinesisOnly', `${counted} of a Kafka engine`, 'records and bytes; Kafka slows clients down and refuses nothing');
    return this.metricOf(name, { Topic: this.topic }, { statistic: Stats.AVERAGE, ...options });
  }

  private metricOf(metricName: string, dimensions: { [name: string]: string }, options: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/Kafka', metricName, dimensionsMap: { 'Cluster Name': this.clusterName, ...dimensions }, ...options,
    });
  }

  private createConnections(): Connections {
    const { vpc } = this.network;
    const securityGroup = new SecurityGroup(this.owner, 'SecurityGroup', {
      vpc, description: `Kafka of ${this.owner.node.path}`, allowAllOutbound: false,
    });
    const connections = new Connections({ securityGroups: [securityGroup] });
    // Lambda's pollers share the security group of the cluster.
    connections.allowInternally(Port.tcp(BROKER_PORT), 'pollers of Lambda');
    connections.allowTo(Peer.ipv4(vpc.vpcCidrBlock), Port.tcp(443), 'pollers to the endpoints of AWS services');
    return connections;
  }

  private createCluster(): CfnServerlessCluster {
    return new CfnServerlessCluster(this.owner, 'Cluster', {
      clusterName: this.clusterName,
      clientAuthentication: { sasl: { iam: { enabled: true } } },
      vpcConfigs: [{
        subnetIds: this.network.vpc.selectSubnets(this.network.dataSubnets).subnetIds,
        securityGroups: this.connections.securityGroups.map(({ securityGroupId }) => securityGroupId),
      }],
    });
  }

  private grant(grantee: IGrantable, actions: string[], resourceArn: string): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
  }

  /** The ARN of a topic or a consumer group: that of the cluster with another type, and the name at its end. */
  private below(resource: string, name: string): string {
    const uuid = Fn.select(2, Fn.split('/', this.cluster.attrArn));
    return Stack.of(this.owner).formatArn({ service: 'kafka', resource, resourceName: `${this.clusterName}/${uuid}/${name}` });
  }

  private allowPollers(group: Construct, worker: IStreamWorker): Policy[] {
    const { grantPrincipal } = worker;
    if (!('attachInlinePolicy' in grantPrincipal)) {
      return [];
    }
    // A policy of its own, so that the wildcard is acknowledged for nothing else.
    const policy = new Policy(group, 'Pollers', { statements: [new PolicyStatement({ actions: POLLER_ACTIONS, resources: ['*'] })] });
    (grantPrincipal as IRole).attachInlinePolicy(policy);
    acknowledgeInlineGrants(policy);
    const reason = 'What the pollers of Lambda do to network interfaces in the name of the function does not support resource-level permissions (AWS Lambda Developer Guide, "Configuring Lambda permissions for Amazon MSK event source mappings").';
    acknowledge(policy, { id: 'AwsSolutions-IAM5[Resource::*]', reason });
    return [policy];
  }
}
