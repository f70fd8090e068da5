import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  type CfnRoute, type IDomainName, type IWebSocketApi, type IWebSocketStage, LogGroupLogDestination, WebSocketApi,
  type WebSocketApiProps, WebSocketRoute, WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { alarmWhenAbove } from '../core/alarms';
import { createLogGroup } from '../core/logs';
import { enforce, refuse } from '../core/rules';
import { show } from '../core/show';
import type { ISocketTarget } from '../core/socket-target';
import { recordWire } from '../core/wires';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions, writes } from '../core/wiring';
import type { FunctionService } from '../function-service/index';
import type { KeyValueStore } from '../key-value-store/index';
import { WEB_SOCKET_ACCESS_LOG } from './access-log';
import { accountLogging } from './account-logging';
import { type ApiDomain, domainUrl, mapDomain } from './api-domain';
import type { Authorizer } from './authorizer';
import { completeThrottle, type Throttle } from './throttle';
import { keepConnections } from './web-socket-connections';
import { WEB_SOCKET_GATEWAY_RULES } from './web-socket-rules';

/** What a WebSocketGateway offers to its clients. */
export interface WebSocketGatewayProps {
  /**
   * How many messages and new connections all clients together may send.
   * @default - 500 per second, 1000 at once
   */
  readonly throttle?: Throttle;
  /**
   * Who may connect: `Authorizer.function` or `iam`. A function also says the group, in the context of its answer.
   * @default - everybody
   */
  readonly authorizer?: Authorizer;
  /**
   * How long a connection is kept in the table when nobody told that it was closed, 1 min to 2 h.
   * @default Duration.hours(2) - the longest that API Gateway keeps a connection open
   */
  readonly connectionTtl?: Duration;
  /**
   * The field of a JSON message that says which route it takes.
   * @default 'action'
   */
  readonly routeBy?: string;
  /**
   * A domain of your own.
   * @default - the default address of the API
   */
  readonly domain?: ApiDomain;
  /**
   * Makes the role in which API Gateway writes the logs of every REST and WebSocket API of this account and region. An
   * account that has none refuses the access log: "CloudWatch Logs role ARN must be set in account settings".
   * @default false - the account has one, as after its first such API
   */
  readonly accountLogging?: boolean;
  /**
   * How long access logs are kept.
   * @default - one week under SANDBOX, one year under PRODUCTION
   */
  readonly logRetention?: RetentionDays;
  /**
   * Anything else of the inner API, applied last.
   * @default - nothing else
   */
  readonly apiProps?: WebSocketApiProps;
  /**
   * The stage of an existing WebSocket API to adopt. Routes are added to the API; who is connected is its own affair.
   * @default - a new API
   */
  readonly stage?: IWebSocketStage;
}

/**
 * Messages both ways over connections that stay open: an Amazon API Gateway WebSocket API that remembers who is connected,
 * so that compute can send to one client or to a group of them.
 */
export class WebSocketGateway extends Construct implements IBackingService {
  /** The API itself. */
  public readonly api: IWebSocketApi;
  /** The stage that serves it. */
  public readonly stage: IWebSocketStage;
  /** Who is connected: `connectionId`, `group` and `expiresAt`; undefined for an adopted API. */
  public readonly connections?: KeyValueStore;
  /** What keeps the table of connections: it answers `$connect` and `$disconnect`; undefined for an adopted API. */
  public readonly keeper?: FunctionService;
  /** Where every connection and message is logged; undefined for an adopted API. */
  public readonly accessLog?: ILogGroup;
  /** The domain of your own; undefined without one. */
  public readonly domain?: IDomainName;

