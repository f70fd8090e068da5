import { type Duration, Token } from 'aws-cdk-lib';
import { Mfa, UserPoolEmail } from 'aws-cdk-lib/aws-cognito';
import { adoptsOrShapes, eachOnce, notManaged, wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { IdentityClientOptions } from './identity-client';
import type { IdentityProviderProps, OidcSignIn } from './identity-provider-props';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;
const TEN_YEARS = 3650 * DAY;

const CLIENT_SHAPE = {
  passwordSignIn: 'flag',
  callbackUrls: 'list',
  logoutUrls: 'list',
  scopes: 'list',
  tokenValidity: 'duration',
  sessionValidity: 'duration',
  clientProps: 'object',
} as const;

/** A client, and the provider that it is to belong to. */
export interface ClientOfProvider {
  readonly client: IdentityClientOptions;
  readonly provider: IdentityProviderProps;
}

/** What a client refuses. */
export const CLIENT_RULES: readonly Rule<ClientOfProvider>[] = [
  { code: 'IdentityProvider.ClientWrongType', first: true, check: ({ client }) => typed(client, CLIENT_SHAPE) },
  {
    code: 'IdentityProvider.ClientNeedsDomain',
    check: ({ client: { callbackUrls }, provider: { domain, userPool } }) => callbackUrls && !domain && !userPool
      ? { given: 'callbackUrls without domain', allowed: 'callbackUrls of an identity provider with domain' }
      : undefined,
  },
  {
    code: 'IdentityProvider.CallbackUrl',
    check: ({ client: { callbackUrls, logoutUrls = [] } }) => {
      const wrong = [...callbackUrls ?? [], ...logoutUrls].filter((url) => typeof url !== 'string' || !Token.isUnresolved(url) && !isSafe(url));
      return wrong.length === 0 && callbackUrls?.length !== 0
        ? undefined
        : { given: `the address ${wrong.map(show).join(', ') || 'of none'}`, allowed: 'https addresses without #, http://localhost for tests, and schemes of apps: myapp://signed-in' };
    },
  },
  {
    code: 'IdentityProvider.OnlyWithPages',
    check: ({ client: { callbackUrls, logoutUrls, scopes } }) => !callbackUrls && (logoutUrls ?? scopes)
      ? { given: `${logoutUrls ? 'logoutUrls' : 'scopes'} without callbackUrls`, allowed: 'together with callbackUrls: only the pages of the domain give scopes and sign out' }
      : undefined,
  },
  {
    code: 'IdentityProvider.ClientScope',
    check: ({ client: { scopes: asked = [] }, provider: { scopes = {}, userPool } }) => {
      const unknown = asked.filter((name) => !(name in scopes));
      return unknown.length === 0 || userPool
        ? undefined
        : { given: `the scopes ${unknown.map(show).join(', ')}`, allowed: Object.keys(scopes).join(', ') || 'scopes that the identity provider has: its prop scopes' };
    },
  },
  { code: 'IdentityProvider.TokenValidity', check: ({ client: { tokenValidity } }) => wholeSeconds('tokenValidity', tokenValidity, 300, DAY) ?? wholeMinutes(tokenValidity) },
  { code: 'IdentityProvider.SessionValidity', check: ({ client }) => sessionValidity(client) },
  {
    code: 'IdentityProvider.ClientManaged',
    check: ({ client: { clientProps } }) => notManaged('clientProps', clientProps, ['generateSecret', 'userPoolClientName', 'oAuth', 'disableOAuth', 'accessTokenValidity', 'idTokenValidity', 'refreshTokenValidity'],
      'callbackUrls, logoutUrls, scopes, tokenValidity and sessionValidity, which say it; a client with a secret is made with userPool.addClient'),
  },
];

/** What IdentityProvider refuses. Bounds: quotas and resource types of Amazon Cognito. */
export const IDENTITY_PROVIDER_RULES: readonly Rule<IdentityProviderProps>[] = [
  {
    code: 'IdentityProvider.WrongType',
    first: true,
    check: (props) => typed(props, {
      selfSignUp: 'flag',
      mfa: 'text',
      passwordLength: 'number',
      threatProtection: 'flag',
      email: UserPoolEmail,
      groups: 'list',
      scopes: 'texts',
      domain: { prefix: 'text', domainName: 'text', certificate: 'construct' },
      google: { clientId: 'text', clientSecret: 'construct', secretField: 'text' },
      oidc: 'objects',
      client: CLIENT_SHAPE,
      disposable: 'flag',
      userPoolProps: 'object',
      userPool: 'construct',
    }),
  },
  { code: 'IdentityProvider.AdoptOrShape', check: (props) => adoptsOrShapes('userPool', props, ['client']) },
  {
    code: 'IdentityProvider.Mfa',
    check: ({ mfa }) => mfa === undefined || Object.values(Mfa).includes(mfa)
      ? undefined
      : { given: `mfa is ${show(mfa)}`, allowed: 'Mfa.OFF, OPTIONAL or REQUIRED of aws-cdk-lib/aws-cognito' },
  },
  { code: 'IdentityProvider.PasswordLength', check: ({ passwordLength }) => wholeNumber('passwordLength', passwordLength, 8, 99) },
  { code: 'IdentityProvider.Groups', check: ({ groups }) => named('groups', groups, /^[\w.:@-]{1,128}$/, '1 to 128 letters, digits, _, ., :, @ and -') ?? eachOnce('groups', groups) },
  {
    code: 'IdentityProvider.Scopes',
    check: ({ scopes }) => scopes && (named('scopes', Object.keys(scopes), /^[\w.:-]{1,256}$/, '1 to 256 letters, digits, _, ., : and -')
      ?? named('descriptions of scopes', Object.values(scopes).filter((text) => !Token.isUnresolved(text)), /^.{1,256}$/s, '1 to 256 characters')
      ?? wholeNumber('the number of scopes', Object.keys(scopes).length, 1, 100)),
  },
  {
    code: 'IdentityProvider.Domain',
    check: ({ domain }) => {
      if (!domain) {
        return undefined;
      }
      const { prefix, domainName, certificate } = domain;
      const given = Object.entries({ prefix, domainName, certificate }).filter(([, value]) => value !== undefined).map(([name]) => name).join(', ');
      return given === 'prefix' || given === 'domainName, certificate'
        ? undefined
        : { given: `domain has ${given || 'nothing'}`, allowed: 'prefix alone, or domainName with certificate' };
    },
  },
  {
    code: 'IdentityProvider.DomainPrefix',
    check: ({ domain }) => domain?.prefix === undefined || Token.isUnresolved(domain.prefix)
      || /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(domain.prefix) && !/aws|amazon|cognito/.test(domain.prefix)
      ? undefined
      : { given: `domain.prefix is ${show(domain.prefix)}`, allowed: '1 to 63 lower case letters, digits and -, without aws, amazon and cognito' },
  },
  {
    code: 'IdentityProvider.SignInNeedsDomain',
    check: ({ domain, google, oidc = [] }) => !domain && (google ?? oidc[0])
      ? { given: `${google ? 'google' : 'oidc'} without domain`, allowed: 'domain: its pages send users to the other provider and take them back' }
      : undefined,
  },
  {
    code: 'IdentityProvider.Google',
    check: ({ google }) => google && incomplete('google', { clientId: google.clientId, clientSecret: google.clientSecret }),
  },
  { code: 'IdentityProvider.Oidc', check: ({ oidc = [] }) => wrongProvider(oidc) },
  {
    code: 'IdentityProvider.ManagedByTheConstruct',
    check: ({ userPoolProps }) => notManaged('userPoolProps', userPoolProps,
      ['userPoolName', 'removalPolicy', 'selfSignUpEnabled', 'signInAliases', 'advancedSecurityMode'],
      'selfSignUp, threatProtection and disposable, which say it; no name, so that two can stand in one account; users sign in by mail address, or adopt a userPool'),
  },
  ...clientRulesOf(),
];

const SAFE = [
  /^https:\/\/[^/]+/, /^http:\/\/localhost(:\d+)?(\/|$)/, /^(?!https?:|javascript:|data:)[a-z][a-z0-9+.-]*:\/\/\S+$/i,
];
const isSafe = (url: string) => !url.includes('#') && SAFE.some((pattern) => pattern.test(url));

function wholeMinutes(value?: Duration): Refusal | undefined {
  return value === undefined || value.isUnresolved() || value.toSeconds() % 60 === 0
    ? undefined
    : { given: `tokenValidity is ${value.toSeconds()} s`, allowed: 'whole minutes' };
}

function sessionValidity({ sessionValidity: session, tokenValidity: token }: IdentityClientOptions): Refusal | undefined {
  const wrong = wholeSeconds('sessionValidity', session, HOUR, TEN_YEARS);
  if (wrong || !session || session.isUnresolved() || token?.isUnresolved()) {
    return wrong;
  }
  if (session.toSeconds() % 60 !== 0) {
    return { given: `sessionValidity is ${session.toSeconds()} s`, allowed: 'whole minutes' };
  }
  const holds = token?.toMilliseconds() ?? HOUR * 1000;
  return session.toMilliseconds() >= holds
    ? undefined
    : { given: `sessionValidity is ${session.toSeconds()} s, less than tokens hold`, allowed: `at least the ${holds / 1000} s of tokenValidity` };
}

function named(prop: string, names: readonly unknown[] = [], pattern: RegExp, allowed: string): Refusal | undefined {
  const wrong = names.filter((name) => typeof name !== 'string' || !pattern.test(name));
  return wrong.length === 0 ? undefined : { given: `${prop} has ${wrong.map(show).join(', ')}`, allowed };
}

function wrongProvider(oidc: readonly OidcSignIn[]): Refusal | undefined {
  const names = oidc.map(({ name }) => name);
  return named('oidc', names, /^[A-Za-z0-9][\w-]{2,31}$/, 'names of 3 to 32 letters, digits, - and _')
    ?? eachOnce('oidc', names)
    ?? oidc.map(({ name, issuer, clientId, clientSecret }) => incomplete(`oidc ${name}`, { issuer, clientId, clientSecret })
      ?? (Token.isUnresolved(issuer) || /^https:\/\/[^\s#?]+$/.test(issuer)
        ? undefined
        : { given: `the issuer of ${name} is ${show(issuer)}`, allowed: 'an https address' })).find((refusal) => refusal);
}

/** What every way to sign in needs: texts, and a SecretStore. */
function incomplete(what: string, { clientSecret, ...texts }: { readonly [field: string]: unknown }): Refusal | undefined {
  const wrong = Object.entries(texts).filter(([, value]) => typeof value !== 'string' || value === '').map(([field]) => field);
  const isStore = typeof (clientSecret as { containerSecret?: unknown } | undefined)?.containerSecret === 'function';
  return wrong.length === 0 && isStore
    ? undefined
    : { given: `${what} with ${[...wrong, ...isStore ? [] : ['clientSecret']].join(', ')} missing or of another kind`, allowed: 'texts, and a SecretStore as clientSecret' };
}

/** The rules of a client, asked of the one that the props describe. */
function clientRulesOf(): Rule<IdentityProviderProps>[] {
  return CLIENT_RULES.filter((rule) => !rule.first)
    .map(({ code, check }) => ({ code, check: (provider) => provider.client && check({ client: provider.client, provider }) }));
}
