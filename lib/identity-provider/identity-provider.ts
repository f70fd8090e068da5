import { Duration, Lazy, Validations } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AccountRecovery, FeaturePlan, type IUserPool, type IUserPoolClient, type IUserPoolDomain, Mfa, StandardThreatProtectionMode,
  UserPool, type UserPoolClient, UserPoolGroup, type UserPoolProps,
} from 'aws-cdk-lib/aws-cognito';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { Authorizer } from '../api-gateway/index';
import { acknowledge } from '../core/acknowledge';
import { alarmWhenAbove } from '../core/alarms';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import { show } from '../core/show';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import { createClient, type IdentityClientOptions, RESOURCE_SERVER } from './identity-client';
import type { IdentityProviderProps } from './identity-provider-props';
import { CLIENT_RULES, IDENTITY_PROVIDER_RULES } from './identity-provider-rules';
import { createApiScopes, createDomain, createSignIns } from './sign-ins';

const READ_ACTIONS = ['AdminGetUser', 'AdminListGroupsForUser', 'ListGroups', 'ListUsers', 'ListUsersInGroup'];
/** None of them lets compute become another user: passwords are set by their owners. */
const WRITE_ACTIONS = [
  'AdminAddUserToGroup', 'AdminConfirmSignUp', 'AdminCreateUser', 'AdminDeleteUser', 'AdminDisableUser', 'AdminEnableUser',
  'AdminRemoveUserFromGroup', 'AdminResetUserPassword', 'AdminUpdateUserAttributes', 'AdminUserGlobalSignOut',
];

/**
 * Who users are, and how they prove it: an Amazon Cognito user pool with sign-in by mail address, strong passwords,
 * authenticator apps and a client without a secret. APIs take its tokens through `authorizer()`.
 */
export class IdentityProvider extends Construct implements IBackingService {
  /** The user pool itself. */
  public readonly userPool: IUserPool;
  /** How the application signs users in. */
  public readonly client: IUserPoolClient;
  /** Where the pages stand on which users sign in; undefined without `domain`. */
  public readonly domain?: IUserPoolDomain;

