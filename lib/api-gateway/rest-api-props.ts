import type { Duration, Size } from 'aws-cdk-lib';
import type { ApiDefinition, CorsOptions, IRestApi, RestApiProps } from 'aws-cdk-lib/aws-apigateway';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ApiDomain } from './api-domain';
import type { Authorizer } from './authorizer';
import type { Throttle } from './throttle';

/** Where the answers of the routes that ask for it are kept. It costs by the hour, used or not. */
export interface ResponseCache {
  /**
   * Its size in GB: 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118 or 237.
   * @default 0.5
   */
  readonly size?: number;
  /**
   * How long an answer is kept, 1 s to 1 hour.
   * @default Duration.minutes(5)
   */
  readonly timeToLive?: Duration;
}

/** What a RestApiGateway offers to its callers. */
export interface RestApiGatewayProps {
  /**
   * How many requests all routes together accept before they answer 429.
   * @default - 500 per second, 1000 at once
   */
  readonly throttle?: Throttle;
  /**
   * Which web pages of other origins may call the API from a browser. Functions add the headers to their own answers.
   * @default - none
   */
  readonly cors?: CorsOptions;
  /**
   * Who may call the routes that do not say otherwise.
   * @default - everybody
   */
  readonly defaultAuthorizer?: Authorizer;
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
   * The size of an answer from which it is compressed for callers that take gzip or deflate, up to 10 MiB.
   * @default - answers are sent as they are
   */
  readonly compressAbove?: Size;
  /**
   * A cache for the routes that ask for it.
   * @default - none
   */
  readonly cache?: ResponseCache;
  /**
   * The ARN of a regional web ACL (AWS WAF) that looks at requests first.
   * @default - none
   */
  readonly webAclArn?: string;
  /**
   * A document that says what the routes are and where they lead, in place of `route`.
   * @default - routes are added by `route`
   */
  readonly openApi?: ApiDefinition;
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
  readonly apiProps?: RestApiProps;
  /**
   * An existing REST API to adopt. Routes are added to it; its stage and its deployments stay its own.
   * @default - a new API
   */
  readonly api?: IRestApi;
}
