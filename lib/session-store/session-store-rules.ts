import type { Duration } from 'aws-cdk-lib';
import { adoptsOrShapes, runsScripts, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { typed } from '../core/typed';
import type { SessionStoreProps } from './session-store';

const DAY = 24 * 60 * 60;
export const DEFAULT_IDLE_SECONDS = 30 * 60;
export const DEFAULT_LIFETIME_SECONDS = DAY / 2;

/** What an adopted table or cache has no say in. */
const KEPT = ['idleTimeout', 'lifetime', 'cookieKey', 'disposable'] as const;

/** What SessionStore refuses. */
export const SESSION_STORE_RULES: readonly Rule<SessionStoreProps>[] = [
  {
    code: 'SessionStore.WrongType',
    first: true,
    check: (props) => typed(props, {
      idleTimeout: 'duration', lifetime: 'duration', cookieKey: 'construct', disposable: 'flag', tableProps: 'object',
      table: 'construct', cache: 'construct',
    }),
  },
  { code: 'SessionStore.AdoptOrShape', check: (props) => adoptsOrShapes('table', props, KEPT) ?? adoptsOrShapes('cache', props, KEPT) },
  { code: 'SessionStore.NoScripts', check: ({ cache }) => runsScripts(cache) },
  { code: 'SessionStore.IdleTimeout', check: ({ idleTimeout }) => known('idleTimeout', idleTimeout, 30 * DAY) },
  { code: 'SessionStore.Lifetime', check: ({ lifetime }) => known('lifetime', lifetime, 365 * DAY) },
  {
    code: 'SessionStore.IdleLongerThanLifetime',
    check: ({ idleTimeout, lifetime }) => {
      if (idleTimeout?.isUnresolved() || lifetime?.isUnresolved()) {
        return undefined;
      }
      const idle = idleTimeout?.toSeconds({ integral: false }) ?? DEFAULT_IDLE_SECONDS;
      const whole = lifetime?.toSeconds({ integral: false }) ?? DEFAULT_LIFETIME_SECONDS;
      return idle > whole
        ? { given: `idleTimeout of ${idle} s, lifetime of ${whole} s`, allowed: 'an idleTimeout no longer than the lifetime' }
        : undefined;
    },
  },
];

/** The code of compute is told in numbers, so they have to be known. */
function known(prop: string, value: Duration | undefined, max: number): Refusal | undefined {
  return value?.isUnresolved()
    ? { given: `${prop} is known only at deployment`, allowed: 'a Duration known at synthesis' }
    : wholeSeconds(prop, value, 1, max);
}