  private readonly props: IdentityProviderProps;
  private readonly known: IUserPoolClient[] = [];
  private readonly signIns: IConstruct[] = [];

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: IdentityProviderProps = {}) {
    super(scope, id);
    enforce(this, IDENTITY_PROVIDER_RULES, props);
    this.props = props;
    if (props.userPool) {
      this.userPool = props.userPool;
    } else {
      this.userPool = this.createUserPool(props);
      this.domain = createDomain(this, this.userPool, props.domain);
      this.signIns.push(...createSignIns(this, this.userPool, props), ...createApiScopes(this.userPool, props.scopes));
      props.groups?.forEach((groupName) => new UserPoolGroup(this, `Group-${groupName}`, { userPool: this.userPool, groupName }));
    }
    this.client = this.addClient('Client', props.client);
  }

  /** Who issues the tokens: their `iss` claim. */
  public get issuer(): string {
    return `https://${this.userPool.userPoolProviderName}`;
  }

  /** Every client, in the order in which they were added. */
  public get clients(): IUserPoolClient[] {
    return [...this.known];
  }

  /**
   * Adds a further application with ways of its own to sign users in.
   *
   * @throws RuleError when the options break a rule, or there is a client of that id
   */
  public addClient(id: string, options: IdentityClientOptions = {}): UserPoolClient {
    enforce(this, CLIENT_RULES, { client: options, provider: this.props });
    if (this.node.tryFindChild(id)) {
      refuse(this, 'IdentityProvider.ClientTaken', `a second client ${show(id)}`, 'another id');
    }
    const client = createClient(this, id, this.userPool, options);
    // A client names the providers and the scopes that it uses; there is no reference that would say so.
    client.node.addDependency(...this.signIns);
    this.known.push(client);
    alarmWhenAbove(this, `${id}ThrottlesAlarm`, () => ({
      metric: this.metricThrottles(client),
      threshold: 0,
      evaluationPeriods: 2,
      alarmDescription: 'Sign-ins are refused because there are too many at once: ask for a higher quota of Amazon Cognito.',
    }));
    return client;
  }

  /**
   * Lets the users of all clients call routes of an ApiGateway: API Gateway checks signature, expiry, issuer and client of the
   * token. One authorizer guards any number of routes; `scopes` of a route asks for more. A RestApiGateway takes
   * `Authorizer.cognito(identityProvider.userPool, identityProvider.clients)`.
   *
   * @param name a name of the authorizer, where one API has several; default: the construct id
   */
  public authorizer(name: string = this.node.id): Authorizer {
    return Authorizer.jwt({
      name,
      issuer: this.issuer,
      // Clients that are added later count too.
      audience: Lazy.list({ produce: () => this.known.map(({ userPoolClientId }) => userPoolClientId) }),
    });
  }

  /**
   * A scope of the API as tokens have it and routes ask for it: `links.read` is `api/links.read`.
   *
   * @throws RuleError when there is no such scope
   */
  public scope(name: string): string {
    const names = Object.keys(this.props.scopes ?? {});
    return names.includes(name)
      ? `${RESOURCE_SERVER}/${name}`
      : refuse(this, 'IdentityProvider.UnknownScope', `the scope ${show(name)}`, names.join(', ') || 'one of the prop scopes, which is not given');
  }

  /**
   * Lets compute look users up (`Access.READ`), or create, change, block and remove them and put them into groups
   * (`Access.WRITE`). Its code finds the pool in `<NAME>_USER_POOL_ID` and the client in `<NAME>_CLIENT_ID`.
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (reads(access)) {
      this.grantRead(compute);
    }
    if (writes(access)) {
      this.grantWrite(compute);
    }
    compute.network?.reach('cognito-idp', compute);
    compute.addEnvironment(environmentName(this, 'USER_POOL_ID', options), this.userPool.userPoolId);
    compute.addEnvironment(environmentName(this, 'CLIENT_ID', options), this.client.userPoolClientId);
  }

  /** Lets a principal look up users and groups. */
  public grantRead(grantee: IGrantable): Grant {
    return this.userPool.grant(grantee, ...READ_ACTIONS.map((action) => `cognito-idp:${action}`));
  }

  /** Lets a principal create, change, block and remove users, and put them into groups. It cannot set their passwords. */
  public grantWrite(grantee: IGrantable): Grant {
    return this.userPool.grant(grantee, ...WRITE_ACTIONS.map((action) => `cognito-idp:${action}`));
  }

  /** Sign-ins of one client that succeeded; sum over five minutes unless told otherwise. `Stats.AVERAGE` is their share. */
  public metricSignIns(client: IUserPoolClient = this.client, options?: MetricOptions): Metric {
    return this.metric('SignInSuccesses', client, options);
  }

  /** Sign-ins of one client that were refused as too many at once; sum over five minutes unless told otherwise. */
  public metricThrottles(client: IUserPoolClient = this.client, options?: MetricOptions): Metric {
    return this.metric('SignInThrottles', client, options);
  }

  private metric(metricName: string, { userPoolClientId: UserPoolClient }: IUserPoolClient, options?: MetricOptions): Metric {
    const dimensionsMap = { UserPool: this.userPool.userPoolId, UserPoolClient };
    return new Metric({ namespace: 'AWS/Cognito', metricName, dimensionsMap, statistic: Stats.SUM, ...options });
  }

  private createUserPool(props: IdentityProviderProps): UserPool {
    const profile = Profile.of(this);
    const userPool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: props.selfSignUp ?? false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      // A new address counts only once its owner has proven it; until then the old one does.
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: props.mfa ?? Mfa.OPTIONAL,
      mfaSecondFactor: props.mfa === Mfa.OFF ? undefined : { otp: true, sms: false },
      passwordPolicy: {
        minLength: props.passwordLength ?? 12,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
        tempPasswordValidity: Duration.days(3),
      },
      featurePlan: props.threatProtection ? FeaturePlan.PLUS : FeaturePlan.ESSENTIALS,
      standardThreatProtectionMode: props.threatProtection ? StandardThreatProtectionMode.FULL_FUNCTION : undefined,
      email: props.email,
      deletionProtection: profile.guarded,
      removalPolicy: profile.dataRemoval(props.disposable),
      ...props.userPoolProps,
    });
    this.node.defaultChild = userPool;
    if (profile.guarded && !props.email && !props.userPoolProps?.email) {
      Validations.of(this).addWarning('cdk-system-blueprints:IdentityProvider.FewMails',
        'Amazon Cognito itself sends at most 50 mails a day; give email: UserPoolEmail.withSES(...)');
    }
    this.acknowledge(userPool, props, props.userPoolProps ?? {});
    return userPool;
  }

  private acknowledge(userPool: UserPool, { mfa, threatProtection }: IdentityProviderProps, inner: UserPoolProps): void {
    if ((inner.mfa ?? mfa) !== Mfa.REQUIRED) {
      acknowledge(userPool, {
        id: 'AwsSolutions-COG2',
        reason: 'Whether every user must have an authenticator app is a choice of the product: mfa: Mfa.REQUIRED. Users that have one are asked for its code.',
      });
    }
    if (!threatProtection && inner.featurePlan !== FeaturePlan.PLUS) {
      acknowledge(userPool, {
        id: 'AwsSolutions-COG8',
        reason: 'Threat protection is a choice, since its plan has a price for each user: threatProtection. Without it, five wrong passwords lock an account, at first for a second and twice as long with each further one, up to 15 minutes (Amazon Cognito Developer Guide, "Lockout behavior for failed sign-in attempts").',
      });
    }
  }
}
