import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IUserPool, Mfa, UserPoolEmail, UserPoolProps } from 'aws-cdk-lib/aws-cognito';
import type { SecretStore } from '../secret-store/index';
import type { IdentityClientOptions } from './identity-client';

/** Where the pages stand on which users sign in. Either a prefix, or a domain of your own with its certificate. */
export interface IdentityDomain {
  /**
   * The first label of a domain of Amazon Cognito, free in the region: `shop-accounts`.
   * @default - a domain of your own
   */
  readonly prefix?: string;
  /**
   * A domain of your own: `accounts.example.com`.
   * @default - a prefix
   */
  readonly domainName?: string;
  /**
   * The certificate of the domain of your own, in us-east-1.
   * @default - none; required with `domainName`
   */
  readonly certificate?: ICertificate;
}

/** How users sign in with their account of Google. */
export interface GoogleSignIn {
  /** What Google calls the application. */
  readonly clientId: string;
  /** What the application proves itself to Google with. */
  readonly clientSecret: SecretStore;
  /**
   * The field of that secret, when it is JSON.
   * @default - the whole secret
   */
  readonly secretField?: string;
}

/** How users sign in with their account at another identity provider that speaks OpenID Connect. */
export interface OidcSignIn {
  /** What the provider is called here: 3 to 32 letters, digits, - and _. */
  readonly name: string;
  /** The `iss` claim of its tokens, an https address below which `/.well-known/openid-configuration` is found. */
  readonly issuer: string;
  /** What the provider calls the application. */
  readonly clientId: string;
  /** What the application proves itself to the provider with. */
  readonly clientSecret: SecretStore;
  /**
   * The field of that secret, when it is JSON.
   * @default - the whole secret
   */
  readonly secretField?: string;
}

/** Who an IdentityProvider knows, and how they prove who they are. */
export interface IdentityProviderProps {
  /**
   * Whether anybody may sign up. Otherwise users are created by an administrator or by compute with `Access.WRITE`.
   * @default false
   */
  readonly selfSignUp?: boolean;
  /**
   * Whether users prove themselves with the code of an authenticator app too.
   * @default Mfa.OPTIONAL
   */
  readonly mfa?: Mfa;
  /**
   * How many characters a password has at least, 8 to 99. It has lower and upper case letters, digits and symbols.
   * @default 12
   */
  readonly passwordLength?: number;
  /**
   * Whether sign-ins that look like an attack, and passwords known from leaks, are refused: the plan Plus, at a price for each
   * user of a month.
   * @default false
   */
  readonly threatProtection?: boolean;
  /**
   * Who sends codes and invitations: `UserPoolEmail.withSES(...)`.
   * @default - Amazon Cognito, at most 50 mails a day
   */
  readonly email?: UserPoolEmail;
  /**
   * Groups of users; tokens tell them in `cognito:groups`.
   * @default - none
   */
  readonly groups?: string[];
  /**
   * Scopes of an API with what they allow: `{ 'links.read': 'read your links' }`. Tokens have them as `api/links.read`.
   * @default - none
   */
  readonly scopes?: { readonly [name: string]: string };
  /**
   * Where the pages stand on which users sign in.
   * @default - no pages: the application asks for the password itself
   */
  readonly domain?: IdentityDomain;
  /**
   * Users may sign in with their account of Google. Needs `domain`.
   * @default - they may not
   */
  readonly google?: GoogleSignIn;
  /**
   * Further identity providers at which users may have their account. Needs `domain`.
   * @default - none
   */
  readonly oidc?: OidcSignIn[];
  /**
   * How the application signs users in: the client that there always is.
   * @default - by the SRP protocol, which never sends the password
   */
  readonly client?: IdentityClientOptions;
  /**
   * The users may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner user pool, applied last.
   * @default - nothing else
   */
  readonly userPoolProps?: UserPoolProps;
  /**
   * An existing user pool to adopt. Only clients are created in it; props that would shape a new pool are refused.
   * @default - a new user pool
   */
  readonly userPool?: IUserPool;
}
