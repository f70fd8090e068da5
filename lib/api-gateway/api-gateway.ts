import { Fn } from 'aws-cdk-lib';
import {
  type CfnRoute, type CfnStage, type CorsPreflightOptions, HttpApi, type HttpApiProps, HttpNoneAuthorizer, HttpRoute,
  HttpRouteKey, HttpStage,
  type IDomainName, type IHttpApi, type IHttpRouteAuthorizer, type IHttpStage, LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../core/acknowledge';
import type { CdnSource, ICdnOrigin } from '../core/cdn-origin';
import type { IHttpTarget } from '../core/http-target';
import { createLogGroup } from '../core/logs';
import { enforce, refuse } from '../core/rules';
import { show } from '../core/show';
import { recordWire } from '../core/wires';
import { HTTP_ACCESS_LOG } from './access-log';
import { type ApiDomain, domainUrl, mapDomain } from './api-domain';
import { API_GATEWAY_RULES, ROUTE_RULES } from './api-gateway-rules';
import { parseRouteKey } from './route-key';
import { completeThrottle, type Throttle } from './throttle';
import { createRequestAlarms } from './request-alarms';

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
   * Who may call the routes that do not say otherwise.
   * @default - everybody
   */
  readonly defaultAuthorizer?: IHttpRouteAuthorizer;
  /**
   * The version of the routes that do not say otherwise: `v1` serves `GET /links` at `/v1/links`.
   * @default - routes are served as they are written
   */
  readonly version?: string;
  /**
   * A domain of your own. The default address of the API is then off.
   * @default - the default address of the API
   */
  readonly domain?: ApiDomain;
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
   * Who may call the route: an `Authorizer`, or one of the CDK's own.
   * @default - the default authorizer of the API, or everybody
   */
  readonly authorizer?: IHttpRouteAuthorizer;
  /**
   * The scopes that the authorizer asks for.
   * @default - none
   */
  readonly scopes?: string[];
  /**
   * How many requests this route accepts, within what all routes together accept.
   * @default - only what holds for all routes together
   */
  readonly throttle?: Throttle;
  /**
   * The version of the route: `v2` serves `GET /links` at `/v2/links`.
   * @default - the version of the API
   */
  readonly version?: string;
}

/** One front door for many services: an HTTP API that routes by method and path, throttles, and logs every access. */
export class ApiGateway extends Construct implements ICdnOrigin {
  /** The API itself. */
  public readonly api: IHttpApi;
  /** The stage that serves it; undefined for an adopted API. */
  public readonly stage?: IHttpStage;
  /** Where every access is logged; undefined for an adopted API. */
  public readonly accessLog?: ILogGroup;

  /** The domain of your own; undefined without one. */
  public readonly domain?: IDomainName;

  private readonly routes = new Set<string>();
  private readonly version?: string;
  private readonly defaultAuthorizer?: IHttpRouteAuthorizer;
  private readonly throttle?: Throttle;
  private readonly ownUrl?: string;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: ApiGatewayProps = {}) {
    super(scope, id);
    enforce(this, API_GATEWAY_RULES, props);
    this.version = props.version;
    this.defaultAuthorizer = props.defaultAuthorizer;
    this.throttle = props.throttle;
    if (props.api) {
      this.api = props.api;
      return;
    }
    const api = new HttpApi(this, 'Api', {
      corsPreflight: props.cors,
      createDefaultStage: false,
      disableExecuteApiEndpoint: props.domain && true,
      ...props.apiProps,
    });
    this.api = api;
    this.accessLog = createLogGroup(this, 'AccessLog', props.logRetention);
    this.stage = this.createStage(api, this.accessLog, props);
    this.domain = props.domain && mapDomain(this, props.domain, {
      apiId: api.apiId, stageName: this.stage.stageName, stage: this.stage,
    });
    this.ownUrl = props.domain && domainUrl('https', props.domain);
    this.node.defaultChild = api;
    createRequestAlarms(this);
  }

  /**
   * Sends requests of a route to what answers them.
   *
   * @param route method and path: `GET /links/{slug}`, `ANY /files/{path+}`
   * @param target compute, or a `DirectTarget`
   * @throws RuleError when the route is malformed or already taken, or its options break a rule
   */
  public route(route: string, target: IHttpTarget, options: RouteOptions = {}): HttpRoute {
    enforce(this, ROUTE_RULES, options);
    const { method, path } = parseRouteKey(route) ?? refuse(this, 'ApiGateway.MalformedRoute', `route ${show(route)}`,
      "'<METHOD> /<path>': a method in capitals or ANY, a path with {parameters}, each name once, {greedy+} only as the last");
    if (typeof target?.integrationFor !== 'function') {
      refuse(this, 'ApiGateway.NoTarget', `${show(target)} as the target of '${route}'`, 'compute or a DirectTarget');
    }
    const version = options.version ?? this.version;
    const versioned = version === undefined ? path : `/${version}${path === '/' ? '' : path}`;
    const key = `${method} ${versioned}`;
    if (this.routes.has(key)) {
      refuse(this, 'ApiGateway.RouteTaken', `route '${key}' twice`, 'one target for each route');
    }
    this.routes.add(key);
    recordWire(this, target, key);
    const authorizer = options.authorizer ?? this.defaultAuthorizer;
    const guarded = authorizer ?? this.api.defaultAuthorizer;
    const created = new HttpRoute(this, key, {
      httpApi: this.api,
      routeKey: HttpRouteKey.with(versioned, method),
      integration: target.integrationFor(this.api),
      authorizer: authorizer ?? (guarded ? undefined : new HttpNoneAuthorizer()),
      authorizationScopes: options.scopes,
    });
    if ((created.node.defaultChild as CfnRoute).authorizationType === 'NONE') {
      acknowledge(created, { id: 'AwsSolutions-APIG4', reason: `'${key}' is public: it was routed without an authorizer.` });
    }
    if (options.throttle) {
      this.throttleRoute(key, created, options.throttle);
    }
    return created;
  }

  /** The address of the API, without a slash at the end. */
  public get url(): string {
    return this.ownUrl ?? this.api.apiEndpoint;
  }

  /** Where a Cdn in front of the API fetches from. */
  public cdnSource(): CdnSource {
    return { domainName: Fn.parseDomainName(this.url) };
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

  private throttleRoute(key: string, route: HttpRoute, throttle: Throttle): void {
    const stage = this.stage?.node.defaultChild as CfnStage | undefined;
    if (!stage) {
      refuse(this, 'ApiGateway.ThrottleOfAdopted', `throttle of '${key}'`, 'routes without throttle: the stage of an adopted API is not ours');
    }
    const { ratePerSecond, burst } = completeThrottle(throttle, this.throttle);
    stage.addPropertyOverride(`RouteSettings.${key.replaceAll('.', '\\.')}`, { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst });
    // A stage refuses settings of a route that is not there yet.
    stage.node.addDependency(route.node.defaultChild!);
  }

  private createStage(api: HttpApi, accessLog: ILogGroup, { throttle }: ApiGatewayProps): HttpStage {
    const { ratePerSecond, burst } = completeThrottle(throttle);
    return new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: HTTP_ACCESS_LOG() },
    });
  }
}
