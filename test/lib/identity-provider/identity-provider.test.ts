import { Duration, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Mfa, UserPool, UserPoolEmail } from 'aws-cdk-lib/aws-cognito';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ApiGateway } from '../../../lib/api-gateway';
import { Access, Profile } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { type IdentityClientOptions, IdentityProvider, type IdentityProviderProps } from '../../../lib/identity-provider';
import { CLIENT_RULES, IDENTITY_PROVIDER_RULES } from '../../../lib/identity-provider/identity-provider-rules';
import { Network } from '../../../lib/network';
import { SecretStore } from '../../../lib/secret-store';
import { HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, SOMEWHERE, stackWith, statementsOf, templateOf } from '../../support/stacks';

const POOL = 'AWS::Cognito::UserPool';
const CLIENT = 'AWS::Cognito::UserPoolClient';
const worker = (stack: Stack) => new FunctionService(stack, 'Worker', { handler: HANDLER });

describe('the shortest call', () => {
  const MAIL = 'The verification code to your new account is {####}';

  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes a user pool with a client, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const accounts = new IdentityProvider(stack, 'Accounts');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      AccountsUserPool: {
        Type: POOL,
        Properties: {
          AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
          AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
          AutoVerifiedAttributes: ['email'],
          DeletionProtection: 'INACTIVE',
          EmailVerificationMessage: MAIL,
          EmailVerificationSubject: 'Verify your new account',
          EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
          MfaConfiguration: 'OPTIONAL',
          Policies: {
            PasswordPolicy: {
              MinimumLength: 12, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true, RequireUppercase: true,
              TemporaryPasswordValidityDays: 3,
            },
          },
          Schema: [{ Mutable: true, Name: 'email', Required: true }],
          SmsVerificationMessage: MAIL,
          UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
          UserPoolTier: 'ESSENTIALS',
          UsernameAttributes: ['email'],
          UsernameConfiguration: { CaseSensitive: false },
          VerificationMessageTemplate: {
            DefaultEmailOption: 'CONFIRM_WITH_CODE', EmailMessage: MAIL, EmailSubject: 'Verify your new account', SmsMessage: MAIL,
          },
        },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      },
      AccountsClient: {
        Type: CLIENT,
        Properties: {
          AccessTokenValidity: 60,
          AllowedOAuthFlowsUserPoolClient: false,
          EnableTokenRevocation: true,
          ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
          GenerateSecret: false,
          IdTokenValidity: 60,
          PreventUserExistenceErrors: 'ENABLED',
          RefreshTokenValidity: 43_200,
          SupportedIdentityProviders: ['COGNITO'],
          TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
          UserPoolId: { Ref: 'AccountsUserPool' },
        },
      },
    });
    expect(accounts.node.defaultChild).toBe(accounts.userPool);
    expect(accounts.clients).toEqual([accounts.client]);
    expect(accounts.domain).toBeUndefined();
  });

  test('under PRODUCTION the pool cannot be deleted, throttled sign-ins raise an alarm, and few mails are warned about', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const accounts = new IdentityProvider(stack, 'Accounts', { disposable: true });
    expect(namesOf(stack, 'AWS::CloudWatch::Alarm')).toEqual(['AccountsClientThrottlesAlarm']);
    expect(onlyOne(stack, POOL)).toMatchObject({ DeletionProtection: 'ACTIVE' });
    expect(resourcesOf(stack).AccountsUserPool).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(onlyOne(stack, 'AWS::CloudWatch::Alarm')).toMatchObject({
      Namespace: 'AWS/Cognito', MetricName: 'SignInThrottles', Threshold: 0, EvaluationPeriods: 2, TreatMissingData: 'notBreaching',
      Dimensions: [{ Name: 'UserPool', Value: { Ref: 'AccountsUserPool' } }, { Name: 'UserPoolClient', Value: { Ref: 'AccountsClient' } }],
    });
    Annotations.fromStack(stack).hasWarning('/Stack/Accounts', Match.stringLikeRegexp('50 mails a day'));
    expect(accounts.metricSignIns(undefined, { period: Duration.minutes(1) })).toMatchObject({ metricName: 'SignInSuccesses', statistic: 'Sum' });
  });
});

