import type { Duration, SecretValue } from 'aws-cdk-lib';
import type { IUserPool, IUserPoolClient, IUserPoolDomain } from 'aws-cdk-lib/aws-cognito';
import { ListenerAction, type UnauthenticatedAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { AuthenticateCognitoAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2-actions';

/** What every way to sign in offers. */
export interface SignInOptions {
  /**
   * What becomes of a request without a session.
   * @default - it is sent to the sign-in page
   */
  readonly onUnauthenticatedRequest?: UnauthenticatedAction;
  /**
   * The scopes to ask for, with blanks between them.
   * @default 'openid'
   */
  readonly scope?: string;
  /**
   * How long a session lasts, up to 7 days.
   * @default Duration.days(7)
   */
  readonly sessionTimeout?: Duration;
}

/** An identity provider that speaks OpenID Connect. */
export interface OidcOptions extends SignInOptions {
  /** Who issues the tokens, as a URL. */
  readonly issuer: string;
  /** Where users sign in. */
  readonly authorizationEndpoint: string;
  /** Where codes are exchanged for tokens. */
  readonly tokenEndpoint: string;
  /** Where claims about the user are. */
  readonly userInfoEndpoint: string;
  /** The load balancer, as the provider knows it. */
  readonly clientId: string;
  /** Its secret, by preference from AWS Secrets Manager: `secret.secretValue`. */
  readonly clientSecret: SecretValue;
}

/** A user pool of Amazon Cognito. */
export interface CognitoOptions extends SignInOptions {
  /** The pool. */
  readonly userPool: IUserPool;
  /** The load balancer, as the pool knows it. It needs a secret and the code grant. */
  readonly userPoolClient: IUserPoolClient;
  /** Where the pool's sign-in page is. */
  readonly userPoolDomain: IUserPoolDomain;
}

/** Who signed the tokens that requests bring along. */
export interface JwtOptions {
  /** Who issues the tokens, as they name it in `iss`. */
  readonly issuer: string;
  /** Where the issuer's public keys are. */
  readonly jwksEndpoint: string;
}

/**
 * Who may use a route: the load balancer sees to it before a request reaches its target. Needs HTTPS, and a way to the
 * internet for the load balancer.
 */
export class Authentication {
  /** Browsers sign in with a provider of OpenID Connect. */
  public static oidc(options: OidcOptions): Authentication {
    return new Authentication((next) => ListenerAction.authenticateOidc({ ...options, next }));
  }

  /** Browsers sign in with Amazon Cognito. */
  public static cognito(options: CognitoOptions): Authentication {
    return new Authentication((next) => new AuthenticateCognitoAction({ ...options, next }));
  }

  /** Programs bring a signed token in the header `Authorization`. */
  public static jwt(options: JwtOptions): Authentication {
    return new Authentication((next) => ListenerAction.authenticateJwt({ ...options, next }));
  }

  private constructor(private readonly action: (next: ListenerAction) => ListenerAction) {}

  /**
   * The action that goes before another one.
   * @internal
   */
  public _before(next: ListenerAction): ListenerAction {
    return this.action(next);
  }
}
