import type { Duration } from 'aws-cdk-lib';
import { AuthorizationType, CognitoUserPoolsAuthorizer, IdentitySource, type IAuthorizer, RequestAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpNoneAuthorizer, type HttpRouteAuthorizerBindOptions, type HttpRouteAuthorizerConfig, type IHttpRouteAuthorizer,
  type IWebSocketRouteAuthorizer, WebSocketNoneAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import {
  HttpIamAuthorizer, HttpJwtAuthorizer, HttpLambdaAuthorizer, HttpLambdaResponseType, HttpUserPoolAuthorizer,
  WebSocketIamAuthorizer, WebSocketLambdaAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { refuse } from '../core/rules';
import type { FunctionService } from '../function-service/index';

/** Whose tokens are taken. */
export interface JwtAuthorizerProps {
  /** Who issues the tokens: the `iss` claim, an https address below which `/.well-known/openid-configuration` is found. */
  readonly issuer: string;
  /** For whom they are issued: the `aud` or `client_id` claim is one of these. */
  readonly audience: string[];
  /**
   * A name of the authorizer, where one API has several.
   * @default 'Jwt'
   */
  readonly name?: string;
}

/** How a function decides who may call. */
export interface FunctionAuthorizerProps {
  /**
   * How long an answer holds for the same token and route, up to an hour; `Duration.seconds(0)` asks every time.
   * @default Duration.minutes(5)
   */
  readonly cacheFor?: Duration;
  /**
   * The header that carries the token. A request without it is refused without asking.
   * @default 'Authorization'
   */
  readonly header?: string;
  /**
   * The parameter of the query that carries the token in place of a header: web pages cannot set headers of WebSockets.
   * @default - the header carries it
   */
  readonly query?: string;
  /**
   * A name of the authorizer, where one API has several.
   * @default - the construct id of the function
   */
  readonly name?: string;
}

/** How a REST API is told who may call a method. */
export interface RestAuthorization {
  /** The authorizer; undefined where AWS credentials or nothing at all decides. */
  readonly authorizer?: IAuthorizer;
  /** What decides. */
  readonly authorizationType: AuthorizationType;
}

/** Who may call a route. One authorizer guards any number of routes, of several APIs of any kind too. */
export class Authorizer implements IHttpRouteAuthorizer {
  /** Callers with a JSON Web Token of an issuer. Signature, expiry and audience are checked by API Gateway. HTTP APIs only. */
  public static jwt(props: JwtAuthorizerProps): Authorizer {
    const name = props.name ?? 'Jwt';
    return new Authorizer(name, () => new HttpJwtAuthorizer(name, props.issuer, { jwtAudience: props.audience }));
  }

  /**
   * Users of a Cognito user pool who signed in through one of its clients. A REST API takes the users of every client.
   *
   * @param name a name of the authorizer, where one API has several; default `UserPool`
   */
  public static cognito(userPool: IUserPool, clients: IUserPoolClient[], name: string = 'UserPool'): Authorizer {
    return new Authorizer(name, () => new HttpUserPoolAuthorizer(name, userPool, { userPoolClients: clients }), (scope) => ({
      // eslint-disable-next-line awscdk/require-passing-this -- it belongs to the API
      authorizer: new CognitoUserPoolsAuthorizer(scope, name, { cognitoUserPools: [userPool] }),
      authorizationType: AuthorizationType.COGNITO,
    }));
  }

  /** Callers with AWS credentials that may invoke the route; requests are signed (Signature Version 4). */
  public static iam(): Authorizer {
    return new Authorizer('Iam', () => new HttpIamAuthorizer(), () => ({ authorizationType: AuthorizationType.IAM }), () => new WebSocketIamAuthorizer());
  }

  /**
   * Whoever a function lets in. It is given the request; for an HTTP API it answers `{ isAuthorized, context }`, for a
   * REST API with an IAM policy. An answer is kept for the token and the route together, so it never opens another route.
   */
  public static function(service: FunctionService, props: FunctionAuthorizerProps = {}): Authorizer {
    const name = props.name ?? service.node.id;
    const { query, header = 'Authorization' } = props;
    return new Authorizer(name, () => new HttpLambdaAuthorizer(name, service.function, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      resultsCacheTtl: props.cacheFor,
      identitySource: [query ? `$request.querystring.${query}` : `$request.header.${header}`, '$context.routeKey'],
    }), (scope) => ({
      // eslint-disable-next-line awscdk/require-passing-this -- it belongs to the API
      authorizer: new RequestAuthorizer(scope, name, {
        handler: service.function,
        resultsCacheTtl: props.cacheFor,
        identitySources: [query ? IdentitySource.queryString(query) : IdentitySource.header(header), IdentitySource.context('resourcePath'), IdentitySource.context('httpMethod')],
      }),
      authorizationType: AuthorizationType.CUSTOM,
    }), () => new WebSocketLambdaAuthorizer(name, service.function, {
      identitySource: [query ? `route.request.querystring.${query}` : `route.request.header.${header}`],
    }));
  }

  /** Everybody, on a route of an API whose other routes are guarded by default. */
  public static none(): Authorizer {
    return new Authorizer('None', () => new HttpNoneAuthorizer(), () => ({ authorizationType: AuthorizationType.NONE }),
      () => new WebSocketNoneAuthorizer());
  }

  private readonly http = new Map<Construct, IHttpRouteAuthorizer>();
  private readonly rest = new Map<Construct, RestAuthorization>();

  private constructor(
    private readonly name: string,
    private readonly makeHttp: () => IHttpRouteAuthorizer,
    private readonly makeRest?: (scope: Construct) => RestAuthorization,
    private readonly makeSocket?: () => IWebSocketRouteAuthorizer,
  ) {}

  /**
   * Called by a route of an HTTP API.
   *
   * @throws RuleError when the API already has another authorizer of that name
   */
  public bind(options: HttpRouteAuthorizerBindOptions): HttpRouteAuthorizerConfig {
    const { scope } = options;
    const authorizer = this.http.get(scope) ?? (this.refuseTaken(scope), this.makeHttp());
    this.http.set(scope, authorizer);
    return authorizer.bind(options);
  }

  /**
   * Called by a route of a REST API.
   *
   * @throws RuleError when only HTTP APIs have such authorizers, or the API already has another one of that name
   */
  public bindRest(scope: Construct): RestAuthorization {
    const make = this.makeRest ?? (() => refuse(scope, 'RestApiGateway.HttpOnly', `the authorizer '${this.name}' for tokens of any issuer`,
      'Authorizer.cognito, function or iam; or an HTTP API: ApiGateway'));
    const authorization = this.rest.get(scope) ?? (this.refuseTaken(scope), make(scope));
    this.rest.set(scope, authorization);
    return authorization;
  }

  /**
   * Called by a WebSocket gateway, for those who connect.
   *
   * @throws RuleError when WebSocket APIs have no such authorizers
   */
  public socketAuthorizer(scope: Construct): IWebSocketRouteAuthorizer {
    return this.makeSocket?.() ?? refuse(scope, 'WebSocketGateway.NoTokens', `the authorizer '${this.name}'`, 'Authorizer.function, which checks the token, or iam');
  }

  private refuseTaken(scope: Construct): void {
    if (scope.node.tryFindChild(this.name)) {
      refuse(scope, 'ApiGateway.AuthorizerTaken', `a second authorizer named '${this.name}'`,
        'one Authorizer for all routes that it guards, or a name of its own for each');
    }
  }
}