test('every prop shapes the pool', () => {
  const stack = stackWith(Profile.PRODUCTION, {}, SOMEWHERE);
  const secret = new SecretStore(stack, 'Google');
  const accounts = new IdentityProvider(stack, 'Accounts', {
    selfSignUp: true,
    mfa: Mfa.REQUIRED,
    passwordLength: 16,
    threatProtection: true,
    email: UserPoolEmail.withSES({ fromEmail: 'no-reply@example.com', sesRegion: 'eu-west-1' }),
    groups: ['admins', 'editors'],
    scopes: { 'links.read': 'read your links' },
    domain: { prefix: 'shop-accounts' },
    google: { clientId: 'g-1', clientSecret: secret },
    oidc: [{ name: 'corp', issuer: 'https://login.example.com', clientId: 'c-1', clientSecret: secret, secretField: 'corp' }],
    client: {
      passwordSignIn: true, callbackUrls: ['https://example.com/in'], logoutUrls: ['https://example.com/out'], scopes: ['links.read'],
      tokenValidity: Duration.minutes(5), sessionValidity: Duration.days(1), clientProps: { preventUserExistenceErrors: false },
    },
    userPoolProps: { customAttributes: {} },
  });
  expect(onlyOne(stack, POOL)).toMatchObject({
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
    MfaConfiguration: 'ON',
    Policies: { PasswordPolicy: { MinimumLength: 16 } },
    UserPoolTier: 'PLUS',
    UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
    EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', From: 'no-reply@example.com' },
  });
  expect(namesOf(stack, 'AWS::Cognito::UserPoolGroup')).toEqual(['AccountsGroupadmins', 'AccountsGroupeditors']);
  expect(onlyOne(stack, 'AWS::Cognito::UserPoolResourceServer')).toMatchObject({
    Identifier: 'api', Scopes: [{ ScopeName: 'links.read', ScopeDescription: 'read your links' }],
  });
  expect(onlyOne(stack, 'AWS::Cognito::UserPoolDomain')).toEqual({ Domain: 'shop-accounts', UserPoolId: { Ref: 'AccountsUserPool' } });
  expect(accounts.domain).toBeDefined();
  const reference = (field: string) => ({ 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'GoogleSecret' }, `:SecretString:${field}::}}`]] });
  expect(resourcesOf(stack).AccountsGoogle?.Properties).toMatchObject({
    ProviderType: 'Google', ProviderDetails: { client_id: 'g-1', client_secret: reference(''), authorize_scopes: 'openid email profile' },
    AttributeMapping: { email: 'email', email_verified: 'email_verified' },
  });
  expect(resourcesOf(stack).AccountsOidccorp?.Properties).toMatchObject({
    ProviderType: 'OIDC', ProviderName: 'corp', ProviderDetails: { oidc_issuer: 'https://login.example.com', client_secret: reference('corp') },
  });
  expect(onlyOne(stack, CLIENT)).toMatchObject({
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid', 'email', 'profile', 'api/links.read'],
    CallbackURLs: ['https://example.com/in'],
    LogoutURLs: ['https://example.com/out'],
    AccessTokenValidity: 5,
    IdTokenValidity: 5,
    RefreshTokenValidity: 1440,
    PreventUserExistenceErrors: 'LEGACY',
    SupportedIdentityProviders: [{ Ref: 'AccountsGoogle' }, { Ref: 'AccountsOidccorp' }, 'COGNITO'],
  });
  const { DependsOn } = resourcesOf(stack).AccountsClient as unknown as { DependsOn: string[] };
  expect(DependsOn).toEqual(['AccountsGoogle', 'AccountsOidccorp', 'AccountsUserPoolApi']);
  Annotations.fromStack(stack).hasNoWarning('/Stack/Accounts', Match.anyValue());
});

