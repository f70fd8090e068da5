import { Mfa, UserPool, UserPoolEmail } from 'aws-cdk-lib/aws-cognito';
import { Access, ApiGateway, IdentityProvider, SecretStore } from '../../../lib';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'IdentityProvider, minimal', build: (stack) => { new IdentityProvider(stack, 'Accounts'); } },
  {
    name: 'IdentityProvider, maximal and used',
    build: (stack) => {
      const clientSecret = new SecretStore(stack, 'Secret');
      const accounts = new IdentityProvider(stack, 'Accounts', {
        selfSignUp: true,
        mfa: Mfa.REQUIRED,
        passwordLength: 16,
        threatProtection: true,
        email: UserPoolEmail.withSES({ fromEmail: 'no-reply@example.com', sesRegion: 'eu-west-1' }),
        groups: ['admins'],
        scopes: { 'links.read': 'read your links' },
        domain: { prefix: 'shop-accounts' },
        google: { clientId: 'google', clientSecret },
        oidc: [{ name: 'corp', issuer: 'https://login.example.com', clientId: 'corp', clientSecret, secretField: 'corp' }],
        client: { callbackUrls: ['https://example.com/in'], logoutUrls: ['https://example.com/out'], scopes: ['links.read'] },
        disposable: true,
      });
      accounts.addClient('Tests', { passwordSignIn: true });
      const service = worker(stack);
      service.use(accounts, Access.READ_WRITE);
      new ApiGateway(stack, 'Api').route('GET /links', service, { authorizer: accounts.authorizer(), scopes: [accounts.scope('links.read')] });
    },
  },
  {
    name: 'IdentityProvider, adopted and used',
    build: (stack) => {
      const userPool = UserPool.fromUserPoolId(stack, 'PlainPool', 'eu-west-1_abc');
      worker(stack).use(new IdentityProvider(stack, 'Accounts', { userPool }), Access.READ);
    },
  },
];
