import { Names, Stack } from 'aws-cdk-lib';
import {
  ApiKey, AuthorizationType, type CfnMethod, EndpointType, type IApiKey, type IRestApi, type IStage,
  type Method, Model, Period, RequestValidator, RestApi, SpecRestApi, UsagePlan,
} from 'aws-cdk-lib/aws-apigateway';
import type { IDomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { createLogGroup } from '../core/logs';
import type { IRestTarget } from '../core/rest-target';
import { enforce, refuse } from '../core/rules';
import { show } from '../core/show';
import { recordWire } from '../core/wires';
import { logDestination, REST_ACCESS_LOG } from './access-log';
import { domainUrl, mapDomain } from './api-domain';
import { DirectRestIntegration } from './direct-rest';
import { acknowledgeMethod, acknowledgeValidation } from './rest-acknowledgements';
import { REST_API_GATEWAY_RULES, REST_ROUTE_RULES } from './rest-api-gateway-rules';
import { openApiDocument } from './rest-open-api';
import { PLAN_RULES, type PlanOptions } from './rest-plan';
import type { RestApiGatewayProps } from './rest-api-props';
import { answerWithProblems } from './rest-problems';
import { cacheKeys, requestParameters, type RestRoute, type RestRouteOptions } from './rest-route';
import { completeStage } from './rest-stage';
import { parseRouteKey } from './route-key';
import { createRequestAlarms } from './request-alarms';

/**
 * A front door that knows its callers and checks what they bring: a REST API with request validation, plans with keys and
 * quotas, and a response cache. It needs a route, or a document, to be deployed.
 */
export class RestApiGateway extends Construct {
  /** The API itself. */
  public readonly api: IRestApi;
  /** The stage that serves it; undefined for an adopted API. */
  public readonly stage?: IStage;
  /** Where every access is logged; undefined for an adopted API. */
  public readonly accessLog?: ILogGroup;
  /** The domain of your own; undefined without one. */
  public readonly domain?: IDomainName;

  private readonly routes: RestRoute[] = [];
  private validator?: RequestValidator;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, private readonly props: RestApiGatewayProps = {}) {
    super(scope, id);
    enforce(this, REST_API_GATEWAY_RULES, props);
    if (props.api) {
      this.api = props.api;
      return;
    }
    this.accessLog = createLogGroup(this, 'AccessLog', props.logRetention);
    const api = this.createApi(this.accessLog);
    this.api = api;
    this.stage = api.deploymentStage;
    // The CDK's own output, which nobody asked for.
    api.node.tryRemoveChild('Endpoint');
    this.node.defaultChild = api;
    answerWithProblems(this, api);
    completeStage(this, api.deploymentStage, props, this.routes);
    this.domain = props.domain && mapDomain(this, props.domain, {
      apiId: api.restApiId, stageName: this.stage.stageName, stage: this.stage,
    });
    createRequestAlarms(this);
  }

  /**
   * Sends requests of a route to what answers them.
   *
   * @param route method and path: `GET /links/{slug}`, `ANY /files/{path+}`
   * @param target compute, or a `DirectTarget`
   * @throws RuleError when the route is malformed or already taken, or its options break a rule
   */
  public route(route: string, target: IRestTarget, options: RestRouteOptions = {}): Method {
    enforce(this, REST_ROUTE_RULES, options);
    const { method, path } = parseRouteKey(route) ?? refuse(this, 'RestApiGateway.MalformedRoute', `route ${show(route)}`,
      "'<METHOD> /<path>': a method in capitals or ANY, a path with {parameters}, each name once, {greedy+} only as the last");
    if (typeof target?.restIntegration !== 'function') {
      refuse(this, 'RestApiGateway.NoTarget', `${show(target)} as the target of '${route}'`, 'compute or a DirectTarget');
    }
    const version = options.version ?? this.props.version;
    const versioned = version === undefined ? path : `/${version}${path === '/' ? '' : path}`;
    const { authorizer, authorizationType } = (options.authorizer ?? this.props.defaultAuthorizer)?.bindRest(this)
      ?? { authorizer: undefined, authorizationType: AuthorizationType.NONE };
    const declared: RestRoute = { method, path: versioned, guarded: authorizationType !== AuthorizationType.NONE, options };
    this.refuseRoute(declared);
    this.routes.push(declared);
    recordWire(this, target, `${method} ${versioned}`);
    const checked = options.body ?? options.query ?? options.headers;
    const integration = target.restIntegration();
    const resource = versioned === '/' ? this.api.root : this.api.root.resourceForPath(versioned);
    const created = resource.addMethod(method, integration, {
      authorizer,
      authorizationType,
      authorizationScopes: options.scopes,
      apiKeyRequired: options.keyRequired,
      requestModels: options.body && { 'application/json': this.createModel(declared) },
      requestValidator: checked && (this.validator ??= this.createValidator(this.api)),
      requestParameters: requestParameters(declared),
      methodResponses: integration instanceof DirectRestIntegration ? integration.methodResponses : undefined,
    });
    if (options.cache) {
      const keys = cacheKeys({ path: versioned, cache: options.cache });
      (created.node.defaultChild as CfnMethod).addPropertyOverride('Integration.CacheKeyParameters', keys);
      this.api.latestDeployment?.addToLogicalId({ [`${method} ${versioned}`]: keys });
    }
    acknowledgeMethod(created, `${method} ${versioned}`, authorizationType);
    return created;
  }

  /**
   * Makes a plan: what the holders of its keys may do on routes with `keyRequired`.
   *
   * @param name its construct id: `Gold`
   * @throws RuleError when the options break a rule, or an adopted API has no stage
   */
  public plan(name: string, options: PlanOptions = {}): UsagePlan {
    enforce(this, PLAN_RULES, options);
    const stage = this.stage ?? this.api.deploymentStage
      ?? refuse(this, 'RestApiGateway.NoStage', `plan '${name}' of an adopted API without a stage`, 'an API whose deploymentStage is known');
    return new UsagePlan(this, `Plan${name}`, {
      // The plan wants the class where any stage would do.
      apiStages: [{ api: this.api, stage: stage as NonNullable<IRestApi['deploymentStage']> }],
      throttle: { rateLimit: options.ratePerSecond ?? 10, burstLimit: options.burst ?? 20 },
      quota: options.quota && { limit: options.quota.limit, period: options.quota.period ?? Period.MONTH },
    });
  }

  /**
   * Makes a key of a plan. API Gateway chooses its value: `aws apigateway get-api-key --include-value` tells it.
   *
   * @param name its construct id: `Acme`
   */
  public addKey(name: string, plan: UsagePlan): IApiKey {
    const key = new ApiKey(this, `Key${name}`);
    plan.addApiKey(key);
    return key;
  }

  /**
   * The declared routes as an OpenAPI 3.1 document, in JSON. It says what requests must look like.
   *
   * @param version the version of the document
   * @throws RuleError when the routes come from a document already
   */
  public openApiDocument(version: string = '1.0.0'): string {
    if (this.props.openApi) {
      refuse(this, 'RestApiGateway.RoutesOfDocument', 'openApiDocument of an API made from a document', 'that document');
    }
    return openApiDocument(this.node.id, version, this.props.domain && this.url, this.routes);
  }

  /**
   * The address of the API, without a slash at the end.
   *
   * @throws RuleError when an adopted API has no stage
   */
  public get url(): string {
    if (this.props.domain) {
      return domainUrl('https', this.props.domain);
    }
    const stage = this.stage ?? this.api.deploymentStage
      ?? refuse(this, 'RestApiGateway.NoStage', 'url of an adopted API without a stage', 'an API whose deploymentStage is known');
    const { region, urlSuffix } = Stack.of(this);
    return `https://${this.api.restApiId}.execute-api.${region}.${urlSuffix}/${stage.stageName}`;
  }

  /** Requests; sum over five minutes unless told otherwise. */
  public metricRequests(options?: MetricOptions): Metric {
    return this.metric('Count', { statistic: Stats.SUM, ...options });
  }

  /** Requests that failed on our side (5xx) in percent; over five minutes unless told otherwise. */
  public metricServerErrorRate(options?: MetricOptions): IMetric {
    return new MathExpression({
      expression: '100 * errors / requests',
      usingMetrics: { errors: this.metric('5XXError', { statistic: Stats.SUM, ...options }), requests: this.metricRequests(options) },
      label: 'Server errors (%)',
      period: options?.period,
    });
  }

  /** Time from request to answer in milliseconds; the 99th percentile over five minutes unless told otherwise. */
  public metricLatency(options?: MetricOptions): Metric {
    return this.metric('Latency', { statistic: Stats.p(99), ...options });
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({ namespace: 'AWS/ApiGateway', metricName, dimensionsMap: { ApiName: this.api.restApiName }, ...options }).attachTo(this);
  }

  private createApi(accessLog: ILogGroup): RestApi | SpecRestApi {
    const { props } = this;
    const common = {
      // The metrics of an API are found by its name, so it must be its own.
      restApiName: Names.uniqueResourceName(this, { maxLength: 128, separator: '-' }),
      endpointTypes: [EndpointType.REGIONAL],
      disableExecuteApiEndpoint: props.domain && true,
      cloudWatchRole: false,
      deployOptions: {
        stageName: 'live',
        tracingEnabled: true,
        accessLogDestination: logDestination(accessLog),
        accessLogFormat: REST_ACCESS_LOG(),
        cacheClusterEnabled: props.cache && true,
        cacheClusterSize: props.cache && String(props.cache.size ?? 0.5),
      },
    };
    if (props.openApi) {
      const api = new SpecRestApi(this, 'Api', { ...common, apiDefinition: props.openApi });
      acknowledgeValidation(api);
      return api;
    }
    const api = new RestApi(this, 'Api', {
      ...common,
      minCompressionSize: props.compressAbove,
      defaultCorsPreflightOptions: props.cors,
      ...props.apiProps,
    });
    this.validator = this.createValidator(api);
    return api;
  }

  private createValidator(restApi: IRestApi): RequestValidator {
    return new RequestValidator(this, 'Validator', { restApi, validateRequestBody: true, validateRequestParameters: true });
  }

  private createModel({ method, path, options }: RestRoute): Model {
    return new Model(this, `Body ${method} ${path}`, { restApi: this.api, schema: options.body! });
  }

  /** What only the route and the API together can be refused for. */
  private refuseRoute({ method, path, guarded, options: { cache, throttle } }: RestRoute): void {
    const key = `${method} ${path}`;
    if (this.props.openApi) {
      refuse(this, 'RestApiGateway.RoutesOfDocument', `route '${key}' beside openApi`, 'a document or routes');
    }
    if (this.routes.some((other) => `${other.method} ${other.path}` === key)) {
      refuse(this, 'RestApiGateway.RouteTaken', `route '${key}' twice`, 'one target for each route');
    }
    if ((cache || throttle) && this.props.api) {
      refuse(this, 'RestApiGateway.SettingsOfAdopted', `throttle or cache of '${key}'`, 'routes without them: the stage of an adopted API is not ours');
    }
    if ((cache || throttle) && method === 'ANY') {
      refuse(this, 'RestApiGateway.SettingsOfAny', `throttle or cache of '${key}'`, 'a route for each method: settings of a stage name one method');
    }
    if (cache && !this.props.cache) {
      refuse(this, 'RestApiGateway.NoCache', `cache of '${key}'`, 'an API with a cache: cache: {}');
    }
    if (cache && method !== 'GET' && method !== 'HEAD') {
      refuse(this, 'RestApiGateway.CacheOfWrite', `cache of '${key}'`, 'a cache of GET and HEAD, which change nothing');
    }
    if (cache && guarded && !cache.shared && !cache.headers?.some((name) => name.toLowerCase() === 'authorization')) {
      refuse(this, 'RestApiGateway.CachedForOthers', `cache of the guarded route '${key}' without Authorization among its headers`,
        "headers: ['Authorization'], so that nobody sees the answers of others, or shared: true where they are the same for all");
    }
  }
}