test('the pages stand on a domain of your own', () => {
  const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111122223333:certificate/c');
  new IdentityProvider(stack, 'Accounts', { domain: { domainName: 'accounts.example.com', certificate } });
  expect(onlyOne(stack, 'AWS::Cognito::UserPoolDomain')).toMatchObject({
    Domain: 'accounts.example.com', CustomDomainConfig: { CertificateArn: certificate.certificateArn },
  });
});

test.each([[Profile.SANDBOX, undefined, 'Retain'], [Profile.SANDBOX, true, 'Delete'], [Profile.PRODUCTION, true, 'Retain']])(
  'users go with the stack only when both %o and disposable: %s say so', (profile, disposable, policy) => {
    const stack = stackWith(profile);
    new IdentityProvider(stack, 'Accounts', { disposable });
    expect(resourcesOf(stack).AccountsUserPool).toMatchObject({ DeletionPolicy: policy });
  });

describe('an authorizer', () => {
  test('takes the tokens of every client of this provider, those added later too, and asks for scopes', () => {
    const stack = stackWith();
    const accounts = new IdentityProvider(stack, 'Accounts', { scopes: { 'links.read': 'read' } });
    const api = new ApiGateway(stack, 'Api');
    const target = worker(stack);
    api.route('GET /links', target, { authorizer: accounts.authorizer(), scopes: [accounts.scope('links.read')] });
    const phone = accounts.addClient('Phone', { sessionValidity: Duration.days(365) });
    expect(accounts.clients).toEqual([accounts.client, phone]);
    expect(onlyOne(stack, 'AWS::ApiGatewayV2::Authorizer')).toMatchObject({
      AuthorizerType: 'JWT',
      Name: 'Accounts',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: {
        Audience: [{ Ref: 'AccountsClient' }, { Ref: 'AccountsPhone' }],
        Issuer: { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': ['AccountsUserPool', 'ProviderName'] }]] },
      },
    });
    expect(onlyOne(stack, 'AWS::ApiGatewayV2::Route')).toMatchObject({ AuthorizationType: 'JWT', AuthorizationScopes: ['api/links.read'] });
  });

  test('knows the issuer of an adopted pool', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const accounts = new IdentityProvider(stack, 'Accounts', { userPool: UserPool.fromUserPoolId(stack, 'Given', 'eu-west-1_abc') });
    expect(stack.resolve(accounts.issuer)).toEqual({
      'Fn::Join': ['', ['https://cognito-idp.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/eu-west-1_abc']],
    });
  });
});

