import type { HttpHandler, HttpRequest, HttpResponse } from '../http';
import { Problem } from '../problem';
import { header } from '../read-json';
import { KeyInProgressError, KeyReusedError, OvertakenError } from './errors';
import type { Idempotency } from './idempotency';

/** How the key of a request is read. */
export interface IdempotencyKeyOptions {
  /**
   * Whether a request without a key is refused.
   * @default false
   */
  readonly required?: boolean;
}

/**
 * The key under which a client makes a request safe to repeat (`Idempotency-Key`): 1 to 255 visible ASCII characters, as the
 * client wrote them.
 *
 * @throws Problem 400 when it is no such key, or is missing though required
 */
export function idempotencyKey(request: HttpRequest, { required = false }: IdempotencyKeyOptions = {}): string | undefined {
  const key = header(request, 'idempotency-key');
  if (key === undefined ? required : !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Problem({ status: 400, detail: `Idempotency-Key ${key === undefined ? 'is required: it' : 'must have'} 1 to 255 visible ASCII characters.` });
  }
  return key;
}

/**
 * What an HTTP caller is told of an error, by draft-ietf-httpapi-idempotency-key-header: 409 with Retry-After while the key is
 * taken, 422 when it comes with another request. Any other error is returned as it is.
 */
export function idempotencyProblem(error: unknown): unknown {
  if (error instanceof KeyInProgressError || error instanceof OvertakenError) {
    return new Problem({
      status: 409,
      detail: 'A request with this Idempotency-Key is still being processed.',
      headers: { 'retry-after': String(error.retryAfterSeconds) },
    });
  }
  return error instanceof KeyReusedError
    ? new Problem({ status: 422, detail: 'This Idempotency-Key was used for another request.' })
    : error;
}

/** How requests are answered once. */
export interface AnswerOnceOptions extends IdempotencyKeyOptions {
  /**
   * Who asks, where that is known: keys of one caller are then nothing to another.
   * @default - the key alone tells requests apart, so clients must choose random keys
   */
  readonly caller?: (request: HttpRequest) => string;
}

/**
 * Answers requests of the same `Idempotency-Key` once: method, path, query and body must be the same. Answers from 500 on are
 * not kept, nor is what is thrown. A request without a key is answered as ever.
 *
 * Errors become problems: 409 with Retry-After while the first request is under way, 422 for another request under its key.
 */
export function answerOnce(idempotency: Idempotency, answer: HttpHandler, options: AnswerOnceOptions = {}): HttpHandler {
  return async (request, context) => {
    const key = idempotencyKey(request, options);
    if (key === undefined) {
      return answer(request, context);
    }
    const { method, path } = request.requestContext.http;
    const { rawQueryString: query, body } = request;
    try {
      return await idempotency.run(JSON.stringify([options.caller?.(request), key]), () => answer(request, context), {
        request: [method, path, query, body],
        keep: ({ statusCode = 200 }: HttpResponse) => statusCode < 500,
        inProgressMilliseconds: context.getRemainingTimeInMillis(),
      });
    } catch (error) {
      throw idempotencyProblem(error);
    }
  };
}
