import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { asError, describeError } from './errors';
import type { StructuredLogger } from './logger';
import { Problem, problemResponse } from './problem';

/** A request as API Gateway hands it to a function: HTTP API, payload format 2.0. */
export type HttpRequest = APIGatewayProxyEventV2;

/** An answer to such a request. */
export type HttpResponse = APIGatewayProxyStructuredResultV2;

/** Answers requests. */
export type HttpHandler = (request: HttpRequest, context: Context) => Promise<HttpResponse>;

/**
 * Makes a Lambda handler that always answers. A thrown {@link Problem} becomes its document; anything else is logged as
 * 'request failed' and answered with a 500 problem that names the request id and nothing else of what happened.
 */
export function httpHandler(answer: HttpHandler, { logger }: { logger: StructuredLogger }): HttpHandler {
  return async (request, context) => {
    try {
      return await answer(request, context);
    } catch (thrown) {
      const { requestId } = request.requestContext;
      if (thrown instanceof Problem) {
        if (thrown.status >= 500) {
          logger.warn('request refused', { requestId, status: thrown.status, error: describeError(thrown) });
        }
        return problemResponse(thrown);
      }
      logger.error('request failed', { requestId, error: asError(thrown) });
      return problemResponse(new Problem({
        status: 500,
        detail: `The request failed unexpectedly. Name request id ${requestId} when you report it.`,
      }));
    }
  };
}

/** An answer with a JSON body. It is not cached unless its headers say otherwise. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
