import { Duration, Lazy } from 'aws-cdk-lib';
import { Mfa, UserPoolEmail } from 'aws-cdk-lib/aws-cognito';
import * as fc from 'fast-check';
import { type IdentityClientOptions, IdentityProvider, type IdentityProviderProps } from '../../../lib/identity-provider';
import { SecretStore } from '../../../lib/secret-store';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const minutes = (min: number, max: number) => fc.integer({ min, max }).map((amount) => Duration.minutes(amount));
const name = fc.stringMatching(/^[a-z]{3,12}$/);
const urls = fc.subarray(['https://example.com/in', 'http://localhost:3000/', 'myapp://in'], { minLength: 1 });
const NOT_URLS: readonly unknown[] = [null, 'https://example.com', {}, ['http://example.com'], ['https://example.com#x'], [5]];
const NOT_LIST: readonly unknown[] = [null, 'x', {}, 5];

const clientOptions = fc.oneof(
  optional<IdentityClientOptions>({
    passwordSignIn: flag, tokenValidity: minutes(5, 60), sessionValidity: minutes(60, 5_000_000),
  }),
  fc.record({ callbackUrls: urls, logoutUrls: urls, scopes: fc.constantFrom<string[]>([], ['read']), tokenValidity: minutes(5, 1440) }),
);
const invalidClient = {
  passwordSignIn: NOT_FLAG,
  callbackUrls: [...NOT_URLS, []],
  logoutUrls: NOT_URLS,
  scopes: [...NOT_LIST, ['write']],
  tokenValidity: [...NOT_DURATION, Duration.minutes(4), Duration.days(2), Duration.seconds(301)],
  sessionValidity: [...NOT_DURATION, Duration.minutes(59), Duration.days(3651), Duration.seconds(3601)],
  clientProps: [...NOT_OBJECT, { generateSecret: true }],
};

export const SUBJECTS: Record<string, Subject<object>> = {
  IdentityProvider: {
    concept: 'IdentityProvider',
    valid: (scope) => {
      const clientSecret = new SecretStore(scope, 'Secret');
      return optional<IdentityProviderProps>({
        selfSignUp: flag,
        mfa: fc.constantFrom(...Object.values(Mfa)),
        passwordLength: fc.integer({ min: 8, max: 99 }),
        threatProtection: flag,
        email: fc.constant(UserPoolEmail.withCognito('reply@example.com')),
        groups: fc.uniqueArray(name, { maxLength: 4 }),
        disposable: flag,
        userPoolProps: fc.constant({}),
      }).chain((props) => fc.oneof(fc.constant(props), fc.record({
        domain: fc.constantFrom({ prefix: 'shop' }, { prefix: Lazy.string({ produce: () => 'late' }) }),
        scopes: fc.constant({ read: 'read it' }),
        google: fc.constant({ clientId: 'g', clientSecret }),
        oidc: fc.uniqueArray(name, { maxLength: 3 }).map((names) =>
          names.map((each) => ({ name: each, issuer: 'https://login.example.com', clientId: 'c', clientSecret, secretField: 'x' }))),
        client: clientOptions,
      }).map((more) => ({ ...props, ...more }))));
    },
    invalid: (scope) => {
      const clientSecret = new SecretStore(scope, 'Other');
      return {
        selfSignUp: NOT_FLAG,
        mfa: [...NOT_TEXT, 'MAYBE'],
        passwordLength: [...NOT_NUMBER, 7, 100, 8.5],
        threatProtection: NOT_FLAG,
        email: [null, 'a@b.c', {}],
        groups: [...NOT_LIST, ['two words'], ['a', 'a'], [5]],
        scopes: [...NOT_OBJECT, {}, { 'a/b': 'x' }, { a: '' }, { a: 5 }],
        domain: [...NOT_OBJECT, {}, { prefix: 'My' }, { prefix: 'aws-x' }, { domainName: 'a.b' }, { prefix: 'a', domainName: 'a.b' }],
        google: [...NOT_OBJECT, {}, { clientId: 'x' }, { clientId: '', clientSecret }, { clientId: 'x', clientSecret: scope }],
        oidc: [
          ...NOT_LIST, ['x'], [{}], [{ name: 'ab', issuer: 'https://a.b', clientId: 'c', clientSecret }],
          [{ name: 'abc', issuer: 'http://a.b', clientId: 'c', clientSecret }],
        ],
        client: [
          ...NOT_OBJECT, ...invalidClient.callbackUrls.map((callbackUrls) => ({ callbackUrls })),
          ...invalidClient.tokenValidity.map((tokenValidity) => ({ tokenValidity })),
        ],
        disposable: NOT_FLAG,
        userPoolProps: [...NOT_OBJECT, { userPoolName: 'x' }],
        userPool: [null, 'id', {}],
      };
    },
    build: (scope, props) => new IdentityProvider(scope, 'Subject', props),
  } satisfies Subject<IdentityProviderProps>,

  IdentityProviderClient: {
    concept: 'IdentityProvider',
    valid: () => clientOptions,
    invalid: () => invalidClient,
    build: (scope, options) => new IdentityProvider(scope, 'Subject', { domain: { prefix: 'shop' }, scopes: { read: 'read it' } }).addClient('Phone', options),
  } satisfies Subject<IdentityClientOptions>,
};
