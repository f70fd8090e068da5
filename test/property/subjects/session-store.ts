import { Duration } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { SessionStore, type SessionStoreProps } from '../../../lib/session-store';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, optional, seconds, type Subject } from '../subject';

const HALF_HOUR = 1800;
const HALF_DAY = 43_200;

export const SUBJECTS: Record<string, Subject<object>> = {
  SessionStore: {
    concept: 'SessionStore',
    madeOf: ['KeyValueStore', 'SecretStore'],
    valid: () => optional<SessionStoreProps>({
      idleTimeout: seconds(1, HALF_HOUR),
      lifetime: seconds(HALF_HOUR, HALF_DAY),
      disposable: flag,
      tableProps: fc.record({ deletionProtection: flag }),
    }),
    invalid: () => ({
      idleTimeout: [...NOT_DURATION, Duration.seconds(0), Duration.days(31), Duration.millis(1500)],
      lifetime: [...NOT_DURATION, Duration.seconds(0), Duration.days(366), Duration.millis(1500)],
      cookieKey: [null, 'key', {}],
      disposable: NOT_FLAG,
      tableProps: NOT_OBJECT,
      table: [null, 'sessions', {}],
      cache: [null, 'cache', {}],
    }),
    build: (scope, props) => new SessionStore(scope, 'Subject', props),
  } satisfies Subject<SessionStoreProps>,
};
