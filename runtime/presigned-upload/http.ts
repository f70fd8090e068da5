import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { httpHandler, type HttpHandler, type HttpRequest, type HttpResponse, json } from '../http';
import type { StructuredLogger } from '../logger';
import { readJson } from '../read-json';
import type { UploadSettings } from './settings';
import { parsePartNumbers, parseUploadRequest } from './upload-request';
import type { Uploads } from './uploads';

const MAX_BODY_BYTES = 8 * 1024;

/** The subject of the token with which an HTTP API was called; undefined where the route has no JWT authorizer. */
export function subjectOf(request: HttpRequest): string | undefined {
  const { authorizer } = request.requestContext as Partial<APIGatewayProxyEventV2WithJWTAuthorizer['requestContext']>;
  const subject = authorizer?.jwt?.claims?.sub;
  return typeof subject === 'string' ? subject : undefined;
}

/** Answers the routes of a PresignedUpload, whatever path they are below. */
export function uploadsHandler({ uploads, settings, logger }: {
  readonly uploads: Uploads; readonly settings: UploadSettings; readonly logger: StructuredLogger;
}): HttpHandler {
  return httpHandler(async (request): Promise<HttpResponse> => {
    const owner = subjectOf(request);
    const id = request.pathParameters?.uploadId;
    const [method, path = ''] = request.routeKey.split(' ');
    const body = () => readJson(request, { maxBytes: MAX_BODY_BYTES });
    if (id === undefined) {
      return json(201, await uploads.announce(owner, parseUploadRequest(body(), settings)));
    }
    if (path.endsWith('/parts')) {
      return json(200, { parts: await uploads.signParts(owner, id, (count) => parsePartNumbers(body(), count)) });
    }
    if (path.endsWith('/complete')) {
      return json(202, await uploads.complete(owner, id));
    }
    if (method === 'DELETE') {
      await uploads.cancel(owner, id);
      return { statusCode: 204 };
    }
    return json(200, await uploads.find(owner, id));
  }, { logger });
}
