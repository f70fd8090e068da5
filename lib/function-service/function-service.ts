import { Duration, Validations } from 'aws-cdk-lib';
import { type Integration, LambdaIntegration } from 'aws-cdk-lib/aws-apigateway';
import type { HttpRouteIntegration, IHttpApi, IWebSocketApi, WebSocketRouteIntegration } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration, WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ComparisonOperator, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type {
  IApplicationLoadBalancerTarget, IApplicationTargetGroup, LoadBalancerTargetProps,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import {
  type IGrantable, type IPrincipal, type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture, type CfnFunction, EventSourceMapping, Function as LambdaFunction, type FunctionOptions, type IFunction,
  LoggingFormat, Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge, acknowledgeCompliance, acknowledgeInlineGrants, CompliancePack } from '../core/acknowledge';
import { alarmWhenAbove, alarmWhenGuarded } from '../core/alarms';
import { Environment } from '../core/environment';
import type { FileMount, IFileMounter } from '../core/file-mount';
import type { Handler } from '../core/handler';
import type { IHttpTarget } from '../core/http-target';
import { createLogGroup } from '../core/logs';
import type { IQueueWorker, QueueSource } from '../core/queue-worker';
import type { IRestTarget } from '../core/rest-target';
import { enforce, refuse } from '../core/rules';
import type { IStreamWorker, StreamReader, StreamSource } from '../core/stream-worker';
import type { ISocketTarget } from '../core/socket-target';
import { recordWire } from '../core/wires';
import type { Access, IBackingService, INetwork, UseOptions } from '../core/wiring';
import { readStream } from './event-sources';
import { FUNCTION_SERVICE_RULES } from './function-service-rules';
import { invokedByLoadBalancer } from './load-balanced';

/** What Lambda does to put a function into a network (the managed policy AWSLambdaVPCAccessExecutionRole without its logging). */
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses',
];

/** What a FunctionService runs. */
export interface FunctionServiceProps {
  /**
   * The code.
   * @default - none; required unless `function` adopts an existing one
   */
  readonly handler?: Handler;
  /**
   * Memory in MiB, 128 to 10240. CPU grows with it: 1769 MiB are one vCPU.
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * How long one invocation may take, 1 s to 15 min.
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;
  /**
   * The most invocations that run at once. It is taken from the account's pool and reserved for this function.
   * @default - as many as the account's unreserved concurrency allows
   */
  readonly maxConcurrency?: number;
  /**
   * The network to run in, for what lives inside one: caches, databases, private services. Starts take no longer, but the
   * internet is then reached through the network's egress only.
   * @default - outside any network: every regional AWS service and the internet are reached directly
   */
  readonly network?: INetwork;
  /**
   * Environment variables of the code. Never put a secret here.
   * @default - only those that `use()` adds
   */
  readonly environment?: { readonly [name: string]: string };
  /**
   * How long logs are kept.
   * @default - one week under SANDBOX, one year under PRODUCTION
   */
  readonly logRetention?: RetentionDays;
  /**
   * Anything else of the inner Lambda function, applied last. Role, log group and tracing belong to the construct.
   * @default - nothing else
   */
  readonly functionProps?: FunctionOptions;
  /**
   * An existing function to adopt. Nothing is created, and props that would shape a new function are refused.
   * @default - a new function
   */
  readonly function?: IFunction;
}

/**
 * Compute that runs per request or message and costs nothing while idle: AWS Lambda on Node.js 24 and arm64, with its
 * own least-privilege role, its own log group, and traces.
 */
