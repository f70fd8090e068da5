/* eslint-disable awscdk/require-passing-this -- the construct passes itself */
import type { SecretValue } from 'aws-cdk-lib';
import {
  type IUserPool, type IUserPoolDomain, ProviderAttribute, ResourceServerScope, UserPoolDomain, UserPoolIdentityProviderGoogle,
  UserPoolIdentityProviderOidc,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct, IConstruct } from 'constructs';
import type { SecretStore } from '../secret-store/index';
import { RESOURCE_SERVER } from './identity-client';
import type { IdentityDomain, IdentityProviderProps } from './identity-provider-props';

/** Creates the domain of the pages on which users sign in. */
export function createDomain(scope: Construct, userPool: IUserPool, domain?: IdentityDomain): IUserPoolDomain | undefined {
  return domain && new UserPoolDomain(scope, 'Domain', {
    userPool,
    cognitoDomain: domain.prefix === undefined ? undefined : { domainPrefix: domain.prefix },
    customDomain: domain.domainName === undefined
      ? undefined
      : { domainName: domain.domainName, certificate: domain.certificate! },
  });
}

/** Creates the ways to sign in with an account that a user has elsewhere. */
export function createSignIns(scope: Construct, userPool: IUserPool, { google, oidc = [] }: IdentityProviderProps): IConstruct[] {
  const scopes = ['openid', 'email', 'profile'];
  return [
    ...google ? [new UserPoolIdentityProviderGoogle(scope, 'Google', {
      userPool,
      scopes,
      clientId: google.clientId,
      clientSecretValue: valueOf(google.clientSecret, google.secretField),
      attributeMapping: { email: ProviderAttribute.GOOGLE_EMAIL, emailVerified: ProviderAttribute.GOOGLE_EMAIL_VERIFIED },
    })] : [],
    ...oidc.map(({ name, issuer, clientId, clientSecret, secretField }) => new UserPoolIdentityProviderOidc(scope, `Oidc-${name}`, {
      userPool,
      scopes,
      name,
      clientId,
      // A reference that CloudFormation resolves when it deploys: the template never has the value.
      clientSecret: valueOf(clientSecret, secretField).unsafeUnwrap(),
      issuerUrl: issuer,
      attributeMapping: { email: ProviderAttribute.other('email'), emailVerified: ProviderAttribute.other('email_verified') },
    })),
  ];
}

/** Creates the scopes of the API. */
export function createApiScopes(userPool: IUserPool, scopes: { readonly [name: string]: string } = {}): IConstruct[] {
  const entries = Object.entries(scopes);
  return entries.length === 0 ? [] : [userPool.addResourceServer('Api', {
    identifier: RESOURCE_SERVER,
    scopes: entries.map(([scopeName, scopeDescription]) => new ResourceServerScope({ scopeName, scopeDescription })),
  })];
}

const valueOf = ({ secret }: SecretStore, field?: string): SecretValue =>
  field === undefined ? secret.secretValue : secret.secretValueFromJson(field);
