import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { Context } from 'aws-lambda';
import { Problem } from '../../../../runtime';

/** What is asked for, under the key that makes it safe to ask twice. */
export interface KeyedRequest {
  readonly key: string;
  /** What must be the same when the key comes again. */
  readonly request: unknown;
}

const DAY_IN_SECONDS = 24 * 60 * 60;

/**
 * Makes an operation that answers the same key with the same answer for 24 hours, and runs once for it. What throws is
 * not remembered. The key alone tells requests apart, since the API knows no users: clients choose random keys.
 *
 * @returns the operation; it throws Problem 409 while the first request of a key is still running, and Problem 422 when
 *   a key comes back with another request
 */
export function answerOnce<Keyed extends KeyedRequest, Answer>(
  operation: (keyed: Keyed, context: Context) => Promise<Answer>,
  persistenceStore: BasePersistenceLayer,
): typeof operation {
  const once = makeIdempotent(operation, {
    persistenceStore,
    // The default is the function's name, under which every key would be forgotten when the function is replaced.
    keyPrefix: 'create-link',
    config: new IdempotencyConfig({
      eventKeyJmesPath: 'key',
      payloadValidationJmesPath: 'request',
      throwOnNoIdempotencyKey: true,
      expiresAfterSeconds: DAY_IN_SECONDS,
      hashFunction: 'sha256',
    }),
  });
  return async (keyed, context) => {
    try {
      return await once(keyed, context);
    } catch (error) {
      throw PROBLEMS[error instanceof Error ? error.name : '']?.() ?? error;
    }
  };
}

const inProgress = () => new Problem({
  status: 409,
  detail: 'A request with this Idempotency-Key is still being processed.',
  headers: { 'retry-after': '1' },
});

const PROBLEMS: Readonly<Record<string, () => Problem>> = {
  IdempotencyAlreadyInProgressError: inProgress,
  // The record changed while it was read; the next try sees it as it then is.
  IdempotencyInconsistentStateError: inProgress,
  IdempotencyValidationError: () => new Problem({
    status: 422,
    detail: 'This Idempotency-Key was used for another request.',
  }),
};