export class FunctionService extends Construct
  implements IFileMounter, IQueueWorker, IStreamWorker, IHttpTarget, IRestTarget, ISocketTarget, IApplicationLoadBalancerTarget {
  /** The function itself. */
  public readonly function: IFunction;
  /** Its role; undefined when an adopted function does not show its role. */
  public readonly role?: IRole;
  /** Where it logs; undefined for an adopted function. */
  public readonly logGroup?: ILogGroup;
  /** The network it runs in; undefined when it runs outside. */
  public readonly network?: INetwork;
  /** How long one invocation may take; undefined when an adopted function does not tell. */
  public readonly timeout?: Duration;
  public readonly visibilityFactor = 6;
  public readonly grantPrincipal: IPrincipal;

  private readonly environment: Environment;
  private readonly integrations = new Map<IHttpApi, HttpRouteIntegration>();
  private readonly socketIntegrations = new Map<IWebSocketApi, WebSocketRouteIntegration>();

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: FunctionServiceProps) {
    super(scope, id);
    enforce(this, FUNCTION_SERVICE_RULES, props);
    if (props.function) {
      this.function = props.function;
      this.role = props.function.role;
      this.timeout = props.function instanceof LambdaFunction ? props.function.timeout : undefined;
    } else {
      const logGroup = createLogGroup(this, 'Logs', props.logRetention);
      const role = this.createRole(logGroup, props.network);
      const created = this.createFunction(props, role, logGroup);
      this.logGroup = logGroup;
      this.role = role;
      this.function = created;
      this.timeout = created.timeout;
      this.network = props.network;
      this.node.defaultChild = created;
      this.createAlarms(created.timeout);
    }
    this.grantPrincipal = this.function.grantPrincipal;
    this.environment = new Environment(this, 'FunctionService', { ...props.functionProps?.environment, ...props.environment });
  }

  /** Its security groups; undefined when it runs outside a network. */
  public get connections(): Connections | undefined {
    return this.function.isBoundToVpc ? this.function.connections : undefined;
  }

  public use(service: IBackingService, access: Access, options?: UseOptions): void {
    service.attach(this, access, options);
    recordWire(this, service, access);
  }

  /**
   * Tells the code a value through its environment. An imported function takes none: a warning then says which variable
   * to set where the function is defined.
   *
   * @throws RuleError when the variable already has another value
   */
  public addEnvironment(name: string, value: string): void {
    this.environment.add(name, value);
    if (this.function instanceof LambdaFunction) {
      this.function.addEnvironment(name, value);
    } else {
      Validations.of(this).addWarning('cdk-system-blueprints:FunctionService.EnvironmentOfImported',
        `${name} cannot be set on the function that ${this.node.path} adopts; set it where that function is defined`);
    }
  }

  /**
   * Mounts files. Called by `compute.use()`.
   *
   * @throws RuleError for a second file system, and for a function that is imported
   */
  public mountFiles({ accessPoint, path, ready }: FileMount): void {
    const resource = this.function instanceof LambdaFunction ? this.function.node.defaultChild as CfnFunction : undefined;
    if (!resource || resource.fileSystemConfigs) {
      refuse(this, 'FunctionService.FileSystem', `${path} in ${resource ? 'a function that has mounted files' : 'an imported function'}`,
        'one file system for each function that is defined here, as AWS Lambda has it');
    }
    resource.fileSystemConfigs = [{ arn: accessPoint.accessPointArn, localMountPath: path }];
    resource.node.addDependency(ready);
  }

  /** The way an HTTP API calls this function. All routes of the API to the function share it. */
  public integrationFor(api: IHttpApi): HttpRouteIntegration {
    const integration = this.integrations.get(api) ?? new HttpLambdaIntegration(this.node.id, this.function);
    this.integrations.set(api, integration);
    return integration;
  }

  /** The way a WebSocket API calls this function. All routes of the API to the function share it. */
  public socketIntegrationFor(api: IWebSocketApi): WebSocketRouteIntegration {
    const integration = this.socketIntegrations.get(api) ?? new WebSocketLambdaIntegration(this.node.id, this.function);
    this.socketIntegrations.set(api, integration);
    return integration;
  }

  /** The way a REST API calls this function: with the whole request, payload format 1.0. */
  public restIntegration(): Integration {
    return new LambdaIntegration(this.function, { allowTestInvoke: false });
  }

  /** Has a load balancer invoke this function. Called by `loadBalancer.route()`. */
  public attachToApplicationTargetGroup(targetGroup: IApplicationTargetGroup): LoadBalancerTargetProps {
    return invokedByLoadBalancer(this, this.function, targetGroup);
  }

  /** Has Lambda poll a queue and invoke the function with batches. Called by `queue.consumedBy()`. */
  public workQueue(source: QueueSource): IConstruct {
    const mapping = new EventSourceMapping(this, `Consumes${source.name}`, {
      target: this.function,
      eventSourceArn: source.queue.queueArn,
      batchSize: source.batchSize,
      maxBatchingWindow: source.batchWindow,
      maxConcurrency: source.maxConcurrency,
      reportBatchItemFailures: true,
    });
    acknowledge(mapping.node.defaultChild as Construct, {
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'A mapping of a queue takes no failure destination: what fails goes to the dead letters of the queue (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS").',
    });
    return mapping;
  }

  /** Has Lambda read a stream and invoke the function with batches. Called by `stream.consumedBy()`. */
  public workStream(source: StreamSource): StreamReader {
    return readStream(this, this.function, source);
  }

  /** Lets a principal invoke the function. */
  public grantInvoke(grantee: IGrantable) {
    return this.function.grantInvoke(grantee);
  }

  /** Invocations that ended in an error; sum over five minutes unless told otherwise. */
  public metricErrors(options?: MetricOptions): Metric {
    return this.function.metricErrors(options);
  }

  /** Invocations that were refused because too many ran at once; sum over five minutes unless told otherwise. */
  public metricThrottles(options?: MetricOptions): Metric {
    return this.function.metricThrottles(options);
  }

  /** How long invocations take, in milliseconds; the 99th percentile over five minutes unless told otherwise. */
  public metricDuration(options?: MetricOptions): Metric {
    return this.function.metricDuration({ statistic: Stats.p(99), ...options });
  }

  private createRole(logGroup: ILogGroup, network?: INetwork): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Telemetry: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
            new PolicyStatement({ actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] }),
          ],
        }),
        ...network && { Network: new PolicyDocument({ statements: [new PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] })] }) },
      },
    });
    acknowledgeInlineGrants(role);
    // On the role resource itself, not on the construct: the policy that holds the grants of the user is a child of the
    // construct, and a wildcard in it must still be found.
    const reason = 'Sending traces and, in a network, what Lambda does to network interfaces in the name of the function do not support resource-level permissions (Service Authorization Reference, AWS X-Ray; AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC").';
    acknowledge(role.node.defaultChild as Construct,
      { id: 'AwsSolutions-IAM5[Resource::*]', reason },
      { id: 'Serverless-LambdaStarPermissions', reason });
    return role;
  }

  private createFunction(props: FunctionServiceProps, role: Role, logGroup: ILogGroup): LambdaFunction {
    const created = new LambdaFunction(this, 'Function', {
      code: props.handler!.code,
      handler: props.handler!.entryPoint,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(10),
      reservedConcurrentExecutions: props.maxConcurrency,
      loggingFormat: LoggingFormat.JSON,
      ...props.network && {
        vpc: props.network.vpc,
        vpcSubnets: props.network.computeSubnets,
        ...props.network.dualStack && { ipv6AllowedForDualStack: true, allowAllIpv6Outbound: true },
      },
      ...props.functionProps,
      environment: { ...props.functionProps?.environment, ...props.environment },
      role,
      logGroup,
    });
    const resource = created.node.defaultChild as CfnFunction;
    // The L2's own `tracing` would write the X-Ray wildcard into the policy that holds the user's grants.
    resource.tracingConfig = { mode: 'Active' };
    this.acknowledgeFunction(resource, props);
    return created;
  }

  private acknowledgeFunction(resource: CfnFunction, { maxConcurrency, network, functionProps }: FunctionServiceProps): void {
    if (!functionProps?.deadLetterQueue && !functionProps?.deadLetterQueueEnabled && !functionProps?.deadLetterTopic) {
      const reason = 'Routes invoke it synchronously and queues through an event source mapping, whose failures go to the queue\'s dead letters; a dead-letter queue of the function serves asynchronous invocations only.';
      acknowledge(resource, { id: 'Serverless-LambdaDLQ', reason });
      acknowledgeCompliance(resource, 'LambdaDLQ', reason, [CompliancePack.HIPAA, CompliancePack.NIST]);
    }
    if (maxConcurrency === undefined && functionProps?.reservedConcurrentExecutions === undefined) {
      acknowledgeCompliance(resource, 'LambdaConcurrency',
        'Reserved concurrency is taken from every other function of the account, so it is a choice: maxConcurrency. Callers are bounded where they call: throttling of the API, maxConcurrency of the queue.',
        [CompliancePack.HIPAA, CompliancePack.NIST]);
    }
    if (!network) {
      acknowledgeCompliance(resource, 'LambdaInsideVPC',
        'It uses nothing that lives in a VPC: what does is refused by use() until the function is given a network. Every call is signed and goes over TLS.');
    }
  }

  private createAlarms(timeout?: Duration): void {
    alarmWhenGuarded(this, 'ErrorsAlarm', () => ({
      metric: this.metricErrors(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Invocations fail: read the log group for the stack trace.',
    }));
    alarmWhenGuarded(this, 'ThrottlesAlarm', () => ({
      metric: this.metricThrottles(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Invocations are refused: maxConcurrency or the account limit is reached.',
    }));
    // CloudFormation cannot calculate: a timeout that is known only at deployment gives no threshold.
    if (timeout && !timeout.isUnresolved()) {
      alarmWhenAbove(this, 'DurationAlarm', () => ({
        metric: this.metricDuration(),
        threshold: timeout.toMilliseconds() * 0.8,
        alarmDescription: 'The slowest of a hundred invocations takes more than 80 % of the timeout.',
      }));
    }
  }
}
