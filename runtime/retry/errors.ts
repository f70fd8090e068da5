import { asError } from '../errors';

/**
 * Why there was no further attempt: all were used, the error was of a kind that is not retried, the budget was empty, the
 * service asked for more patience than there is, or the caller gave up.
 */
export type GaveUp = 'attempts' | 'not-retryable' | 'budget' | 'retry-after' | 'aborted';

/**
 * Several attempts failed. `errors` are those of all attempts, the first one first, since the first often tells what happened
 * and the later ones only what came of it; `cause` is the last one, or what the caller gave up for.
 */
export class RetryError extends AggregateError {
  public override readonly name = 'RetryError';

  constructor(errors: readonly unknown[], public readonly reason: GaveUp, cause: unknown) {
    const text = (error: unknown) => `${asError(error).name}: ${asError(error).message}`;
    super(errors, `${errors.length} ${errors.length === 1 ? 'attempt' : 'attempts'} failed (${reason}); first ${text(errors[0])}; last ${text(errors.at(-1))}`, { cause });
  }
}
