import { Problem } from '../problem';
import { type LockLostError, LockNotAcquiredError, type LockUnavailableError } from './errors';

/**
 * What an HTTP caller is told: 409 when somebody else is at it, 503 when nobody knows; both with `Retry-After`. What failed stays
 * inside.
 */
export function lockProblem(error: LockNotAcquiredError | LockLostError | LockUnavailableError): Problem {
  return error instanceof LockNotAcquiredError
    ? new Problem({
      status: 409, detail: 'Another request is working on the same thing. Try again later.', headers: { 'retry-after': String(error.retryAfterSeconds) },
    })
    : new Problem({
      status: 503, detail: 'It could not be made sure that no other request works on the same thing. Try again later.', headers: { 'retry-after': '1' },
    });
}