describe('wiring', () => {
  const actionsOf = (stack: Stack) => statementsOf(stack).flatMap(({ Action }) => Action).filter((action) => action.startsWith('cognito-idp:'));

  test.each([
    [Access.READ, 5, /:(AdminGetUser|AdminListGroupsForUser|ListGroups|ListUsers|ListUsersInGroup)$/],
    [Access.WRITE, 10, /:Admin(AddUserToGroup|RemoveUserFromGroup|ConfirmSign|Reset|Update|UserGlobalSignOut|[A-Z][a-z]+User$)/],
    [Access.READ_WRITE, 15, /./],
  ])('use with %s grants %d actions on the one pool and tells it', (access, count, pattern) => {
    const stack = stackWith();
    worker(stack).use(new IdentityProvider(stack, 'Accounts'), access);
    const actions = actionsOf(stack);
    expect(actions).toHaveLength(count);
    expect(actions.filter((action) => !pattern.test(action))).toEqual([]);
    const granted = statementsOf(stack).filter(({ Action }) => JSON.stringify(Action).includes('cognito-idp'));
    expect(granted.every(({ Resource }) => JSON.stringify(Resource) === '{"Fn::GetAtt":["AccountsUserPool","Arn"]}')).toBe(true);
    expect(onlyOne(stack, 'AWS::Lambda::Function')).toMatchObject({
      Environment: { Variables: { ACCOUNTS_USER_POOL_ID: { Ref: 'AccountsUserPool' }, ACCOUNTS_CLIENT_ID: { Ref: 'AccountsClient' } } },
    });
  });

  test('no compute can set a password or sign in for a user', () => {
    const stack = stackWith();
    worker(stack).use(new IdentityProvider(stack, 'Accounts'), Access.READ_WRITE);
    expect(actionsOf(stack).filter((action) => /SetUserPassword|InitiateAuth/.test(action))).toEqual([]);
  });

  test('compute in a network gets a way there', () => {
    const stack = stackWith(Profile.SANDBOX, {}, SOMEWHERE);
    const service = new FunctionService(stack, 'Worker', { handler: HANDLER, network: new Network(stack, 'Network') });
    service.use(new IdentityProvider(stack, 'Accounts'), Access.READ, { name: 'people' });
    const services = Object.values(resourcesOf(stack)).map(({ Properties }) => Properties?.ServiceName);
    expect(services).toContain('com.amazonaws.eu-west-1.cognito-idp');
    expect(onlyOne(stack, 'AWS::Lambda::Function')).toMatchObject({ Environment: { Variables: { PEOPLE_USER_POOL_ID: {} } } });
  });

  test('an adopted pool gets a client and nothing else', () => {
    const stack = stackWith();
    const userPool = UserPool.fromUserPoolId(stack, 'Given', 'eu-west-1_abc');
    const accounts = new IdentityProvider(stack, 'Accounts', { userPool, client: { callbackUrls: ['https://example.com'], scopes: ['theirs'] } });
    expect(Object.values(resourcesOf(stack)).map(({ Type }) => Type)).toEqual([CLIENT]);
    expect(onlyOne(stack, CLIENT)).toMatchObject({ UserPoolId: 'eu-west-1_abc', AllowedOAuthScopes: ['openid', 'email', 'profile', 'api/theirs'] });
    expect(accounts.userPool).toBe(userPool);
  });
});