  private readonly routes = new Set<string>();
  private readonly ownUrl?: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: WebSocketGatewayProps = {}) {
    super(scope, id);
    enforce(this, WEB_SOCKET_GATEWAY_RULES, props);
    if (props.stage) {
      this.stage = props.stage;
      this.api = props.stage.api;
      return;
    }
    this.api = new WebSocketApi(this, 'Api', { routeSelectionExpression: `$request.body.${props.routeBy ?? 'action'}`, ...props.apiProps });
    this.accessLog = createLogGroup(this, 'AccessLog', props.logRetention);
    this.stage = this.createStage(this.accessLog, props);
    this.domain = props.domain && mapDomain(this, props.domain, {
      apiId: this.api.apiId, stageName: this.stage.stageName, stage: this.stage,
    });
    this.ownUrl = props.domain && domainUrl('wss', props.domain);
    const { table, keeper } = keepConnections(this, props.connectionTtl ?? Duration.hours(2));
    this.connections = table;
    this.keeper = keeper;
    this.addRoute('$connect', keeper, props.authorizer);
    this.addRoute('$disconnect', keeper);
    this.node.defaultChild = this.api;
    this.createAlarms();
  }

  /**
   * Hands messages of a kind to what answers them.
   *
   * @param route the value of the field that messages are routed by: `sendMessage`; or `$default` for all others
   * @param target compute
   * @throws RuleError when the route is malformed or already taken
   */
  public route(route: string, target: ISocketTarget): WebSocketRoute {
    if (typeof route !== 'string' || !/^(\$default|[\w./-]{1,128})$/.test(route)) {
      refuse(this, 'WebSocketGateway.MalformedRoute', `route ${show(route)}`,
        '$default, or up to 128 letters, digits, _, -, . and /; $connect and $disconnect keep the table of connections');
    }
    if (typeof target?.socketIntegrationFor !== 'function') {
      refuse(this, 'WebSocketGateway.NoTarget', `${show(target)} as the target of '${route}'`, 'compute');
    }
    if (this.routes.has(route)) {
      refuse(this, 'WebSocketGateway.RouteTaken', `route '${route}' twice`, 'one target for each route');
    }
    return this.addRoute(route, target);
  }

  /**
   * Lets compute send to clients, by `Access.WRITE`: it finds the address in `<NAME>_CALLBACK_URL` and the connections in
   * `<NAME>_TABLE_NAME`. `Access.READ` lets it look at the connections only.
   */
  public attach(compute: ICompute, access: Access, options: UseOptions = {}): void {
    this.connections?.attach(compute, writes(access) ? Access.READ_WRITE : Access.READ, { name: options.name ?? this.node.id });
    if (writes(access)) {
      this.grantSend(compute);
      compute.addEnvironment(environmentName(this, 'CALLBACK_URL', options), this.callbackUrl);
      if (compute.network) {
        Validations.of(this).addWarning('cdk-system-blueprints:WebSocketGateway.NeedsInternet',
          `${compute.node.path} runs in a network and reaches connections through its way to the internet only; interface endpoints lead to private APIs`);
      }
    }
  }

  /** Lets a principal send to the connections of this stage and close them. */
  public grantSend(grantee: IGrantable): Grant {
    const resourceArns = ['POST', 'DELETE'].map((method) => Stack.of(this).formatArn({
      service: 'execute-api', resource: this.api.apiId, resourceName: `${this.stage.stageName}/${method}/@connections/*`,
    }));
    const { grantPrincipal } = grantee;
    if (Construct.isConstruct(grantPrincipal)) {
      acknowledge(grantPrincipal, ...resourceArns.map((arn) => ({
        id: `AwsSolutions-IAM5[Resource::${flat(Stack.of(this).resolve(arn))}]`,
        reason: 'The connections of the one stage that this construct serves: their ids are made when clients connect.',
      })));
    }
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:ManageConnections'], resourceArns });
  }

  /** The address that clients connect to, without a slash at the end. */
  public get url(): string {
    return this.ownUrl ?? `wss://${this.host}`;
  }

  /** The address by which compute sends to connections, without a slash at the end. */
  public get callbackUrl(): string {
    return `https://${this.host}`;
  }

  /** New connections; sum over five minutes unless told otherwise. */
  public metricConnects(options?: MetricOptions): Metric {
    return this.metric('ConnectCount', { statistic: Stats.SUM, ...options });
  }

  /** Messages both ways; sum over five minutes unless told otherwise. */
  public metricMessages(options?: MetricOptions): Metric {
    return this.metric('MessageCount', { statistic: Stats.SUM, ...options });
  }

  /** Messages that failed on our side in percent; over five minutes unless told otherwise. */
  public metricIntegrationErrorRate(options?: MetricOptions): IMetric {
    return this.rate('IntegrationError', 'Integration errors (%)', options);
  }

  /** Messages that were refused for what clients did in percent; over five minutes unless told otherwise. */
  public metricClientErrorRate(options?: MetricOptions): IMetric {
    return this.rate('ClientError', 'Client errors (%)', options);
  }

  private get host(): string {
    const { region, urlSuffix } = Stack.of(this);
    return `${this.api.apiId}.execute-api.${region}.${urlSuffix}/${this.stage.stageName}`;
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/ApiGateway', metricName, dimensionsMap: { ApiId: this.api.apiId, Stage: this.stage.stageName }, ...options,
    }).attachTo(this);
  }

  private rate(metricName: string, label: string, options?: MetricOptions): IMetric {
    return new MathExpression({
      expression: '100 * errors / messages',
      usingMetrics: {
        errors: this.metric(metricName, { statistic: Stats.SUM, ...options }),
        messages: this.metricMessages(options),
      },
      label,
      period: options?.period,
    });
  }

  private addRoute(routeKey: string, target: ISocketTarget, authorizer?: Authorizer): WebSocketRoute {
    this.routes.add(routeKey);
    recordWire(this, target, routeKey);
    const created = new WebSocketRoute(this, routeKey, {
      webSocketApi: this.api,
      routeKey,
      integration: target.socketIntegrationFor(this.api),
      authorizer: authorizer?.socketAuthorizer(this),
    });
    if ((created.node.defaultChild as CfnRoute).authorizationType === 'NONE') {
      acknowledge(created, {
        id: 'AwsSolutions-APIG4',
        reason: routeKey === '$connect' ? 'Everybody may connect: the gateway has no authorizer.' : 'Whoever is connected was let in by $connect, the only route that has an authorizer.',
      });
    }
    return created;
  }

  private createStage(accessLog: ILogGroup, props: WebSocketGatewayProps): WebSocketStage {
    const { ratePerSecond, burst } = completeThrottle(props.throttle);
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: 'live',
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: WEB_SOCKET_ACCESS_LOG() },
    });
    if (props.accountLogging) {
      stage.node.addDependency(accountLogging(this));
    }
    return stage;
  }

  private createAlarms(): void {
    alarmWhenAbove(this, 'IntegrationErrorsAlarm', () => ({
      metric: this.metricIntegrationErrorRate(),
      threshold: 1,
      alarmDescription: `More than 1 % of the messages to ${this.node.path} fail on our side.`,
    }));
    alarmWhenAbove(this, 'ClientErrorsAlarm', () => ({
      metric: this.metricClientErrorRate(),
      threshold: 10,
      alarmDescription: `More than 10 % of the messages to ${this.node.path} are refused: clients that do not know the routes, or may not connect.`,
    }));
  }
}

/** A resolved ARN as cdk-nag 3 prints it: references in angle brackets. */
function flat(arn: unknown): string {
  const parts = typeof arn === 'string' ? [arn] : (arn as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  return parts.map((part) => typeof part === 'string' ? part : `<${(part as { Ref: string }).Ref}>`).join('');
}
