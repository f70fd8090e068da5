export { IdentityProvider } from './identity-provider';
export { type GoogleSignIn, type IdentityDomain, type IdentityProviderProps, type OidcSignIn } from './identity-provider-props';
export { type IdentityClientOptions } from './identity-client';