describe('refusals', () => {
  const asProps = (props: unknown) => props as IdentityProviderProps;
  const secret = (stack: Stack) => new SecretStore(stack, 'Secret');
  const domain = { prefix: 'shop' };
  const client = (options: IdentityClientOptions, provider: IdentityProviderProps = { domain }) =>
    () => ({ ...provider, client: options });
  const url = ['https://example.com'];
  const rows: [string, (stack: Stack) => IdentityProviderProps, string][] = [
    ['WrongType', () => asProps({ selfSignUp: 1, client: { scopes: 'all' } }), 'selfSignUp is 1, client.scopes is \'all\''],
    ['ClientNeedsDomain', client({ callbackUrls: url }, {}), 'callbackUrls without domain'],
    ['CallbackUrl', client({ callbackUrls: ['http://example.com'] }), "the address 'http://example.com'"],
    ['CallbackUrl', client({ callbackUrls: ['javascript://x'] }), "the address 'javascript://x'"],
    ['CallbackUrl', client({ callbackUrls: [] }), 'the address of none'],
    ['OnlyWithPages', client({ logoutUrls: url }), 'logoutUrls without callbackUrls'],
    ['ClientScope', client({ callbackUrls: url, scopes: ['x'] }), "the scopes 'x'"],
    ['TokenValidity', client({ tokenValidity: Duration.minutes(4) }), 'tokenValidity is 240 s'],
    ['TokenValidity', client({ tokenValidity: Duration.seconds(301) }), 'tokenValidity is 301 s'],
    ['SessionValidity', client({ sessionValidity: Duration.minutes(59) }), 'sessionValidity is 3540 s'],
    ['SessionValidity', client({ sessionValidity: Duration.seconds(3601) }), 'sessionValidity is 3601 s'],
    ['SessionValidity', client({ sessionValidity: Duration.hours(2), tokenValidity: Duration.hours(3) }), 'sessionValidity is 7200 s, less than tokens hold'],
    ['ClientManaged', client({ clientProps: { generateSecret: true } }), 'clientProps has generateSecret'],
    ['AdoptOrShape', (stack) => ({ userPool: UserPool.fromUserPoolId(stack, 'Given', 'x'), selfSignUp: true }), 'userPool together with selfSignUp'],
    ['Mfa', () => asProps({ mfa: 'MAYBE' }), "mfa is 'MAYBE'"],
    ['PasswordLength', () => ({ passwordLength: 7 }), 'passwordLength is 7'],
    ['Groups', () => ({ groups: ['two words'] }), "groups has 'two words'"],
    ['Groups', () => ({ groups: ['a', 'a'] }), 'groups has "a" twice'],
    ['Scopes', () => ({ scopes: { 'a/b': 'x' } }), "scopes has 'a/b'"],
    ['Scopes', () => ({ scopes: { a: '' } }), "descriptions of scopes has ''"],
    ['Domain', () => ({ domain: { prefix: 'a', domainName: 'a.b' } }), 'domain has prefix, domainName'],
    ['DomainPrefix', () => ({ domain: { prefix: 'my-aws' } }), "domain.prefix is 'my-aws'"],
    ['SignInNeedsDomain', (stack) => ({ google: { clientId: 'x', clientSecret: secret(stack) } }), 'google without domain'],
    ['Google', (stack) => ({ domain, google: { clientId: '', clientSecret: stack as unknown as SecretStore } }), 'google with clientId, clientSecret missing or of another kind'],
    ['Oidc', (stack) => ({ domain, oidc: [{ name: 'a', issuer: 'https://a.b', clientId: 'x', clientSecret: secret(stack) }] }), "oidc has 'a'"],
    ['Oidc', (stack) => ({ domain, oidc: [{ name: 'abc', issuer: 'http://a.b', clientId: 'x', clientSecret: secret(stack) }] }), "the issuer of abc is 'http://a.b'"],
    ['ManagedByTheConstruct', () => ({ userPoolProps: { userPoolName: 'x', signInAliases: { username: true } } }), 'userPoolProps has userPoolName, signInAliases'],
  ];

  test.each(rows)('%s', (code, props, given) => {
    const stack = stackWith();
    expect(refusedBy(() => new IdentityProvider(stack, 'Accounts', props(stack)))).toMatchObject([{ code: `IdentityProvider.${code}`, given }]);
  });

  test('every rule has a test', () => {
    const codes = [...IDENTITY_PROVIDER_RULES, ...CLIENT_RULES.filter(({ first }) => !first)].map(({ code }) => code);
    expect(new Set(rows.map(([code]) => `IdentityProvider.${code}`))).toEqual(new Set(codes));
  });

  test('a client of an unknown kind, a second one, and a scope that there is not', () => {
    const accounts = new IdentityProvider(stackWith(), 'Accounts');
    expect(refusedBy(() => accounts.addClient('Phone', { passwordSignIn: 'yes' } as never))).toMatchObject([
      { code: 'IdentityProvider.ClientWrongType', given: "passwordSignIn is 'yes'" },
    ]);
    expect(refusedBy(() => accounts.addClient('Client'))).toMatchObject([{ code: 'IdentityProvider.ClientTaken', given: "a second client 'Client'" }]);
    expect(refusedBy(() => accounts.scope('x'))).toMatchObject([{ code: 'IdentityProvider.UnknownScope', given: "the scope 'x'" }]);
  });

  test.each(['https://example.com/in', 'http://localhost:3000/', 'myapp://signed-in'])('%s is an address to come back to', (address) => {
    expect(() => new IdentityProvider(stackWith(), 'Accounts', { domain, client: { callbackUrls: [address] } })).not.toThrow();
  });
});

test('two stand in one stack', () => {
  const stack = stackWith();
  ['One', 'Two'].forEach((id) => new IdentityProvider(stack, id));
  expect(namesOf(stack, POOL)).toEqual(['OneUserPool', 'TwoUserPool']);
});
