import type { HttpRequest } from './http';
import { Problem } from './problem';

/** What a body may be. */
export interface ReadJsonOptions {
  /** The longest body that is read, in bytes. */
  readonly maxBytes: number;
}

/**
 * The JSON value in the body of a request.
 *
 * @throws Problem 415 when the content type is not `application/json` in UTF-8 (RFC 8259 knows no other encoding),
 *   400 when there is no body, or it is not UTF-8 or not JSON, 413 when it is longer than `maxBytes`
 */
export function readJson(request: HttpRequest, { maxBytes }: ReadJsonOptions): unknown {
  if (!isJson(header(request, 'content-type'))) {
    throw new Problem({ status: 415, detail: 'The content type must be application/json, in UTF-8.' });
  }
  const bytes = Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length === 0) {
    throw new Problem({ status: 400, detail: 'The request has no body; a JSON document is expected.' });
  }
  if (bytes.length > maxBytes) {
    throw new Problem({ status: 413, detail: `The body may have at most ${maxBytes} bytes.` });
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Problem({ status: 400, detail: 'The body is not a JSON document in UTF-8.' });
  }
}

/** A header of a request. API Gateway writes names in lower case; local stand-ins may not. */
export function header(request: HttpRequest, name: string): string | undefined {
  return Object.entries(request.headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function isJson(contentType: string = ''): boolean {
  const [mediaType = '', ...parameters] = contentType.toLowerCase().split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return mediaType === 'application/json' && (charset === undefined || /^charset="?utf-8"?$/.test(charset));
}
