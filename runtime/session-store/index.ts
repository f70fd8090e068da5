export type { SessionBackend, SessionRecord } from './backend';
export { SessionCookie, type SessionCookieOptions } from './cookie';
export { DynamoDbSessions, type DynamoDbSessionsOptions } from './dynamodb-sessions';
export { SessionBusyError, SessionTooLargeError } from './errors';
export { type Session, type SessionData, Sessions, type SessionsOptions, type SignInOptions } from './sessions';
export { cookieKeys, sessionSettings } from './settings';
export { ValkeySessions, type ValkeySessionsOptions } from './valkey-sessions';
