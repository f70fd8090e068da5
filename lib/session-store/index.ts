export { SessionStore, type SessionStoreProps } from './session-store';
