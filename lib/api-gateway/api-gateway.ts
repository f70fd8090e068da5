import {
  type CorsPreflightOptions, HttpApi, type HttpApiProps, HttpNoneAuthorizer, HttpRoute, HttpRouteKey, HttpStage, type IHttpApi,
  type IHttpRouteAuthorizer, type IHttpStage, LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ComparisonOperator, type IMetric, MathExpression, type Metric, type MetricOptions, Stats, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import { alarmWhenGuarded } from '../core/alarms';
import type { IHttpTarget } from '../core/http-target';
import { createLogGroup } from '../core/logs';
import { enforce, refuse } from '../core/rules';
import { show } from '../core/show';
import { API_GATEWAY_RULES } from './api-gateway-rules';
import { parseRouteKey } from './route-key';

/** How many requests an API accepts before it answers 429: a token bucket. */
export interface Throttle {
  /**
   * Requests per second in the long run, 1 to 10,000.
   * @default 500
   */
  readonly ratePerSecond?: number;
  /**
   * Requests at once, 1 to 5,000.
   * @default 1000
   */
  readonly burst?: number;
}

/** What an ApiGateway offers to its callers. */
export interface ApiGatewayProps {
  /**
   * How many requests all routes together accept before they answer 429.
   * @default - 500 per second, 1000 at once
   */
  readonly throttle?: Throttle;
  /**
   * Which web pages of other origins may call the API from a browser.
   * @default - none
   */
  readonly cors?: CorsPreflightOptions;
  /**
   * How long access logs are kept.
   * @default - one week under SANDBOX, one year under PRODUCTION
   */
  readonly logRetention?: RetentionDays;
  /**
   * Anything else of the inner API, applied last.
   * @default - nothing else
   */
  readonly apiProps?: HttpApiProps;
  /**
   * An existing HTTP API to adopt. Routes are added to it; its stage, throttling and logs stay its own.
   * @default - a new API
   */
  readonly api?: IHttpApi;
}

/** How one route is guarded. */
export interface RouteOptions {
  /**
   * Who may call the route.
   * @default - everybody
   */
  readonly authorizer?: IHttpRouteAuthorizer;
  /**
   * The scopes that the authorizer asks for.
   * @default - none
   */
  readonly scopes?: string[];
}

/** One front door for many services: an HTTP API that routes by method and path, throttles, and logs every access. */
export class ApiGateway extends Construct {
  /** The API itself. */
  public readonly api: IHttpApi;
  /** The stage that serves it; undefined for an adopted API. */
  public readonly stage?: IHttpStage;
  /** Where every access is logged; undefined for an adopted API. */
  public readonly accessLog?: ILogGroup;

  private readonly routes = new Map<string, HttpRoute>();

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: ApiGatewayProps = {}) {
    super(scope, id);
    enforce(this, API_GATEWAY_RULES, props);
    if (props.api) {
      this.api = props.api;
      return;
    }
    const api = new HttpApi(this, 'Api', { corsPreflight: props.cors, createDefaultStage: false, ...props.apiProps });
    this.api = api;
    this.accessLog = createLogGroup(this, 'AccessLog', props.logRetention);
    this.stage = this.createStage(api, this.accessLog, props);
    this.node.defaultChild = api;
    this.createAlarms(api);
  }

  /**
   * Sends requests of a route to compute.
   *
   * @param route method and path: `GET /links/{slug}`, `ANY /files/{path+}`
   * @param target what answers
   * @throws RuleError when the route is malformed or already taken
   */
  public route(route: string, target: IHttpTarget, options: RouteOptions = {}): HttpRoute {
    const key = parseRouteKey(route) ?? refuse(this, 'ApiGateway.MalformedRoute', `route ${show(route)}`,
      "'<METHOD> /<path>': a method in capitals or ANY, a path with {parameters}, each name once, {greedy+} only as the last");
    if (this.routes.has(route)) {
      refuse(this, 'ApiGateway.RouteTaken', `route '${route}' twice`, 'one target for each route');
    }
    const created = new HttpRoute(this, route, {
      httpApi: this.api,
      routeKey: HttpRouteKey.with(key.path, key.method),
      integration: target.integrationFor(this.api),
      authorizer: options.authorizer ?? (this.api.defaultAuthorizer ? undefined : new HttpNoneAuthorizer()),
      authorizationScopes: options.scopes,
    });
    if (!options.authorizer && !this.api.defaultAuthorizer) {
      acknowledge(created, { id: 'AwsSolutions-APIG4', reason: `'${route}' is public: it was routed without an authorizer.` });
    }
    this.routes.set(route, created);
    return created;
  }

  /** The address of the API, without a slash at the end. */
  public get url(): string {
    return this.api.apiEndpoint;
  }

  /** Requests; sum over five minutes unless told otherwise. */
  public metricRequests(options?: MetricOptions): Metric {
    return this.api.metricCount({ statistic: Stats.SUM, ...options });
  }

  /** Requests that failed on our side (5xx) in percent; over five minutes unless told otherwise. */
  public metricServerErrorRate(options?: MetricOptions): IMetric {
    return new MathExpression({
      expression: '100 * errors / requests',
      usingMetrics: {
        errors: this.api.metricServerError({ statistic: Stats.SUM, ...options }),
        requests: this.metricRequests(options),
      },
      label: 'Server errors (%)',
      period: options?.period,
    });
  }

  /** Time from request to answer in milliseconds; the 99th percentile over five minutes unless told otherwise. */
  public metricLatency(options?: MetricOptions): Metric {
    return this.api.metricLatency({ statistic: Stats.p(99), ...options });
  }

  private createStage(api: HttpApi, accessLog: ILogGroup, { throttle }: ApiGatewayProps): HttpStage {
    return new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: throttle?.ratePerSecond ?? 500, burstLimit: throttle?.burst ?? 1000 },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
    });
  }

  private createAlarms(api: HttpApi): void {
    const common = {
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    };
    alarmWhenGuarded(this, 'ServerErrorsAlarm', {
      ...common,
      metric: this.metricServerErrorRate(),
      threshold: 1,
      alarmDescription: `More than 1 % of the requests to ${api.node.path} fail on our side.`,
    });
    alarmWhenGuarded(this, 'LatencyAlarm', {
      ...common,
      metric: this.metricLatency(),
      threshold: 3000,
      alarmDescription: `One in a hundred requests to ${api.node.path} takes longer than 3 s.`,
    });
  }
}

/** Who asked for what, and what came of it; no query strings, since they may carry secrets. */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(JSON.stringify({
  requestId: AccessLogField.contextRequestId(),
  ip: AccessLogField.contextIdentitySourceIp(),
  time: AccessLogField.contextRequestTime(),
  method: AccessLogField.contextHttpMethod(),
  route: '$context.routeKey',
  path: AccessLogField.contextPath(),
  status: AccessLogField.contextStatus(),
  latency: AccessLogField.contextResponseLatency(),
  integrationLatency: AccessLogField.contextIntegrationLatency(),
  error: '$context.integrationErrorMessage',
  bytes: AccessLogField.contextResponseLength(),
}));
