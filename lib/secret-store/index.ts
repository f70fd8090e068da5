export { type SecretRotation, SecretStore, type SecretStoreProps } from './secret-store';
