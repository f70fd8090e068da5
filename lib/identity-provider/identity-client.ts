import { Duration } from 'aws-cdk-lib';
import { type IUserPool, OAuthScope, UserPoolClient, type UserPoolClientOptions } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';

/** How one application signs users in. It has no secret: what runs in a browser or on a phone cannot keep one. */
export interface IdentityClientOptions {
  /**
   * Whether the application may send the password itself, in place of the SRP protocol: for tests and migrations.
   * @default false
   */
  readonly passwordSignIn?: boolean;
  /**
   * Where the pages of the domain send users back to, with a code (OAuth 2.0 with PKCE). Needs `domain`.
   * @default - no pages
   */
  readonly callbackUrls?: string[];
  /**
   * Where users are sent to who signed out.
   * @default - none
   */
  readonly logoutUrls?: string[];
  /**
   * Scopes of the API that the application may ask for, by their names in `scopes`.
   * @default - none
   */
  readonly scopes?: string[];
  /**
   * How long access and id tokens hold, 5 min to 1 day. They hold so long also after a user has signed out.
   * @default Duration.hours(1)
   */
  readonly tokenValidity?: Duration;
  /**
   * How long a user stays signed in, 1 hour to 10 years, longer than tokens hold.
   * @default Duration.days(30)
   */
  readonly sessionValidity?: Duration;
  /**
   * Anything else of the inner client, applied last.
   * @default - nothing else
   */
  readonly clientProps?: UserPoolClientOptions;
}

/** What the scopes of the API are below: `api/links.read`. */
export const RESOURCE_SERVER = 'api';

/** Creates a client of a user pool. */
export function createClient(scope: Construct, id: string, userPool: IUserPool, options: IdentityClientOptions): UserPoolClient {
  const { callbackUrls, logoutUrls, scopes = [], tokenValidity = Duration.hours(1) } = options;
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  return new UserPoolClient(scope, id, {
    userPool,
    generateSecret: false,
    authFlows: { userSrp: true, userPassword: options.passwordSignIn },
    disableOAuth: callbackUrls === undefined,
    oAuth: callbackUrls && {
      flows: { authorizationCodeGrant: true },
      callbackUrls,
      logoutUrls,
      scopes: [
        OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE, ...scopes.map((name) => OAuthScope.custom(`${RESOURCE_SERVER}/${name}`)),
      ],
    },
    accessTokenValidity: tokenValidity,
    idTokenValidity: tokenValidity,
    refreshTokenValidity: options.sessionValidity ?? Duration.days(30),
    enableTokenRevocation: true,
    // Who asks must not learn who has an account.
    preventUserExistenceErrors: true,
    ...options.clientProps,
  });
}
